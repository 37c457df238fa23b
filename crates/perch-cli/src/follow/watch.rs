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
    /// What was saved, until it falls silent.
    seen: Option<Saved>,
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
            seen: None,
            _watcher: watcher,
        })
    }

    /// Waits until something was saved. May be dropped and called again: what it has seen by then is kept.
    pub async fn saved(&mut self) -> Saved {
        loop {
            let next = match self.seen.take_if(|seen| seen.at.elapsed() > PATIENCE) {
                Some(saved) => return saved,
                None if self.seen.is_none() => self.paths.recv().await,
                None => match tokio::time::timeout(QUIET, self.paths.recv()).await {
                    Ok(next) => next,
                    Err(_) => match self.seen.take() {
                        Some(saved) => return saved,
                        None => continue,
                    },
                },
            };
            let Some(path) = next else {
                return std::future::pending().await;
            };
            let Ok(path) = path.strip_prefix(&self.root) else {
                continue;
            };
            if is_of_interest(path) {
                let seen = self.seen.get_or_insert_with(|| Saved {
                    at: Instant::now(),
                    paths: BTreeSet::new(),
                });
                seen.paths.insert(path.to_owned());
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use tokio::sync::mpsc;

    use super::Watch;

    #[tokio::test]
    async fn what_was_seen_before_a_wait_was_dropped_is_kept() {
        let (sender, paths) = mpsc::unbounded_channel();
        let nothing = |_: notify::Result<notify::Event>| {};
        let mut watch = Watch {
            root: PathBuf::from("/project"),
            paths,
            seen: None,
            _watcher: notify::recommended_watcher(nothing).expect("a watcher"),
        };
        let main = "functions/hello/src/main.rs";
        sender
            .send(Path::new("/project").join(main))
            .expect("it is awaited");
        tokio::select! {
            biased;
            saved = watch.saved() => panic!("no silence yet: {saved:?}"),
            () = tokio::task::yield_now() => {}
        }
        assert!(watch.saved().await.paths.contains(Path::new(main)));
    }
}
