//! The double of S3 under the real Terraform: states, locks, and what an interrupted run leaves.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use perch_loopback as loopback;
use perch_rehearse::s3::{S3, Watcher, Written};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

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
    skip_credentials_validation = true
    skip_requesting_account_id  = true
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

struct Cloud {
    s3: S3,
    writes: UnboundedReceiver<Written>,
    folder: TempDir,
}

impl Cloud {
    async fn start() -> Cloud {
        let folder = tempfile::tempdir().expect("a folder");
        let (sender, writes) = unbounded_channel();
        let watcher: Watcher = Arc::new(move |written| {
            let _ = sender.send(written);
            Box::pin(async {})
        });
        let s3 = S3::start(&folder.path().join("s3"), Some(watcher))
            .await
            .expect("S3");
        s3.create_bucket(BUCKET).expect("a bucket");
        Cloud { s3, writes, folder }
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
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .env("AWS_ENDPOINT_URL_S3", self.s3.url())
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "rehearsal")
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
        while self.writes.recv().await.expect("a write").key != key {}
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
    let cloud = Cloud::start().await;
    let root = cloud.root("one").await;
    let output = cloud.apply(&root, "a").await;
    assert!(output.status.success(), "{}", text(&output));
    let state = cloud.s3.object(BUCKET, KEY).expect("a state");
    assert!(String::from_utf8_lossy(&state).contains("\"type\": \"terraform_data\""));
    assert!(cloud.s3.object(BUCKET, &format!("{KEY}.tflock")).is_none());
    // Another checkout, as the next build's.
    let root = cloud.root("two").await;
    let plan = cloud
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
    let plan = cloud
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
    let mut cloud = Cloud::start().await;
    let (first, second) = (cloud.root("one").await, cloud.root("two").await);
    // It holds the lock while it waits for its approval.
    let arguments = ["apply", "-no-color", "-var=value=a"];
    let mut held = cloud
        .command(&first, &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("terraform");
    let lock = format!("{KEY}.tflock");
    cloud.written(&lock).await;
    let refused = cloud.apply(&second, "b").await;
    assert!(
        !refused.status.success() && text(&refused).contains("Error acquiring the state lock"),
        "{}",
        text(&refused)
    );
    held.kill().await.expect("an end");
    let refused = cloud.apply(&second, "b").await;
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
    let released = cloud
        .terraform(&second, &["force-unlock", "-force", id])
        .await;
    assert!(released.status.success(), "{}", text(&released));
    let output = cloud.apply(&second, "b").await;
    assert!(output.status.success(), "{}", text(&output));
    assert!(cloud.s3.object(BUCKET, &lock).is_none());
}

#[tokio::test]
async fn what_is_not_signed_or_not_played_is_refused() {
    let cloud = Cloud::start().await;
    let client = loopback::client().expect("a client");
    let url = format!("{}/{BUCKET}/a%2Fb", cloud.s3.url());
    assert_eq!(
        client.get(&url).send().await.expect("an answer").status(),
        403
    );
    let signed = |request: reqwest::RequestBuilder| {
        request
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x")
            .send()
    };
    assert_eq!(
        signed(client.get(&url)).await.expect("an answer").status(),
        404
    );
    assert_eq!(
        signed(client.put(&url).body("one").header("if-none-match", "*"))
            .await
            .expect("an answer")
            .status(),
        200
    );
    assert_eq!(
        signed(client.put(&url).body("two").header("if-none-match", "*"))
            .await
            .expect("an answer")
            .status(),
        412
    );
    assert_eq!(
        signed(client.put(&url).body("two").header("content-md5", "AAAA"))
            .await
            .expect("an answer")
            .status(),
        400
    );
    assert_eq!(cloud.s3.object(BUCKET, "a/b").as_deref(), Some(&b"one"[..]));
    let chunked =
        "3;chunk-signature=x\r\ntwo\r\n0;chunk-signature=x\r\nx-amz-checksum-crc32:x\r\n\r\n";
    let put = client
        .put(&url)
        .body(chunked)
        .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assert_eq!(signed(put).await.expect("an answer").status(), 200);
    assert_eq!(cloud.s3.object(BUCKET, "a/b").as_deref(), Some(&b"two"[..]));
    let list = format!("{}/{BUCKET}?list-type=2&prefix=a%2F", cloud.s3.url());
    let listed = signed(client.get(&list))
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(
        listed.contains("<Key>a/b</Key>") && listed.contains("<KeyCount>1</KeyCount>"),
        "{listed}"
    );
    assert_eq!(
        signed(client.get(format!("{url}?tagging")))
            .await
            .expect("an answer")
            .status(),
        501
    );
    assert_eq!(
        signed(client.get(format!("{}/other-bucket/k", cloud.s3.url())))
            .await
            .expect("an answer")
            .status(),
        404
    );
    assert_eq!(
        signed(client.get(format!("{}/..%2F..%2Fetc", cloud.s3.url())))
            .await
            .expect("an answer")
            .status(),
        400
    );
}
