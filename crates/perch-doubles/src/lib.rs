//! Doubles of the services that bots talk to: Slack and GitHub, as HTTP servers on 127.0.0.1.
//!
//! They respond as the services' public documentation says, remember what they are told, record every call and fail on
//! demand. Set `SLACK_API_URL` to [`slack::Slack::url`] and `GITHUB_API_URL` to [`github::GitHub::url`].
//! A token's value is never stored: a call only records whether its token is known.

pub mod git;
pub mod github;
mod server;
pub mod slack;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// Where a double reads the time, so that a test can set it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's clock.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Whether a call carried a token that the double knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Missing,
    Known,
    Unknown,
}

/// How a call fails, once, when a test asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Slack: `{"ok": false, "error": …}` with status 200. GitHub: status 422 with the text as `message`.
    Error(String),
    /// Status 429 (GitHub: a secondary rate limit, 403) with `Retry-After` in whole seconds.
    RateLimited { retry_after: Duration },
    /// GitHub's primary rate limit: status 403, nothing remaining until `reset`. Slack has none and answers 429.
    QuotaUsedUp { reset: Timestamp },
    /// This status with a body that is no JSON, as a gateway in between answers.
    Status(u16),
    /// The connection closes without an answer, and nothing was done.
    Disconnect,
    /// The call is carried out, and the connection closes without an answer: the caller cannot know.
    Lost,
    /// No answer ever, so that the caller's time-out decides.
    Hang,
}

/// Which tokens a double accepts.
#[derive(Debug, Clone, Default)]
pub enum Tokens {
    /// Any that is not empty.
    #[default]
    Any,
    /// These and no other.
    Only(Vec<String>),
}

impl Tokens {
    fn judge(&self, token: Option<&str>) -> Token {
        match (token, self) {
            (None | Some(""), _) => Token::Missing,
            (Some(_), Tokens::Any) => Token::Known,
            (Some(token), Tokens::Only(known)) if known.iter().any(|one| one == token) => {
                Token::Known
            }
            (Some(_), Tokens::Only(_)) => Token::Unknown,
        }
    }
}
