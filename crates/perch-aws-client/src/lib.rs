//! Calls to AWS without the SDK's clients: signed by the SDK's own signer (`aws-sigv4`), sent over the caller's HTTP
//! client, and retried according to the SDKs' standard retry mode.
//!
//! The kit makes its one call to Lambda with it, and the `perch` command all of its calls.
//! `docs/decisions/0043-one-aws-client.md` says why.
//!
//! | module | what |
//! |---|---|
//! | `call` | [`Call`] and [`Answer`] |
//! | `caller` | [`Caller`] signs a [`Call`], sends it, and retries it |
//! | `retry` | which failures are retried, and after what pause |
//! | `error` | [`Error`]: AWS's name for a failure, and its words |
//! | `endpoint` | a service's address |
//!
//! ```no_run
//! use perch_aws_client::{Call, Caller, Credentials, Retry, endpoint};
//!
//! # async fn names(http: &reqwest::Client) -> Result<(), perch_aws_client::Error> {
//! let caller = Caller {
//!     region: "eu-west-1".to_owned(),
//!     credentials: Credentials::new("AKID…", "…", None, None, "environment"),
//!     retry: Retry::STANDARD,
//! };
//! let call = Call {
//!     url: &endpoint::of_region("ssm", "eu-west-1"),
//!     headers: &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.DescribeParameters")],
//!     body: b"{}",
//!     idempotent: true,
//!     ..Call::post("ssm", "DescribeParameters")
//! };
//! let answer = caller.send(http, &call).await?;
//! # drop(answer);
//! # Ok(()) }
//! ```
#![warn(missing_docs)]

mod call;
mod caller;
pub mod endpoint;
mod error;
mod retry;

pub use aws_credential_types::Credentials;
pub use call::{Answer, Call};
pub use caller::Caller;
pub use error::Error;
pub use retry::Retry;
