//! A hosted repository: what is pushed to its folder is delivered as GitHub's push event.
//!
//! A push tells the double through the repository's `post-receive` hook and a named pipe.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::core::GitHubCore;
use super::payload::Payloads;
use crate::git::{BareRepository, short};

/// No commit: before a branch was created, after it was deleted.
const NONE: &str = "0000000000000000000000000000000000000000";

/// The hook tells what was pushed, and is no hindrance once nobody listens.
const HOOK: &str =
    "#!/bin/sh\n[ -p \"$GIT_DIR/pushed\" ] || exit 0\nexec cat >\"$GIT_DIR/pushed\"\n";

/// A ref that a push moved.
struct Pushed {
    before: String,
    after: String,
    reference: String,
}

/// Delivers the pushes of one repository until it is dropped.
pub(super) struct Hosted {
    watch: Watch,
    deliveries: JoinHandle<()>,
}

impl Hosted {
    pub(super) fn start(core: Arc<GitHubCore>, repository: BareRepository) -> Result<Hosted> {
        let (sender, mut pushed) = mpsc::unbounded_channel();
        let watch = Watch::start(repository.folder(), sender)?;
        // One after another, as GitHub delivers the pushes of one branch.
        let deliveries = tokio::spawn(async move {
            while let Some(pushed) = pushed.recv().await {
                match core.push_payload(&repository, &pushed).await {
                    Ok(payload) => {
                        core.deliver(&repository.full_name(), "push", &payload)
                            .await
                    }
                    Err(error) => {
                        let reference = &pushed.reference;
                        eprintln!("perch: the push of {reference} cannot be delivered: {error:#}");
                    }
                }
            }
        });
        Ok(Hosted { watch, deliveries })
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.deliveries.abort();
        self.watch.end();
    }
}

/// Reads the named pipe that the hook writes to, in a thread that sleeps until there is something.
struct Watch {
    pipe: PathBuf,
    ended: Arc<AtomicBool>,
}

impl Watch {
    fn start(folder: &Path, sender: mpsc::UnboundedSender<Pushed>) -> Result<Watch> {
        let hook = folder.join("hooks/post-receive");
        let written = || format!("{} cannot be written", hook.display());
        fs::create_dir_all(folder.join("hooks")).with_context(written)?;
        fs::write(&hook, HOOK).with_context(written)?;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).with_context(written)?;
        let pipe = folder.join("pushed");
        let _ = fs::remove_file(&pipe);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .with_context(|| format!("{} cannot be made", pipe.display()))?;
        let ended = Arc::new(AtomicBool::new(false));
        let watch = Watch {
            pipe: pipe.clone(),
            ended: ended.clone(),
        };
        std::thread::Builder::new()
            .name("pushes".to_owned())
            .spawn(move || read(&pipe, &ended, &sender))
            .context("cannot start a thread")?;
        Ok(watch)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        // A writer that comes and goes wakes the thread up; without a reader this fails at once, and nobody has to wake.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let _ = OpenOptions::new()
            .write(true)
            .custom_flags(nonblocking)
            .open(&self.pipe);
        let _ = fs::remove_file(&self.pipe);
    }
}

/// Opening the pipe waits for a writer, reading for the last writer's end.
fn read(pipe: &Path, ended: &AtomicBool, sender: &mpsc::UnboundedSender<Pushed>) {
    while let Ok(mut file) = fs::File::open(pipe) {
        let mut text = String::new();
        let read = file.read_to_string(&mut text);
        if ended.load(Ordering::SeqCst) || read.is_err() {
            return;
        }
        for line in text.lines() {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            let (Some(before), Some(after), Some(reference)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let pushed = Pushed {
                before,
                after,
                reference,
            };
            if sender.send(pushed).is_err() {
                return;
            }
        }
    }
}

impl GitHubCore {
    /// The payload of GitHub's push event for one ref.
    async fn push_payload(&self, repository: &BareRepository, pushed: &Pushed) -> Result<Value> {
        let (created, deleted) = (pushed.before == NONE, pushed.after == NONE);
        let head = if deleted {
            None
        } else {
            Some(commit_json(repository, &pushed.after).await?)
        };
        let range = format!("{}..{}", pushed.before, pushed.after);
        let listed = match (created, deleted) {
            (_, true) => String::new(),
            (true, _) => pushed.after.clone(),
            // GitHub lists at most 2048 commits, the oldest first.
            _ => {
                repository
                    .git(&["rev-list", "--reverse", "--max-count=2048", &range])
                    .await?
            }
        };
        let mut commits = Vec::new();
        for commit in listed.lines() {
            commits.push(commit_json(repository, commit).await?);
        }
        let forced = !created
            && !deleted
            && repository
                .git(&["merge-base", "--is-ancestor", &pushed.before, &pushed.after])
                .await
                .is_err();
        let page = page(repository);
        let pusher = repository.owner();
        Ok(json!({
            "ref": pushed.reference,
            "before": pushed.before,
            "after": pushed.after,
            "repository": self.pushed_repository(repository),
            "pusher": {"name": pusher, "email": format!("{pusher}@users.noreply.github.com")},
            "sender": Payloads { api: &self.api }.user(pusher),
            "created": created,
            "deleted": deleted,
            "forced": forced,
            "base_ref": null,
            "compare": format!("{page}/compare/{}...{}", short(&pushed.before), short(&pushed.after)),
            "commits": commits,
            "head_commit": head,
        }))
    }

    /// The repository as push events show it: the page for its `url`, seconds for times, and its owner with a name.
    fn pushed_repository(&self, repository: &BareRepository) -> Value {
        let Some(known) = self.repository(&repository.full_name()) else {
            return Value::Null;
        };
        let mut shown = Payloads { api: &self.api }.repository(&known);
        let created = shown["created_at"].as_str().unwrap_or_default();
        let created = created.parse::<Timestamp>().unwrap_or_default();
        shown["created_at"] = json!(created.as_second());
        shown["pushed_at"] = json!(self.now().as_second());
        shown["url"] = json!(page(repository));
        shown["master_branch"] = shown["default_branch"].clone();
        shown["owner"]["name"] = json!(repository.owner());
        shown
    }
}

fn page(repository: &BareRepository) -> String {
    format!("https://github.com/{}", repository.full_name())
}

async fn commit_json(repository: &BareRepository, id: &str) -> Result<Value> {
    // A tag may be an object of its own: GitHub shows the commit below it.
    let peeled = repository
        .git(&["rev-parse", &format!("{id}^{{commit}}")])
        .await?;
    let id = peeled.trim();
    let commit = repository.commit(id).await?;
    let changes = repository
        .git(&[
            "diff-tree",
            "--root",
            "--no-commit-id",
            "-r",
            "--name-status",
            "--no-renames",
            id,
        ])
        .await?;
    let of = |kind: char| -> Vec<&str> {
        let changed = changes.lines().filter(|line| line.starts_with(kind));
        changed
            .filter_map(|line| line.split_once('\t').map(|(_, path)| path))
            .collect()
    };
    Ok(json!({
        "id": id,
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message.trim_end(),
        "timestamp": commit.committer_date,
        "url": format!("{}/commit/{id}", page(repository)),
        "author": {"name": commit.author_name, "email": commit.author_email},
        "committer": {"name": commit.committer_name, "email": commit.committer_email},
        "added": of('A'),
        "removed": of('D'),
        "modified": of('M'),
    }))
}
