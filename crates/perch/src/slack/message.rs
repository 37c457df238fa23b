//! What is posted: one type for `chat.*` methods and `response_url` replies.

use serde::Serialize;
use serde_json::Value;

use crate::ids::MessageTs;

/// A message: a text, with blocks if it has a layout.
///
/// The text is always there: with blocks it is what notifications and screen readers say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Message {
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<MessageTs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfurl_links: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfurl_media: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
}

impl Message {
    /// A message of `text` in Slack's mrkdwn, at most 40,000 characters.
    pub fn text(text: impl Into<String>) -> Message {
        Message {
            text: text.into(),
            ..Message::default()
        }
    }

    /// Lays the message out as `blocks`, at most 50.
    #[must_use]
    pub fn blocks<B: Into<Value>>(mut self, blocks: impl IntoIterator<Item = B>) -> Message {
        self.blocks = blocks.into_iter().map(Into::into).collect();
        self
    }

    /// Replies in the thread of the message that was posted at `ts`.
    #[must_use]
    pub fn in_thread(mut self, ts: impl Into<MessageTs>) -> Message {
        self.thread_ts = Some(ts.into());
        self
    }

    /// Shows no previews of links.
    #[must_use]
    pub fn without_previews(mut self) -> Message {
        self.unfurl_links = Some(false);
        self.unfurl_media = Some(false);
        self
    }

    /// Attaches metadata that people do not see, `{"event_type": …, "event_payload": {…}}`: with it a later run finds
    /// what it has posted.
    #[must_use]
    pub fn metadata(mut self, metadata: impl Into<Value>) -> Message {
        self.metadata = Some(metadata.into());
        self
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::text(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::text(text)
    }
}
