//! The Events API: `event_callback`.

use serde_json::Value;

use super::Unreadable;
use super::fields::{or_empty, owned, text};
use crate::ids::{AppId, ChannelId, EventId, MessageTs, TeamId, UserId};
use crate::verify::Verified;

/// An event of the Events API.
///
/// Slack delivers an event again when the answer is late or missing: up to three times, with the same
/// [`event_id`](Event::event_id) and with [`retry`](Event::retry) set.
///
/// ```
/// use perch::{Context, Event, Result};
///
/// async fn mentioned(event: Event, context: Context) -> Result<()> {
///     if event.retry.is_some() {
///         return Ok(()); // the first delivery was taken
///     }
///     tracing::info!(channel = ?event.channel_id, "mentioned");
///     Ok(())
/// }
/// # let _ = perch::App::new().event("app_mention", mentioned);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Event {
    /// The inner event's type, such as `app_mention`, by which the handler was found.
    pub event_type: String,
    /// The delivery's id; a repeated delivery has the same.
    pub event_id: EventId,
    /// When it happened, in seconds since 1970.
    pub event_time: Option<i64>,
    /// The workspace.
    pub team_id: Option<TeamId>,
    /// The app that gets it.
    pub app_id: Option<AppId>,
    /// Who caused it, where the event has a user.
    pub user_id: Option<UserId>,
    /// Where, for events of a channel.
    pub channel_id: Option<ChannelId>,
    /// The text, for messages and mentions.
    pub text: Option<String>,
    /// The message's time, for messages and mentions.
    pub ts: Option<MessageTs>,
    /// The message's thread.
    pub thread_ts: Option<MessageTs>,
    /// A message's subtype, such as `message_changed`.
    pub subtype: Option<String>,
    /// What Slack says of an earlier delivery; `None` the first time.
    pub retry: Option<Retry>,
    raw: Value,
}

/// A repeated delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// Which repetition this is, from 1.
    pub number: u32,
    /// Why, such as `http_timeout` or `http_error`.
    pub reason: String,
}

impl Retry {
    pub(super) fn read(verified: &Verified<'_>) -> Option<Retry> {
        Some(Retry {
            number: verified.header("x-slack-retry-num")?.parse().ok()?,
            reason: verified
                .header("x-slack-retry-reason")
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

impl Event {
    pub(super) fn read(raw: Value, retry: Option<Retry>) -> Result<Event, Unreadable> {
        let event = raw.get("event").unwrap_or(&Value::Null);
        let event_type = text(event, "/type").filter(|kind| !kind.is_empty());
        Ok(Event {
            event_type: event_type
                .ok_or(Unreadable("the event_callback has no event with a type"))?
                .to_owned(),
            event_id: or_empty(&raw, "/event_id"),
            event_time: raw.get("event_time").and_then(Value::as_i64),
            team_id: owned(&raw, "/team_id"),
            app_id: owned(&raw, "/api_app_id"),
            // Events on users and channels hold the whole object under the same name.
            user_id: owned(event, "/user").or_else(|| owned(event, "/user/id")),
            channel_id: owned(event, "/channel").or_else(|| owned(event, "/channel/id")),
            text: owned(event, "/text"),
            ts: owned(event, "/ts"),
            thread_ts: owned(event, "/thread_ts"),
            subtype: owned(event, "/subtype"),
            retry,
            raw,
        })
    }

    /// The inner event as Slack sent it.
    pub fn payload(&self) -> &Value {
        self.raw.get("event").unwrap_or(&Value::Null)
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
