//! `perch preview`: what an edit would change of what was last applied here.

use anyhow::Result;

use crate::offline;
use crate::project::Project;
use crate::working_copy::WorkingCopy;

/// The plan that the tree as it stands leads to, against what was last applied here.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    if !copy.is_applied() {
        eprintln!(
            "perch: nothing of {stage} is applied here yet, so the plan creates everything; `perch offline --stage {stage} apply` applies it"
        );
    }
    let plan = std::iter::once("plan".to_owned()).chain(arguments.iter().cloned());
    offline::run(project, stage, &plan.collect::<Vec<_>>()).await
}
