//! `perch plan`, `apply` and `destroy`: plain Terraform on a stage's root, with the caller's credentials.
//!
//! The offline provider is never in the way: what attaches it is taken out of Terraform's environment.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

use crate::aws::{Aws, STAGE_REGION};
use crate::deploy::{ALIAS, Record, Versions, function_name};
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

/// Set by whoever runs Terraform without a person at it, as a build does (Terraform's "Running Terraform in Automation").
const AUTOMATION: &str = "TF_IN_AUTOMATION";

/// In a build, the folder of the artifact `plan` (AWS CodeBuild's "Environment variables in build environments").
const PLAN_ARTIFACT: &str = "CODEBUILD_SRC_DIR_plan";

/// Terraform's record of which providers a plan was made with.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// Runs `terraform <verb> <arguments>` in `terraform/envs/<stage>`; returns Terraform's exit code.
///
/// A plan in automation is written to `.perch/deploy`, to be read and to be applied. An apply applies such a plan where it
/// is given one; without one, it asks, but for automation. Which versions it changed is noted for `perch smoke`.
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
    let plan = match verb {
        Verb::Apply => plan_artifact(stage)?,
        _ => None,
    };
    if let Some(plan) = &plan {
        plan.take_lock_file(&root)?;
    }
    let bucket = bucket().await?;
    init(project, &root, &bucket)?;
    let automation = is_set(AUTOMATION);
    let (code, errors) = match verb {
        Verb::Plan if automation => planned(project, stage, &root, arguments)?,
        Verb::Apply => {
            let mut apply = terraform::command(project, &root);
            apply.arg(verb.name()).args(arguments);
            if let Some(plan) = plan {
                eprintln!("perch: applying the plan {}", plan.file.display());
                apply.arg("-input=false").arg(plan.file);
            } else if automation {
                eprintln!("perch: applying without asking, as {AUTOMATION} is set");
                apply.args(["-input=false", "-auto-approve"]);
            }
            applied(project, stage, &mut apply).await?
        }
        _ => {
            let mut command = terraform::command(project, &root);
            command.arg(verb.name()).args(arguments);
            terraform::run_heard(&mut command)?
        }
    };
    if let Some(id) = lock_id(&errors) {
        eprintln!(
            "perch: the state of {stage} is locked, by an apply that runs or by one that was stopped. When none runs, this releases it:\n       \
             {} -chdir=terraform/envs/{stage} force-unlock {id}",
            project.relative(&terraform::program(project))
        );
    }
    Ok(exit_code(code))
}

/// The lock that Terraform could not get, from what it says of it.
fn lock_id(errors: &str) -> Option<&str> {
    let (_, lock) = errors.split_once("Error acquiring the state lock")?;
    lock.lines()
        .find_map(|line| line.split_once("ID:").map(|(_, id)| id.trim()))
        .filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

fn init(project: &Project, root: &Path, bucket: &str) -> Result<()> {
    let mut init = terraform::command(project, root);
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
            "terraform init failed with the state bucket {bucket}\n{}{}\nanother bucket is named with {BUCKET}=…; `make bootstrap` creates the usual one",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// A plan that an earlier build made.
struct PlanArtifact {
    file: PathBuf,
    lock_file: PathBuf,
}

fn plan_artifact(stage: &str) -> Result<Option<PlanArtifact>> {
    let Some(folder) = std::env::var_os(PLAN_ARTIFACT).filter(|folder| !folder.is_empty()) else {
        return Ok(None);
    };
    let folder = std::path::absolute(folder).context("the plan's folder is no path")?;
    let file = folder.join(format!("{stage}.tfplan"));
    if !file.is_file() {
        bail!(
            "{PLAN_ARTIFACT} names {}, which has no {stage}.tfplan: was the plan made for another stage?",
            folder.display()
        );
    }
    let lock_file = folder.join(format!("{stage}{LOCK_FILE}"));
    Ok(Some(PlanArtifact { file, lock_file }))
}

impl PlanArtifact {
    /// The providers that made the plan have to apply it: Terraform refuses it with others.
    fn take_lock_file(&self, root: &Path) -> Result<()> {
        if self.lock_file.is_file() {
            std::fs::copy(&self.lock_file, root.join(LOCK_FILE))
                .with_context(|| format!("{LOCK_FILE} cannot be written"))?;
        }
        Ok(())
    }
}

/// Plans into `.perch/deploy`: `<stage>.tfplan`, the same as text, its summary in a line, and the lock file.
fn planned(
    project: &Project,
    stage: &str,
    root: &Path,
    arguments: &[String],
) -> Result<(ExitStatus, String)> {
    let folder = project.deploy();
    let failed = || format!("{} cannot be written", project.relative(&folder));
    std::fs::create_dir_all(&folder).with_context(failed)?;
    let file = folder.join(format!("{stage}.tfplan"));
    let mut plan = terraform::command(project, root);
    // The approval leads to a build's log, where colours are so many odd characters.
    plan.args(["plan", "-input=false", "-no-color"])
        .args(arguments);
    plan.arg(format!("-out={}", file.display()));
    let (status, errors) = terraform::run_heard(&mut plan)?;
    // 2 is "there are changes", if `-detailed-exitcode` asked for it.
    if !matches!(status.code(), Some(0 | 2)) {
        return Ok((status, errors));
    }
    let shown = terraform::command(project, root)
        .args(["show", "-no-color"])
        .arg(&file)
        .output()
        .context("terraform cannot be run")?;
    if !shown.status.success() {
        bail!(
            "terraform show failed\n{}",
            String::from_utf8_lossy(&shown.stderr)
        );
    }
    let text = String::from_utf8_lossy(&shown.stdout);
    let summary = text
        .lines()
        .find(|line| line.starts_with("Plan: ") || line.starts_with("No changes."))
        .unwrap_or("Only outputs change.");
    std::fs::write(folder.join(format!("{stage}.plan.txt")), &*text).with_context(failed)?;
    let line = format!("{stage}: {summary}\n");
    std::fs::write(folder.join(format!("{stage}.summary.txt")), line).with_context(failed)?;
    let lock_file = root.join(LOCK_FILE);
    if lock_file.is_file() {
        std::fs::copy(lock_file, folder.join(format!("{stage}{LOCK_FILE}")))
            .with_context(failed)?;
    }
    Ok((status, errors))
}

/// Applies, and notes which versions that changed, also when it stopped half-way.
async fn applied(
    project: &Project,
    stage: &str,
    apply: &mut Command,
) -> Result<(ExitStatus, String)> {
    let aws = Aws::new()?;
    let before = versions(project, stage, &aws).await?;
    let (status, errors) = terraform::run_heard(apply)?;
    let after = versions(project, stage, &aws).await?;
    let record = Record::between(&before, &after);
    record.write(project, stage, false)?;
    if !status.success() {
        for (function, change) in record.changed() {
            let before = change.before.as_deref().unwrap_or("none");
            eprintln!(
                "perch: the apply stopped half-way, and {function} is at version {} (was {before}); `make rollback STAGE={stage}` puts it back",
                change.after
            );
        }
    }
    Ok((status, errors))
}

/// Where the aliases of the stage's bots point.
async fn versions(project: &Project, stage: &str, aws: &Aws) -> Result<Versions> {
    let mut versions = Versions::new();
    for bot in project.bots()? {
        let function = function_name(stage, &bot);
        if let Some(version) = aws.alias(&function, ALIAS).await? {
            versions.insert(function, version);
        }
    }
    Ok(versions)
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
