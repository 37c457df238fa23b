//! The pipeline rehearsed with this repository's own `buildspec.yml`, scripts and `perch` command: from a push to
//! production. What takes minutes is left out: the bot is a shell script, so that nothing is compiled.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use anyhow::Result;
use perch_local::Stage;
use perch_rehearse::pipeline::{Decision, Event};
use perch_rehearse::{Answers, Options, Person};
use serde_json::json;

use crate::project::{Project, repository};
use crate::smoke::{WELL, bot, well};

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

struct Reviewer {
    code: String,
    seen: Mutex<Vec<String>>,
}

impl Person for Reviewer {
    fn see(&self, line: &str) {
        self.seen.lock().expect("the lines").push(line.to_owned());
    }

    async fn approve(&self, _: &Event) -> Result<Decision> {
        Ok(Decision::Approved)
    }

    fn change(&self, clone: &Path) -> Result<()> {
        Ok(fs::write(clone.join(CODE), &self.code)?)
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
    project.write("scripts/test", "test -n \"$CODEBUILD_BUILD_ID\"\n");
    let makefile = fs::read_to_string(project.path("Makefile")).expect("the Makefile");
    let package = "\t@$(PERCH) package $(if $(ARCH),--arch $(ARCH)) $(NAME)\n";
    assert!(makefile.contains(package));
    project.write(
        "Makefile",
        &makefile.replace(package, "\t@python3 package.py\n"),
    );
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
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "first"],
    ] {
        let committed = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
            .args(arguments)
            .current_dir(project.path("."))
            .status();
        assert!(committed.expect("git runs").success());
    }
    project
}

/// Ships the bot that answers `one`, then pushes `code`.
fn rehearse(code: &str) -> (Result<Answers>, String) {
    let project = committed();
    let path = std::env::var("PATH").unwrap_or_default();
    let target = Path::new(env!("CARGO_BIN_EXE_perch")).ancestors().nth(2);
    let target = target.expect("a target folder").display().to_string();
    let options = Options {
        project: project.path("."),
        folder: project.path("rehearse"),
        terraform: "terraform".into(),
        owner: "acme".to_owned(),
        repository: "bots".to_owned(),
        parameters: Default::default(),
        build_environment: [
            (
                "PATH".to_owned(),
                format!("{}:{path}", project.path("bin").display()),
            ),
            (
                "CARGO_HOME".to_owned(),
                project.path("bin").display().to_string(),
            ),
            ("CARGO_TARGET_DIR".to_owned(), target),
        ]
        .into(),
        function_environment: Default::default(),
    };
    let reviewer = Reviewer {
        code: code.to_owned(),
        seen: Mutex::default(),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let result = runtime.block_on(perch_rehearse::run(options, &reviewer));
    let seen = reviewer.seen.lock().expect("the lines").join("\n");
    (result, seen)
}

#[test]
fn a_push_is_on_staging_before_its_approval_and_on_production_after() {
    let (answers, seen) = rehearse(&well("two"));
    let answers = answers.unwrap_or_else(|error| panic!("{error:#}\n{seen}"));
    let pair = |staging: &str, production: &str| (staging.to_owned(), production.to_owned());
    assert_eq!(answers.before, pair("one", "one"));
    assert_eq!(answers.at_approval, pair("two", "one"));
    assert_eq!(answers.after, pair("two", "two"));
    assert!(
        seen.contains("production: Plan: 0 to add, 2 to change, 0 to destroy."),
        "{seen}"
    );
}

#[test]
fn a_push_that_is_not_well_ends_on_staging() {
    let (answers, seen) = rehearse(&bot("", WELL, 200, "two"));
    answers.expect_err("staging is not well");
    for words in [
        "staging is not well",
        "perch-staging-hello is back at version 1 (was 2)",
    ] {
        assert!(seen.contains(words), "`{words}` is not in {seen}");
    }
}
