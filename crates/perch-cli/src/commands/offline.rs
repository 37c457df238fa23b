//! `perch offline`: any Terraform command on a stage's root, with the offline provider.

use anyhow::Result;

use super::test;
use crate::offline;
use crate::project::Project;

/// Runs exactly that Terraform command, on the caller's terminal; `test` runs the tests of all modules.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    match arguments.split_first() {
        Some((first, rest)) if first == "test" => test::run(project, rest).await,
        _ => offline::run(project, stage, arguments).await,
    }
}
