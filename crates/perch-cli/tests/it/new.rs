//! `perch new`: a folder that builds, passes its test and plans; and what is refused, with nothing written.

use std::process::Command;

use crate::project::{Project, ran, target_dir};
use crate::up::Up;

#[test]
fn a_name_route_or_schedule_that_cannot_be_is_refused() {
    let project = Project::with_bots(&[("hello", "route: POST /hello\n")]);
    let before = project.files();
    for (arguments, words) in [
        (&["new", "hello"][..], "functions/hello already exists"),
        (&["new", "Hello"], "`Hello` cannot be a bot's name"),
        (&["new", "he_llo"], "`he_llo` cannot be a bot's name"),
        (&["new", "9lives"], "`9lives` cannot be a bot's name"),
        (&["new", "../up"], "cannot be a bot's name"),
        (&["new", "perch"], "the name of a crate"),
        (
            &[
                "new",
                "a-name-that-is-much-longer-than-the-role-of-a-function-may-be",
            ],
            "is too long",
        ),
        (&["new", "bye", "--route", "/bye"], "is not POST /path"),
        (
            &["new", "bye", "--kind", "schedule", "--route", "POST /bye"],
            "--kind schedule has no route",
        ),
        (
            &["new", "bye", "--kind", "modal", "--schedule", "0 9 ? * * *"],
            "--schedule is for --kind schedule",
        ),
        (
            &["new", "bye", "--route", "GET /bye"],
            "is not POST /path or ANY /path",
        ),
        (
            &["new", "bye", "--route", "POST /bye/"],
            "is not POST /path",
        ),
        (
            &["new", "bye", "--schedule", "0 9 * * MON-FRI"],
            "six fields",
        ),
        (
            &[
                "new",
                "bye",
                "--schedule",
                "0 9 ? * MON-FRI *",
                "--timezone",
                "Asia/Tokio",
            ],
            "Asia/Tokio",
        ),
    ] {
        project.run(arguments).failed(1, &[words]);
    }
    project
        .run(&[
            "new",
            "bye",
            "--route",
            "POST /bye",
            "--schedule",
            "0 9 ? * * *",
        ])
        .failed(2, &["--schedule"]);
    assert!(project.files() == before, "a refused name left something");
}

#[test]
fn a_new_bot_of_either_kind_plans() {
    let project = Project::empty();
    project.run(&["new", "hello"]).succeeded();
    project
        .run(&["new", "bye", "--route", "POST /good/bye"])
        .succeeded();
    project
        .run(&[
            "new",
            "tick",
            "--schedule",
            "cron(0 9 ? * MON-FRI *)",
            "--timezone",
            "Europe/Berlin",
        ])
        .succeeded();
    for name in ["hello", "bye", "tick"] {
        project.set_code(name, name);
    }
    let ran = project
        .offline(&["plan", "-no-color", "-input=false"])
        .succeeded();
    for words in [
        "POST /hello",
        "POST /good/bye",
        "cron(0 9 ? * MON-FRI *) Europe/Berlin",
    ] {
        assert!(
            ran.stdout.contains(words),
            "{words} is not in {}",
            ran.stdout
        );
    }
}

const KINDS: [&str; 5] = ["command", "modal", "event", "schedule", "job"];

/// In a workspace that has the kit: each kind compiles, passes its own test, is applied and answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_bot_of_each_kind_passes_its_test_and_answers() {
    let project = Project::with_the_kit();
    let mut test = Command::new(env!("CARGO"));
    // With the features of the whole workspace, as what follows is built: no crate is compiled twice.
    test.args(["test", "--quiet", "--locked", "--workspace"]);
    for kind in KINDS {
        let name = format!("a-{kind}");
        project.run(&["new", &name, "--kind", kind]).succeeded();
        test.args(["--bin", &name]);
    }
    // Shared with this repository's own builds: the kit's dependencies are compiled already.
    test.current_dir(project.path(""))
        .env("CARGO_TARGET_DIR", target_dir());
    let tested = ran(&mut test).succeeded();
    let passed = tested.stdout.matches("test result: ok. 1 passed").count();
    assert_eq!(passed, KINDS.len(), "{}", tested.text());

    let mut command = project.perch(&["up"]);
    command.env("CARGO_TARGET_DIR", target_dir());
    let mut up = Up::run(command).await;
    let shows = |arguments: &[&str], words: &str| {
        let ran = project.run(arguments).succeeded();
        assert!(ran.stdout.contains(words), "{words:?}: {}", ran.text());
    };
    shows(&["send", "/a-command hi"], "You said: hi");
    shows(&["send", "/a-modal"], "What did you do?");
    shows(
        &["fill", "What did you do?=I wrote a bot", "--submit"],
        "I wrote a bot",
    );
    shows(&["mention", "hello", "--bot", "a-event"], "answered   200");
    up.line("Hello @U0HANAKO").await;
    shows(&["fire", "a-schedule"], "success");
    shows(&["send", "/a-job the dishes"], "On it.");
    up.line("Done: the dishes").await;
    shows(&["log", "a-job"], "\"bot\":\"a-job\"");
    project
        .run(&["log", "nobody"])
        .failed(1, &["functions/nobody does not exist", "a-job"]);
    up.stop().await;
}
