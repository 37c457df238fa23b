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

use crate::function;
use crate::project::Project;

/// The bots' folders in the copy.
const FUNCTIONS: &str = "functions";

/// The folder of the zips in the copy.
const ZIPS: &str = "dist";

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
        WorkingCopy::prepare_with(project, root, None)
    }

    /// The same, with these bots alone: one that is half written, or that nobody wants to run, is not there for Terraform.
    ///
    /// # Errors
    /// As for [`prepare`](Self::prepare).
    pub fn prepare_with(
        project: &Project,
        root: &str,
        bots: Option<&[String]>,
    ) -> Result<WorkingCopy> {
        let source = project.root().join("terraform").join(root);
        if !source.is_dir() {
            bail!("terraform/{root} does not exist");
        }
        let copy = project.own().join("offline");
        let folder = copy.join("terraform").join(root);
        let attempt = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            forget_elsewhere(project.root(), &folder)?;
            match bots {
                None => link(&project.functions(), &copy.join(FUNCTIONS))?,
                Some(bots) => link_bots(project, bots, &copy.join(FUNCTIONS))?,
            }
            if !copy.join(ZIPS).exists() {
                link(&project.dist(), &copy.join(ZIPS))?;
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

    /// From now on Terraform takes the zips from `folder`, in every working copy: those that were built last.
    ///
    /// # Errors
    /// When the link cannot be written.
    pub fn use_zips(project: &Project, folder: &Path) -> Result<()> {
        let copy = project.own().join("offline");
        let attempt = || -> std::io::Result<()> {
            std::fs::create_dir_all(&copy)?;
            link(folder, &copy.join(ZIPS))
        };
        attempt().with_context(|| format!("{} cannot be written", project.relative(&copy)))
    }

    /// The state's file.
    pub fn state_file(&self) -> PathBuf {
        self.folder.join(STATE)
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

/// Makes `at` a link to `to`, whatever link or folder of links was there.
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    if std::fs::read_link(at).is_ok_and(|old| old == to) {
        return Ok(());
    }
    remove(at)?;
    std::os::unix::fs::symlink(to, at)
}

/// A folder with folders of links to the files of these bots that Terraform reads.
fn link_bots(project: &Project, bots: &[String], at: &Path) -> std::io::Result<()> {
    if at.is_symlink() {
        remove(at)?;
    }
    std::fs::create_dir_all(at)?;
    for entry in std::fs::read_dir(at)? {
        let entry = entry?;
        if !bots.iter().any(|bot| entry.file_name() == bot.as_str()) {
            remove(&entry.path())?;
        }
    }
    for bot in bots {
        let folder = at.join(bot);
        std::fs::create_dir_all(&folder)?;
        for file in ["Cargo.toml", function::FILE] {
            link(
                &project.functions().join(bot).join(file),
                &folder.join(file),
            )?;
        }
    }
    Ok(())
}

/// Removes a link, or a folder of links; nothing where there is neither.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The files of a root that Terraform reads, except for its lock file, which holds the real provider's checksums.
fn is_configuration(name: &str) -> bool {
    !name.starts_with('.')
        && [".tf", ".tf.json", ".tfvars", ".tfvars.json"]
            .iter()
            .any(|ending| name.ends_with(ending))
}
