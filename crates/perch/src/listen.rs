//! Which messages a listener hears.

use std::sync::Arc;

use crate::request::Event;

type Matches = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Which messages a listener of [`App::message`](crate::App::message) hears. A text stands for
/// [`prefix`](Messages::prefix).
///
/// Without more these are the ordinary ones, that people and bots post: no subtype, or one of those with which Slack
/// marks a message of a person (`file_share`, `me_message`, `thread_broadcast`) or a bot (`bot_message`).
///
/// ```
/// use perch::{Context, Event, Messages, Result};
///
/// async fn deploy(event: Event, _: Context) -> Result<()> {
///     tracing::info!(to = event.text.as_deref(), "asked to deploy");
///     Ok(())
/// }
/// # async fn other(_: Event, _: Context) -> Result<()> { Ok(()) }
///
/// let app = perch::App::new()
///     .message("deploy ", deploy)
///     .message(Messages::all().mention().in_thread(), other)
///     .message(Messages::all().matching(|text| text.ends_with('?')).top_level(), other)
///     .message(Messages::all().subtype("channel_join"), other);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Messages {
    subtype: Option<String>,
    prefix: Option<String>,
    matches: Option<Matches>,
    in_thread: Option<bool>,
    has_mention: bool,
    channel_type: Option<String>,
}

impl Messages {
    /// Every ordinary message.
    pub fn all() -> Messages {
        Messages::default()
    }

    /// Those whose text begins with `prefix`; with [`mention`](Messages::mention), what follows the mention.
    pub fn prefix(self, prefix: impl Into<String>) -> Messages {
        Messages {
            prefix: Some(prefix.into()),
            ..self
        }
    }

    /// Those whose text the function likes; with [`mention`](Messages::mention), what follows the mention.
    pub fn matching(self, matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Messages {
        Messages {
            matches: Some(Arc::new(matches)),
            ..self
        }
    }

    /// Those of this subtype and no other, such as `message_changed`.
    pub fn subtype(self, subtype: impl Into<String>) -> Messages {
        Messages {
            subtype: Some(subtype.into()),
            ..self
        }
    }

    /// Replies in a thread.
    pub fn in_thread(self) -> Messages {
        Messages {
            in_thread: Some(true),
            ..self
        }
    }

    /// Those that are not replies in a thread.
    pub fn top_level(self) -> Messages {
        Messages {
            in_thread: Some(false),
            ..self
        }
    }

    /// Those that begin with a mention of the bot, such as `<@U0BOT> deploy web`.
    pub fn mention(self) -> Messages {
        Messages {
            has_mention: true,
            ..self
        }
    }

    /// Those in direct messages with the bot.
    pub fn direct(self) -> Messages {
        self.channel_type("im")
    }

    /// Those in conversations of this kind, by Slack's name for it: `channel`, `group`, `im`, `mpim` or `app_home`.
    pub fn channel_type(self, channel_type: impl Into<String>) -> Messages {
        Messages {
            channel_type: Some(channel_type.into()),
            ..self
        }
    }

    pub(crate) fn hears(&self, event: &Event) -> bool {
        const ORDINARY: [&str; 4] = [
            "bot_message",
            "file_share",
            "me_message",
            "thread_broadcast",
        ];
        let subtype = event.subtype.as_deref();
        let is_wanted = match &self.subtype {
            Some(wanted) => subtype == Some(wanted),
            None => subtype.is_none_or(|subtype| ORDINARY.contains(&subtype)),
        };
        let is_reply = event.thread_ts.is_some() && event.thread_ts != event.ts;
        let channel_type = event.payload()["channel_type"].as_str();
        if event.event_type != "message"
            || !is_wanted
            || self.in_thread.is_some_and(|wanted| wanted != is_reply)
            || (self.channel_type.is_some() && self.channel_type.as_deref() != channel_type)
        {
            return false;
        }
        let text = if self.has_mention {
            let Some(rest) = event.after_mention() else {
                return false;
            };
            rest
        } else {
            event.text.as_deref().unwrap_or_default()
        };
        self.prefix
            .as_ref()
            .is_none_or(|prefix| text.starts_with(prefix))
            && self.matches.as_ref().is_none_or(|matches| matches(text))
    }
}

impl From<&str> for Messages {
    fn from(prefix: &str) -> Messages {
        Messages::all().prefix(prefix)
    }
}

/// Without the function, which has nothing to show.
impl std::fmt::Debug for Messages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Messages")
            .field("subtype", &self.subtype)
            .field("prefix", &self.prefix)
            .field("in_thread", &self.in_thread)
            .field("has_mention", &self.has_mention)
            .field("channel_type", &self.channel_type)
            .finish_non_exhaustive()
    }
}
