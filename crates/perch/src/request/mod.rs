//! What Slack sends, as types that only a verified request becomes.
//!
//! Slack adds fields and kinds at any time: unknown fields are ignored, missing optional ones are `None`, a field of
//! another type than documented counts as missing, and an unknown kind is [`Request::Unknown`]. Only what a handler
//! could not be called without makes a request unreadable.

mod action;
mod command;
mod event;
mod event_places;
mod fields;
mod shortcut;
mod step;
mod suggestion;
mod unknown;
mod view;

use std::fmt;

use serde_json::Value;

pub use action::{Action, ActionElement};
pub use command::Command;
pub use event::{Authorization, Event, Retry};
pub(crate) use event_places::{Places, of as places_of};

pub use fields::{Enterprise, Message, MessagePlace, State, User};
pub use shortcut::{MessageAction, Shortcut};
pub use step::Step;
pub use suggestion::BlockSuggestion;
pub use unknown::Unknown;
pub use view::{View, ViewClosed, ViewSubmission};

use crate::ids::{AppId, TeamId};
use crate::verify::Verified;
use command::Form;

/// One verified request of any kind, as a [fallback](crate::App::fallback) gets it.
///
/// ```
/// use perch::{Context, Reply, Request, Result};
///
/// async fn anything_else(request: Request, _: Context) -> Result<Reply> {
///     Ok(match request {
///         Request::Command(command) => Reply::ephemeral(format!("Nobody takes {}.", command.command)),
///         _ => Reply::ack(),
///     })
/// }
/// # let _ = perch::App::new().fallback(anything_else);
/// ```
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one request at a time, and handlers match on it without a box between"
)]
pub enum Request {
    /// A slash command.
    Command(Command),
    /// A button, a select or another interactive element was used.
    Action(Action),
    /// A modal was submitted.
    ViewSubmission(ViewSubmission),
    /// A modal was closed.
    ViewClosed(ViewClosed),
    /// A global shortcut.
    Shortcut(Shortcut),
    /// A message shortcut.
    MessageAction(MessageAction),
    /// A select with an external data source asks for its options.
    BlockSuggestion(BlockSuggestion),
    /// An event of the Events API.
    Event(Event),
    /// Slack makes sure that the address is the app's. The kit answers it.
    UrlVerification(UrlVerification),
    /// Slack looks at the server's certificate. The kit answers it.
    SslCheck(SslCheck),
    /// Slack has stopped sending events for a while. The kit logs a warning.
    AppRateLimited(AppRateLimited),
    /// A kind that the kit has no type for.
    Unknown(Unknown),
}

/// The Events API's handshake: its challenge goes back as it came.
#[derive(Debug)]
#[non_exhaustive]
pub struct UrlVerification {
    /// What to echo.
    pub challenge: String,
}

/// `ssl_check=1`, which wants nothing but a 200. Only a signed one becomes a request; Slack does not sign its own, and
/// the kit answers that without looking further.
#[derive(Debug)]
#[non_exhaustive]
pub struct SslCheck {}

/// More than 30,000 events within an hour in one workspace: Slack leaves out the rest of each minute.
#[derive(Debug)]
#[non_exhaustive]
pub struct AppRateLimited {
    /// The workspace.
    pub team_id: Option<TeamId>,
    /// The app.
    pub app_id: Option<AppId>,
    /// The minute from which on events are missing, in seconds since 1970.
    pub minute_rate_limited: Option<i64>,
}

impl Request {
    /// What Slack calls this kind: `command` for a slash command, else the payload's `type`, and `unknown` for what
    /// neither the kit nor Slack's history knows.
    pub fn kind(&self) -> &str {
        match self {
            Request::Command(_) => "command",
            Request::Action(_) => "block_actions",
            Request::ViewSubmission(_) => "view_submission",
            Request::ViewClosed(_) => "view_closed",
            Request::Shortcut(_) => "shortcut",
            Request::MessageAction(_) => "message_action",
            Request::BlockSuggestion(_) => "block_suggestion",
            Request::Event(_) => "event_callback",
            Request::UrlVerification(_) => "url_verification",
            Request::SslCheck(_) => "ssl_check",
            Request::AppRateLimited(_) => "app_rate_limited",
            Request::Unknown(unknown) => unknown.name(),
        }
    }

    /// Kind and the name that handlers are found by, for the log. Names are the bot maker's own; nothing that a
    /// person typed is in it.
    pub(crate) fn label(&self) -> String {
        let name = match self {
            Request::Command(command) => &command.command,
            Request::Action(action) => &action.action_id,
            Request::ViewSubmission(submission) => &submission.view.callback_id,
            Request::ViewClosed(closed) => &closed.view.callback_id,
            Request::Shortcut(shortcut) => &shortcut.callback_id,
            Request::MessageAction(action) => &action.callback_id,
            Request::BlockSuggestion(suggestion) => &suggestion.action_id,
            Request::Event(event) => &event.event_type,
            Request::Unknown(unknown) => &unknown.kind,
            Request::UrlVerification(_) | Request::SslCheck(_) | Request::AppRateLimited(_) => "",
        };
        let label = format!("{} {name}", self.kind());
        label.trim_end().to_owned()
    }
}

/// Why a signed body could not be read as a request. Says nothing of what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(&'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// A request with the verification token that came in it.
pub(crate) struct Parsed {
    pub(crate) request: Request,
    pub(crate) token: Option<String>,
}

/// Reads a signed body. What decides is the content type, or the body's first character where it says nothing.
pub(crate) fn parse(verified: &Verified<'_>) -> Result<Parsed, Unreadable> {
    let body = verified.body();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable("the body is empty"));
    }
    match encoding(verified.header("content-type"), body)? {
        Encoding::Form => parse_form(&Form::parse(body)),
        Encoding::Json => parse_json(json(body)?, verified),
    }
}

enum Encoding {
    Form,
    Json,
}

fn encoding(content_type: Option<&str>, body: &[u8]) -> Result<Encoding, Unreadable> {
    let media_type = content_type.and_then(|text| text.split([';', ',']).next());
    let media_type = media_type.unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("multipart/") {
        return Err(Unreadable(
            "the body is a multipart form, which Slack does not send",
        ));
    }
    Ok(match media_type.as_str() {
        "application/x-www-form-urlencoded" => Encoding::Form,
        "application/json" => Encoding::Json,
        _ if body.trim_ascii_start().starts_with(b"{") => Encoding::Json,
        _ => Encoding::Form,
    })
}

/// An object with the parser's bound of 128 levels; the last of two equal keys counts.
fn json(text: &[u8]) -> Result<Value, Unreadable> {
    match serde_json::from_slice(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Unreadable("the JSON is not an object")),
        Err(_) => Err(Unreadable("the JSON does not parse")),
    }
}

fn parse_form(form: &Form) -> Result<Parsed, Unreadable> {
    let token = form.get("token").map(str::to_owned);
    if let Some(payload) = form.get("payload") {
        let payload = json(payload.as_bytes())?;
        let token = fields::text(&payload, "/token").map(str::to_owned);
        let request = interaction(payload)?;
        return Ok(Parsed { request, token });
    }
    let request = match form.get("command") {
        None if form.get("ssl_check") == Some("1") => Request::SslCheck(SslCheck {}),
        _ => Request::Command(Command::read(form)?),
    };
    Ok(Parsed { request, token })
}

/// What comes as `payload=` in a form.
fn interaction(payload: Value) -> Result<Request, Unreadable> {
    Ok(match kind(&payload)? {
        "block_actions" => Request::Action(Action::read(payload)?),
        "view_submission" => Request::ViewSubmission(ViewSubmission::read(payload)?),
        "view_closed" => Request::ViewClosed(ViewClosed::read(payload)?),
        "shortcut" => Request::Shortcut(Shortcut::read(payload)),
        "message_action" => Request::MessageAction(MessageAction::read(payload)),
        "block_suggestion" => Request::BlockSuggestion(BlockSuggestion::read(payload)?),
        "url_verification" | "event_callback" => {
            return Err(Unreadable(
                "an Events API body was sent as a form's payload",
            ));
        }
        _ => Request::Unknown(Unknown::read(payload)),
    })
}

/// What comes as JSON.
fn parse_json(body: Value, verified: &Verified<'_>) -> Result<Parsed, Unreadable> {
    let token = fields::text(&body, "/token").map(str::to_owned);
    let request = match kind(&body)? {
        "url_verification" => match fields::text(&body, "/challenge") {
            Some(challenge) => Request::UrlVerification(UrlVerification {
                challenge: challenge.to_owned(),
            }),
            None => return Err(Unreadable("the url_verification has no challenge")),
        },
        "event_callback" => Request::Event(Event::read(body, Retry::read(verified))?),
        "app_rate_limited" => Request::AppRateLimited(AppRateLimited {
            team_id: fields::owned(&body, "/team_id"),
            app_id: fields::owned(&body, "/api_app_id"),
            minute_rate_limited: body.get("minute_rate_limited").and_then(Value::as_i64),
        }),
        _ => Request::Unknown(Unknown::read(body)),
    };
    Ok(Parsed { request, token })
}

fn kind(payload: &Value) -> Result<&str, Unreadable> {
    match fields::text(payload, "/type") {
        Some(kind) if !kind.is_empty() => Ok(kind),
        _ => Err(Unreadable("the payload has no type")),
    }
}
