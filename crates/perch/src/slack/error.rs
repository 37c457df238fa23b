//! What can go wrong in a call of the Web API.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::invalid::Invalid;
use crate::secrets::SecretsError;

/// Why a call brought no answer, or not the one that was asked for. Never holds a token.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Slack answered `ok: false`.
    Api(Box<ApiError>),
    /// Slack asks to wait for longer than there is time.
    RateLimited {
        /// The method.
        method: String,
        /// How long, by its `Retry-After`.
        retry_after: Duration,
    },
    /// No answer within the time left. A call that changes something may have done so.
    TimedOut {
        /// The method.
        method: String,
    },
    /// No connection, or a broken one.
    Unreachable {
        /// The method.
        method: String,
        /// Whether it is sure that Slack got nothing.
        unsent: bool,
        /// What the connection ended with.
        source: reqwest::Error,
    },
    /// An HTTP status without an answer of the Web API, such as 503.
    Status {
        /// The method.
        method: String,
        /// The status.
        status: u16,
    },
    /// Slack said `ok: true`, and its answer is not of the type asked for.
    Unreadable {
        /// The method.
        method: String,
        /// Where, without what it said.
        reason: String,
    },
    /// Not sent: Slack would refuse or cut an argument.
    Invalid(Invalid),
    /// Not sent: there is no token.
    Token(SecretsError),
    /// Not sent: the secret of this name cannot be a token.
    MalformedToken(String),
    /// Not sent: no method can have this name.
    MalformedMethod(String),
    /// Not sent: the arguments of this method do not serialize to an object.
    MalformedArguments(String),
}

impl Error {
    pub(super) fn from_transport(method: &str, error: reqwest::Error) -> Error {
        let method = method.to_owned();
        // A time-out while connecting is both; the connection is what decides whether to try again.
        if error.is_connect() {
            Error::Unreachable {
                method,
                unsent: true,
                source: error,
            }
        } else if error.is_timeout() {
            Error::TimedOut { method }
        } else {
            Error::Unreachable {
                method,
                unsent: false,
                source: error,
            }
        }
    }

    /// Slack's error code, such as `channel_not_found`, when it answered `ok: false`.
    ///
    /// ```no_run
    /// # async fn example(slack: perch::slack::WebClient, message: perch::slack::Message) -> Result<(), perch::slack::Error> {
    /// match slack.chat_post_message(&"C0123456789".into(), &message).await {
    ///     Err(error) if error.code() == Some("not_in_channel") => println!("invite me with /invite"),
    ///     other => { other?; }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Api(error) => Some(&error.error),
            _ => None,
        }
    }
}

/// An answer `ok: false`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The method that was called.
    pub method: String,
    /// Slack's code, such as `channel_not_found`; each method's page lists its own.
    pub error: String,
    /// The scopes that the method needs, with `missing_scope`.
    pub needed: Option<String>,
    /// The scopes that the token has, with `missing_scope`.
    pub provided: Option<String>,
    /// Slack's warning codes.
    pub warning: Option<String>,
    /// What Slack says in detail, such as the block that it does not take.
    pub messages: Vec<String>,
}

impl ApiError {
    pub(super) fn new(method: &str, refusal: Refusal) -> ApiError {
        let mut messages = refusal.response_metadata.unwrap_or_default().messages;
        for message in refusal.errors {
            // views.* and chat.* say the same in both places, with a mark in one.
            if !messages.iter().any(|known| known.contains(&message)) {
                messages.push(message);
            }
        }
        ApiError {
            method: method.to_owned(),
            error: refusal.error.unwrap_or_else(|| "unknown_error".to_owned()),
            needed: refusal.needed,
            provided: refusal.provided,
            warning: refusal.warning,
            messages,
        }
    }

    /// Whether another token might be taken, as after a rotation.
    pub(super) fn is_about_token(&self) -> bool {
        matches!(
            self.error.as_str(),
            "invalid_auth" | "token_revoked" | "token_expired" | "account_inactive" | "not_authed"
        )
    }
}

/// The fields of an answer that say why.
#[derive(Deserialize)]
pub(super) struct Refusal {
    error: Option<String>,
    needed: Option<String>,
    provided: Option<String>,
    pub warning: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    errors: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    response_metadata: Option<ResponseMetadata>,
}

#[derive(Default, Deserialize)]
struct ResponseMetadata {
    #[serde(default)]
    messages: Vec<String>,
}

/// Some methods use these names for other shapes: those are skipped, and the rest of the answer is still read.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Api(error) => error.fmt(formatter),
            Error::RateLimited {
                method,
                retry_after,
            } => write!(
                formatter,
                "{method}: slack asks to wait {} s, longer than there is time for",
                retry_after.as_secs()
            ),
            Error::TimedOut { method } => write!(formatter, "{method}: no answer in time"),
            Error::Unreachable { method, .. } => write!(formatter, "{method}: cannot reach slack"),
            Error::Status { method, status } => {
                write!(formatter, "{method}: slack answered {status}")
            }
            Error::Unreadable { method, reason } => {
                write!(formatter, "{method}: cannot read slack's answer: {reason}")
            }
            Error::Invalid(error) => error.fmt(formatter),
            Error::Token(_) => write!(formatter, "no token for slack"),
            Error::MalformedToken(secret) => write!(
                formatter,
                "{secret} holds a character that no token has, such as a line break: set the secret again"
            ),
            Error::MalformedMethod(method) => write!(
                formatter,
                "{method:?} is not the name of a method: write it alone, such as chat.postMessage"
            ),
            Error::MalformedArguments(method) => {
                write!(
                    formatter,
                    "{method}: the arguments are not an object of names and values"
                )
            }
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: slack answered {}", self.method, self.error)?;
        if let Some(needed) = &self.needed {
            write!(formatter, "; needed: {needed}")?;
        }
        if let Some(provided) = &self.provided {
            write!(formatter, "; provided: {provided}")?;
        }
        for message in &self.messages {
            write!(formatter, "; {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Unreachable { source, .. } => Some(source),
            Error::Token(source) => Some(source),
            _ => None,
        }
    }
}

impl std::error::Error for ApiError {}

impl From<Invalid> for Error {
    fn from(error: Invalid) -> Error {
        Error::Invalid(error)
    }
}
