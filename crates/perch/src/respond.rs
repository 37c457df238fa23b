//! Replies by a `response_url`: after the answer, without a token, into the conversation that the person acts in.

use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::http::{self, Http};
use crate::slack::{ApiUrl, Invalid, Message, check_arguments};

/// How long a reply may take, when there is no deadline.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest wait for one answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// What to say by a `response_url`.
///
/// ```
/// use perch::respond::FollowUp;
///
/// FollowUp::ephemeral("Only you see this");
/// FollowUp::in_channel("Everybody sees this");
/// FollowUp::replace_original("Taken by Mia");
/// FollowUp::delete_original();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowUp {
    #[serde(skip_serializing_if = "Option::is_none")]
    response_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_original: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_original: Option<bool>,
    #[serde(flatten)]
    message: Option<Message>,
    #[serde(skip)]
    pub(crate) is_unchecked: bool,
}

impl FollowUp {
    /// A message that only the person sees who acted.
    pub fn ephemeral(message: impl Into<Message>) -> FollowUp {
        FollowUp::message(Some("ephemeral"), Some(false), message)
    }

    /// A message that everybody in the conversation sees.
    pub fn in_channel(message: impl Into<Message>) -> FollowUp {
        FollowUp::message(Some("in_channel"), Some(false), message)
    }

    /// Replaces the message whose button was clicked. An ephemeral one stays ephemeral.
    pub fn replace_original(message: impl Into<Message>) -> FollowUp {
        FollowUp::message(None, Some(true), message)
    }

    /// Removes the message whose button was clicked.
    pub fn delete_original() -> FollowUp {
        FollowUp {
            response_type: None,
            replace_original: None,
            delete_original: Some(true),
            message: None,
            is_unchecked: false,
        }
    }

    /// The same without the check of blocks and lengths before it leaves: for what Slack has added since this version of the
    /// kit.
    #[must_use]
    pub fn unchecked(self) -> FollowUp {
        FollowUp {
            is_unchecked: true,
            ..self
        }
    }

    fn message(
        response_type: Option<&'static str>,
        replace_original: Option<bool>,
        message: impl Into<Message>,
    ) -> FollowUp {
        FollowUp {
            response_type,
            replace_original,
            delete_original: None,
            message: Some(message.into()),
            is_unchecked: false,
        }
    }
}

/// A message without more is for the person who acted, as Slack takes it.
impl From<Message> for FollowUp {
    fn from(message: Message) -> FollowUp {
        FollowUp::ephemeral(message)
    }
}

/// Sends replies to response URLs.
///
/// Slack takes five replies to one URL within 30 minutes ("Handling user interaction", message responses); after that
/// it is [`RespondError::Expired`]. The URL lets anybody who has it speak, so that no error and no log line holds it.
///
/// Only `https://hooks.slack.com` is called, GovSlack's `hooks.slack-gov.com` with `SLACK_API_URL` there, and the host of
/// `SLACK_API_URL` when that is a double: a bot may store a
/// `response_url` or take one from a job's payload, and a forged one must not make the function call an address
/// inside the network, such as the Runtime API.
#[derive(Clone, Debug)]
pub struct Responder {
    http: Http,
    api: ApiUrl,
    deadline: Option<Instant>,
}

impl Responder {
    /// Replies with `http`; `api` is where the Web API is, Slack or a double.
    pub fn new(http: Http, api: ApiUrl) -> Responder {
        Responder {
            http,
            api,
            deadline: None,
        }
    }

    /// The same, giving up at `deadline`.
    pub fn until(&self, deadline: Instant) -> Responder {
        Responder {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// Sends `reply` to `response_url`.
    ///
    /// After 429 it waits as `Retry-After` says and sends again, within the time left; a lost answer is not sent again,
    /// as the reply may be there.
    pub async fn respond(
        &self,
        response_url: &str,
        reply: impl Into<FollowUp>,
    ) -> Result<(), RespondError> {
        let url = self.accept(response_url)?;
        let body = body(&reply.into())?;
        let deadline = self
            .deadline
            .unwrap_or_else(|| Instant::now() + REPLY_TIMEOUT);
        loop {
            let timeout = deadline
                .saturating_duration_since(Instant::now())
                .min(ATTEMPT_TIMEOUT);
            let response = self
                .http
                .client()
                .post(url.clone())
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(body.clone())
                .timeout(timeout)
                .send()
                .await?;
            if response.status() != StatusCode::TOO_MANY_REQUESTS {
                return read(response).await;
            }
            let retry_after = http::retry_after(response.headers().get(RETRY_AFTER));
            if http::time_left(Some(deadline)).is_some_and(|left| left <= retry_after) {
                return Err(RespondError::RateLimited { retry_after });
            }
            // Never without a pause, even when Slack asks for none.
            tokio::time::sleep(retry_after.max(http::backoff(1))).await;
        }
    }

    fn accept(&self, response_url: &str) -> Result<Url, RespondError> {
        let url = Url::parse(response_url).map_err(|_| RespondError::ForeignUrl)?;
        // A double may hand on what Slack itself has sent.
        let hooks = self.api.hooks();
        let is_slacks = url.scheme() == "https"
            && url.host_str() == Some(hooks.unwrap_or("hooks.slack.com"))
            && url.port_or_known_default() == Some(443);
        let is_doubles = hooks.is_none() && self.api.has_origin_of(&url);
        if is_slacks || is_doubles {
            Ok(url)
        } else {
            Err(RespondError::ForeignUrl)
        }
    }
}

fn body(reply: &FollowUp) -> Result<String, RespondError> {
    let body = serde_json::to_value(reply).unwrap_or_default();
    if let (false, Value::Object(arguments)) = (reply.is_unchecked, &body) {
        check_arguments("response_url", arguments).map_err(RespondError::Invalid)?;
    }
    Ok(body.to_string())
}

/// Slack answers `ok` as a text, or an error as a text or as JSON.
async fn read(response: Response) -> Result<(), RespondError> {
    #[derive(Deserialize)]
    struct Answer {
        ok: bool,
        error: Option<String>,
    }
    let status = response.status();
    let text = response.text().await?;
    let error = match serde_json::from_str::<Answer>(&text) {
        Ok(answer) if answer.ok => None,
        Ok(answer) => Some(answer.error.unwrap_or_default()),
        Err(_) if status.is_success() => None,
        Err(_) => Some(text),
    };
    match error {
        None if status.is_success() => Ok(()),
        Some(error) if matches!(error.as_str(), "used_url" | "expired_url") => {
            Err(RespondError::Expired)
        }
        Some(error) if is_code(&error) => Err(RespondError::Refused { error }),
        _ => Err(RespondError::Status {
            status: status.as_u16(),
        }),
    }
}

/// Whether `text` is one of Slack's error codes, and not a page of a proxy.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Why a reply did not reach Slack. Never holds the URL.
#[derive(Debug)]
#[non_exhaustive]
pub enum RespondError {
    /// Not sent: the URL is not Slack's.
    ForeignUrl,
    /// Not sent: Slack would refuse or cut the reply.
    Invalid(Invalid),
    /// Five replies have been sent, or 30 minutes are over.
    Expired,
    /// Slack refused the reply.
    Refused {
        /// Slack's code, such as `invalid_payload`.
        error: String,
    },
    /// Slack asks to wait for longer than there is time.
    RateLimited {
        /// How long, by its `Retry-After`.
        retry_after: Duration,
    },
    /// Another HTTP status, such as 503.
    Status {
        /// The status.
        status: u16,
    },
    /// No answer within the time left. The reply may have arrived.
    TimedOut,
    /// No connection, or a broken one.
    Unreachable {
        /// What the connection ended with.
        source: reqwest::Error,
    },
}

impl From<reqwest::Error> for RespondError {
    fn from(error: reqwest::Error) -> RespondError {
        if error.is_timeout() {
            RespondError::TimedOut
        } else {
            RespondError::Unreachable {
                source: error.without_url(),
            }
        }
    }
}

impl fmt::Display for RespondError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RespondError::ForeignUrl => write!(
                formatter,
                "the response_url is not one of slack's: use the one that slack sent"
            ),
            RespondError::Invalid(error) => error.fmt(formatter),
            RespondError::Expired => write!(
                formatter,
                "the response_url is used up: slack takes five replies within 30 minutes, post with chat.postMessage"
            ),
            RespondError::Refused { error } => {
                write!(formatter, "response_url: slack answered {error}")
            }
            RespondError::RateLimited { retry_after } => write!(
                formatter,
                "response_url: slack asks to wait {} s, longer than there is time for",
                retry_after.as_secs()
            ),
            RespondError::Status { status } => {
                write!(formatter, "response_url: slack answered {status}")
            }
            RespondError::TimedOut => write!(formatter, "response_url: no answer in time"),
            RespondError::Unreachable { .. } => {
                write!(formatter, "response_url: cannot reach slack")
            }
        }
    }
}

impl std::error::Error for RespondError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RespondError::Unreachable { source } => Some(source),
            _ => None,
        }
    }
}
