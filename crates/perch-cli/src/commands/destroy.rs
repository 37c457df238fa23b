//! `perch destroy`: takes down a stage on AWS, with plain Terraform.

use anyhow::Result;

use crate::project::Project;
use crate::stage_root::StageRoot;
use crate::terraform;

/// Runs `terraform destroy <arguments>` in `terraform/envs/<stage>`, which asks; returns Terraform's exit code.
///
/// # Errors
/// No credentials, no state bucket, or an `init` that failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let root = StageRoot::find(project, stage)?;
    root.init().await?;
    let status = root.run(root.terraform().arg("destroy").args(arguments))?;
    Ok(terraform::exit_code(status))
}
