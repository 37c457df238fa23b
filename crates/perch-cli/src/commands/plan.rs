//! `perch plan`: what an apply would change on AWS, by plain Terraform.

use std::process::ExitStatus;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::plan_files::{self, LOCK_TIMEOUT, PlanFiles};
use crate::project::Project;
use crate::secrets::Missing;
use crate::stage_root::StageRoot;
use crate::terraform;

/// Runs `terraform plan <arguments>` in `terraform/envs/<stage>`; returns Terraform's exit code. Secrets without which the apply
/// would stop are named. In automation, what was planned is kept in `.perch/deploy`, with those names, to be read and to be
/// applied.
///
/// # Errors
/// No credentials, no state bucket, or an `init` that failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let root = StageRoot::find(project, stage)?;
    root.init().await?;
    let status = if plan_files::is_automation() {
        let missing = missing_secrets(project, stage).await;
        keep(project, stage, &root, arguments, missing.as_ref())?
    } else {
        let status = root.run(root.terraform().arg("plan").args(arguments))?;
        missing_secrets(project, stage).await;
        status
    };
    Ok(terraform::exit_code(status))
}

/// Says which secrets the apply of this plan would lack: their names, and the same with the commands that set them. A plan is
/// worth reading without it, so that what keeps it from being found out is said and no more.
async fn missing_secrets(project: &Project, stage: &str) -> Option<(Vec<String>, String)> {
    let place = Place::on_aws(project, stage);
    match Missing::find(place).await {
        Ok(missing) if missing.names.is_empty() => None,
        Ok(missing) => {
            let told = missing.told(place, "the apply stops until they are set");
            eprintln!("perch: {told}");
            Some((missing.names, told))
        }
        Err(error) => {
            eprintln!(
                "perch: whether {stage}'s secrets are there could not be found out: {error:#}"
            );
            None
        }
    }
}

fn keep(
    project: &Project,
    stage: &str,
    root: &StageRoot<'_>,
    arguments: &[String],
    missing: Option<&(Vec<String>, String)>,
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
    let mut text = String::from_utf8_lossy(&shown.stdout).into_owned();
    if let Some((_, told)) = missing {
        text = format!("{told}\n\n{text}");
    }
    let names = missing.map(|(names, _)| names.as_slice());
    files.keep(&text, names.unwrap_or_default(), root.folder())?;
    Ok(status)
}
