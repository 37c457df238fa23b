//! The local stage: one applied state of a simulated account, as people meet it.
//!
//! `perch_aws` runs what is applied. A [`Stage`] is one state of it with what another process on this machine finds it by:
//! `run.json`, and a control API that tells what runs and fires schedules.
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

mod control;
mod run_file;
mod stage;

pub use control::Status;
pub use perch_aws::Error;
pub use run_file::{AwsAccess, RunFile};
pub use stage::{Stage, start};
