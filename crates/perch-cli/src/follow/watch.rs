//! Which of the project's files were saved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::project::Project;

/// An editor writes several files, or one in several steps: this much silence ends it.
const QUIET: Duration = Duration::from_millis(40);

/// What never falls silent is looked at all the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches the files that bots and their stage are made of.
pub struct Watch {
    root: PathBuf,
    paths: mpsc::UnboundedReceiver<PathBuf>,
    _watcher: RecommendedWatcher,
}

/// Files that were saved together.
#[derive(Debug)]
pub struct Saved {
    /// When the first of them was.
    pub at: Instant,
    /// From the project's folder.
    pub paths: BTreeSet<PathBuf>,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the system allows no more watches.
    pub fn start(project: &Project) -> Result<Watch> {
        let (sender, paths) = mpsc::unbounded_channel();
        let told = move |event: notify::Result<notify::Event>| {
            // An error is about one file, which then goes unseen: the next save is seen again.
            let Ok(event) = event else { return };
            let written = match event.kind {
                EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
                kind => kind.is_create() || kind.is_remove(),
            };
            if written {
                for path in event.paths {
                    let _ = sender.send(path);
                }
            }
        };
        let unwatchable = "the files cannot be watched (is fs.inotify.max_user_watches used up?); `make up ARGS=--built` runs without";
        let mut watcher = notify::recommended_watcher(told).context(unwatchable)?;
        let root = project.root();
        for folder in ["functions", "crates", "terraform"] {
            let folder = root.join(folder);
            if folder.is_dir() {
                watcher
                    .watch(&folder, RecursiveMode::Recursive)
                    .context(unwatchable)?;
            }
        }
        watcher
            .watch(root, RecursiveMode::NonRecursive)
            .context(unwatchable)?;
        Ok(Watch {
            root: root.to_owned(),
            paths,
            _watcher: watcher,
        })
    }

    /// Waits until something was saved. May be dropped and called again: nothing is lost.
    pub async fn saved(&mut self) -> Saved {
        let mut saved = Saved {
            at: Instant::now(),
            paths: BTreeSet::new(),
        };
        loop {
            let next = self.paths.recv();
            let quiet = !saved.paths.is_empty();
            let next = match quiet {
                false => next.await,
                true => match tokio::time::timeout(QUIET, next).await {
                    Ok(next) => next,
                    Err(_) => return saved,
                },
            };
            let Some(path) = next else {
                return std::future::pending().await;
            };
            let Ok(path) = path.strip_prefix(&self.root) else {
                continue;
            };
            if is_of_interest(path) {
                if saved.paths.is_empty() {
                    saved.at = Instant::now();
                }
                saved.paths.insert(path.to_owned());
            }
            if !saved.paths.is_empty() && saved.at.elapsed() > PATIENCE {
                return saved;
            }
        }
    }
}

/// Whether a file can matter: not an editor's own, and of the root only what cargo reads.
fn is_of_interest(path: &Path) -> bool {
    let hidden = |part: &Path| {
        let name = part.to_string_lossy();
        name.starts_with('.') || name.ends_with('~') || name == "4913" || name == "target"
    };
    if path.iter().any(|part| hidden(Path::new(part))) {
        return false;
    }
    let extension = path.extension().unwrap_or_default();
    if ["md", "swp", "swx", "tmp", "orig", "rej"]
        .iter()
        .any(|other| extension == *other)
    {
        return false;
    }
    match path.iter().count() {
        1 => path == Path::new("Cargo.toml") || path == Path::new("Cargo.lock"),
        _ => true,
    }
}
