//! What is posted: one type for `chat.*` methods, answers to commands and `response_url` replies.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ids::MessageTs;

/// A message: a text, with blocks if it has a layout.
///
/// The text is always there: with blocks it is what notifications and screen readers say.
///
/// ```
/// use perch::blocks::section;
/// use perch::slack::Message;
///
/// let message = Message::text("Deployed")
///     .blocks([section("*Deployed* to staging")])
///     .in_thread("1700000000.000200")
///     .broadcast()
///     .username("Deploys")
///     .icon_emoji(":rocket:");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Message(Map<String, Value>);

impl Message {
    /// A message of `text` in Slack's mrkdwn, at most 40,000 characters.
    pub fn text(text: impl Into<String>) -> Message {
        Message::default().with("text", text.into())
    }

    /// A message of `text` in Markdown, at most 12,000 characters. Slack takes no other text and no blocks beside it.
    pub fn markdown(text: impl Into<String>) -> Message {
        Message::default().with("markdown_text", text.into())
    }

    /// Lays the message out as `blocks`, at most 50.
    #[must_use]
    pub fn blocks<B: Into<Value>>(self, blocks: impl IntoIterator<Item = B>) -> Message {
        let blocks: Vec<Value> = blocks.into_iter().map(Into::into).collect();
        if blocks.is_empty() {
            return self;
        }
        self.with("blocks", blocks)
    }

    /// Adds attachments, at most 100: content with a coloured bar, below the message.
    #[must_use]
    pub fn attachments(self, attachments: impl IntoIterator<Item = Value>) -> Message {
        self.with("attachments", Vec::from_iter(attachments))
    }

    /// Replies in the thread of the message that was posted at `ts`.
    #[must_use]
    pub fn in_thread(self, ts: impl Into<MessageTs>) -> Message {
        self.with("thread_ts", ts.into().as_str())
    }

    /// Shows a reply in the channel as well.
    #[must_use]
    pub fn broadcast(self) -> Message {
        self.with("reply_broadcast", true)
    }

    /// Posts under another name, which needs the scope `chat:write.customize`.
    #[must_use]
    pub fn username(self, name: impl Into<String>) -> Message {
        self.with("username", name.into())
    }

    /// Posts with an emoji such as `:rocket:` for an icon, which needs the scope `chat:write.customize`.
    #[must_use]
    pub fn icon_emoji(self, emoji: impl Into<String>) -> Message {
        self.with("icon_emoji", emoji.into())
    }

    /// Posts with the image at this address for an icon, which needs the scope `chat:write.customize`.
    #[must_use]
    pub fn icon_url(self, url: impl Into<String>) -> Message {
        self.with("icon_url", url.into())
    }

    /// Whether links to text show a preview.
    #[must_use]
    pub fn unfurl_links(self, unfurl: bool) -> Message {
        self.with("unfurl_links", unfurl)
    }

    /// Whether links to images, videos and sounds show a preview.
    #[must_use]
    pub fn unfurl_media(self, unfurl: bool) -> Message {
        self.with("unfurl_media", unfurl)
    }

    /// Shows no previews of links.
    #[must_use]
    pub fn without_previews(self) -> Message {
        self.unfurl_links(false).unfurl_media(false)
    }

    /// Attaches metadata that people do not see, `{"event_type": …, "event_payload": {…}}`: with it a later run finds
    /// what it has posted.
    #[must_use]
    pub fn metadata(self, metadata: impl Into<Value>) -> Message {
        self.with("metadata", metadata)
    }

    /// Sets any argument by Slack's name for it.
    #[must_use]
    pub fn with(mut self, argument: &str, value: impl Into<Value>) -> Message {
        self.0.insert(argument.to_owned(), value.into());
        self
    }

    /// The text, for where there is room for nothing else.
    pub(crate) fn as_text(&self) -> &str {
        let text = self.0.get("text").or_else(|| self.0.get("markdown_text"));
        text.and_then(Value::as_str).unwrap_or_default()
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::text(text)
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Message {
        Message::text(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::text(text)
    }
}
