//! `scripts/bootstrap` with the real Terraform, the offline provider and the simulated S3: the first run, one that was
//! stopped, the second one, and the checks before all of it. AWS's command is a script that writes down how it was called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use terraform_provider_offline::{Options, Server};

use crate::project::{Project, Ran, ran, repository};
use crate::simulated::Aws;

const BUCKET: &str = "perch-state-123456789012";
const KEY: &str = "pipeline/terraform.tfstate";
const TOKEN: &str = "ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uVwXy";
const STATE: &str = "terraform/pipeline/terraform.tfstate";

struct Account {
    project: Project,
    server: Server,
    aws: Aws,
}

impl Account {
    fn new() -> Account {
        let aws = Aws::with_parameters(&[]);
        let project = Project::empty();
        fs::create_dir(project.path("scripts")).expect("scripts/");
        for name in ["bootstrap", "setup-tools"] {
            let script = repository().join("scripts").join(name);
            fs::copy(script, project.path("scripts").join(name)).expect("a script");
        }
        let backend = "crates/terraform-provider-offline/data/backend_override.tf";
        let text = fs::read_to_string(repository().join(backend)).expect("the override");
        project.write(backend, &text);
        project.write(
            "terraform/pipeline/pipeline.auto.tfvars",
            "github_owner      = \"acme\"\ngithub_repository = \"bots\"\n",
        );
        // The simulated AWS has one host for all buckets.
        let versions = fs::read_to_string(project.path("terraform/pipeline/versions.tf"));
        let versions = versions.expect("versions.tf");
        let path_style = "use_lockfile = true\n    use_path_style = true";
        project.write(
            "terraform/pipeline/versions.tf",
            &versions.replace("use_lockfile = true", path_style),
        );
        let options = Options {
            aws_dir: None,
            judge: None,
            strict: false,
        };
        let server = aws
            .runtime
            .block_on(Server::start(options))
            .expect("a server");
        let account = Account {
            project,
            server,
            aws,
        };
        account.script(
            "aws",
            r#"#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2" in
  'sts get-caller-identity') echo 123456789012 ;;
  's3api head-object') [ "$S3_ANSWER" = 200 ] || { echo "An error occurred ($S3_ANSWER) when calling the HeadObject operation: no" >&2; exit 254; } ;;
  *) exit 2 ;;
esac
"#,
        );
        account
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.project.path("bin").join(name);
        self.project.write(&format!("bin/{name}"), text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the mode");
    }

    /// Runs it, with what AWS answers to whether the state is in the bucket.
    fn bootstrap(&self, in_bucket: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new("bash");
        command
            .args(["scripts/bootstrap", "-auto-approve", "-input=false"])
            .current_dir(self.project.path("."))
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    self.project.path("bin").display(),
                    std::env::var("PATH").unwrap_or_default()
                ),
            )
            .env("CALLS", self.project.path("calls.txt"))
            .env("S3_ANSWER", in_bucket)
            .env("TF_REATTACH_PROVIDERS", self.server.reattach())
            .env("TF_VAR_github_token", TOKEN);
        self.aws.set(&mut command);
        for (name, value) in variables {
            command.env(name, value);
        }
        let ran = ran(&mut command);
        assert!(!ran.text().contains(TOKEN), "the token is shown");
        ran
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.project.path("calls.txt")).unwrap_or_default()
    }

    /// What is left on disk beside the root's own files.
    fn on_disk(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.project.path("terraform/pipeline"))
            .expect("the root")
            .map(|entry| {
                entry
                    .expect("a file")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name.contains("state") || name.contains("override"))
            .collect();
        names.sort();
        names
    }

    /// The state in the bucket.
    fn state(&self) -> Option<Vec<u8>> {
        let object = self.aws.account.object(BUCKET, KEY);
        object.expect("a bucket that can be read")
    }

    fn end(self) {
        self.aws.runtime.block_on(self.server.shutdown());
    }
}

#[test]
fn the_first_run_moves_its_state_into_the_bucket_and_the_second_changes_nothing() {
    let account = Account::new();
    account.aws.account.create_bucket(BUCKET).expect("a bucket");
    let first = account.bootstrap("404", &[]).succeeded();
    assert!(
        first
            .stderr
            .contains("state is now in perch-state-123456789012"),
        "{}",
        first.text()
    );
    assert!(first.stdout.contains("Apply complete!"), "{}", first.text());
    assert_eq!(account.on_disk(), Vec::<String>::new());
    let state = account.state().expect("the state");
    assert!(String::from_utf8_lossy(&state).contains("aws_codepipeline_webhook"));

    let second = account.bootstrap("200", &[]).succeeded();
    assert!(second.stdout.contains("No changes."), "{}", second.text());

    // Without the token, Terraform's provider for GitHub would take the webhook for one that is gone.
    let connection = ("TF_VAR_source_kind", "connection");
    account
        .bootstrap("200", &[connection, ("TF_VAR_github_token", "")])
        .failed(
            1,
            &[
                "the webhook is still on GitHub",
                "read -rs TF_VAR_github_token",
            ],
        );

    // As if the first run had been stopped before it deleted what was on disk, and the second were on another machine.
    fs::remove_dir_all(account.project.path("terraform/pipeline/.terraform")).expect("a folder");
    fs::write(account.project.path(STATE), &state).expect("the state");
    account.bootstrap("200", &[]).succeeded();
    assert_eq!(account.on_disk(), Vec::<String>::new());
    let another = String::from_utf8_lossy(&state).replace("perch-package", "perch-parcel");
    account.project.write(STATE, &another);
    account
        .bootstrap("200", &[])
        .failed(1, &["differs from the state in perch-state-123456789012"]);
    fs::remove_file(account.project.path(&format!("{STATE}.left"))).expect("the state");
    account.bootstrap("200", &[connection]).succeeded();
    let state = account.state().expect("the state");
    assert!(!String::from_utf8_lossy(&state).contains("github_repository_webhook"));
    // With none left, none is needed.
    account
        .bootstrap("200", &[connection, ("TF_VAR_github_token", "")])
        .succeeded();
    account.end();
}

#[test]
fn a_run_that_was_stopped_goes_on_from_the_disk() {
    let account = Account::new();
    // The bucket is not there when the state is to be moved.
    account.bootstrap("404", &[]).failed(1, &["init", "failed"]);
    assert!(account.project.path(STATE).is_file());
    let mode = fs::metadata(account.project.path(STATE)).expect("a file");
    assert_eq!(mode.permissions().mode() & 0o077, 0, "others can read it");
    account.aws.account.create_bucket(BUCKET).expect("a bucket");
    let ran = account.bootstrap("404", &[]).succeeded();
    assert!(ran.stderr.contains("continuing from"), "{}", ran.text());
    assert!(ran.stdout.contains("No changes."), "{}", ran.text());
    assert_eq!(account.on_disk(), Vec::<String>::new());
    assert!(account.state().is_some());
    account.end();
}

#[test]
fn what_is_wrong_is_said_before_aws_is_asked() {
    let account = Account::new();
    let cases = [
        ("TF_VAR_github_token", "", "github_token is missing"),
        (
            "TF_VAR_github_token",
            "ghp_short",
            "github_token is not a GitHub token",
        ),
        (
            "TF_VAR_github_branch",
            "refs/heads/main",
            "github_branch is refs/heads/main",
        ),
        ("TF_VAR_source_kind", "polling", "source_kind is polling"),
    ];
    for (variable, value, words) in cases {
        account
            .bootstrap("404", &[(variable, value)])
            .failed(1, &[words, "neither AWS nor GitHub was contacted"]);
    }
    assert_eq!(account.calls(), "");
    assert_eq!(account.on_disk(), Vec::<String>::new());
    account.bootstrap("403", &[]).failed(
        1,
        &[
            "cannot read the bucket perch-state-123456789012",
            "administrator",
        ],
    );
    assert_eq!(
        account.calls(),
        format!(
            "sts get-caller-identity --query Account --output text\ns3api head-object --bucket {BUCKET} --key {KEY}\n"
        )
    );
    account.end();
}
