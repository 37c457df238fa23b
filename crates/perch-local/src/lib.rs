//! The local stage: one applied state, run on the simulated AWS.
//!
//! `perch_aws` runs what is applied. A [`Stage`] adds what other processes on this machine need to find and control it:
//! `run.json`, and a control API that reports what is running and fires schedules.
//!
//! ```no_run
//! # async fn run(state: serde_json::Value) -> Result<(), perch_local::Error> {
//! let options = perch_aws::AccountOptions::new("terraform/envs/staging", ".perch/aws", ".perch/local/staging");
//! let stage = perch_local::start("staging", state, options).await?;
//! for (applied, local) in stage.apis() {
//!     println!("{applied} answers at {local}");
//! }
//! stage.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod applied;
mod control;
mod run_file;
mod stage;
mod watch;

pub use control::Status;
pub use perch_aws::Error;
pub use run_file::{AwsAccess, RunFile};
pub use stage::{Stage, start};
pub use watch::Watch;
