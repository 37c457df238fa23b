//! Small builders for Block Kit, with room for raw JSON wherever they end.
//!
//! ```
//! use perch::blocks::{actions, button, context, section};
//!
//! let card = [
//!     section("*<https://github.com/acme/app/pull/7|Fix the door>* by ada"),
//!     context(["+12 −3", "2 days old"]),
//!     actions([
//!         button("take", "Take it").value("acme/app/7").primary(),
//!         button("later", "Remind me later").value("acme/app/7"),
//!     ]),
//! ];
//! let reply = perch::Reply::in_channel("A review is wanted").blocks(card);
//! ```

use serde::Serialize;
use serde_json::{Value, json};

/// One block of a message or a view.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Block(Value);

/// An interactive element, for [`actions`], [`input`] or beside a [`section`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Element(Value);

/// One choice of a select.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Choice(Value);

/// Escapes `&`, `<` and `>`, so that text from elsewhere makes neither links nor mentions in mrkdwn.
///
/// ```
/// assert_eq!(perch::blocks::escape("<!channel> & co"), "&lt;!channel&gt; &amp; co");
/// ```
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A paragraph of mrkdwn, up to 3,000 characters.
pub fn section(text: impl Into<String>) -> Block {
    Block(json!({ "type": "section", "text": mrkdwn(text) }))
}

/// Short texts in two columns, up to ten of 2,000 characters.
pub fn fields<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Block {
    let fields: Vec<_> = texts.into_iter().map(mrkdwn).collect();
    Block(json!({ "type": "section", "fields": fields }))
}

/// Small grey texts in a row, up to ten.
pub fn context<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Block {
    let elements: Vec<_> = texts.into_iter().map(mrkdwn).collect();
    Block(json!({ "type": "context", "elements": elements }))
}

/// A large title without formatting, up to 150 characters.
pub fn header(text: impl Into<String>) -> Block {
    Block(json!({ "type": "header", "text": plain(text) }))
}

/// A line across.
pub fn divider() -> Block {
    Block(json!({ "type": "divider" }))
}

/// Interactive elements in a row, up to 25.
pub fn actions(elements: impl IntoIterator<Item = Element>) -> Block {
    let elements: Vec<_> = elements.into_iter().map(Value::from).collect();
    Block(json!({ "type": "actions", "elements": elements }))
}

/// A labelled input of a view. Its block id is where [`ViewReply::error`](crate::ViewReply::error) points.
///
/// ```
/// use perch::blocks::{datepicker, input, text_input};
///
/// let note = input("note_block", "A note", text_input("note").multiline()).optional();
/// let day = input("day_block", "When", datepicker("day").initial("2026-01-05"));
/// ```
pub fn input(block_id: impl Into<String>, label: impl Into<String>, element: Element) -> Block {
    Block(json!({
        "type": "input",
        "block_id": block_id.into(),
        "label": plain(label),
        "element": element.0,
    }))
}

impl Block {
    /// Any block as JSON, for what has no builder here.
    ///
    /// ```
    /// let image = perch::blocks::Block::raw(serde_json::json!({
    ///     "type": "image", "image_url": "https://example.com/cat.png", "alt_text": "a cat",
    /// }));
    /// ```
    pub fn raw(block: Value) -> Block {
        Block(block)
    }

    /// Sets the block id, up to 255 characters.
    #[must_use]
    pub fn id(self, block_id: impl Into<String>) -> Block {
        self.with("block_id", block_id.into())
    }

    /// Puts an element at the right of a [`section`].
    #[must_use]
    pub fn accessory(self, element: Element) -> Block {
        self.with("accessory", element.0)
    }

    /// Lets an [`input`] stay empty.
    #[must_use]
    pub fn optional(self) -> Block {
        self.with("optional", true)
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(self, field: &str, value: impl Into<Value>) -> Block {
        Block(set(self.0, field, value.into()))
    }
}

impl From<Block> for Value {
    fn from(block: Block) -> Value {
        block.0
    }
}

/// A button; the handler is found by `action_id`.
pub fn button(action_id: impl Into<String>, text: impl Into<String>) -> Element {
    Element(json!({ "type": "button", "action_id": action_id.into(), "text": plain(text) }))
}

/// One line of text, or more with [`Element::multiline`].
pub fn text_input(action_id: impl Into<String>) -> Element {
    element("plain_text_input", action_id)
}

/// A date, as `2026-01-05`.
pub fn datepicker(action_id: impl Into<String>) -> Element {
    element("datepicker", action_id)
}

/// A time of day, as `09:30`.
pub fn timepicker(action_id: impl Into<String>) -> Element {
    element("timepicker", action_id)
}

/// A moment in the person's own time zone; read it with [`State::datetime`](crate::State::datetime).
pub fn datetimepicker(action_id: impl Into<String>) -> Element {
    element("datetimepicker", action_id)
}

/// A select with these choices.
pub fn select(action_id: impl Into<String>, choices: impl IntoIterator<Item = Choice>) -> Element {
    let choices: Vec<_> = choices.into_iter().map(Value::from).collect();
    element("static_select", action_id).with("options", choices)
}

/// A select whose choices an [options handler](crate::App::options) gives.
pub fn external_select(action_id: impl Into<String>) -> Element {
    element("external_select", action_id)
}

/// A select of people.
pub fn users_select(action_id: impl Into<String>) -> Element {
    element("users_select", action_id)
}

/// A select of channels and conversations.
pub fn conversations_select(action_id: impl Into<String>) -> Element {
    element("conversations_select", action_id)
}

/// One choice: what is shown, and what the handler gets.
pub fn choice(text: impl Into<String>, value: impl Into<String>) -> Choice {
    Choice(json!({ "text": plain(text), "value": value.into() }))
}

impl Element {
    /// Any element as JSON, for what has no builder here.
    pub fn raw(element: Value) -> Element {
        Element(element)
    }

    /// What a button hands to its handler, up to 2,000 characters.
    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Element {
        self.with("value", value.into())
    }

    /// Opens this address as well; the handler is called all the same.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Element {
        self.with("url", url.into())
    }

    /// Green: the one thing to do.
    #[must_use]
    pub fn primary(self) -> Element {
        self.with("style", "primary")
    }

    /// Red: cannot be undone.
    #[must_use]
    pub fn danger(self) -> Element {
        self.with("style", "danger")
    }

    /// Asks before it acts.
    #[must_use]
    pub fn confirm(
        self,
        title: impl Into<String>,
        text: impl Into<String>,
        yes: impl Into<String>,
        no: impl Into<String>,
    ) -> Element {
        let dialog = json!({
            "title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain(no),
        });
        self.with("confirm", dialog)
    }

    /// Lets a [`text_input`] have several lines.
    #[must_use]
    pub fn multiline(self) -> Element {
        self.with("multiline", true)
    }

    /// Grey text while nothing is entered.
    #[must_use]
    pub fn placeholder(self, text: impl Into<String>) -> Element {
        self.with("placeholder", plain(text))
    }

    /// What a text input, a datepicker or a timepicker begins with. Other elements: [`Element::with`].
    #[must_use]
    pub fn initial(self, value: impl Into<String>) -> Element {
        let field = match self.0["type"].as_str() {
            Some("datepicker") => "initial_date",
            Some("timepicker") => "initial_time",
            _ => "initial_value",
        };
        self.with(field, value.into())
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(self, field: &str, value: impl Into<Value>) -> Element {
        Element(set(self.0, field, value.into()))
    }
}

impl From<Element> for Value {
    fn from(element: Element) -> Value {
        element.0
    }
}

impl From<Choice> for Value {
    fn from(choice: Choice) -> Value {
        choice.0
    }
}

fn element(kind: &str, action_id: impl Into<String>) -> Element {
    Element(json!({ "type": kind, "action_id": action_id.into() }))
}

pub(crate) fn plain(text: impl Into<String>) -> Value {
    json!({ "type": "plain_text", "text": text.into(), "emoji": true })
}

fn mrkdwn(text: impl Into<String>) -> Value {
    json!({ "type": "mrkdwn", "text": text.into() })
}

/// Leaves raw JSON that is not an object as it is; Slack will say what it thinks of it.
fn set(mut holder: Value, field: &str, value: Value) -> Value {
    if let Some(fields) = holder.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
    holder
}
