//! Whether anything has changed since the last apply, told without Terraform: a start with nothing changed takes the state that was
//! kept.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::deploy::ALIAS;
use crate::function;
use crate::package::{hex, replace};
use crate::project::Project;
use crate::working_copy::WorkingCopy;

/// The last apply.
#[derive(Deserialize, Serialize)]
struct Kept {
    /// Of all that went into it, and of what it left.
    fingerprint: String,
    /// As `terraform show -json` prints it.
    state: Value,
}

/// The state that an apply of these bots would leave, where nothing has changed since the last.
pub fn unchanged(project: &Project, stage: &str, bots: &[String]) -> Option<Value> {
    let kept = std::fs::read(file(project, stage)).ok()?;
    let kept: Kept = serde_json::from_slice(&kept).ok()?;
    let now = fingerprint(project, stage, bots).ok()?;
    (kept.fingerprint == now).then_some(kept.state)
}

/// Keeps what was applied just now.
///
/// # Errors
/// When a file cannot be read or written.
pub fn keep(project: &Project, stage: &str, bots: &[String], state: &Value) -> Result<()> {
    let kept = Kept {
        fingerprint: fingerprint(project, stage, bots)?,
        state: state.clone(),
    };
    let path = file(project, stage);
    let attempt = || -> Result<()> {
        std::fs::create_dir_all(project.local(stage))?;
        replace(&path, &serde_json::to_vec(&kept)?, 0o600)
    };
    attempt().with_context(|| format!("{} cannot be written", project.relative(&path)))
}

fn file(project: &Project, stage: &str) -> PathBuf {
    project.local(stage).join("applied.json")
}

/// Of the declarations, the zips, Terraform's files, the state, where the aliases point, and this command, whose provider applies.
fn fingerprint(project: &Project, stage: &str, bots: &[String]) -> Result<String> {
    let root = format!("envs/{stage}");
    let copy = WorkingCopy::prepare_with(project, &root, Some(bots))?;
    let mut all = Sha256::new();
    let this = std::env::current_exe()?;
    add_stamp(&mut all, &this)?;
    let lambda = project.simulated_aws().join("lambda");
    for bot in bots {
        all.update(bot);
        add_stamp(&mut all, &project.dev_zips().join(format!("{bot}.zip")))?;
        add_file(&mut all, &function::path(project, bot))?;
        let function = lambda.join(format!("perch-{stage}-{bot}"));
        add_file(
            &mut all,
            &function.join("aliases").join(format!("{ALIAS}.json")),
        )?;
    }
    add_file(&mut all, &copy.state_file())?;
    add_folder(&mut all, &project.stage_root(stage))?;
    add_folder(&mut all, &project.root().join("terraform/modules"))?;
    Ok(hex(&all.finalize()))
}

/// A large file, by its size and time.
fn add_stamp(all: &mut Sha256, path: &Path) -> Result<()> {
    let found = std::fs::metadata(path)?;
    let changed = found
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    all.update(format!(
        "{} {} {};",
        path.display(),
        found.len(),
        changed.as_nanos()
    ));
    Ok(())
}

fn add_file(all: &mut Sha256, path: &Path) -> Result<()> {
    let content = std::fs::read(path)?;
    all.update(format!("{} {};", path.display(), content.len()));
    all.update(content);
    Ok(())
}

/// Terraform's files below a folder, in order.
fn add_folder(all: &mut Sha256, folder: &Path) -> Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "tests" {
            add_folder(all, &path)?;
        } else if path.is_file()
            && [".tf", ".tfvars", ".json"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            add_file(all, &path)?;
        }
    }
    Ok(())
}
