//! `perch secret`: what goes in, what is told of it, and what never is.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::project::{Project, Ran};

const BOTS: [(&str, &str); 2] = [
    (
        "ask",
        "route: POST /ask\nsecrets:\n  SLACK_SIGNING_SECRET: ask/slack-signing-secret\n  SLACK_BOT_TOKEN: slack-bot-token\n",
    ),
    (
        "tell",
        "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }\nsecrets:\n  SLACK_BOT_TOKEN: slack-bot-token\nstages:\n  production: { secrets: { SLACK_BOT_TOKEN: tell/slack-bot-token } }\n",
    ),
];

/// Runs `perch` with `value` piped in.
fn piped(project: &Project, arguments: &[&str], value: &str) -> Ran {
    piped_into(project.perch(arguments), value)
}

/// Runs a command with `value` piped in.
pub fn piped_into(mut command: Command, value: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    // A command that refuses its arguments may be gone before it reads.
    let _ = child
        .stdin
        .take()
        .expect("stdin")
        .write_all(value.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

const SET: [&str; 5] = ["secret", "set", "--stage", "staging", "--local"];

#[test]
fn a_local_secret_is_set_listed_and_checked_without_its_value() {
    let project = Project::with_bots(&BOTS);
    let check = ["secret", "check", "--stage", "staging", "--local"];
    project.run(&check).failed(
        1,
        &[
            "2 secrets are missing on the local stage",
            "/perch/staging/slack-bot-token read by ask, tell",
            "make secret STAGE=staging NAME=slack-bot-token LOCAL=1",
            "make secret STAGE=staging NAME=ask/slack-signing-secret LOCAL=1",
        ],
    );
    for name in ["slack-bot-token", "ask/slack-signing-secret"] {
        let arguments: Vec<&str> = SET.into_iter().chain([name]).collect();
        let ran = piped(&project, &arguments, "s3cret-value\n").succeeded();
        assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    }
    project.run(&check).succeeded();
    let ran = project
        .run(&["secret", "list", "--stage", "staging", "--local"])
        .succeeded();
    assert!(
        ran.stdout.contains("/perch/staging/slack-bot-token"),
        "{}",
        ran.stdout
    );
    assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    let listed = project
        .run(&[
            "secret",
            "list",
            "--stage",
            "production",
            "--local",
            "--json",
        ])
        .json(0);
    let missing =
        |name: &str, bot: &str| json!({ "name": name, "state": "missing", "read_by": [bot] });
    assert_eq!(
        listed,
        json!([
            missing("/perch/production/ask/slack-signing-secret", "ask"),
            missing("/perch/production/slack-bot-token", "ask"),
            missing("/perch/production/tell/slack-bot-token", "tell"),
        ])
    );
    let listed = project
        .run(&["secret", "list", "--stage", "staging", "--local", "--json"])
        .json(0);
    assert_eq!(
        listed[1],
        json!({ "name": "/perch/staging/slack-bot-token", "state": "set", "version": 1, "type": "SecureString", "read_by": ["ask", "tell"] })
    );
    assert!(!listed.to_string().contains("s3cret"), "{listed}");
    let file = project.path(".perch/local/staging/ssm.json");
    let mode = std::fs::metadata(&file)
        .expect("ssm.json")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(file).expect("ssm.json");
    assert!(
        text.contains("\"s3cret-value\""),
        "one line end is not part of the value"
    );
}

#[test]
fn a_stages_own_path_is_what_is_checked() {
    let project = Project::with_bots(&BOTS);
    project
        .run(&["secret", "check", "--stage", "production", "--local"])
        .failed(
            1,
            &[
                "/perch/production/tell/slack-bot-token read by tell",
                "/perch/production/slack-bot-token read by ask",
            ],
        );
}

#[test]
fn a_value_that_is_none_or_a_name_that_is_none_is_refused() {
    let project = Project::with_bots(&BOTS);
    let refused = |name: &str, value: &str, words: &str| {
        let arguments: Vec<&str> = SET.into_iter().chain([name]).collect();
        piped(&project, &arguments, value).failed(1, &[words]);
    };
    refused("slack-bot-token", "\n", "there was no value");
    refused("slack-bot-token", &"x".repeat(5000), "5000 bytes");
    refused("/slack-bot-token", "x", "is not a parameter's path");
    refused("slack bot token", "x", "is not a parameter's path");
    refused(
        "/perch/staging/slack-bot-token",
        "x",
        "name it below the stage, as `slack-bot-token`",
    );
    assert!(!project.path(".perch/local/staging/ssm.json").exists());
}

#[test]
fn a_secret_that_nobody_reads_is_said_to_be_so() {
    let project = Project::with_bots(&BOTS);
    let arguments: Vec<&str> = SET.into_iter().chain(["slack-signing-secret"]).collect();
    let ran = piped(&project, &arguments, "value").succeeded();
    assert!(
        ran.stderr.contains("no bot of staging reads it"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("/perch/staging/ask/slack-signing-secret"),
        "{}",
        ran.stderr
    );
}

/// What somebody has written into the wrong place is in no message, and what stands for more than it says is read at once.
#[test]
fn a_broken_declaration_is_told_without_its_lines() {
    let project = Project::with_bots(&BOTS);
    let check = ["secret", "check", "--stage", "staging", "--local"];
    let file = "functions/ask/function.yaml";
    for (broken, words) in [
        (
            "secrets:\n  SLACK_BOT_TOKEN: xoxb-1-planted\n bad: [\n",
            "line 4",
        ),
        ("environment:\n  A: [xoxb-1-planted]\n", "environment.A"),
        ("xoxb-1-planted: 1\n", "line 2, column 1"),
        ("ghp_planted: 1\n", "unknown field"),
        ("memory: github_pat_planted\n", "memory: is a text"),
    ] {
        project.write(file, &format!("route: POST /ask\n{broken}"));
        let ran = project.run(&check).failed(1, &[file, words]);
        assert!(!ran.text().contains("planted"), "{}", ran.text());
    }
    let mut bomb = "route: POST /ask\nenvironment:\n  a: &a [\"x\"]\n".to_owned();
    for level in "bcdefghijk".chars() {
        let before = char::from(level as u8 - 1);
        let aliases = [format!("*{before}").as_str(); 9].join(", ");
        bomb.push_str(&format!("  {level}: &{level} [{aliases}]\n"));
    }
    project.write(file, &bomb);
    project.run(&check).failed(1, &[file]);
    let mut long = "route: POST /ask\nenvironment:\n".to_owned();
    for number in 0..1_000 {
        long.push_str(&format!("  V{number}: \"x\"\n"));
    }
    project.write(file, &long);
    let ran = project.run(&check);
    assert!(!ran.text().contains(file), "{}", ran.text());
}
