//! The Events API: `event_callback`.

use serde_json::Value;

use super::Unreadable;
use super::event_places::{self, read};
use super::fields::{or_empty, owned, text};
use crate::ids::{AppId, ChannelId, EnterpriseId, EventId, MessageTs, TeamId, UserId};
use crate::verify::Verified;

/// An event of the Events API.
///
/// Slack delivers an event again when the answer is late, missing or an error: up to three times, with the same
/// [`event_id`](Event::event_id) and with [`retry`](Event::retry) set. A repeated delivery does not tell whether the first one's
/// work was done: leave out only what is known to be done, such as a reply that stands in the thread already.
///
/// ```
/// use perch::{Context, Event, Result};
///
/// async fn mentioned(event: Event, context: Context) -> Result<()> {
///     let repeated = event.retry.as_ref().map(|retry| retry.number);
///     tracing::info!(channel = ?event.channel_id, repeated, "mentioned");
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
    /// The organisation, in an Enterprise Grid.
    pub enterprise_id: Option<EnterpriseId>,
    /// The workspace through which the app sees the event, in a channel that several workspaces share.
    pub context_team_id: Option<TeamId>,
    /// Whether it happened in a channel shared with another organisation.
    pub is_ext_shared_channel: bool,
    /// For whom the app sees it: one of its installations, the others by `apps.event.authorizations.list`.
    pub authorizations: Vec<Authorization>,
    /// Who caused it, or whom it is about, by whatever name the type has for it.
    pub user_id: Option<UserId>,
    /// The bot that caused it.
    pub bot_id: Option<String>,
    /// Where, for events of a channel.
    pub channel_id: Option<ChannelId>,
    /// The message's text; that of the message as it is now for `message_changed`, as it was for `message_deleted`.
    pub text: Option<String>,
    /// The time of the message that it is about: the changed, deleted, pinned or liked one.
    pub ts: Option<MessageTs>,
    /// That message's thread.
    pub thread_ts: Option<MessageTs>,
    /// A message's subtype, such as `message_changed`.
    pub subtype: Option<String>,
    /// What Slack says of an earlier delivery; `None` the first time.
    pub retry: Option<Retry>,
    raw: Value,
}

/// An installation for which the app sees an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorization {
    /// The organisation, in an Enterprise Grid.
    pub enterprise_id: Option<EnterpriseId>,
    /// The workspace; `None` for an installation in the whole organisation.
    pub team_id: Option<TeamId>,
    /// The app's bot user, or the person who authorised it.
    pub user_id: Option<UserId>,
    /// Whether [`user_id`](Authorization::user_id) is the app's bot user.
    pub is_bot: bool,
    /// Whether the app is installed in the whole organisation.
    pub is_enterprise_install: bool,
}

impl Authorization {
    fn read(raw: &Value) -> Authorization {
        let is = |name| raw.get(name) == Some(&Value::Bool(true));
        Authorization {
            enterprise_id: owned(raw, "/enterprise_id"),
            team_id: owned(raw, "/team_id"),
            user_id: owned(raw, "/user_id"),
            is_bot: is("is_bot"),
            is_enterprise_install: is("is_enterprise_install"),
        }
    }
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
        let places = event_places::of(event).unwrap_or_default();
        let authorizations = raw.get("authorizations").and_then(Value::as_array);
        let authorizations = authorizations
            .into_iter()
            .flatten()
            .map(Authorization::read);
        Ok(Event {
            event_type: event_type
                .ok_or(Unreadable("the event_callback has no event with a type"))?
                .to_owned(),
            event_id: or_empty(&raw, "/event_id"),
            event_time: raw.get("event_time").and_then(Value::as_i64),
            team_id: owned(&raw, "/team_id"),
            app_id: owned(&raw, "/api_app_id"),
            enterprise_id: owned(&raw, "/enterprise_id"),
            context_team_id: owned(&raw, "/context_team_id"),
            is_ext_shared_channel: raw.get("is_ext_shared_channel") == Some(&Value::Bool(true)),
            authorizations: authorizations.collect(),
            user_id: read(event, places.user, &["/user", "/user/id", "/user_id"]),
            bot_id: read(
                event,
                "/bot_id",
                &["/message/bot_id", "/previous_message/bot_id"],
            ),
            channel_id: read(
                event,
                places.channel,
                &["/channel", "/channel/id", "/channel_id", "/item/channel"],
            ),
            text: read(event, places.text, &["/text"]),
            ts: read(event, places.ts, &["/ts", "/message_ts", "/item/ts"]),
            thread_ts: read(event, places.thread_ts, &["/thread_ts"]),
            subtype: owned(event, "/subtype"),
            retry,
            raw,
        })
    }

    /// The app's bot user, where Slack says who it is.
    pub fn bot_user_id(&self) -> Option<&UserId> {
        let mut bots = self.authorizations.iter().filter(|one| one.is_bot);
        bots.find_map(|one| one.user_id.as_ref())
    }

    /// Whether the app itself caused it: its bot user did, or it is about a message that the app has posted.
    ///
    /// Such events reach no handler, unless the app asks for them with [`App::own_events`](crate::App::own_events):
    /// a bot that answers itself does so for ever.
    pub fn is_own(&self) -> bool {
        if self.user_id.is_some() && self.user_id.as_ref() == self.bot_user_id() {
            return true;
        }
        let is_message = matches!(self.event_type.as_str(), "message" | "app_mention");
        let posted_by = |place: &str| owned(self.payload(), place) == self.app_id;
        is_message
            && self.app_id.is_some()
            && ["", "/message", "/previous_message"].iter().any(|message| {
                posted_by(&format!("{message}/app_id"))
                    || posted_by(&format!("{message}/bot_profile/app_id"))
            })
    }

    /// What follows when the text begins with a mention of the bot, without the blanks around it.
    ///
    /// For `<@U0BOT> deploy web` that is `deploy web`.
    pub fn after_mention(&self) -> Option<&str> {
        let text = self.text.as_deref()?.trim_start();
        let (mentioned, rest) = text.strip_prefix("<@")?.split_once('>')?;
        let mentioned = mentioned.split('|').next()?;
        (self.bot_user_id()?.as_str() == mentioned).then_some(rest.trim())
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
