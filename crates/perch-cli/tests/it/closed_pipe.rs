//! `perch … | head -1`: a reader that has gone ends the command quietly, and no work is lost that was done before.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::project::Project;

/// The exit code that shells give a program which SIGPIPE ended.
const CLOSED: Option<i32> = Some(141);

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// Runs a command whose standard output nobody reads: its exit code, and what it said on the other one.
fn unread(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stdout(closed()).output().expect("the command runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), said)
}

#[test]
fn a_reader_that_has_gone_is_no_panic() {
    let project = Project::with_bots(&[(
        "ask",
        "route: POST /ask\nsecrets:\n  SLACK_BOT_TOKEN: slack-bot-token\n",
    )]);
    for arguments in [
        &["new", "hello"][..],
        &["secret", "list", "--stage", "staging", "--local"],
        &["offline", "test", "route"],
    ] {
        let (code, said) = unread(&mut project.perch(arguments));
        assert_eq!(code, CLOSED, "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
    assert!(project.path("functions/hello/src/main.rs").is_file());
}

#[test]
fn what_was_read_before_the_reader_went_is_whole() {
    let project = Project::empty();
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut child = project
        .perch(&["new", "hello"])
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    let mut read = String::new();
    reader.read_to_string(&mut read).expect("the output");
    assert_eq!(child.wait().expect("the command ends").code(), Some(0));
    assert_eq!(read.lines().count(), 4, "{read}");
}

#[test]
fn errors_that_nobody_reads_are_no_panic_either() {
    let project = Project::empty();
    let mut command = project.perch(&["new", "Hello"]);
    let status = command.stderr(closed()).status().expect("the command runs");
    assert_eq!(status.code(), CLOSED);
    let mut command = project.perch(&["new", "Hello"]);
    let status = command
        .stderr(Stdio::null())
        .status()
        .expect("the command runs");
    assert_eq!(status.code(), Some(1));
}
