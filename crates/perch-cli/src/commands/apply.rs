//! `perch apply`: plain Terraform against AWS, if the secrets exist.

use std::process::{Command, ExitStatus};

use anyhow::Result;

use crate::aws::Aws;
use crate::deploy::{ALIAS, Record, Versions, function_name};
use crate::place::Place;
use crate::plan_files::{self, AUTOMATION, LOCK_TIMEOUT, PlanFiles};
use crate::project::Project;
use crate::stage_root::StageRoot;
use crate::{secrets, terraform};

/// Runs `terraform apply <arguments>` in `terraform/envs/<stage>`; returns Terraform's exit code.
///
/// Applies the plan of an earlier build where it is given one; without one, it asks, but for automation. Which versions it
/// changed is recorded for `perch smoke`.
///
/// # Errors
/// Missing secrets (nothing of Terraform has run then), no credentials, no state bucket, or an `init` that failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let root = StageRoot::find(project, stage)?;
    let place = Place::on_aws(project, stage);
    secrets::check(place).await?;
    let plan = PlanFiles::of_build(stage)?;
    if let Some(plan) = &plan {
        plan.take_lock_file(root.folder())?;
    }
    root.init().await?;
    let mut apply = root.terraform();
    apply.arg("apply").args(arguments);
    if let Some(plan) = plan {
        eprintln!("perch: applying the plan {}", plan.file().display());
        apply.args(["-input=false", LOCK_TIMEOUT]);
        apply.arg(plan.file());
    } else if plan_files::is_automation() {
        eprintln!("perch: applying without asking, because {AUTOMATION} is set");
        apply.args(["-input=false", LOCK_TIMEOUT, "-auto-approve"]);
    }
    let status = noted(place, &root, &mut apply).await?;
    Ok(terraform::exit_code(status))
}

/// Applies, and records which versions that changed, even if it stopped half-way.
async fn noted(place: Place<'_>, root: &StageRoot<'_>, apply: &mut Command) -> Result<ExitStatus> {
    let aws = place.aws()?;
    let before = versions(place, &aws).await?;
    let status = root.run(apply)?;
    let after = versions(place, &aws).await?;
    let record = Record::between(&before, &after);
    record.write(place)?;
    if !status.success() {
        for (function, change) in record.changed() {
            let before = change.before.as_deref().unwrap_or("none");
            eprintln!(
                "perch: the apply stopped half-way, and {function} is at version {} (was {before}); `make rollback STAGE={}` moves it back",
                change.after,
                place.stage()
            );
        }
    }
    Ok(status)
}

/// Where the aliases of the stage's bots point.
async fn versions(place: Place<'_>, aws: &Aws) -> Result<Versions> {
    let mut versions = Versions::new();
    for bot in place.project().bots()? {
        let function = function_name(place.stage(), &bot);
        if let Some(version) = aws.alias(&function, ALIAS).await? {
            versions.insert(function, version);
        }
    }
    Ok(versions)
}
