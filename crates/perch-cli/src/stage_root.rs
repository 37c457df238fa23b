//! A stage's root on AWS: initialized with its state bucket, and run with the caller's credentials.
//!
//! The offline provider is never in the way: what attaches it is taken out of Terraform's environment.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

use crate::aws::{Aws, STAGE_REGION};
use crate::project::Project;
use crate::terraform;

/// Names the bucket that holds the stages' states.
const BUCKET: &str = "PERCH_STATE_BUCKET";

/// `terraform/envs/<stage>`.
pub struct StageRoot<'a> {
    project: &'a Project,
    stage: &'a str,
    folder: PathBuf,
}

impl<'a> StageRoot<'a> {
    /// Finds it.
    ///
    /// # Errors
    /// When the stage has no root.
    pub fn find(project: &'a Project, stage: &'a str) -> Result<StageRoot<'a>> {
        let folder = project.stage_root(stage);
        if !folder.is_dir() {
            bail!("terraform/envs/{stage} does not exist");
        }
        Ok(StageRoot {
            project,
            stage,
            folder,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `terraform` in it.
    pub fn terraform(&self) -> Command {
        terraform::command(self.project, &self.folder)
    }

    /// Initializes it with the stages' state bucket.
    ///
    /// # Errors
    /// No credentials, no bucket, or an `init` that failed.
    pub async fn init(&self) -> Result<()> {
        let bucket = bucket().await?;
        let mut init = self.terraform();
        init.args(["init", "-input=false", "-no-color", "-reconfigure"])
            .arg(format!("-backend-config=bucket={bucket}"));
        // The backend's own is written in the root, as a backend reads no variables.
        if let Some(region) = std::env::var(STAGE_REGION)
            .ok()
            .filter(|name| !name.is_empty())
        {
            init.arg(format!("-backend-config=region={region}"));
        }
        let output = init.output().context(terraform::MISSING)?;
        if !output.status.success() {
            bail!(
                "terraform init failed with the state bucket {bucket}\n{}{}\nset {BUCKET}=… to use another bucket; `make bootstrap` creates the default one",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    /// Runs a command that takes the state's lock, on the caller's terminal; says how to release a lock that was left.
    ///
    /// # Errors
    /// When it cannot be started; the caller decides what its exit status means.
    pub fn run(&self, command: &mut Command) -> Result<ExitStatus> {
        let (status, errors) = terraform::run_heard(command)?;
        if let Some(id) = lock_id(&errors) {
            let stage = self.stage;
            eprintln!(
                "perch: the state of {stage} is locked, by an apply that is running or by one that was interrupted. If none is running, release it with:\n       \
                 {} -chdir=terraform/envs/{stage} force-unlock {id}",
                self.project.relative(&terraform::program(self.project))
            );
        }
        Ok(status)
    }
}

/// The lock that Terraform could not get, from what it says of it.
fn lock_id(errors: &str) -> Option<&str> {
    let (_, error) = errors.split_once("Error acquiring the state lock")?;
    // Before it stand S3's own words, with a `RequestID: …, HostID: …`.
    let (_, lock) = error.split_once("Lock Info:")?;
    lock.lines()
        .find_map(|line| line.split_once("ID:").map(|(_, id)| id.trim()))
        .filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// `PERCH_STATE_BUCKET`, else `perch-state-<account id>`.
async fn bucket() -> Result<String> {
    if let Some(bucket) = std::env::var(BUCKET).ok().filter(|name| !name.is_empty()) {
        return Ok(bucket);
    }
    let account = Aws::of_caller()?
        .account()
        .await
        .with_context(|| format!("the state bucket's name ends with the account id, which could not be determined; set {BUCKET}=… instead"))?;
    Ok(format!("perch-state-{account}"))
}
