//! `perch plan`, `apply` and `destroy`: plain Terraform on a stage's root, with the caller's credentials.
//!
//! The offline provider is never in the way: what attaches it is taken out of Terraform's environment.

use anyhow::{Context, Result, bail};

use crate::aws::Aws;
use crate::offline::exit_code;
use crate::project::Project;
use crate::{secret, terraform};

/// Names the bucket that holds the stages' states.
const BUCKET: &str = "PERCH_STATE_BUCKET";

/// What to do with a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Show what would change.
    Plan,
    /// Change it, once the secrets are there and the person agreed to the plan.
    Apply,
    /// Take it down, once the person agreed.
    Destroy,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Verb::Plan => "plan",
            Verb::Apply => "apply",
            Verb::Destroy => "destroy",
        }
    }
}

/// Runs `terraform <verb> <arguments>` in `terraform/envs/<stage>`; returns Terraform's exit code.
///
/// # Errors
/// No credentials, no state bucket, missing secrets (before an apply; nothing of Terraform has run then), or an `init`
/// that failed.
pub async fn run(project: &Project, stage: &str, verb: Verb, arguments: &[String]) -> Result<u8> {
    let root = project.stage_root(stage);
    if !root.is_dir() {
        bail!("terraform/envs/{stage} does not exist");
    }
    if verb == Verb::Apply {
        secret::check(project, stage, false).await?;
    }
    let bucket = bucket().await?;
    let mut init = terraform::command(project, &root);
    init.args(["init", "-input=false", "-no-color", "-reconfigure"])
        .arg(format!("-backend-config=bucket={bucket}"));
    let output = init
        .output()
        .context("terraform cannot be run: `make setup` installs it where there is none")?;
    if !output.status.success() {
        bail!(
            "terraform init failed with the state bucket {bucket}\n{}{}\nanother bucket is named with {BUCKET}=…; the pipeline's root creates the usual one",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut command = terraform::command(project, &root);
    command.arg(verb.name()).args(arguments);
    Ok(exit_code(terraform::run(&mut command)?))
}

/// `PERCH_STATE_BUCKET`, else `perch-state-<account id>`.
async fn bucket() -> Result<String> {
    if let Some(bucket) = std::env::var(BUCKET).ok().filter(|name| !name.is_empty()) {
        return Ok(bucket);
    }
    let account = Aws::new()?
        .account()
        .await
        .with_context(|| format!("the state bucket's name ends with the account's number, which cannot be learned; {BUCKET}=… names the bucket instead"))?;
    Ok(format!("perch-state-{account}"))
}
