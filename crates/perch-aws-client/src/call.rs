//! A call of AWS, and its answer.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// One call of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The name that the signature has for the service, such as `ssm`.
    pub service: &'static str,
    /// As AWS's API reference calls it, such as `GetAlias`; for errors alone.
    pub operation: &'static str,
    /// Such as `GET`.
    pub method: &'a str,
    /// The whole address, with its query.
    pub url: &'a str,
    /// Headers beyond those that the signature adds. All of them are signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, empty when there is none.
    pub body: &'a [u8],
    /// Whether making the call twice does what making it once does. One that is not is repeated only where AWS says that
    /// it has not acted on it.
    pub idempotent: bool,
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// When the caller has no more use for an answer.
    pub deadline: Option<Instant>,
}

impl<'a> Call<'a> {
    /// A `POST` to nowhere yet, not idempotent, that waits for an answer for 30 seconds.
    pub fn post(service: &'static str, operation: &'static str) -> Call<'a> {
        Call {
            service,
            operation,
            method: "POST",
            url: "",
            headers: &[],
            body: b"",
            idempotent: false,
            timeout: Duration::from_secs(30),
            deadline: None,
        }
    }
}

/// A 2xx answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}
