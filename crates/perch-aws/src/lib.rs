//! The simulated AWS: an account that runs what Terraform states declare, as AWS would.
//!
//! The states of `terraform show -json` are the only interface. From them come the HTTP APIs with their routes, the
//! functions with their code, environment, roles and aliases, the schedules, the queues, the buckets and the roles with
//! their policies. SSM, Lambda, STS and S3 share one address: a call is verified, then judged, then carried out.
//! `docs/local-stage.md` says what works as AWS documents it, and lists every difference.
//!
//! ```no_run
//! # async fn run(state: serde_json::Value) -> Result<(), perch_aws::Error> {
//! let options = perch_aws::AccountOptions::new("terraform/envs/staging", ".perch/aws", ".perch/local/staging");
//! let account = perch_aws::Account::start(options).await?;
//! account.apply("staging", state).await?;
//! for (applied, local) in account.apis("staging") {
//!     println!("{applied} answers at {local}");
//! }
//! account.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//! - `account`: starting, applying, shutting down. `services`: what changes with an applied state.
//! - `api`: the listener of AWS's APIs. `identities`: the access keys and their owners.
//! - `judge`, `iam`: roles, policies and conditions.
//! - `state`: the reader of a state. `model`: what of it runs, one file per service.
//! - `published`: versions and aliases as files. `code`: a version's zip, unpacked.
//! - `http_api` and `gateways`, `lambda`, `scheduler`, `queues`, `parameters`, `s3`, `logs`: the services.

mod account;
mod api;
pub mod arn;
mod code;
mod error;
mod event;
mod gateways;
mod http_api;
mod iam;
mod identities;
mod judge;
mod lambda;
mod lock;
mod logs;
mod model;
mod options;
pub mod parameters;
pub mod published;
mod queues;
mod report;
mod request_id;
mod s3;
mod scheduler;
mod services;
mod shared;
pub mod state;
mod tasks;

pub use account::{Account, Assuming};
pub use arn::Scope;
pub use error::Error;
pub use event::{Call, Event, Invocation, Request, ScheduleFired};
pub use identities::Credentials;
pub use judge::Judge;
pub use options::AccountOptions;
pub use parameters::Parameters;
pub use published::{Published, PublishedVersion};
pub use report::{Fired, FunctionInfo, Message, NextFires, Returned};
pub use s3::ObjectWrite;
