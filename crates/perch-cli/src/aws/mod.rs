//! The few calls that the command makes on AWS itself: SSM's `DescribeParameters` and `PutParameter`, STS's
//! `GetCallerIdentity`, and of Lambda what a smoke test and a rollback take (`Invoke`, `GetAlias`, `UpdateAlias`,
//! `ListVersionsByFunction`), and of CloudWatch Logs `FilterLogEvents`. Everything else on AWS is Terraform's.
//!
//! Signed and repeated by `perch-aws-client`, as the SDK's clients would double the time that a first `make demo` takes to
//! compile.

mod credentials;
mod functions;
mod logs;
mod parameters;

use std::time::Duration;

use anyhow::{Context, Result};
use perch_aws_client::{Answer, Call, Caller, Credentials, Error, Retry, endpoint};
use serde_json::Value;

use crate::http;

pub use parameters::Parameter;

/// Sets the variable `region` of a stage's root.
pub(crate) const STAGE_REGION: &str = "TF_VAR_region";

/// The stages' region unless `AWS_REGION` says otherwise; the same default as in the Terraform roots.
const DEFAULT_REGION: &str = "ap-northeast-1";

/// The longest wait for an answer of SSM, STS and Lambda itself; a function that is invoked takes longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A caller of AWS.
pub struct Aws {
    caller: Caller,
    /// The endpoint of all services, unless the environment names them.
    endpoint: Option<String>,
    http: reqwest::Client,
}

impl Aws {
    /// With the caller's credentials and region, at the endpoints that the environment names, else AWS's own.
    ///
    /// # Errors
    /// When there are no credentials; says where they were looked for.
    pub fn of_caller() -> Result<Aws> {
        Ok(Aws {
            caller: Caller {
                region: region(),
                credentials: credentials::find()?,
                retry: Retry::STANDARD,
            },
            endpoint: None,
            http: http::outside()?,
        })
    }

    /// With everything given; all services answer at `endpoint`, on this machine.
    ///
    /// # Errors
    /// When the HTTP client cannot be created.
    pub fn at(endpoint: &str, region: &str, credentials: Credentials) -> Result<Aws> {
        Ok(Aws {
            caller: Caller {
                region: region.to_owned(),
                credentials,
                retry: Retry::STANDARD,
            },
            endpoint: Some(endpoint.trim_end_matches('/').to_owned()),
            http: http::loopback()?,
        })
    }

    /// The region that the calls go to.
    pub fn region(&self) -> &str {
        &self.caller.region
    }

    /// The caller's account.
    ///
    /// # Errors
    /// AWS's error, by its own name.
    pub async fn account(&self) -> Result<String> {
        let call = Call {
            headers: &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("accept", "application/json"),
            ],
            body: b"Action=GetCallerIdentity&Version=2011-06-15",
            idempotent: true,
            timeout: TIMEOUT,
            ..Call::post("sts", "GetCallerIdentity")
        };
        let answer = self.send("/", call).await?;
        account_of(&answer).context("STS returned no account")
    }

    /// Makes `call` at `path` of its service.
    async fn send(&self, path: &str, call: Call<'_>) -> Result<Answer> {
        self.try_send(path, call).await.map_err(explained)
    }

    /// Like [`send`](Aws::send), for callers that distinguish refusals.
    async fn try_send(&self, path: &str, call: Call<'_>) -> Result<Answer, Error> {
        let endpoint = self.endpoint.clone().unwrap_or_else(|| {
            endpoint::configured(|name| std::env::var(name).ok(), call.service)
                .unwrap_or_else(|| endpoint::of_region(call.service, self.region()))
        });
        let call = Call {
            url: &format!("{endpoint}{path}"),
            ..call
        };
        self.caller.send(&self.http, &call).await
    }
}

/// AWS's error, with what to do about it where that is known.
fn explained(error: Error) -> anyhow::Error {
    let expired = matches!(
        error.code(),
        Some(
            "ExpiredTokenException"
                | "ExpiredToken"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
        )
    );
    let error = anyhow::Error::new(error);
    if expired {
        return anyhow::anyhow!("{error:#} (log in again, for example with `aws sso login`)");
    }
    error
}

/// The account in the answer to `GetCallerIdentity`: XML, as STS documents it, or JSON, as it answers those who ask for that.
fn account_of(answer: &Answer) -> Option<String> {
    let read = json(answer);
    let account = &read["GetCallerIdentityResponse"]["GetCallerIdentityResult"]["Account"];
    let text = String::from_utf8_lossy(&answer.body);
    let element = || text.split_once("<Account>")?.1.split_once("</Account>");
    let account = account.as_str().or_else(|| Some(element()?.0.trim()))?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| account.to_owned())
}

/// A body as JSON; null if it is not JSON.
fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The region that Terraform uses for a stage, or else the caller's.
fn region() -> String {
    [STAGE_REGION, "AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned())
}
