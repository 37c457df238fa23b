//! `perch preview`: what your edits change, compared with the last apply here.

use anyhow::Result;

use crate::offline;
use crate::project::Project;
use crate::working_copy::WorkingCopy;

/// Plans the current tree against what was last applied here.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    if !copy.is_applied() {
        eprintln!(
            "perch: {stage} has not been applied here yet, so the plan creates everything; `perch offline --stage {stage} apply` applies it"
        );
    }
    let plan = std::iter::once("plan".to_owned()).chain(arguments.iter().cloned());
    offline::run(project, stage, &plan.collect::<Vec<_>>()).await
}
