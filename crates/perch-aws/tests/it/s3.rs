//! S3 under the real Terraform: states, locks, and what an interrupted run leaves.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use perch_aws::{Account, AccountOptions, Event};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::broadcast;

const BUCKET: &str = "perch-state-111122223333";
const KEY: &str = "staging/terraform.tfstate";

const ROOT: &str = r#"
terraform {
  backend "s3" {
    bucket                      = "perch-state-111122223333"
    key                         = "staging/terraform.tfstate"
    region                      = "ap-northeast-1"
    encrypt                     = true
    use_lockfile                = true
    use_path_style              = true
  }
}

variable "value" {
  type = string
}

resource "terraform_data" "this" {
  input            = var.value
  triggers_replace = var.value
}
"#;

struct Bed {
    account: Account,
    events: broadcast::Receiver<Event>,
    folder: TempDir,
}

impl Bed {
    async fn start() -> Bed {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let options = AccountOptions::new(at("root"), at("published"), at("data"));
        let account = Account::start(options).await.expect("an account");
        account.create_bucket(BUCKET).expect("a bucket");
        let events = account.events();
        Bed {
            account,
            events,
            folder,
        }
    }

    fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.account.object(BUCKET, key).expect("readable")
    }

    /// An initialized root in a folder of its own.
    async fn root(&self, name: &str) -> std::path::PathBuf {
        let root = self.folder.path().join(name);
        fs::create_dir_all(&root).expect("a folder");
        fs::write(root.join("main.tf"), ROOT).expect("a file");
        let output = self
            .terraform(&root, &["init", "-input=false", "-no-color"])
            .await;
        assert!(output.status.success(), "{}", text(&output));
        root
    }

    fn command(&self, root: &Path, arguments: &[&str]) -> Command {
        let key = self.account.administrator();
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .env("AWS_ENDPOINT_URL_S3", self.account.endpoint())
            .env("AWS_ENDPOINT_URL_STS", self.account.endpoint())
            .env("AWS_ACCESS_KEY_ID", &key.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret_access_key)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CHECKPOINT_DISABLE", "1");
        command
    }

    async fn terraform(&self, root: &Path, arguments: &[&str]) -> Output {
        self.command(root, arguments)
            .output()
            .await
            .expect("terraform")
    }

    async fn apply(&self, root: &Path, value: &str) -> Output {
        let value = format!("-var=value={value}");
        self.terraform(
            root,
            &[
                "apply",
                "-auto-approve",
                "-input=false",
                "-no-color",
                &value,
            ],
        )
        .await
    }

    async fn written(&mut self, key: &str) {
        let wanted =
            |event: &Event| matches!(event, Event::ObjectStored { key: found, .. } if found == key);
        while !wanted(&self.events.recv().await.expect("a write")) {}
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test]
async fn a_state_is_kept_and_the_lock_goes_with_the_run() {
    let bed = Bed::start().await;
    let root = bed.root("one").await;
    let output = bed.apply(&root, "a").await;
    assert!(output.status.success(), "{}", text(&output));
    let state = bed.object(KEY).expect("a state");
    assert!(String::from_utf8_lossy(&state).contains("\"type\": \"terraform_data\""));
    assert!(bed.object(&format!("{KEY}.tflock")).is_none());
    // Another checkout, as the next build's.
    let root = bed.root("two").await;
    let plan = bed
        .terraform(
            &root,
            &[
                "plan",
                "-input=false",
                "-no-color",
                "-detailed-exitcode",
                "-var=value=a",
            ],
        )
        .await;
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan));
    let plan = bed
        .terraform(
            &root,
            &[
                "plan",
                "-input=false",
                "-no-color",
                "-detailed-exitcode",
                "-var=value=b",
            ],
        )
        .await;
    assert_eq!(plan.status.code(), Some(2), "{}", text(&plan));
}

#[tokio::test]
async fn one_apply_at_a_time_and_an_interrupted_one_leaves_its_lock() {
    let mut bed = Bed::start().await;
    let (first, second) = (bed.root("one").await, bed.root("two").await);
    // It holds the lock while it waits for its approval.
    let arguments = ["apply", "-no-color", "-var=value=a"];
    let mut held = bed
        .command(&first, &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("terraform");
    let lock = format!("{KEY}.tflock");
    bed.written(&lock).await;
    let refused = bed.apply(&second, "b").await;
    assert!(
        !refused.status.success() && text(&refused).contains("Error acquiring the state lock"),
        "{}",
        text(&refused)
    );
    held.kill().await.expect("an end");
    let refused = bed.apply(&second, "b").await;
    let message = text(&refused);
    assert!(
        !refused.status.success() && message.contains("PreconditionFailed"),
        "{message}"
    );
    let id = message
        .lines()
        .find_map(|line| line.trim_start_matches(['│', ' ']).strip_prefix("ID:"))
        .expect("the lock's id")
        .trim();
    let released = bed
        .terraform(&second, &["force-unlock", "-force", id])
        .await;
    assert!(released.status.success(), "{}", text(&released));
    let output = bed.apply(&second, "b").await;
    assert!(output.status.success(), "{}", text(&output));
    assert!(bed.object(&lock).is_none());
}
