//! What a build's `perch plan` leaves in `.perch/deploy`, and a later build's `perch apply` takes as its artifact `plan`:
//! `<stage>.tfplan`, the same as text, its summary in a line, and the lock file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Set by whoever runs Terraform without a person at it, as a build does (Terraform's "Running Terraform in Automation").
pub const AUTOMATION: &str = "TF_IN_AUTOMATION";

/// In a build, the folder of the artifact `plan` (AWS CodeBuild's "Environment variables in build environments").
const PLAN_ARTIFACT: &str = "CODEBUILD_SRC_DIR_plan";

/// Terraform's record of which providers a plan was made with.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// How long a run at which nobody sits waits for the state's lock: another apply of the same stage takes less.
pub const LOCK_TIMEOUT: &str = "-lock-timeout=5m";

/// Whether nobody sits at this run.
pub fn is_automation() -> bool {
    std::env::var_os(AUTOMATION).is_some_and(|value| !value.is_empty())
}

/// One stage's plan, in a folder.
pub struct PlanFiles {
    folder: PathBuf,
    stage: String,
}

impl PlanFiles {
    /// In this folder.
    pub fn in_folder(folder: PathBuf, stage: &str) -> PlanFiles {
        let stage = stage.to_owned();
        PlanFiles { folder, stage }
    }

    /// The plan that an earlier build made and this one was given; `None` outside of such a build.
    ///
    /// # Errors
    /// When the artifact has no plan of this stage.
    pub fn of_build(stage: &str) -> Result<Option<PlanFiles>> {
        let Some(folder) = std::env::var_os(PLAN_ARTIFACT).filter(|folder| !folder.is_empty())
        else {
            return Ok(None);
        };
        let folder = std::path::absolute(folder).context("the plan's folder is not a path")?;
        let plan = PlanFiles::in_folder(folder, stage);
        if !plan.file().is_file() {
            bail!(
                "{PLAN_ARTIFACT} names {}, which has no {stage}.tfplan: was the plan made for another stage?",
                plan.folder.display()
            );
        }
        Ok(Some(plan))
    }

    /// `<stage>.tfplan`.
    pub fn file(&self) -> PathBuf {
        self.path(".tfplan")
    }

    /// Keeps the plan as text, its summary in a line, and the root's lock file. The summary names the secrets that are missing,
    /// as the approver reads it first.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&self, text: &str, missing: &[String], root: &Path) -> Result<()> {
        let summary = text
            .lines()
            .find(|line| line.starts_with("Plan: ") || line.starts_with("No changes."))
            .unwrap_or("Only outputs change.");
        let mut line = format!("{}: {summary}", self.stage);
        if !missing.is_empty() {
            let names = shortened(&missing.join(", "));
            line.push_str(&format!(
                " Missing secrets, without which the apply stops: {names}"
            ));
        }
        line.push('\n');
        let attempt = || -> std::io::Result<()> {
            std::fs::write(self.path(".plan.txt"), text)?;
            std::fs::write(self.path(".summary.txt"), line)?;
            let lock_file = root.join(LOCK_FILE);
            if lock_file.is_file() {
                std::fs::copy(lock_file, self.path(LOCK_FILE))?;
            }
            Ok(())
        };
        attempt().with_context(|| format!("{} cannot be written", self.folder.display()))
    }

    /// The providers that made the plan have to apply it: Terraform refuses it with others.
    ///
    /// # Errors
    /// When the root's lock file cannot be written.
    pub fn take_lock_file(&self, root: &Path) -> Result<()> {
        let lock_file = self.path(LOCK_FILE);
        if lock_file.is_file() {
            std::fs::copy(lock_file, root.join(LOCK_FILE))
                .with_context(|| format!("{LOCK_FILE} cannot be written"))?;
        }
        Ok(())
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}{ending}", self.stage))
    }
}

/// As much as an approval's message has room for (CodePipeline's "CustomData": 1,000 characters), with the summary before it.
fn shortened(names: &str) -> String {
    const ROOM: usize = 800;
    match names.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{} …", &names[..end]),
        None => names.to_owned(),
    }
}
