//! Stands in for `hashicorp/aws` and `integrations/github`, without a network.
//!
//! Terraform can't even validate a configuration without its providers' schemas, and can't apply it without an account.
//! This provider serves the real schemas; what the real provider would learn from AWS or GitHub (ids, ARNs, URLs) it makes
//! up, in their own formats and the same on every machine. So `init`, `validate`, `plan`, `apply`, `destroy` and
//! `terraform test` work anywhere, with the configuration untouched. It calls nothing, and says so once in each run.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use terraform_provider_offline::{Options, Server};
//!
//! let server = Server::start(Options::default()).await?;
//! let status = std::process::Command::new("terraform")
//!     .arg("plan")
//!     .env("TF_REATTACH_PROVIDERS", server.reattach())
//!     .status()?;
//! # let _ = status;
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//! - `server`, `grpc`, `protocol`, `messages`, `service`: the plugin protocol, version 6, over HTTP/2 on unix sockets.
//! - `schema`, `value`, `plan`, `checks`: what a provider does, independent of the protocol and of AWS.
//! - `aws`, `github`: what the two make up, and what they refuse.
//! - `calls`, `rights`: a run under a role, which may only do what the role may.
//! - [`terraform`]: how to run Terraform with this provider attached and keep it away from everything else.
//!
//! # What it does not do
//! It has no memory but the state: a refresh finds what the state says, there is nothing to import, and a data source that
//! would need an account is refused. It refuses what the real provider refuses before it calls AWS, and the most likely of
//! what AWS refuses; an apply that it accepts can still fail there.

mod aws;
mod calls;
mod checks;
mod diagnostic;
mod github;
mod grpc;
mod messages;
mod plan;
mod protocol;
mod provider;
mod registry;
mod rights;
mod schema;
mod server;
mod service;
pub mod terraform;
mod token;
mod value;

pub use server::{Options, Server};
