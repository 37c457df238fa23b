//! The pipeline rehearsed with this repository's own `buildspec.yml`, scripts and `perch` command: from a push to
//! production. What takes minutes is left out: the bot is a shell script, so that nothing is compiled.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::Result;
use perch_local::Stage;
use perch_rehearse::pipeline::{Decision, Event, Status};
use perch_rehearse::{Answers, Ended, Options, Person, Prebuilt, Rebuilt, Rehearsal, Seen};
use serde_json::{Value, json};

use crate::project::{Project, Ran, ran, repository};
use crate::simulated::{WELL, bot, well};

const CODE: &str = "functions/hello/bot.sh";

/// In place of `make package`.
const PACKAGE: &str = r#"
import os, platform, zipfile
os.makedirs("dist", exist_ok=True)
info = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
info.external_attr = 0o755 << 16
with zipfile.ZipFile("dist/hello.zip", "w") as archive:
    archive.writestr(info, open("functions/hello/bot.sh").read())
    archive.comment = b"architecture=" + {"aarch64": b"arm64"}.get(platform.machine(), b"x86_64")
"#;

/// Approves what comes first to production, and then decides as it is told.
struct Reviewer {
    decision: Mutex<Decision>,
    /// Before the decision.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    seen: Mutex<Vec<String>>,
}

impl Person for Reviewer {
    fn see(&self, seen: &Seen) {
        let mut all = self.seen.lock().expect("the lines");
        all.push(seen.to_string());
    }

    fn secrets(&self, _: &str, _: &Path) -> Result<BTreeMap<String, String>> {
        Ok(BTreeMap::new())
    }

    async fn approve(&self, _: &Event, answers: &Answers) -> Result<Decision> {
        if let Some(meanwhile) = self.meanwhile.lock().expect("a deed").take() {
            meanwhile();
        }
        Ok(match answers.production {
            None => Decision::Approved,
            Some(_) => *self.decision.lock().expect("a decision"),
        })
    }

    async fn ask(&self, stage: &str, running: &Stage) -> Result<String> {
        let function = format!("perch-{stage}-hello:live");
        let returned = running.invoke(&function, &json!({})).await?;
        Ok(returned.payload.as_str().unwrap_or_default().to_owned())
    }
}

/// A repository with what this one has, but for what compiles.
fn committed() -> Project {
    let project = Project::empty();
    for name in ["buildspec.yml", "Makefile"] {
        let text = fs::read_to_string(repository().join(name)).expect("a file");
        project.write(name, &text);
    }
    let scripts = fs::read_dir(repository().join("scripts")).expect("scripts/");
    for entry in scripts {
        let path = entry.expect("a script").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a script");
        // cargo-lambda and zig.
        let text = text.replace("\n  install_python_tools\n", "\n");
        project.write(&format!("scripts/{name}"), &text);
    }
    // No part of the repository around it, either.
    let clean = "test -n \"$CODEBUILD_BUILD_ID\" && ! git rev-parse 2>/dev/null\n";
    project.write("scripts/test", clean);
    let makefile = fs::read_to_string(project.path("Makefile")).expect("the Makefile");
    let recipe = |line: &str| line.starts_with("\t@$(PERCH) package ");
    assert!(makefile.lines().any(recipe), "package has another recipe");
    let replaced = makefile.lines().map(|line| match recipe(line) {
        true => "\t@python3 package.py\n".to_owned(),
        false => format!("{line}\n"),
    });
    project.write("Makefile", &replaced.collect::<String>());
    project.write("package.py", PACKAGE);
    project.write("Cargo.lock", "version = 4\n");
    project.write("crates/a/src/lib.rs", "//! A crate.\n");
    project.write(
        ".gitignore",
        "/dist/\n/.perch/\n/bin/\n/rehearse/\n.terraform/\n",
    );
    project.write(
        "functions/hello/function.yaml",
        "description: Says something\nroute: POST /hello\n",
    );
    project.write(CODE, &well("one"));
    // A Rust that is there, and compiles nothing.
    for (name, text) in [("cargo", "exit 0"), ("rustc", "echo rustc 99.0.0")] {
        project.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{text}\n"));
        let path = project.path("bin").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the mode");
    }
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project, "first");
    project
}

fn commit(project: &Project, message: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", message]);
}

fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(project.path("."))
        .status();
    assert!(status.expect("git runs").success());
}

/// What a build of that repository runs with: nothing compiles.
fn tools(project: &Project) -> [(&'static str, String); 4] {
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = project.path("bin").display().to_string();
    // With nothing but the command in it: a rehearsal copies it.
    let target = project.path("bin/target");
    let built = target.join("debug/perch");
    if !built.exists() {
        fs::create_dir_all(target.join("debug")).expect("a folder");
        fs::copy(env!("CARGO_BIN_EXE_perch"), &built).expect("the command");
    }
    [
        ("PATH", format!("{bin}:{path}")),
        ("CARGO_HOME", bin.clone()),
        ("PERCH_TOOLS", bin),
        ("CARGO_TARGET_DIR", target.display().to_string()),
    ]
}

/// A rehearsal of that repository, whose bot answers `one` on both stages.
struct Shipped {
    project: Project,
    rehearsal: Rehearsal,
    reviewer: Reviewer,
}

impl Shipped {
    async fn start() -> Shipped {
        let (shipped, ended) = Shipped::first(committed()).await;
        assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
        shipped.answers("one", "one").await;
        shipped.reviewer.seen.lock().expect("the lines").clear();
        shipped
    }

    /// Applies the pipeline of a repository, and follows its first execution to its end.
    async fn first(project: Project) -> (Shipped, Ended) {
        let mut shipped = Shipped::start_of(project, None).await;
        let ended = shipped.create().await;
        (shipped, ended)
    }

    /// Nothing is shipped yet.
    async fn start_of(project: Project, prebuilt: Option<Prebuilt>) -> Shipped {
        let options = Options {
            project: project.path("."),
            folder: project.path("rehearse"),
            prebuilt,
            terraform: "terraform".into(),
            build_environment: tools(&project)
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            function_environment: BTreeMap::new(),
        };
        let reviewer = Reviewer {
            decision: Mutex::new(Decision::Approved),
            meanwhile: Mutex::default(),
            seen: Mutex::default(),
        };
        let rehearsal = Rehearsal::start(options, &reviewer).await;
        Shipped {
            project,
            rehearsal: rehearsal.unwrap_or_else(|error| panic!("{error:#}")),
            reviewer,
        }
    }

    /// Ships what is committed.
    async fn create(&mut self) -> Ended {
        let first = self.rehearsal.create().await.expect("an execution");
        self.follow(&first).await
    }

    /// Pushes a change of a file; the execution's id.
    async fn push(&mut self, file: &str, text: &str) -> String {
        let write = |clone: &Path| Ok(fs::write(clone.join(file), text)?);
        let pushed = self.rehearsal.push(&self.reviewer, write).await;
        pushed.unwrap_or_else(|error| panic!("{error:#}\n{}", self.seen()))
    }

    async fn follow(&mut self, execution: &str) -> Ended {
        let ended = self.rehearsal.follow(execution, &self.reviewer).await;
        ended.unwrap_or_else(|error| panic!("{error:#}\n{}", self.seen()))
    }

    /// Pushes, and follows what that starts to its end.
    async fn ship(&mut self, file: &str, text: &str) -> Ended {
        let execution = self.push(file, text).await;
        self.follow(&execution).await
    }

    fn decide(&self, decision: Decision) {
        *self.reviewer.decision.lock().expect("a decision") = decision;
    }

    #[track_caller]
    fn answers(&self, staging: &str, production: &str) -> impl Future<Output = ()> {
        let wanted = answers(staging, production);
        let place = std::panic::Location::caller();
        async move {
            let found = self.rehearsal.answers(&self.reviewer).await;
            let found = found.unwrap_or_else(|error| panic!("{place}: {error:#}"));
            assert_eq!(found, wanted, "{place}: {}", self.seen());
        }
    }

    /// What the person saw since the bot was shipped, the ends of failed builds' logs included.
    fn seen(&self) -> String {
        self.reviewer.seen.lock().expect("the lines").join("\n")
    }

    #[track_caller]
    fn saw(&self, all: &[&str]) {
        let seen = self.seen();
        for words in all {
            assert!(seen.contains(words), "`{words}` is not in {seen}");
        }
    }
}

fn answers(staging: &str, production: &str) -> Answers {
    Answers {
        staging: Some(staging.to_owned()),
        production: Some(production.to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_on_staging_before_its_approval_and_on_production_after() {
    let mut shipped = Shipped::start().await;
    let ended = shipped.ship(CODE, &well("two")).await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    assert_eq!(ended.at_approval, Some(answers("two", "one")));
    shipped.answers("two", "two").await;
    shipped.saw(&["production: Plan: 0 to add, 2 to change, 0 to destroy."]);

    // Nothing of a page for people is deployed.
    let ended = shipped.ship("README.md", "# Bots\n").await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    shipped.saw(&["production: No changes."]);
    shipped.answers("two", "two").await;
    shipped.rehearsal.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_or_is_rejected_leaves_the_previous_answers() {
    let mut shipped = Shipped::start().await;
    let ended = shipped
        .ship("scripts/test", "echo a test failed; exit 1\n")
        .await;
    assert_eq!(ended.status, Status::Failed);
    shipped.saw(&[
        "Package/Package failed: BUILD failed",
        "a test failed",
        "make: *** [Makefile:",
    ]);
    assert!(!shipped.seen().contains("Staging"), "{}", shipped.seen());
    shipped.answers("one", "one").await;

    fs::write(
        shipped.project.path("rehearse/clone/scripts/test"),
        "true\n",
    )
    .expect("the test");
    let ended = shipped.ship(CODE, &bot("", WELL, 200, "two")).await;
    assert_eq!(ended.status, Status::Failed);
    shipped.saw(&[
        "Staging/Deploy failed",
        "staging is unhealthy",
        "perch-staging-hello is back at version 1 (was 2)",
    ]);
    assert!(!shipped.seen().contains("Production"), "{}", shipped.seen());
    shipped.answers("one", "one").await;

    shipped.decide(Decision::Rejected);
    let ended = shipped.ship(CODE, &well("three")).await;
    assert!(ended.rejected && ended.status == Status::Failed);
    assert_eq!(ended.at_approval, Some(answers("three", "one")));
    shipped.answers("three", "one").await;

    // The same commit's twin, approved.
    shipped.decide(Decision::Approved);
    let ended = shipped.ship(CODE, &well("four")).await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    shipped.answers("four", "four").await;
    shipped.rehearsal.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_stale_is_not_applied() {
    let mut shipped = Shipped::start().await;
    let states = shipped.project.path("rehearse/account/s3");
    // Somebody applies to production while the plan waits for its approval: Terraform counts the writes of a state.
    let meanwhile = move || {
        let mut buckets = fs::read_dir(states).expect("S3").flatten();
        let bucket = buckets.find(|bucket| {
            let name = bucket.file_name();
            name.to_string_lossy().starts_with("perch-state-")
        });
        let state = bucket
            .expect("the states' bucket")
            .path()
            .join("production%2Fterraform.tfstate");
        let text = fs::read_to_string(&state).expect("production's state");
        let mut written: Value = serde_json::from_str(&text).expect("a state");
        written["serial"] = json!(written["serial"].as_u64().expect("a number") + 1);
        fs::write(&state, written.to_string()).expect("production's state");
    };
    *shipped.reviewer.meanwhile.lock().expect("a deed") = Some(Box::new(meanwhile));
    let ended = shipped.ship(CODE, &well("two")).await;
    assert_eq!(ended.status, Status::Failed, "{}", shipped.seen());
    shipped.saw(&["Production/Deploy failed", "Saved plan is stale"]);
    shipped.answers("two", "one").await;

    // Planned anew it goes through.
    let again = shipped.rehearsal.create().await.expect("an execution");
    let ended = shipped.follow(&again).await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    shipped.answers("two", "two").await;
    shipped.rehearsal.end().await;
}

/// A repository whose check fails, and what was built of it before.
fn built() -> (Project, Prebuilt) {
    let project = committed();
    project.write("scripts/test", "exit 1\n");
    commit(&project, "a check that fails");
    let mut package = Command::new("python3");
    package.arg("package.py").current_dir(project.path("."));
    ran(&mut package).succeeded();
    let prebuilt = Prebuilt {
        zips: project.path("dist"),
        command: env!("CARGO_BIN_EXE_perch").into(),
    };
    (project, prebuilt)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_built_before_is_handed_over_and_the_next_build_compared_with_it() {
    let (project, prebuilt) = built();
    let mut shipped = Shipped::start_of(project, Some(prebuilt)).await;
    let ended = shipped.create().await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    shipped.answers("one", "one").await;
    shipped.saw(&["Package/Package succeeded: handed over"]);

    for (file, text, same, changed) in [
        (
            "scripts/test",
            "true\n".to_owned(),
            vec!["hello".to_owned()],
            vec![],
        ),
        (CODE, well("two"), vec![], vec!["hello".to_owned()]),
    ] {
        let execution = shipped.push(file, &text).await;
        let ended = shipped.follow(&execution).await;
        assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
        let rebuilt = shipped
            .rehearsal
            .rebuilt(&execution)
            .expect("both artifacts");
        assert_eq!(rebuilt, Some(Rebuilt { same, changed }), "{file}");
    }
    shipped.answers("two", "two").await;
    shipped.rehearsal.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_what_is_not_committed_what_was_built_before_is_not_handed_over() {
    let (project, prebuilt) = built();
    project.write("functions/hello/notes.txt", "later\n");
    let mut shipped = Shipped::start_of(project, Some(prebuilt)).await;
    let ended = shipped.create().await;
    assert_eq!(ended.status, Status::Failed);
    shipped.saw(&[
        "what is not committed is not rehearsed",
        "Package/Package failed: BUILD failed",
    ]);
    shipped.rehearsal.end().await;
}

/// The first is held in its check until the others are pushed.
#[tokio::test(flavor = "multi_thread")]
async fn pushes_in_a_row_end_with_the_newest() {
    let project = committed();
    let gate = project.path("bin/gate");
    let wait = format!("until [ -e '{}' ]; do sleep 0.1; done\n", gate.display());
    project.write("scripts/test", &wait);
    commit(&project, "a check that waits");
    fs::write(&gate, "").expect("the gate");
    let (mut shipped, ended) = Shipped::first(project).await;
    assert_eq!(ended.status, Status::Succeeded, "{}", shipped.seen());
    fs::remove_file(&gate).expect("the gate");
    let mut executions = Vec::new();
    for answer in ["two", "three", "four"] {
        executions.push(shipped.push(CODE, &well(answer)).await);
    }
    fs::write(&gate, "").expect("the gate");
    let expected = [Status::Succeeded, Status::Superseded, Status::Succeeded];
    for (execution, expected) in executions.iter().zip(expected) {
        let ended = shipped.follow(execution).await;
        assert_eq!(ended.status, expected, "{}", shipped.seen());
    }
    shipped.answers("four", "four").await;
    shipped.rehearsal.end().await;
}

/// Answers a signed request, and refuses the unsigned one of the smoke test.
fn signed(answer: &str) -> String {
    let open = r#"*'"rawPath"'*) answer='{"statusCode": 401, "body": ""}'"#;
    let refusing = well("");
    assert!(refusing.contains(open));
    let taking = format!(
        r#"*'"x-slack-signature"'*) answer='{{"statusCode": 200, "body": "{answer}"}}' ;;
    {open}"#
    );
    refusing.replace(open, &taking)
}

/// `perch rehearse` of a bot that answers `uno`, at a terminal on which somebody types.
fn at_a_terminal(typed: &str) -> Ran {
    let project = committed();
    project.write(
        "functions/hello/function.yaml",
        "description: Says something\nroute: POST /hello\nsecrets:\n  SLACK_SIGNING_SECRET: hello/slack-signing-secret\n",
    );
    project.write(CODE, &signed("uno"));
    commit(&project, "a command");
    let line = format!(
        "{} rehearse --ask /hello --change 'sed -i s/uno/dos/ {CODE}'",
        env!("CARGO_BIN_EXE_perch")
    );
    let mut terminal = Command::new("script");
    terminal
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(project.path("."))
        .envs(tools(&project))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = terminal.spawn().expect("script runs");
    let mut keyboard = running.stdin.take().expect("a keyboard");
    keyboard.write_all(typed.as_bytes()).expect("it is typed");
    let output = running.wait_with_output().expect("it ends");
    Ran::from(output)
}

#[test]
fn a_person_who_types_yes_ships_the_change() {
    let ran = at_a_terminal("yes\n").succeeded();
    for words in [
        "webhook    on GitHub, bots: push, signed",
        "delivered ",
        "Package succeeded",
        "approve?   production: Plan: 0 to add, 2 to change, 0 to destroy.",
        "staging     dos",
        "production  uno",
        "production  dos",
        "rehearsed: a push was on staging before its approval and on production after",
    ] {
        assert!(ran.text().contains(words), "`{words}`: {}", ran.text());
    }
}

#[test]
fn a_person_who_types_anything_else_does_not() {
    let ran =
        at_a_terminal("y\n").failed(1, &["the approval was rejected; production is as it was"]);
    assert!(!ran.text().contains("production  dos"), "{}", ran.text());
}

#[test]
fn without_a_terminal_somebody_has_to_say_yes_before() {
    let project = Project::empty();
    let mut rehearse = project.perch(&["rehearse"]);
    ran(rehearse.stdin(Stdio::null())).failed(2, &["no terminal", "ARGS=--approve"]);
    // With that said, it goes on to what it starts from.
    project
        .run(&["rehearse", "--approve"])
        .failed(1, &["a git repository"]);
}

/// A first execution of the pipeline with a file changed, which fails when it deploys to staging; what was seen.
async fn refused_on_staging(file: &str, from: &str, to: &str) -> Shipped {
    let project = committed();
    let text = fs::read_to_string(project.path(file)).expect("the file");
    assert_eq!(text.matches(from).count(), 1, "{from} in {file}");
    project.write(file, &text.replace(from, to));
    commit(&project, "other rights");
    let (shipped, ended) = Shipped::first(project).await;
    assert_eq!(ended.status, Status::Failed, "{}", shipped.seen());
    shipped.saw(&["Staging/Deploy failed"]);
    assert!(!shipped.seen().contains("Production"), "{}", shipped.seen());
    shipped
}

/// The twin of both is every other test here: with the rights as they are, all is deployed.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_a_deploy_role_lacks_fails_the_deploy_at_its_call() {
    let writer = "terraform/modules/pipeline/writer/main.tf";
    let shipped = refused_on_staging(writer, "        \"lambda:CreateAlias\",\n", "").await;
    shipped.saw(&[
        "creating Lambda Alias (live)",
        "operation error Lambda: CreateAlias",
        "because no identity-based policy allows the lambda:CreateAlias action",
    ]);
    shipped.rehearsal.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stagings_deploy_role_is_refused_productions_things() {
    let builds = "terraform/modules/pipeline/builds.tf";
    let shipped = refused_on_staging(
        builds,
        "TARGET = \"apply smoke\", STAGE = \"staging\"",
        "TARGET = \"apply smoke\", STAGE = \"production\"",
    )
    .await;
    // S3's answer to a HEAD request has no message.
    shipped.saw(&[
        "Unable to access object \"production/terraform.tfstate\"",
        "operation error S3: HeadObject, https response error StatusCode: 403",
    ]);
    shipped.rehearsal.end().await;
}
