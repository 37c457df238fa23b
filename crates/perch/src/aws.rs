//! How calls reach AWS: signed and repeated by `perch-aws-client`, over the function's own HTTP client.
//!
//! The kit makes two: `GetParameters` of Parameter Store (`parameter_store.rs`) and `Invoke` of Lambda (`invoke.rs`). See
//! `docs/decisions/0041-signed-invoke-without-the-lambda-sdk.md`.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use perch_aws_client::{Call, Caller, Credentials, Error, Retry, endpoint};

use crate::http::Http;

/// The longest wait for one answer. SSM and Lambda answer in milliseconds; a hanging call is tried again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// As many attempts as in the AWS SDKs' standard retry mode, with pauses that leave time for Slack's three seconds, throttling
/// included.
const RETRY: Retry = Retry {
    attempts: 3,
    throttled: Duration::from_millis(100),
    failed: Duration::from_millis(100),
};

/// How calls reach AWS: region, credentials and endpoints, as Lambda puts them into a function's environment.
#[derive(Clone)]
pub struct Aws {
    region: Option<String>,
    credentials: Option<Credentials>,
    ssm_endpoint: Option<String>,
    lambda_endpoint: Option<String>,
}

impl Aws {
    /// Reads the process's environment, see [`from_variables`](Aws::from_variables).
    pub fn from_env() -> Aws {
        Aws::from_variables(|name| std::env::var(name).ok())
    }

    /// Settings by the names that the AWS SDKs document.
    ///
    /// - `AWS_REGION`
    /// - `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`: the only source of credentials. Lambda
    ///   sets them to the role's, and ends an environment before they expire, so they are read once.
    /// - `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL_LAMBDA`, else `AWS_ENDPOINT_URL`: another address of the service.
    ///   `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` turns them off.
    ///
    /// A missing one is an error of the first call, which names it.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Aws {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let credentials = variable("AWS_ACCESS_KEY_ID")
            .zip(variable("AWS_SECRET_ACCESS_KEY"))
            .map(|(id, key)| {
                Credentials::new(id, key, variable("AWS_SESSION_TOKEN"), None, "environment")
            });
        Aws {
            region: variable("AWS_REGION"),
            credentials,
            ssm_endpoint: endpoint::configured(variable, "ssm"),
            lambda_endpoint: endpoint::configured(variable, "lambda"),
        }
    }

    /// Region and credentials, or the name of the variable that is missing.
    fn identity(&self) -> Result<(&str, &Credentials), &'static str> {
        let region = self.region.as_deref().ok_or("AWS_REGION")?;
        let credentials = self
            .credentials
            .as_ref()
            .ok_or("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY")?;
        Ok((region, credentials))
    }

    /// Makes `call` of its service at `path`, again while AWS is throttling or failing and time is left, and returns the body of
    /// a 2xx answer. The address and the longest wait for one answer are set here.
    pub(crate) async fn call(
        &self,
        http: &Http,
        path: &str,
        call: Call<'_>,
    ) -> Result<Bytes, AwsError> {
        let (region, credentials) = self.identity().map_err(AwsError::Unset)?;
        let configured = match call.service {
            "ssm" => &self.ssm_endpoint,
            _ => &self.lambda_endpoint,
        };
        let endpoint = match configured {
            Some(endpoint) => endpoint.clone(),
            None => endpoint::of_region(call.service, region),
        };
        let caller = Caller {
            region: region.to_owned(),
            credentials: credentials.clone(),
            retry: RETRY,
        };
        let call = Call {
            url: &format!("{endpoint}{path}"),
            timeout: ATTEMPT_TIMEOUT,
            ..call
        };
        let answer = caller.send(http.client(), &call).await;
        answer.map(|answer| answer.body).map_err(AwsError::Call)
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Aws")
            .field("region", &self.region)
            .field("ssm_endpoint", &self.ssm_endpoint)
            .field("lambda_endpoint", &self.lambda_endpoint)
            .finish_non_exhaustive()
    }
}

/// Why AWS did not do what was asked. Holds no parameter value and no credential.
#[derive(Debug)]
pub(crate) enum AwsError {
    Unset(&'static str),
    Call(Error),
}

impl AwsError {
    /// The name of the exception that AWS answered, such as `AccessDeniedException`.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            AwsError::Unset(_) => None,
            AwsError::Call(error) => error.code(),
        }
    }

    /// The words of AWS's refusal.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            AwsError::Call(Error::Refused { message, .. }) => Some(message),
            _ => None,
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AwsError::Unset(variable) => write!(formatter, "{variable} is not set"),
            AwsError::Call(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for AwsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            AwsError::Unset(_) => None,
            AwsError::Call(error) => error.source(),
        }
    }
}
