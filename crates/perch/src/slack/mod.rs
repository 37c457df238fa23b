//! Slack's Web API: any method by name, with typed errors, time limits, `Retry-After` and pagination.

mod api_url;
mod assistant;
mod content;
mod error;
mod invalid;
mod message;
mod methods;
mod pages;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

pub use api_url::{ApiUrl, ApiUrlError};
pub use assistant::{Stream, StreamStart};
pub use error::{ApiError, Error};
pub use invalid::Invalid;
pub(crate) use invalid::{check_arguments, check_options, check_view_response};
pub use message::Message;
pub use methods::{
    AuthTest, HistoryMessage, HistoryPage, HistoryRange, Posted, Profile, Scheduled, User, View,
};
pub use pages::Pages;
pub use upload::Upload;

use crate::http::{self, Http};
use crate::secret::Secret;
use crate::secrets::Secrets;

/// The variable that names the token, unless [`WebClient::with_secret`] says another.
const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";

/// How long a call may take, its retries included, when the client knows no deadline.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest wait for one answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Attempts of a call that may be repeated, when Slack does not answer or fails. 429 is not counted: its time is.
const ATTEMPTS: u32 = 3;

/// Calls Slack's Web API with a token from the function's secrets.
///
/// Cloning is cheap, and clones share connections. `ok: false` is an [`Error::Api`]; blocks that Slack would refuse and
/// texts that it would cut are an [`Error::Invalid`] before anything is sent; no error and no log line holds the token.
///
/// What is tried again, and never beyond the deadline:
/// - 429, after `Retry-After`, by any method: Slack has not looked at the call.
/// - A connection that could not be opened, by any method: nothing was sent.
/// - A time-out, a broken connection or a 5xx, by methods that only read. A message whose answer was lost may have
///   been posted, and is not posted twice.
/// - A refused token (`invalid_auth` and its like), once, when the secret has been rotated meanwhile.
///
/// ```no_run
/// # async fn example(slack: perch::slack::WebClient) -> Result<(), perch::slack::Error> {
/// use perch::slack::Message;
///
/// let posted = slack.chat_post_message(&"C0123456789".into(), &Message::text("Ready for review")).await?;
/// slack.chat_update(&posted.channel, &posted.ts, &Message::text("Taken")).await?;
///
/// // Any other method by its name.
/// let _: serde_json::Value = slack
///     .call("reactions.add", &serde_json::json!({
///         "channel": posted.channel, "timestamp": posted.ts, "name": "eyes",
///     }))
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct WebClient {
    http: Http,
    secrets: Secrets,
    url: ApiUrl,
    token: Token,
    deadline: Option<Instant>,
    is_unchecked: bool,
}

/// Where a client's token comes from.
#[derive(Clone, Debug)]
enum Token {
    /// From the secret of this name, read again when Slack refuses it.
    Named(Arc<str>),
    Given(Secret),
}

impl WebClient {
    /// Calls `url` with the secret `SLACK_BOT_TOKEN`.
    pub fn new(http: Http, secrets: Secrets, url: ApiUrl) -> WebClient {
        WebClient {
            http,
            secrets,
            url,
            token: Token::Named(BOT_TOKEN.into()),
            deadline: None,
            is_unchecked: false,
        }
    }

    /// The same with the token of another secret, such as `SLACK_USER_TOKEN`.
    pub fn with_secret(&self, name: &str) -> WebClient {
        WebClient {
            token: Token::Named(name.into()),
            ..self.clone()
        }
    }

    /// The same with this token: a person's, that of another workspace, or a workflow step's. HTTP client, deadline and
    /// a test's double stay.
    ///
    /// ```no_run
    /// # async fn example(context: perch::Context, token: perch::Secret) -> perch::Result<()> {
    /// let whose = context.slack().with_token(token).auth_test().await?;
    /// # Ok(()) }
    /// ```
    pub fn with_token(&self, token: Secret) -> WebClient {
        WebClient {
            token: Token::Given(token),
            ..self.clone()
        }
    }

    /// The same, giving up at `deadline`: the end of the invocation, less what the function still needs after a call
    /// that took all the time.
    pub fn until(&self, deadline: Instant) -> WebClient {
        WebClient {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// The same without the [check](Error::Invalid) of blocks and lengths before a call: for what Slack has added since
    /// this version of the kit.
    pub fn unchecked(&self) -> WebClient {
        WebClient {
            is_unchecked: true,
            ..self.clone()
        }
    }

    /// Calls `method`, such as `reactions.add`, and reads the answer into `T`; take `()` when nothing in it matters.
    ///
    /// `arguments` serialize to an object. They are sent as a form, which every method takes, and as JSON to those
    /// methods that take it and have objects or lists among their arguments.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        let call = self.prepare(method, arguments)?;
        let answer = self.send(&call).await?;
        read(method, &answer)
    }

    /// The pages of `method`, which answers with a cursor to the next one.
    ///
    /// ```no_run
    /// # async fn example(slack: perch::slack::WebClient) -> Result<(), perch::slack::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Members { members: Vec<String> }
    ///
    /// let mut pages = slack.pages("conversations.members", &serde_json::json!({ "channel": "C0123456789" }))?;
    /// while let Some(Members { members }) = pages.next().await? {
    ///     println!("{members:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Pages<T>, Error> {
        Ok(Pages::new(self.clone(), self.prepare(method, arguments)?))
    }

    fn prepare(&self, method: &str, arguments: &(impl Serialize + ?Sized)) -> Result<Call, Error> {
        let call = Call::new(method, arguments)?;
        if !self.is_unchecked {
            check_arguments(method, &call.arguments)?;
        }
        Ok(call)
    }

    /// Sends `call` until it is answered, may not be sent again, or time is up. The answer says `ok: true`.
    async fn send(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let deadline = self
            .deadline
            .unwrap_or_else(|| Instant::now() + CALL_TIMEOUT);
        let mut token = match &self.token {
            Token::Named(name) => self.secrets.get(name).await.map_err(Error::Token)?,
            Token::Given(token) => token.clone(),
        };
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let error = match self.attempt(call, &token, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if let Error::Api(refusal) = &error {
                if renewed || !refusal.is_about_token() {
                    return Err(error);
                }
                let newer = match &self.token {
                    Token::Named(name) => self.secrets.newer(name, &token).await,
                    Token::Given(_) => None,
                };
                let Some(newer) = newer else {
                    return Err(error);
                };
                tracing::info!(
                    method = call.method,
                    error = refusal.error,
                    "token was rotated, trying the new one"
                );
                (token, renewed) = (newer, true);
                continue;
            }
            let pause = match &error {
                // Never without a pause, even when Slack asks for none.
                Error::RateLimited { retry_after, .. } => (*retry_after).max(http::backoff(1)),
                other if attempt < ATTEMPTS && call.may_repeat(other) => {
                    attempt += 1;
                    http::backoff(attempt - 1)
                }
                _ => return Err(error),
            };
            // Waiting for longer than there is would end the invocation in the middle of the wait.
            if http::time_left(Some(deadline)).is_some_and(|left| left <= pause) {
                return Err(error);
            }
            tracing::info!(
                method = call.method,
                pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                error = %error,
                "trying again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        token: &Secret,
        deadline: Instant,
    ) -> Result<Vec<u8>, Error> {
        let timeout = deadline
            .saturating_duration_since(Instant::now())
            .min(ATTEMPT_TIMEOUT);
        let response = self
            .http
            .client()
            .post(self.url.method(&call.method))
            .header("authorization", self.authorization(token)?)
            .header(CONTENT_TYPE, call.content_type())
            .body(call.body())
            .timeout(timeout)
            .send()
            .await
            .map_err(|error| Error::from_transport(&call.method, error))?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return Err(Error::RateLimited {
                method: call.method.clone(),
                retry_after: http::retry_after(response.headers().get(RETRY_AFTER)),
            });
        }
        let status = response.status();
        let pause = http::retry_after(response.headers().get(RETRY_AFTER));
        let answer = response
            .bytes()
            .await
            .map_err(|error| Error::from_transport(&call.method, error))?
            .to_vec();
        check(&call.method, status, pause, &answer)?;
        Ok(answer)
    }

    fn authorization(&self, token: &Secret) -> Result<HeaderValue, Error> {
        let mut value =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                Error::MalformedToken(match &self.token {
                    Token::Named(name) => name.to_string(),
                    Token::Given(_) => "the token".to_owned(),
                })
            })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// A method with its arguments, checked.
#[derive(Clone, Debug)]
struct Call {
    method: String,
    arguments: Map<String, Value>,
}

impl Call {
    fn new(method: &str, arguments: &(impl Serialize + ?Sized)) -> Result<Call, Error> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        if method.is_empty() || !method.chars().all(is_name) {
            return Err(Error::MalformedMethod(method.to_owned()));
        }
        let arguments = match serde_json::to_value(arguments) {
            Ok(Value::Object(arguments)) => arguments,
            Ok(Value::Null) => Map::new(),
            Ok(_) | Err(_) => {
                return Err(Error::MalformedArguments(method.to_owned()));
            }
        };
        Ok(Call {
            method: method.to_owned(),
            arguments,
        })
    }

    /// Whether the method changes nothing, by the last word of its name, as Slack names its methods.
    fn is_read(&self) -> bool {
        let last = self.method.rsplit('.').next().unwrap_or_default();
        matches!(
            last,
            "info"
                | "list"
                | "history"
                | "replies"
                | "members"
                | "test"
                | "conversations"
                | "identity"
                | "messages"
        ) || ["get", "lookup", "search"]
            .iter()
            .any(|verb| last.starts_with(verb))
    }

    fn may_repeat(&self, error: &Error) -> bool {
        match error {
            Error::Unreachable { unsent: true, .. } => true,
            Error::Unreachable { .. } | Error::TimedOut { .. } => self.is_read(),
            Error::Status { status, .. } => self.is_read() && *status >= 500,
            _ => false,
        }
    }

    fn content_type(&self) -> &'static str {
        if content::takes_json(&self.method) {
            "application/json; charset=utf-8"
        } else {
            "application/x-www-form-urlencoded"
        }
    }

    fn body(&self) -> String {
        if content::takes_json(&self.method) {
            return Value::Object(self.arguments.clone()).to_string();
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.arguments {
            match value {
                Value::Null => {}
                Value::String(text) => {
                    form.append_pair(name, text);
                }
                // Slack takes objects and arrays in a form as JSON texts.
                other => {
                    form.append_pair(name, &other.to_string());
                }
            }
        }
        form.finish()
    }
}

/// What every answer of the Web API has, whatever the method.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(flatten)]
    refusal: error::Refusal,
}

/// Whether Slack did what the call asked.
fn check(method: &str, status: StatusCode, pause: Duration, answer: &[u8]) -> Result<(), Error> {
    let envelope: Option<Envelope> = serde_json::from_slice(answer).ok();
    match envelope {
        Some(envelope) if envelope.ok && status.is_success() => {
            if let Some(warning) = envelope.refusal.warning {
                tracing::debug!(method, warning, "slack answered with a warning");
            }
            Ok(())
        }
        Some(envelope) if !envelope.ok => {
            let error = ApiError::new(method, envelope.refusal);
            // Some methods say it with a 200.
            if matches!(error.error.as_str(), "ratelimited" | "rate_limited") {
                return Err(Error::RateLimited {
                    method: method.to_owned(),
                    retry_after: pause,
                });
            }
            Err(Error::Api(Box::new(error)))
        }
        None if status.is_success() => Err(Error::Unreadable {
            method: method.to_owned(),
            reason: "it is not a JSON object with `ok`".to_owned(),
        }),
        _ => Err(Error::Status {
            method: method.to_owned(),
            status: status.as_u16(),
        }),
    }
}

/// Reads an answer's own fields.
fn read<T: DeserializeOwned>(method: &str, answer: &[u8]) -> Result<T, Error> {
    // `()` reads from null alone, and every answer is an object.
    if let Ok(nothing) = serde_json::from_str("null")
        && size_of::<T>() == 0
    {
        return Ok(nothing);
    }
    serde_json::from_slice(answer).map_err(|error| Error::Unreadable {
        method: method.to_owned(),
        // serde_json's text may quote a message; the kind and the place do not.
        reason: format!("at line {}, column {}", error.line(), error.column()),
    })
}
