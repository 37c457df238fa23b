//! Rich text: what a person formats in Slack's editor, built and read.
//!
//! ```
//! use perch::blocks::rich::{RichText, emoji, link, text, user};
//!
//! let note = RichText::new()
//!     .paragraph([text("Deployed by "), user("U012AB3CD"), text(" "), emoji("rocket")])
//!     .bullets([[link("https://example.com/7", "the change")], [text("no migrations").bold()]])
//!     .code("make rollback STAGE=staging");
//! assert!(note.to_plain().starts_with("Deployed by <@U012AB3CD>"));
//! ```

use serde::Serialize;
use serde_json::{Value, json};

use super::{Block, set};
use crate::ids::{ChannelId, UserId};

/// A formatted text: paragraphs, lists, quotes and code.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RichText(Value);

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Piece(Value);

/// A text.
pub fn text(text: impl Into<String>) -> Piece {
    Piece(json!({ "type": "text", "text": text.into() }))
}

/// A link with its text.
pub fn link(url: impl Into<String>, text: impl Into<String>) -> Piece {
    Piece(json!({ "type": "link", "url": url.into(), "text": text.into() }))
}

/// A mention of a person.
pub fn user(id: impl Into<UserId>) -> Piece {
    Piece(json!({ "type": "user", "user_id": id.into() }))
}

/// A link to a channel.
pub fn channel(id: impl Into<ChannelId>) -> Piece {
    Piece(json!({ "type": "channel", "channel_id": id.into() }))
}

/// An emoji by its name, without colons.
pub fn emoji(name: impl Into<String>) -> Piece {
    Piece(json!({ "type": "emoji", "name": name.into() }))
}

/// A notification of `here`, `channel` or `everyone`.
pub fn broadcast(range: impl Into<String>) -> Piece {
    Piece(json!({ "type": "broadcast", "range": range.into() }))
}

impl Piece {
    /// In bold.
    #[must_use]
    pub fn bold(self) -> Piece {
        self.style("bold")
    }

    /// In italics.
    #[must_use]
    pub fn italic(self) -> Piece {
        self.style("italic")
    }

    /// Struck through.
    #[must_use]
    pub fn strike(self) -> Piece {
        self.style("strike")
    }

    /// As code.
    #[must_use]
    pub fn code(self) -> Piece {
        self.style("code")
    }

    fn style(mut self, name: &str) -> Piece {
        self.0["style"][name] = true.into();
        self
    }
}

impl RichText {
    /// An empty text.
    pub fn new() -> RichText {
        RichText(json!({ "type": "rich_text", "elements": [] }))
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn paragraph(self, pieces: impl IntoIterator<Item = Piece>) -> RichText {
        self.element(section("rich_text_section", pieces))
    }

    /// Adds a quotation.
    #[must_use]
    pub fn quote(self, pieces: impl IntoIterator<Item = Piece>) -> RichText {
        self.element(section("rich_text_quote", pieces))
    }

    /// Adds code as it stands.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> RichText {
        self.element(section("rich_text_preformatted", [text(code)]))
    }

    /// Adds a list with bullets.
    #[must_use]
    pub fn bullets<I: IntoIterator<Item = Piece>>(
        self,
        items: impl IntoIterator<Item = I>,
    ) -> RichText {
        self.list("bullet", items)
    }

    /// Adds a list with numbers.
    #[must_use]
    pub fn numbers<I: IntoIterator<Item = Piece>>(
        self,
        items: impl IntoIterator<Item = I>,
    ) -> RichText {
        self.list("ordered", items)
    }

    /// Adds any element as JSON.
    #[must_use]
    pub fn element(mut self, element: Value) -> RichText {
        if let Some(elements) = self.0["elements"].as_array_mut() {
            elements.push(element);
        }
        self
    }

    /// What a person entered, as Slack sent it; `None` when it is not rich text.
    pub fn read(raw: &Value) -> Option<RichText> {
        (raw["type"] == "rich_text").then(|| RichText(raw.clone()))
    }

    /// Its text without formatting, a line for each paragraph and item; mentions as Slack writes them in a text.
    pub fn to_plain(&self) -> String {
        let mut lines = Vec::new();
        let elements = self.0["elements"].as_array().into_iter().flatten();
        for element in elements {
            if element["type"] == "rich_text_list" {
                let items = element["elements"].as_array().into_iter().flatten();
                lines.extend(items.map(|item| format!("• {}", line(item))));
            } else {
                lines.push(line(element));
            }
        }
        lines.join("\n").trim_end().to_owned()
    }

    fn list<I: IntoIterator<Item = Piece>>(
        self,
        style: &str,
        items: impl IntoIterator<Item = I>,
    ) -> RichText {
        let items = items.into_iter();
        let items: Vec<Value> = items
            .map(|item| section("rich_text_section", item))
            .collect();
        self.element(json!({ "type": "rich_text_list", "style": style, "elements": items }))
    }
}

impl Default for RichText {
    fn default() -> RichText {
        RichText::new()
    }
}

impl From<RichText> for Value {
    fn from(text: RichText) -> Value {
        text.0
    }
}

impl From<RichText> for Block {
    fn from(text: RichText) -> Block {
        Block::raw(text.0)
    }
}

fn section(kind: &str, pieces: impl IntoIterator<Item = Piece>) -> Value {
    let pieces: Vec<Value> = pieces.into_iter().map(|piece| piece.0).collect();
    set(json!({ "type": kind }), "elements", pieces.into())
}

fn line(element: &Value) -> String {
    let pieces = element["elements"].as_array().into_iter().flatten();
    pieces.map(piece).collect()
}

fn piece(piece: &Value) -> String {
    let field = |name: &str| piece[name].as_str().unwrap_or_default().to_owned();
    match piece["type"].as_str().unwrap_or_default() {
        "user" => format!("<@{}>", field("user_id")),
        "channel" => format!("<#{}>", field("channel_id")),
        "usergroup" => format!("<!subteam^{}>", field("usergroup_id")),
        "emoji" => format!(":{}:", field("name")),
        "broadcast" => format!("<!{}>", field("range")),
        "link" if piece["text"].as_str().unwrap_or_default().is_empty() => field("url"),
        _ => field("text"),
    }
}
