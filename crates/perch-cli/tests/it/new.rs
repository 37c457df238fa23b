//! `perch new`: a folder that builds, passes its test and plans; and what is refused, with nothing written.

use std::process::Command;

use crate::project::{Project, ran, target_dir};

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

/// In a workspace that has the kit: both kinds compile and pass their own tests.
#[test]
fn a_new_bots_test_passes() {
    let project = Project::with_the_kit();
    project.run(&["new", "hello"]).succeeded();
    project
        .run(&["new", "tick", "--schedule", "0 9 ? * MON-FRI *"])
        .succeeded();
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(project.path(""))
        .args([
            "test",
            "--quiet",
            "--locked",
            "--package",
            "hello",
            "--package",
            "tick",
        ])
        // Shared with this repository's own builds: the kit's dependencies are compiled already.
        .env("CARGO_TARGET_DIR", target_dir());
    let ran = ran(&mut command).succeeded();
    assert_eq!(
        ran.stdout.matches("test result: ok. 1 passed").count(),
        2,
        "{}",
        ran.text()
    );
}
