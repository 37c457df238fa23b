//! What can go wrong between a bot and GitHub.

use std::fmt;
use std::time::Duration;

use crate::names::InvalidName;

/// Why a call to GitHub gave no result.
///
/// `call` is the method and path, such as `GET /repos/acme/web/pulls/12`. No variant holds the token, a query
/// string or a response body; `message` is the one line that GitHub says about the failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The thing is not there, or the token may not see it: GitHub answers 404 to both.
    NotFound { call: String },
    /// 401: GitHub does not know the token, or it has expired.
    Unauthorized { call: String },
    /// 403 for another reason than a rate limit: the token lacks a permission.
    Forbidden { call: String, message: String },
    /// 422: GitHub understood and declined, such as a reviewer who is not a collaborator.
    Declined { call: String, message: String },
    /// GitHub's rate limit is used up for longer than there is time left.
    RateLimited { retry_after: Duration },
    /// The deadline passed before GitHub answered.
    OutOfTime { call: String },
    /// Any other status.
    Status {
        call: String,
        status: u16,
        message: String,
    },
    /// The answer is not what GitHub documents for this call.
    Unreadable { call: String, reason: String },
    /// The connection failed.
    Connection {
        call: String,
        source: reqwest::Error,
    },
    /// The base URL or the token cannot be used; `reason` says which, and holds neither the token nor its parts.
    Settings { reason: String },
    /// A name that GitHub could not have given.
    Name(InvalidName),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound { call } => write!(
                f,
                "GitHub has nothing for {call}, or the token may not see it"
            ),
            Error::Unauthorized { call } => {
                write!(f, "GitHub refuses the token for {call}; set a new one")
            }
            Error::Forbidden { call, message } => write!(f, "GitHub forbids {call}: {message}"),
            Error::Declined { call, message } => write!(f, "GitHub declines {call}: {message}"),
            Error::RateLimited { retry_after } => {
                write!(
                    f,
                    "GitHub's rate limit is used up for another {} s",
                    retry_after.as_secs()
                )
            }
            Error::OutOfTime { call } => write!(f, "no time was left for {call}"),
            Error::Status {
                call,
                status,
                message,
            } => {
                write!(f, "GitHub answers {status} to {call}: {message}")
            }
            Error::Unreadable { call, reason } => {
                write!(f, "GitHub's answer to {call} is unreadable: {reason}")
            }
            Error::Connection { call, .. } => write!(f, "no connection to GitHub for {call}"),
            Error::Settings { reason } => f.write_str(reason),
            Error::Name(name) => name.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Connection { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<InvalidName> for Error {
    fn from(name: InvalidName) -> Error {
        Error::Name(name)
    }
}
