//! The local stage: runs what a Terraform state declares, as AWS would.
//!
//! The state of `terraform show -json` is the only interface. From it come the HTTP APIs with their routes, the
//! functions with their code, environment, roles and aliases, the schedules and the queues. `docs/local-stage.md` tells
//! what is done as AWS documents it, and every difference.
//!
//! ```no_run
//! # async fn run(state: serde_json::Value) -> Result<(), perch_aws::Error> {
//! let options = perch_aws::Options::new("terraform/envs/staging", ".perch/cloud", ".perch/local/staging");
//! let stage = perch_aws::start(state, options).await?;
//! for (applied, local) in stage.apis() {
//!     println!("{applied} answers at {local}");
//! }
//! stage.shutdown().await;
//! # Ok(())
//! # }
//! ```

pub mod arn;
mod aws;
mod control;
mod error;
mod event;
mod http_api;
mod iam;
mod judge;
mod lambda;
mod model;
mod options;
pub mod parameters;
pub mod published;
mod queues;
mod run_file;
mod schedule_model;
mod scheduler;
mod shared;
mod stage;
pub mod state;

pub use arn::Scope;
pub use control::Status;
pub use error::Error;
pub use event::{Event, Invocation, Request, ScheduleFired};
pub use judge::Judge;
pub use options::Options;
pub use parameters::Parameters;
pub use published::{Published, PublishedVersion};
pub use run_file::RunFile;
pub use stage::{Fired, FunctionInfo, Message, NextFires, Returned, Stage, start};
