//! Both roots, whole, with the offline provider: what a person does to them, and what that leads to.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::project::{Project, Ran, ran, repository};

const HELLO: &str = "description: Says hello\nroute: POST /hello\n";

/// `terraform plan` with what it would do as data: each resource's address and actions.
fn planned(project: &Project, stage: &str) -> Vec<(String, String)> {
    let at = ["offline", "--stage", stage];
    let with = |more: &[&'static str]| -> Vec<String> {
        at.iter()
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let run =
        |words: Vec<String>| project.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    run(with(&["plan", "-input=false", "-out=next.tfplan"])).succeeded();
    let shown = run(with(&["show", "-json", "next.tfplan"])).succeeded();
    let plan: Value = serde_json::from_str(&shown.stdout).expect("a plan as JSON");
    let mut changes: Vec<(String, String)> = plan["resource_changes"]
        .as_array()
        .expect("resource changes")
        .iter()
        .map(|change| {
            let actions: Vec<&str> = change["change"]["actions"]
                .as_array()
                .expect("actions")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            (
                change["address"].as_str().unwrap_or_default().to_owned(),
                actions.join("+"),
            )
        })
        .filter(|(_, actions)| actions != "no-op" && actions != "read")
        .collect();
    changes.sort();
    changes
}

fn apply(project: &Project, stage: &str) -> Ran {
    project
        .run(&[
            "offline",
            "--stage",
            stage,
            "apply",
            "-auto-approve",
            "-input=false",
        ])
        .succeeded()
}

/// Addresses in the state.
fn applied(project: &Project, stage: &str) -> Vec<String> {
    let listed = project
        .run(&["offline", "--stage", stage, "state", "list"])
        .succeeded();
    listed
        .stdout
        .lines()
        .filter(|address| !address.contains("data."))
        .map(str::to_owned)
        .collect()
}

fn a_stage_lives_and_goes(stage: &str) {
    let project = Project::with_real_bots();
    let before = project.files();
    let created = planned(&project, stage);
    assert!(!created.is_empty());
    assert!(
        created.iter().all(|(_, action)| action == "create"),
        "{created:?}"
    );
    let ran = apply(&project, stage);
    assert!(ran.stderr.contains("perch: offline:"), "{}", ran.stderr);
    assert!(
        ran.text().contains("https://"),
        "no endpoint:\n{}",
        ran.text()
    );
    assert_eq!(planned(&project, stage), []);
    project
        .run(&[
            "offline",
            "--stage",
            stage,
            "destroy",
            "-auto-approve",
            "-input=false",
        ])
        .succeeded();
    assert_eq!(applied(&project, stage), Vec::<String>::new());
    assert!(project.files() == before, "a run wrote into the tree");
}

#[test]
fn staging_plans_applies_stays_and_goes() {
    a_stage_lives_and_goes("staging");
}

#[test]
fn production_plans_applies_stays_and_goes() {
    a_stage_lives_and_goes("production");
}

#[test]
fn new_code_updates_just_that_function() {
    let project = Project::with_real_bots();
    apply(&project, "staging");
    project.set_code("tryo", "other code of tryo");
    let changes = planned(&project, "staging");
    assert!(!changes.is_empty());
    for (address, action) in &changes {
        assert!(
            address.contains("[\"tryo\"]"),
            "{address} is not tryo's: {changes:?}"
        );
        assert_eq!(action, "update", "{address}");
    }
    assert!(
        changes
            .iter()
            .any(|(address, _)| address.contains("aws_lambda_function."))
    );
    apply(&project, "staging");
    assert_eq!(planned(&project, "staging"), []);
}

#[test]
fn a_folder_more_is_a_bot_more_and_a_folder_less_takes_all_it_had() {
    let project = Project::with_real_bots();
    apply(&project, "staging");
    let before = applied(&project, "staging");
    project.add_bot("hello", HELLO);
    let changes = planned(&project, "staging");
    for (address, action) in &changes {
        assert!(
            address.contains("[\"hello\"]"),
            "{address} is not hello's: {changes:?}"
        );
        assert_eq!(action, "create", "{address}");
    }
    let ran = apply(&project, "staging");
    assert!(ran.text().contains("amazonaws.com/hello"), "{}", ran.text());
    project.remove_bot("hello");
    let changes = planned(&project, "staging");
    assert!(
        changes.iter().all(|(_, action)| action == "delete"),
        "{changes:?}"
    );
    apply(&project, "staging");
    assert_eq!(applied(&project, "staging"), before);
}

#[test]
fn a_copied_checkout_plans_its_own_modules() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    apply(&project, "staging");
    let copied = tempfile::tempdir().expect("a folder");
    let copied = copied.path().join("copied");
    let status = Command::new("cp")
        .arg("-a")
        .arg(project.path(""))
        .arg(&copied)
        .status();
    assert!(status.expect("cp runs").success());
    let api = copied.join("terraform/modules/stage/api.tf");
    let text = fs::read_to_string(&api).expect("api.tf");
    fs::write(&api, text.replace("Slack bots on", "Our Slack bots on")).expect("api.tf");
    let preview = [
        "preview",
        "--stage",
        "staging",
        "-no-color",
        "-detailed-exitcode",
    ];
    let mut in_copy = project.perch(&preview);
    ran(in_copy.current_dir(&copied)).failed(2, &["Our Slack bots on staging"]);
    // The other has nothing to change, before and after.
    project.run(&preview).succeeded();
}

/// What the rule accepts, the provider accepts, on both stages and in one plan.
#[test]
fn every_declaration_that_is_accepted_can_be_planned() {
    let folder = repository().join("terraform/modules/stage/tests/cases/accepted");
    let project = Project::empty();
    let mut number = 0;
    for entry in fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("a case").path().join("function.yaml");
        let text = fs::read_to_string(&path).expect("a case");
        number += 1;
        // Each on a path of its own.
        let mut lines = Vec::new();
        for line in text.lines() {
            let (indent, setting) = line.split_at(line.len() - line.trim_start().len());
            lines.push(match setting.strip_prefix("route: ") {
                Some(_) => format!("{indent}route: POST /case-{number}"),
                None => line.to_owned(),
            });
        }
        project.add_bot(&format!("case-{number}"), &(lines.join("\n") + "\n"));
    }
    for stage in ["staging", "production"] {
        let plan = [
            "offline",
            "--stage",
            stage,
            "plan",
            "-input=false",
            "-no-color",
        ];
        let ran = project.run(&plan).succeeded();
        assert!(ran.stdout.contains("Plan: "), "{}", ran.text());
    }
}

#[test]
fn a_preview_is_against_what_was_applied() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    let ran = project
        .run(&["preview", "--stage", "staging", "-no-color"])
        .succeeded();
    assert!(
        ran.stderr.contains("staging has not been applied here yet"),
        "{}",
        ran.stderr
    );
    apply(&project, "staging");
    let ran = project
        .run(&["preview", "--stage", "staging", "-no-color"])
        .succeeded();
    assert!(ran.stdout.contains("No changes."), "{}", ran.stdout);
    project.write(
        "functions/hello/function.yaml",
        &format!("{HELLO}timeout: 7\n"),
    );
    let ran = project
        .run(&[
            "preview",
            "--stage",
            "staging",
            "-no-color",
            "-detailed-exitcode",
        ])
        .failed(2, &["10 -> 7"]);
    assert!(ran.stderr.contains("perch: offline:"), "{}", ran.stderr);
}

#[test]
fn a_missing_zip_fails_the_plan_by_its_name() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    std::fs::remove_file(project.path("dist/hello.zip")).expect("the zip");
    project
        .offline(&["plan"])
        .failed(1, &["dist/hello.zip", "make package"]);
}

#[test]
fn a_missing_declaration_fails_the_plan_by_its_name() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    std::fs::remove_file(project.path("functions/hello/function.yaml")).expect("the file");
    project
        .offline(&["plan"])
        .failed(1, &["functions/hello/function.yaml: missing"]);
}

#[test]
fn what_is_wrong_with_a_declaration_is_said_with_file_and_field() {
    let cases = [
        (
            "route: POST /hello\n  memory: [",
            "line 2: opens a bracket that is not closed",
        ),
        (
            "route: POST /hello\nmemroy: 128\n",
            "functions/hello/function.yaml: memroy: unknown key",
        ),
        (
            "schedule: { cron: \"*/10 9-19 * * MON-FRI\", timezone: Asia/Tokyo }\n",
            "has 5 fields",
        ),
        (
            "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokio }\n",
            "schedule.timezone: \"Asia/Tokio\" is not an IANA time zone",
        ),
        (
            "route: POST /hello\nstages: { stagin: { memory: 256 } }\n",
            "stages.stagin: unknown stage",
        ),
    ];
    let project = Project::empty();
    for (declaration, words) in cases {
        project.add_bot("hello", declaration);
        project
            .offline(&["plan"])
            .failed(1, &["functions/hello/function.yaml", words]);
    }
    project.add_bot("hello", HELLO);
    project.offline(&["plan"]).succeeded();
    project.add_bot("hullo", HELLO);
    project
        .offline(&["plan"])
        .failed(1, &["POST /hello", "functions/hullo/function.yaml"]);
}

#[test]
fn nothing_of_the_callers_reaches_an_offline_run() {
    let project = Project::with_bots(&[("hello", HELLO)]);
    let mut command = project.perch(&["offline", "plan", "-no-color"]);
    command
        .env("AWS_PROFILE", "a-profile-that-there-is-not")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("TF_REATTACH_PROVIDERS", "not even JSON")
        .env("TF_CLI_ARGS_plan", "-an-option-that-there-is-not");
    crate::project::ran(&mut command).succeeded();
}

#[test]
fn an_unknown_stage_is_wrong_usage() {
    let project = Project::empty();
    for arguments in [
        &["offline", "--stage", "stagin", "plan"][..],
        &["preview", "--stage", "stagin"],
        &["apply", "--stage", "stagin"],
    ] {
        project.run(arguments).failed(2, &["staging", "production"]);
    }
    project.run(&["preview"]).failed(2, &["--stage"]);
}
