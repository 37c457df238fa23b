//! Executions: artifacts, variables, approvals, and what overtakes what.

use std::process::Command;

use perch_rehearse::pipeline::{Decision, Event, Status, What};
use serde_json::{Value, json};

use crate::support::{Bed, build, stage, started};

/// `make $TARGET`, more or less.
const BUILDSPEC: &str = "\
version: 0.2
env:
  exported-variables: [SUMMARY]
phases:
  build:
    on-failure: ABORT
    commands:
      - export SUMMARY=\"none\"
      - . ./$TARGET.sh
artifacts:
  files: ['**/*']
";

fn shipping() -> Vec<Value> {
    let mut plan = build("Plan", "plan", &["package"], &["plan"]);
    plan["namespace"] = json!("Plan");
    let approve = json!({
        "name": "Approve", "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1", "run_order": 2,
        "configuration": { "CustomData": "#{Plan.SUMMARY} of #{Source.BranchName}", "ExternalEntityLink": "https://example.com/#{Source.CommitId}" },
    });
    let mut deploy = build("Deploy", "deploy", &["plan", "package"], &[]);
    deploy["run_order"] = json!(3);
    deploy["configuration"]["PrimarySource"] = json!("package");
    deploy["configuration"]["EnvironmentVariables"] =
        json!(r##"[{"name":"FROM","value":"#{Plan.SUMMARY}","type":"PLAINTEXT"}]"##);
    vec![
        stage(
            "Package",
            &[build("Package", "package", &["source"], &["package"])],
        ),
        stage("Production", &[plan, approve, deploy]),
    ]
}

fn files<'a>(package: &'a str, plan: &'a str, deploy: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("buildspec.yml", BUILDSPEC),
        ("package.sh", package),
        ("plan.sh", plan),
        ("deploy.sh", deploy),
    ]
}

const PACKAGE: &str = "echo one >version";
const PLAN: &str = "export SUMMARY=\"1 to change\"; echo planned >planned";
const DEPLOY: &str = "cat version \"$CODEBUILD_SRC_DIR_plan/planned\" >\"$OUT/production\"; echo \"$FROM $CODEBUILD_INITIATOR\" >>\"$OUT/production\"";

async fn approval(bed: &mut Bed) -> (String, Option<String>, Option<String>) {
    let event = bed
        .until(|event| matches!(event.what, What::Approval { .. }))
        .await;
    match event.what {
        What::Approval {
            token, link, text, ..
        } => (token, link, text),
        other => panic!("{other:?}"),
    }
}

fn failed_action(events: &[Event]) -> (String, String) {
    let failed = events.iter().find_map(|event| match &event.what {
        What::Action {
            action,
            status: Status::Failed,
            detail,
            ..
        } => Some((action.clone(), detail.clone().unwrap_or_default())),
        _ => None,
    });
    failed.expect("a failed action")
}

#[tokio::test]
async fn artifacts_and_variables_are_handed_on_up_to_production() {
    let mut bed = Bed::start(&shipping()).await;
    let execution = started(bed.push_files(&files(PACKAGE, PLAN, DEPLOY)).await);
    let (token, link, text) = approval(&mut bed).await;
    assert_eq!(text.as_deref(), Some("1 to change of main"));
    assert!(link.is_some_and(|link| link.starts_with("https://example.com/") && link.len() == 60));
    assert_eq!(
        bed.out("production"),
        "",
        "nothing is deployed before the approval"
    );
    bed.executor
        .decide(&token, Decision::Approved, "looks fine")
        .expect("an approval");
    let (status, _) = bed.finished(&execution).await;
    assert_eq!(status, Status::Succeeded);
    assert_eq!(
        bed.out("production"),
        "one\nplanned\n1 to change codepipeline/perch\n"
    );
    assert!(
        bed.executor.decide(&token, Decision::Approved, "").is_err(),
        "an answer counts once"
    );
}

#[tokio::test]
async fn a_rejected_approval_leaves_production_alone() {
    let mut bed = Bed::start(&shipping()).await;
    let execution = started(bed.push_files(&files(PACKAGE, PLAN, DEPLOY)).await);
    let (token, ..) = approval(&mut bed).await;
    bed.executor
        .decide(&token, Decision::Rejected, "not on a Friday")
        .expect("an approval");
    let (status, events) = bed.finished(&execution).await;
    assert_eq!(status, Status::Failed);
    assert_eq!(
        failed_action(&events),
        ("Approve".to_owned(), "rejected: not on a Friday".to_owned())
    );
    assert_eq!(bed.out("production"), "");
}

#[tokio::test]
async fn a_failing_build_stops_the_execution() {
    let mut bed = Bed::start(&shipping()).await;
    let execution = started(bed.push_files(&files("echo no; false", PLAN, DEPLOY)).await);
    let (status, events) = bed.finished(&execution).await;
    assert_eq!(status, Status::Failed);
    let (action, why) = failed_action(&events);
    assert_eq!(action, "Package");
    assert!(
        why.contains("BUILD failed: COMMAND_EXECUTION_ERROR") && why.contains("exit status 1"),
        "{why}"
    );
    let plans =
        |event: &&Event| matches!(&event.what, What::Action { action, .. } if action == "Plan");
    assert_eq!(events.iter().filter(plans).count(), 0);
    // The stage is free again.
    let execution = started(bed.push_files(&files(PACKAGE, PLAN, DEPLOY)).await);
    let (token, ..) = approval(&mut bed).await;
    bed.executor
        .decide(&token, Decision::Approved, "")
        .expect("an approval");
    assert_eq!(bed.finished(&execution).await.0, Status::Succeeded);
}

#[tokio::test]
async fn a_variable_that_nobody_exports_fails_the_action() {
    let mut stages = shipping();
    stages[1]["action"][1]["configuration"]["CustomData"] = json!("#{Plan.PLAN_URL}");
    let mut bed = Bed::start(&stages).await;
    let execution = started(bed.push_files(&files(PACKAGE, PLAN, DEPLOY)).await);
    let (status, events) = bed.finished(&execution).await;
    assert_eq!(status, Status::Failed);
    let (action, why) = failed_action(&events);
    assert_eq!(action, "Approve");
    assert!(
        why.contains("no earlier action has the output variable Plan.PLAN_URL"),
        "{why}"
    );
}

/// The first push is held in Package until the gate opens; of the two after it, the newest goes on.
#[tokio::test]
async fn the_newest_of_those_that_wait_goes_on() {
    let mut bed = Bed::start(&[stage(
        "Package",
        &[build("Package", "package", &["source"], &[])],
    )])
    .await;
    let gate = bed.out.join("gate");
    assert!(
        Command::new("mkfifo")
            .arg(&gate)
            .status()
            .expect("mkfifo")
            .success()
    );
    let held = "echo one >>\"$OUT/built\"; cat \"$OUT/gate\"";
    let first = started(bed.push_files(&files(held, "", "")).await);
    bed.until(|event| matches!(&event.what, What::Action { action, status: Status::InProgress, .. } if action == "Package")).await;
    let second = started(
        bed.push_files(&[("package.sh", "echo two >>\"$OUT/built\"")])
            .await,
    );
    // It waits before Package once it is out of Source.
    bed.until(|event| {
        event.execution == second && matches!(&event.what, What::Stage { stage, status: Status::Succeeded } if stage == "Source")
    })
    .await;
    let third = started(
        bed.push_files(&[("package.sh", "echo three >>\"$OUT/built\"")])
            .await,
    );
    assert_eq!(bed.finished(&second).await.0, Status::Superseded);
    std::fs::write(&gate, "open").expect("the gate");
    assert_eq!(bed.finished(&first).await.0, Status::Succeeded);
    assert_eq!(bed.finished(&third).await.0, Status::Succeeded);
    assert_eq!(bed.out("built"), "one\nthree\n");
}

#[tokio::test]
async fn what_is_not_rehearsed_is_refused_by_its_address() {
    let mut stages = shipping();
    stages[1]["action"][1]["provider"] = json!("Lambda");
    stages[1]["action"][1]["category"] = json!("Invoke");
    let state = crate::support::state(&stages, &["push"]);
    let error = perch_rehearse::declared::Declared::read(&state).expect_err("a refusal");
    let text = format!("{error:#}");
    assert_eq!(
        text,
        "aws_codepipeline.this: stage Production, action Approve: Invoke by AWS's Lambda, version 1, is not rehearsed"
    );
}
