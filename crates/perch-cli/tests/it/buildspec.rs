//! What the pipeline's builds run: `buildspec.yml` itself, and what one build hands to the next.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use perch_rehearse::Buildspec;

use crate::project::{Project, Ran, ran, repository};

fn script(folder: &Path, name: &str, arguments: &[&str]) -> Ran {
    let target = Path::new(env!("CARGO_BIN_EXE_perch")).ancestors().nth(2);
    let mut command = Command::new("bash");
    command
        .arg(format!("scripts/{name}"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target.expect("a target folder"))
        // A build that would compile would fail.
        .env("CARGO", "/nowhere");
    let bin = folder.join("bin");
    if bin.is_dir() {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", bin.display()));
    }
    ran(&mut command)
}

/// A Terraform that has a registry: it chooses providers, and writes down which.
const TERRAFORM: &str = r#"#!/bin/sh
case "$*" in
version) echo 'Terraform v1.11.4' ;;
*'init -backend=false'*) cd "${1#-chdir=}" && mkdir .terraform && echo chosen >.terraform.lock.hcl ;;
*) exit 1 ;;
esac
"#;

/// A project with this repository's scripts, and a crate.
fn project() -> Project {
    let project = Project::with_bots(&[("ask", "route: POST /ask\n")]);
    let scripts = repository().join("scripts");
    for entry in fs::read_dir(scripts).expect("scripts/") {
        let entry = entry.expect("a script");
        let text = fs::read_to_string(entry.path()).expect("a script");
        project.write(
            &format!("scripts/{}", entry.file_name().to_string_lossy()),
            &text,
        );
    }
    project.write("Cargo.lock", "version = 4\n");
    project.write("crates/a/src/lib.rs", "//! A crate.\n");
    project
}

#[test]
fn the_buildspec_is_one_that_codebuild_takes() {
    let path = repository().join("buildspec.yml");
    let text = fs::read_to_string(path).expect("buildspec.yml");
    Buildspec::parse("buildspec.yml", &text).expect("a buildspec");
}

#[test]
fn what_package_hands_over_needs_no_compiler() {
    let project = project();
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    project.write("target/debug/big", "big");
    project.write("terraform/envs/staging/.terraform/providers", "big");
    project.write(
        "terraform/envs/production/.terraform.lock.hcl",
        "committed\n",
    );
    project.write("bin/terraform", TERRAFORM);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(project.path("bin/terraform"), executable).expect("the mode");
    script(&project.path("."), "handover", &[]).succeeded();
    let handed = project.path(".perch/handover");
    for there in [".perch/bin/perch", "dist/ask.zip", "scripts/build-perch"] {
        assert!(handed.join(there).is_file(), "{there} is not handed over");
    }
    for not in [".git", "target", "terraform/envs/staging/.terraform"] {
        assert!(!handed.join(not).exists(), "{not} is handed over");
    }
    // The providers are chosen once, for both stages, unless somebody has chosen them for good.
    let lock = |stage: &str| {
        fs::read_to_string(handed.join(format!("terraform/envs/{stage}/.terraform.lock.hcl")))
    };
    assert_eq!(lock("staging").expect("a lock file"), "chosen\n");
    assert_eq!(lock("production").expect("a lock file"), "committed\n");
    script(&handed, "build-perch", &[]).succeeded();
    script(&handed, "setup-tools", &[]).succeeded();
    let shown = script(&handed, "perch-command", &[]).succeeded();
    assert_eq!(shown.stdout, ".perch/bin/perch\n");
    let help = Command::new(handed.join(".perch/bin/perch"))
        .arg("--version")
        .output();
    assert!(help.expect("it runs").status.success());

    fs::write(handed.join("crates/a/src/lib.rs"), "//! Another.\n").expect("a file");
    script(&handed, "build-perch", &[]).failed(1, &["was not built from these sources"]);
    fs::write(handed.join("crates/a/src/lib.rs"), "//! A crate.\n").expect("a file");
    script(&handed, "build-perch", &[]).succeeded();
    // The list of calls is part of the command.
    let calls = handed.join("terraform/modules/pipeline/calls.json");
    let listed = fs::read(&calls).expect("calls.json");
    fs::write(&calls, "{}").expect("a file");
    script(&handed, "build-perch", &[]).failed(1, &["was not built from these sources"]);
    fs::write(&calls, listed).expect("a file");
    script(&handed, "build-perch", &[]).succeeded();
    fs::write(handed.join("dist/ask.zip"), "other code").expect("a file");
    script(&handed, "build-perch", &[])
        .failed(1, &["dist/ask.zip is not the zip that was handed over"]);
}

#[test]
fn a_stages_build_hands_over_what_it_planned_or_applied() {
    let project = project();
    script(&project.path("."), "handover", &["staging"])
        .failed(1, &[".perch/deploy has nothing for staging"]);
    project.write(".perch/deploy/production.tfplan", "a plan");
    project.write(".perch/deploy/production.plan.txt", "a plan");
    project.write(".perch/deploy/staging.json", "{}");
    script(&project.path("."), "handover", &["production"]).succeeded();
    let mut names: Vec<String> = fs::read_dir(project.path(".perch/handover"))
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, ["production.plan.txt", "production.tfplan"]);
    fs::remove_dir_all(project.path("dist")).expect("dist/");
    script(&project.path("."), "handover", &[]).failed(1, &["no zips to hand over"]);
}

#[test]
fn a_file_is_old_when_the_last_build_that_succeeded_had_it_so() {
    let project = project();
    let target = tempfile::tempdir().expect("a folder");
    let times = |what: &str| {
        let mut command = Command::new("bash");
        command
            .args(["scripts/source-times", what])
            .current_dir(project.path("."))
            .env("CARGO_TARGET_DIR", target.path());
        ran(&mut command).succeeded();
    };
    let old = |file: &str| {
        let time = fs::metadata(project.path(file)).and_then(|file| file.modified());
        let since = time.expect("a time").duration_since(SystemTime::UNIX_EPOCH);
        since.expect("a time") == Duration::from_secs(1)
    };
    let (same, changed) = ("crates/a/src/lib.rs", "functions/ask/function.yaml");
    times("restore");
    assert!(!old(same) && !old(changed), "there was no build yet");
    times("keep");
    project.write(changed, "route: POST /asked\n");
    times("restore");
    assert!(old(same) && !old(changed));
    // That build fails: nobody knows what it compiled.
    times("restore");
    assert!(!old(same) && !old(changed));
    times("keep");
    times("restore");
    assert!(old(same) && old(changed));
}

#[test]
fn what_the_tests_came_to_is_shown_and_written_as_junit() {
    let folder = tempfile::tempdir().expect("a folder");
    let times = || {
        let mut command = Command::new("bash");
        command
            .arg(repository().join("scripts/times"))
            .arg(folder.path());
        ran(&mut command).succeeded().stdout
    };
    let steps = "passed\t3\tformat\nfailed\t12\tcrates\n";
    fs::write(folder.path().join("steps"), steps).expect("a file");
    assert!(!times().contains("test result"), "there are no tests yet");
    let tests = r#"<testsuites><testsuite name="perch::it">
        <testcase classname="perch::it" name="good" time="0.5"/>
        <testcase classname="perch::it" name="bad" time="2.25"><failure type="test failure"/></testcase>
        <testcase classname="perch::it" name="left out"><skipped/></testcase>
    </testsuite></testsuites>"#;
    fs::write(folder.path().join("tests.xml"), tests).expect("a file");
    let shown = times();
    let lines = [
        "      3  format",
        "     12  crates, failed",
        "      2.2  perch::it bad",
        "      0.5  perch::it good",
        "test result: FAILED. 1 passed; 1 failed; 1 ignored",
    ];
    let mut rest = shown.as_str();
    for line in lines {
        let at = rest.find(line);
        let at = at.unwrap_or_else(|| panic!("{line:?} is not where it should be in {shown}"));
        rest = &rest[at..];
    }
    let written = fs::read_to_string(folder.path().join("steps.xml")).expect("the steps");
    for line in [
        r#"<testsuite name="steps" tests="2" failures="1">"#,
        r#"name="format" time="3"></testcase>"#,
        r#"name="crates" time="12"><failure"#,
    ] {
        assert!(written.contains(line), "{line} is not in {written}");
    }
    fs::write(
        folder.path().join("tests.xml"),
        tests.replace("<failure type=\"test failure\"/>", ""),
    )
    .expect("a file");
    assert!(times().contains("test result: ok. 2 passed; 0 failed; 1 ignored"));
}
