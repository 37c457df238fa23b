//! A root's working copy, in which Terraform runs offline.
//!
//! The roots keep their state in S3, so Terraform runs in a working copy below `.perch/offline`: links to a root's
//! files, and an override that puts the state there. `modules`, `functions` and `dist` are links as well, so every
//! relative path holds, and nothing is written into the real tree. A copy of the whole project, or one that was moved, makes
//! its own: Terraform's note of where the modules are names the folder that it was made in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use terraform_provider_offline::terraform::override_backend;

use crate::project::Project;

/// Where the local backend keeps the state.
const STATE: &str = "terraform.tfstate";

/// Says for which project's folder the copy was made.
const MADE_FOR: &str = ".made-for";

/// A root's working copy.
#[derive(Debug)]
pub struct WorkingCopy {
    folder: PathBuf,
}

impl WorkingCopy {
    /// Brings the copy of `terraform/<root>` (as `envs/staging`) up to date.
    ///
    /// # Errors
    /// When there is no such root, or the copy cannot be written.
    pub fn prepare(project: &Project, root: &str) -> Result<WorkingCopy> {
        let source = project.root().join("terraform").join(root);
        if !source.is_dir() {
            bail!("terraform/{root} does not exist");
        }
        let copy = project.own().join("offline");
        let folder = copy.join("terraform").join(root);
        let attempt = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            forget_elsewhere(project.root(), &folder)?;
            for name in ["functions", "dist"] {
                link(&project.root().join(name), &copy.join(name))?;
            }
            link(
                &project.root().join("terraform/modules"),
                &copy.join("terraform/modules"),
            )?;
            let mut wanted = BTreeSet::new();
            for entry in std::fs::read_dir(&source)? {
                let entry = entry?;
                let name = entry.file_name();
                if is_configuration(&name.to_string_lossy()) {
                    link(&entry.path(), &folder.join(&name))?;
                    wanted.insert(name);
                }
            }
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_symlink() && !wanted.contains(&entry.file_name()) {
                    std::fs::remove_file(entry.path())?;
                }
            }
            override_backend(&folder)
        };
        attempt().with_context(|| format!("{} cannot be written", project.relative(&folder)))?;
        Ok(WorkingCopy { folder })
    }

    /// Where Terraform runs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether anything was applied here and has not been destroyed.
    pub fn is_applied(&self) -> bool {
        self.state().is_some_and(|state| {
            state["resources"]
                .as_array()
                .is_some_and(|resources| !resources.is_empty())
        })
    }

    fn state(&self) -> Option<serde_json::Value> {
        let bytes = std::fs::read(self.folder.join(STATE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Counts the applies: Terraform raises the state's serial with each write that changes it. None while nothing is
    /// applied, and while a write is under way.
    pub fn serial(&self) -> Option<u64> {
        // Terraform holds this lock, a file beside the state, from an apply's beginning to its end.
        if self.folder.join(".terraform.tfstate.lock.info").exists() {
            return None;
        }
        self.state()?["serial"].as_u64()
    }
}

/// Removes what Terraform keeps of an `init` in another folder: its list of modules has absolute paths, and would go on
/// planning the other folder's.
fn forget_elsewhere(root: &Path, folder: &Path) -> std::io::Result<()> {
    let (note, kept) = (folder.join(MADE_FOR), folder.join(".terraform"));
    let root = root.to_string_lossy();
    if std::fs::read_to_string(&note).is_ok_and(|made_for| made_for == root) {
        return Ok(());
    }
    if kept.exists() {
        std::fs::remove_dir_all(kept)?;
    }
    std::fs::write(note, root.as_bytes())
}

/// Makes `at` a link to `to`, whatever link was there.
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    if std::fs::read_link(at).is_ok_and(|old| old == to) {
        return Ok(());
    }
    match std::fs::remove_file(at) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(to, at)
}

/// The files of a root that Terraform reads, except for its lock file, which holds the real provider's checksums.
fn is_configuration(name: &str) -> bool {
    !name.starts_with('.')
        && [".tf", ".tf.json", ".tfvars", ".tfvars.json"]
            .iter()
            .any(|ending| name.ends_with(ending))
}
