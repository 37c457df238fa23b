//! The user's own Terraform is left as it is, and every run says that it is offline.

use std::fs;

use terraform_provider_offline::{Options, Server};

use crate::harness::{PROVIDER, Root};

const QUEUE: &str = "resource \"aws_sqs_queue\" \"this\" {\n  name = \"a\"\n}\n";

#[test]
fn a_lock_file_and_the_cli_configuration_are_left_alone() {
    let root = Root::new(&format!("{PROVIDER}{QUEUE}"));
    // As `terraform init` writes it for the real provider; no file of it is here.
    let lock = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.46.0, < 7.0.0"
  hashes = [
    "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
  ]
}
"#;
    root.write(".terraform.lock.hcl", lock);
    let config = fs::read(root.path().join("empty.tfrc")).unwrap();
    assert!(root.terraform(&["init"]).success);
    root.apply(&[]);
    assert_eq!(
        fs::read_to_string(root.path().join(".terraform.lock.hcl")).unwrap(),
        lock
    );
    assert_eq!(fs::read(root.path().join("empty.tfrc")).unwrap(), config);
    assert!(
        !root.path().join(".terraform/providers").exists(),
        "nothing is installed"
    );
    assert!(
        !root.path().join(".terraform.d").exists(),
        "nothing in the home folder"
    );
}

#[test]
fn every_run_says_once_that_it_is_offline() {
    let twice = "resource \"aws_sqs_queue\" \"other\" {\n  name = \"b\"\n}\n";
    let root = Root::new(&format!("{PROVIDER}{QUEUE}{twice}"));
    for command in [
        &["validate"][..],
        &["plan"],
        &["apply", "-auto-approve"],
        &["destroy", "-auto-approve"],
    ] {
        let ran = root.terraform(command);
        assert!(ran.success, "{}", ran.text);
        let said = ran
            .text
            .matches("Warning: offline: nothing here reaches AWS or GitHub")
            .count();
        assert_eq!(said, 1, "{command:?}: {}", ran.text);
    }
}

#[tokio::test]
async fn one_server_serves_several_runs_and_removes_its_sockets() {
    let root = Root::new(&format!("{PROVIDER}{QUEUE}"));
    let server = Server::start(Options::default()).await.unwrap();
    let reattach: serde_json::Value = serde_json::from_str(&server.reattach()).unwrap();
    let socket = reattach["registry.terraform.io/hashicorp/aws"]["Addr"]["String"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        reattach["registry.terraform.io/integrations/github"]["Test"]
            .as_bool()
            .unwrap()
    );
    for _ in 0..2 {
        let output = tokio::process::Command::new("terraform")
            .args(["plan", "-no-color"])
            .current_dir(root.path())
            .env("TF_CLI_CONFIG_FILE", root.path().join("empty.tfrc"))
            .env("TF_REATTACH_PROVIDERS", server.reattach())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        assert!(text.contains("Warning: offline"), "{text}");
    }
    server.shutdown().await;
    assert!(!std::path::Path::new(&socket).exists());
}
