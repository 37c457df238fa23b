//! How calls reach AWS, and the one call that is made without the SDK's client.
//!
//! Parameter Store is asked by the SDK (`sdk.rs`). Of Lambda the kit needs `Invoke` alone, so that it is signed with
//! the SDK's own signer (`aws-sigv4`) and sent by [`Http`]; see
//! `docs/decisions/0041-signed-invoke-without-the-lambda-sdk.md`.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use reqwest::StatusCode;
use serde::Deserialize;
use tokio::time::Instant;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::http::{self, Http};

/// Attempts of one call, the first included: the AWS SDKs' standard retry mode.
pub(crate) const ATTEMPTS: u32 = 3;

/// The longest wait for one answer. SSM and Lambda answer in milliseconds; a hanging call is tried again.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

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
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let endpoint = |name: &str| {
            if ignored {
                return None;
            }
            let url = variable(name).or_else(|| variable("AWS_ENDPOINT_URL"))?;
            Some(url.trim_end_matches('/').to_owned())
        };
        let credentials = variable("AWS_ACCESS_KEY_ID")
            .zip(variable("AWS_SECRET_ACCESS_KEY"))
            .map(|(id, key)| {
                Credentials::new(id, key, variable("AWS_SESSION_TOKEN"), None, "environment")
            });
        Aws {
            region: variable("AWS_REGION"),
            credentials,
            ssm_endpoint: endpoint("AWS_ENDPOINT_URL_SSM"),
            lambda_endpoint: endpoint("AWS_ENDPOINT_URL_LAMBDA"),
        }
    }

    /// Region and credentials, or the name of the variable that is missing.
    pub(crate) fn identity(&self) -> Result<(&str, &Credentials), &'static str> {
        let region = self.region.as_deref().ok_or("AWS_REGION")?;
        let credentials = self
            .credentials
            .as_ref()
            .ok_or("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY")?;
        Ok((region, credentials))
    }

    /// The address of Parameter Store, when it is not the region's.
    pub(crate) fn ssm_endpoint(&self) -> Option<&str> {
        self.ssm_endpoint.as_deref()
    }

    /// Sends `call` to Lambda, again while AWS is throttling or failing and time is left, and returns the body of a 2xx answer.
    pub(crate) async fn send(
        &self,
        http: &Http,
        call: &Call<'_>,
        deadline: Option<Instant>,
    ) -> Result<Bytes, AwsError> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(http, call, deadline).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let pause = http::backoff(attempt);
            if attempt == ATTEMPTS
                || !error.is_transient()
                || http::time_left(deadline).is_some_and(|left| left <= pause)
            {
                return Err(error);
            }
            tracing::debug!(operation = call.operation, attempt, error = %error, "trying again");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        http: &Http,
        call: &Call<'_>,
        deadline: Option<Instant>,
    ) -> Result<Bytes, AwsError> {
        let request = self.sign(http, call)?;
        let timeout =
            http::time_left(deadline).map_or(ATTEMPT_TIMEOUT, |left| left.min(ATTEMPT_TIMEOUT));
        let answer = request.timeout(timeout).send().await?;
        let status = answer.status();
        let code = answer
            .headers()
            .get("x-amzn-errortype")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = answer.bytes().await?;
        if status.is_success() {
            return Ok(body);
        }
        Err(AwsError::refused(call.operation, status, code, &body))
    }

    fn sign(&self, http: &Http, call: &Call<'_>) -> Result<reqwest::RequestBuilder, AwsError> {
        let (region, credentials) = self.identity().map_err(AwsError::Unset)?;
        let url = match &self.lambda_endpoint {
            Some(endpoint) => format!("{endpoint}{}", call.path),
            None => format!(
                "https://lambda.{region}.{}{}",
                dns_suffix(region),
                call.path
            ),
        };
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("lambda")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| AwsError::Unsigned(error.into()))?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &url,
            call.headers.iter().copied(),
            SignableBody::Bytes(call.body),
        )
        .map_err(|error| AwsError::Unsigned(error.into()))?;
        // At trace level the signer prints what it signs, and with it the session token.
        let silent = NoSubscriber::default();
        let (instructions, _) = with_default(silent, || sign(signable, &parameters))
            .map_err(|error| AwsError::Unsigned(error.into()))?
            .into_parts();

        let mut request = http.client().post(&url).body(call.body.to_vec());
        for (name, value) in call.headers.iter().copied().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        Ok(request)
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

/// China's regions have a domain of their own; all the others that have Lambda share one.
fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

/// One operation, a `POST`.
pub(crate) struct Call<'a> {
    pub operation: &'static str,
    pub path: &'a str,
    pub headers: &'a [(&'static str, &'static str)],
    pub body: &'a [u8],
}

/// Why AWS did not do what was asked. Holds no parameter value and no credential.
#[derive(Debug)]
pub(crate) enum AwsError {
    Unset(&'static str),
    Unsigned(Box<dyn std::error::Error + Send + Sync>),
    Unreachable(reqwest::Error),
    Refused {
        operation: &'static str,
        status: StatusCode,
        code: String,
        message: String,
    },
}

impl AwsError {
    fn refused(
        operation: &'static str,
        status: StatusCode,
        header: Option<String>,
        body: &[u8],
    ) -> AwsError {
        #[derive(Deserialize, Default)]
        struct Body {
            #[serde(rename = "__type", alias = "Type")]
            code: Option<String>,
            #[serde(alias = "Message")]
            message: Option<String>,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let code = header.or(body.code).unwrap_or_default();
        // Both protocols may wrap the name: `com.amazonaws.ssm#Name`, `Name:http://…`.
        let code = code.rsplit('#').next().unwrap_or_default();
        let code = code.split(':').next().unwrap_or_default();
        AwsError::Refused {
            operation,
            status,
            code: code.to_owned(),
            message: body.message.unwrap_or_default(),
        }
    }

    /// The name of the exception that AWS answered, such as `AccessDeniedException`.
    pub fn code(&self) -> Option<&str> {
        match self {
            AwsError::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What the AWS SDKs' standard mode tries again: throttling, the service's own failures, a broken connection.
    fn is_transient(&self) -> bool {
        match self {
            AwsError::Unset(_) | AwsError::Unsigned(_) => false,
            AwsError::Unreachable(_) => true,
            AwsError::Refused { status, code, .. } => {
                status.is_server_error()
                    || *status == StatusCode::TOO_MANY_REQUESTS
                    || matches!(
                        code.as_str(),
                        "ThrottlingException"
                            | "Throttling"
                            | "RequestLimitExceeded"
                            | "TooManyRequestsException"
                    )
            }
        }
    }
}

impl From<reqwest::Error> for AwsError {
    fn from(error: reqwest::Error) -> AwsError {
        AwsError::Unreachable(error)
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AwsError::Unset(variable) => write!(formatter, "{variable} is not set"),
            AwsError::Unsigned(_) => write!(formatter, "the request cannot be signed"),
            AwsError::Unreachable(error) if error.is_timeout() => {
                write!(formatter, "no answer in time")
            }
            AwsError::Unreachable(_) => write!(formatter, "no answer"),
            AwsError::Refused {
                operation,
                status,
                code,
                message,
            } => write!(formatter, "{operation} answered {status} {code}: {message}"),
        }
    }
}

impl std::error::Error for AwsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            AwsError::Unsigned(error) => Some(error.as_ref()),
            AwsError::Unreachable(error) => Some(error),
            AwsError::Unset(_) | AwsError::Refused { .. } => None,
        }
    }
}
