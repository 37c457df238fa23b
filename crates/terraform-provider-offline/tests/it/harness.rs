//! A folder with a root module, and `terraform` run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use perch_aws::Judge;
use serde_json::Value as Json;
use terraform_provider_offline::{Options, Server};

/// `provider "aws"`, as the roots here have it.
pub const PROVIDER: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.46, < 7" }
  }
}

provider "aws" {
  region = "ap-northeast-1"

  default_tags {
    tags = { Project = "perch" }
  }
}
"#;

/// A root module in a temporary folder.
pub struct Root {
    dir: tempfile::TempDir,
    strict: bool,
}

/// What a command printed, and whether it went well.
pub struct Ran {
    pub success: bool,
    pub code: Option<i32>,
    /// Standard output and standard error, without colours and line breaks inside sentences.
    pub text: String,
    pub stdout: String,
}

impl Root {
    /// A root with this configuration, initialised.
    pub fn new(main: &str) -> Root {
        let root = Root {
            dir: tempfile::tempdir().unwrap(),
            strict: false,
        };
        root.write("main.tf", main);
        let ran = root.terraform(&["init"]);
        assert!(ran.success, "{}", ran.text);
        root
    }

    /// The same, held to the rules of Terraform's type system.
    pub fn strict(main: &str) -> Root {
        Root {
            strict: true,
            ..Root::new(main)
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where published code is kept.
    pub fn aws_dir(&self) -> PathBuf {
        self.path().join("aws")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs Terraform with the provider attached, in an environment that has nothing of the caller's.
    pub fn terraform(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-offline"));
        command.args(["--", "terraform"]).args(arguments);
        isolate(&mut command, self.path());
        command
            .env("PERCH_AWS_DIR", self.aws_dir())
            .env("PERCH_STRICT", if self.strict { "1" } else { "" });
        Ran::of(command.output().expect("the provider's own binary runs"))
    }

    /// The same under a role.
    pub fn judged(&self, judge: &Judge, arguments: &[&str]) -> Ran {
        let options = Options {
            aws_dir: Some(self.aws_dir()),
            judge: Some(judge.clone()),
            strict: self.strict,
        };
        attached(options, self.path(), arguments)
    }

    /// Applies and expects it to go well.
    pub fn apply(&self, variables: &[&str]) -> Ran {
        let ran =
            self.terraform(&[&["apply", "-auto-approve", "-input=false"], variables].concat());
        assert!(ran.success, "{}", ran.text);
        ran
    }

    /// Plans and gives the changes by address, `["create"]` and the like.
    pub fn plan(&self, variables: &[&str]) -> Vec<(String, Vec<String>)> {
        let ran =
            self.terraform(&[&["plan", "-out=plan.tfplan", "-input=false"], variables].concat());
        assert!(ran.success, "{}", ran.text);
        let plan: Json =
            serde_json::from_str(&self.terraform(&["show", "-json", "plan.tfplan"]).stdout)
                .unwrap();
        let changes = plan["resource_changes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        changes
            .iter()
            .map(|change| {
                let actions = change["change"]["actions"].as_array().unwrap();
                let actions = actions
                    .iter()
                    .map(|action| action.as_str().unwrap().to_owned())
                    .collect();
                (change["address"].as_str().unwrap().to_owned(), actions)
            })
            .filter(|(_, actions): &(String, Vec<String>)| {
                actions != &["no-op"] && actions != &["read"]
            })
            .collect()
    }

    /// The state's resources by address.
    pub fn state(&self) -> std::collections::BTreeMap<String, Json> {
        let state: Json = serde_json::from_str(&self.terraform(&["show", "-json"]).stdout).unwrap();
        let resources = state["values"]["root_module"]["resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        resources
            .into_iter()
            .map(|mut resource| {
                (
                    resource["address"].as_str().unwrap().to_owned(),
                    resource["values"].take(),
                )
            })
            .collect()
    }

    /// The errors and warnings of `terraform validate`: severity, address, summary and detail.
    pub fn validate(&self) -> Vec<(String, String, String)> {
        let ran = self.terraform(&["validate", "-json"]);
        let report: Json = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", ran.text));
        let diagnostics = report["diagnostics"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        diagnostics
            .iter()
            .map(|found| {
                let words = format!("{} {}", text(&found["summary"]), text(&found["detail"]));
                (text(&found["severity"]), text(&found["address"]), words)
            })
            .collect()
    }
}

/// Runs Terraform with a provider in this process attached.
pub fn attached(options: Options, folder: &Path, arguments: &[&str]) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = Server::start(options).await.unwrap();
        let mut command = Command::new("terraform");
        command.args(arguments);
        isolate(&mut command, folder);
        command.env("TF_REATTACH_PROVIDERS", server.reattach());
        let output = tokio::process::Command::from(command).output().await;
        server.shutdown().await;
        Ran::of(output.expect("terraform runs"))
    })
}

/// Leaves a command nothing of the caller's environment but the way to Terraform.
fn isolate(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env_clear();
    for name in ["PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let config = folder.join("empty.tfrc");
    fs::write(&config, "").unwrap();
    command
        .env("HOME", folder)
        .env("TF_CLI_CONFIG_FILE", config)
        .env("TF_CLI_ARGS", "-no-color")
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1");
}

impl Ran {
    fn of(output: Output) -> Ran {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
        let words: Vec<&str> = all
            .split_whitespace()
            .filter(|word| !matches!(*word, "│" | "╷" | "╵"))
            .collect();
        Ran {
            success: output.status.success(),
            code: output.status.code(),
            text: words.join(" "),
            stdout,
        }
    }

    /// Expects it to have failed with these words.
    pub fn refused(&self, words: &str) {
        assert!(!self.success, "it went well: {}", self.text);
        assert!(self.text.contains(words), "no {words:?} in: {}", self.text);
    }
}
