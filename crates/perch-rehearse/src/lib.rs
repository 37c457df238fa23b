//! Rehearses the pipeline of a Terraform state on one machine: from `git push` to an approved deploy.
//!
//! The state of `terraform show -json` is the only description of the pipeline. A bare repository stands in for GitHub's; a push
//! is delivered to the webhook of the state, whose filters and secret decide; the pipeline's actions run the
//! repository's own buildspec with the environment of the state's CodeBuild projects.
//!
//! # Layout
//! - `rehearsal`: the whole run, from an empty account to a changed reply in production. `bootstrap`: what it starts from,
//!   `person`: who watches and approves, `image`: what builds find.
//! - `deployed`, `terraform`: what runs of what builds applied, Terraform with the offline provider. AWS is `perch_aws`.
//! - `declared`: the pipeline, its builds and its webhook, as a state declares them.
//! - `webhook`: CodePipeline's endpoint for GitHub's deliveries; GitHub itself is `perch_doubles::github`.
//! - `pipeline`: executions, stages, actions, approvals.
//! - `prebuilt`: what is handed over in place of the first execution's Package build.
//! - `build`, `buildspec`, `shell`, `archive`: a CodeBuild build and its artifacts.

mod archive;
mod bootstrap;
mod build;
mod buildspec;
pub mod declared;
mod deployed;
mod image;
mod loopback;
mod person;
pub mod pipeline;
mod prebuilt;
mod rehearsal;
mod shell;
mod terraform;
pub mod webhook;

pub use build::PhaseResult;
pub use buildspec::Buildspec;
pub use person::{Answers, Ended, Person, Report, Seen};
pub use prebuilt::{Prebuilt, Rebuilt};
pub use rehearsal::{KEPT, Options, Rehearsal, run};
