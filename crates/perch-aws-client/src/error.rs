//! Why AWS did not do what was asked.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::call::Call;

/// Why AWS did not do what was asked. Holds no body and no credential.
#[derive(Debug)]
pub enum Error {
    /// The call cannot be signed, as with a region that is not one.
    Unsigned(Box<dyn std::error::Error + Send + Sync>),
    /// No answer came, or not all of it.
    Unreachable {
        /// Such as `ssm`.
        service: &'static str,
        /// Such as `GetParameters`.
        operation: &'static str,
        /// Scheme, host and port.
        endpoint: String,
        /// What the HTTP client says.
        source: reqwest::Error,
    },
    /// AWS refused, or failed.
    Refused {
        /// Such as `ssm`.
        service: &'static str,
        /// Such as `GetParameters`.
        operation: &'static str,
        /// HTTP.
        status: StatusCode,
        /// AWS's name for it, such as `AccessDeniedException`; empty when it gave none.
        code: String,
        /// AWS's words.
        message: String,
        /// How long AWS wants the next attempt to wait.
        retry_after: Option<Duration>,
    },
}

impl Error {
    pub(crate) fn unreachable(call: &Call<'_>, source: reqwest::Error) -> Error {
        let path = call.url.find("://").map_or(0, |at| at + 3);
        let end = call.url[path..].find(['/', '?']);
        Error::Unreachable {
            service: call.service,
            operation: call.operation,
            endpoint: end
                .map_or(call.url, |end| &call.url[..path + end])
                .to_owned(),
            source: source.without_url(),
        }
    }

    /// `token` is the caller's session token: of a signature that is wrong AWS shows all that should have been signed, and
    /// that holds it.
    pub(crate) fn refused(
        call: &Call<'_>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        token: Option<&str>,
    ) -> Error {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        // Read as any JSON: a bot's zip has no room for a type that serves a refusal alone.
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = header("x-amzn-errortype").or_else(|| told(&body, &["__type", "code", "Code"]));
        // The protocols wrap the name: `com.amazonaws.ssm#Name`, `Name:http://…`.
        let code = code.and_then(|code| code.rsplit('#').next()?.split(':').next());
        let message = told(&body, &["message", "Message"]);
        let mut message = message.unwrap_or_default().to_owned();
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            message = message.replace(token, "…");
        }
        Error::Refused {
            service: call.service,
            operation: call.operation,
            status,
            code: code.unwrap_or_default().to_owned(),
            message,
            retry_after: header("x-amz-retry-after")
                .and_then(|text| text.trim().parse().ok().map(Duration::from_millis))
                .or_else(|| {
                    header("retry-after")?
                        .trim()
                        .parse()
                        .ok()
                        .map(Duration::from_secs)
                }),
        }
    }

    /// AWS's name for the refusal, such as `AccessDeniedException`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The HTTP status of the refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Error::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The first of these fields that a body has: the JSON protocols', or those of the query protocol's `Error`.
fn told<'a>(body: &'a Value, names: &[&str]) -> Option<&'a str> {
    let fields = body.get("Error").unwrap_or(body);
    names.iter().find_map(|name| fields.get(name)?.as_str())
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsigned(_) => write!(formatter, "the call cannot be signed"),
            Error::Unreachable {
                service,
                operation,
                endpoint,
                source,
            } => {
                let time = if source.is_timeout() { " in time" } else { "" };
                write!(
                    formatter,
                    "{service}:{operation}: no answer{time} from {endpoint}"
                )
            }
            Error::Refused {
                service,
                operation,
                status,
                code,
                message,
                ..
            } => write!(
                formatter,
                "{service}:{operation} answered {status} {code}: {message}"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Unsigned(error) => Some(error.as_ref()),
            Error::Unreachable { source, .. } => Some(source),
            Error::Refused { .. } => None,
        }
    }
}
