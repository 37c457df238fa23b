//! `perch plan`: what an apply would change on AWS, by plain Terraform.

use std::process::ExitStatus;

use anyhow::{Context, Result, bail};

use crate::plan_files::{self, LOCK_TIMEOUT, PlanFiles};
use crate::project::Project;
use crate::stage_root::StageRoot;
use crate::terraform;

/// Runs `terraform plan <arguments>` in `terraform/envs/<stage>`; returns Terraform's exit code. In automation, what was
/// planned is kept in `.perch/deploy`, to be read and to be applied.
///
/// # Errors
/// No credentials, no state bucket, or an `init` that failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let root = StageRoot::find(project, stage)?;
    root.init().await?;
    let status = if plan_files::is_automation() {
        keep(project, stage, &root, arguments)?
    } else {
        root.run(root.terraform().arg("plan").args(arguments))?
    };
    Ok(terraform::exit_code(status))
}

fn keep(
    project: &Project,
    stage: &str,
    root: &StageRoot<'_>,
    arguments: &[String],
) -> Result<ExitStatus> {
    let folder = project.deploy();
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be written", project.relative(&folder)))?;
    let files = PlanFiles::in_folder(folder, stage);
    let mut plan = root.terraform();
    // The approval links to a build's log, where colours would show as control characters.
    plan.args(["plan", "-input=false", "-no-color", LOCK_TIMEOUT])
        .args(arguments);
    plan.arg(format!("-out={}", files.file().display()));
    let status = root.run(&mut plan)?;
    // 2 means that there are changes, if `-detailed-exitcode` was given.
    if !matches!(status.code(), Some(0 | 2)) {
        return Ok(status);
    }
    let shown = root
        .terraform()
        .args(["show", "-no-color"])
        .arg(files.file())
        .output()
        .context(terraform::MISSING)?;
    if !shown.status.success() {
        bail!(
            "terraform show failed\n{}",
            String::from_utf8_lossy(&shown.stderr)
        );
    }
    files.keep(&String::from_utf8_lossy(&shown.stdout), root.folder())?;
    Ok(status)
}
