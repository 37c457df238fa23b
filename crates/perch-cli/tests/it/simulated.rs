//! The simulated AWS as an account that the command calls, as its administrator and by AWS's own variables.

use std::fs;
use std::process::Command;

use perch_aws::{Account, AccountOptions};
use perch_cli::package::archive;
use perch_cli::package::elf::Architecture;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::project::Project;

/// An account, and what runs it.
pub struct Aws {
    pub runtime: Runtime,
    pub account: Account,
    _data: TempDir,
}

impl Aws {
    /// With nothing but these parameters.
    pub fn with_parameters(names: &[&str]) -> Aws {
        let aws = Aws::start(|_| {});
        aws.set_parameters(names);
        aws
    }

    /// Sets parameters, to a value that no test looks at.
    pub fn set_parameters(&self, names: &[&str]) {
        let parameters = self.account.parameters();
        for name in names {
            parameters.set(name, "a-value").expect("a parameter");
        }
    }

    /// Where a function's alias `live` points.
    pub fn alias(&self, function: &str) -> String {
        let functions = self.account.functions("staging");
        let found = functions.iter().find(|found| found.name == function);
        found.expect("the function").aliases["live"].clone()
    }

    /// With nothing; `change` may say where and how.
    pub fn start(change: impl FnOnce(&mut AccountOptions)) -> Aws {
        let runtime = Runtime::new().expect("a runtime");
        let data = tempfile::tempdir().expect("a folder");
        let at = |name: &str| data.path().join(name);
        let mut options = AccountOptions::new(at("root"), at("published"), at("data"));
        fs::create_dir(at("root")).expect("a folder");
        options.run_schedules = false;
        change(&mut options);
        let account = runtime.block_on(Account::start(options));
        Aws {
            runtime,
            account: account.expect("an account"),
            _data: data,
        }
    }

    /// With what was applied offline in a project.
    pub fn running(project: &Project) -> Aws {
        let aws = Aws::start(|options| {
            options.root_dir = project.path(".perch/offline/terraform/envs/staging");
            options.published_dir = project.path(".perch/aws");
        });
        aws.apply(project);
        aws
    }

    /// Puts in force what was applied offline in a project.
    pub fn apply(&self, project: &Project) {
        let shown = project.offline(&["show", "-json"]).succeeded();
        let state: Value = serde_json::from_str(&shown.stdout).expect("a state");
        let applied = self.runtime.block_on(self.account.apply("staging", state));
        applied.expect("it runs");
    }

    /// The variables with which a command calls this account.
    pub fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let administrator = self.account.administrator();
        command
            .env("AWS_ACCESS_KEY_ID", &administrator.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &administrator.secret_access_key)
            .env("AWS_ENDPOINT_URL", self.account.endpoint())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        for name in [
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "TF_VAR_region",
        ] {
            command.env_remove(name);
        }
        command
    }
}

/// Gives a bot a zip that runs on this machine.
pub fn set_code(project: &Project, name: &str, code: &str) {
    let architecture = match std::env::consts::ARCH {
        "aarch64" => Architecture::Arm64,
        _ => Architecture::X86_64,
    };
    let zip = archive::zip(code.as_bytes(), architecture).expect("a zip");
    fs::write(project.path(&format!("dist/{name}.zip")), zip).expect("the zip");
}

/// Applies staging offline, and publishes what is new.
pub fn apply_offline(project: &Project) {
    project
        .offline(&["apply", "-auto-approve", "-input=false"])
        .succeeded();
}

pub const WELL: &str = r#"{"ok":true,"secrets":["SLACK_SIGNING_SECRET"],"slack":{"ok":true}}"#;

/// A bot as a shell script, which speaks the Runtime API with curl.
pub fn bot(init: &str, health: &str, status: u16, answer: &str) -> String {
    format!(
        r#"#!/bin/bash
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
{init}
while true; do
  event=$(curl -sS -i "$api/invocation/next" | tr -d '\r')
  id=$(printf '%s' "$event" | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  case $event in
    *'"health"'*) answer='{health}' ;;
    *'"rawPath"'*) answer='{{"statusCode": {status}, "body": ""}}' ;;
    *) answer='"{answer}"' ;;
  esac
  curl -sS -o /dev/null -d "$answer" "$api/invocation/$id/response"
done
"#
    )
}

/// A bot that is healthy.
pub fn well(answer: &str) -> String {
    bot("", WELL, 401, answer)
}
