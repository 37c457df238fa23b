//! What handlers answer, and how it is written for Slack.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::blocks::{Choice, choice, section};
use crate::ids::MessageTs;
use crate::respond::FollowUp;
use crate::slack::Message;
use crate::view::Modal;

/// The answer to a command, an action or a message shortcut.
///
/// The answer to a command is the HTTP response. Slack reads no message from the response to an action or a message
/// shortcut, so the kit posts that to the `response_url` before it answers; in a modal, which has none, it opens a
/// modal with the text.
///
/// ```
/// use perch::Reply;
/// use perch::blocks::section;
///
/// let nothing = Reply::ack();
/// let for_the_one_who_asked = Reply::ephemeral("Only you see this.");
/// let for_all = Reply::in_channel("A review is wanted").blocks([section("*A review* is wanted")]);
/// let in_place_of_the_message = Reply::replace("Taken.");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Reply {
    kind: Kind,
    is_unchecked: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Ack,
    Message { place: Place, message: Message },
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Ephemeral,
    Channel,
    Original,
}

impl Reply {
    /// Received, and nothing to say. A command leaves no trace in the channel then.
    pub fn ack() -> Reply {
        Reply::of(Kind::Ack)
    }

    /// A message that only the person sees: a text in mrkdwn, or a [`Message`].
    pub fn ephemeral(message: impl Into<Message>) -> Reply {
        Reply::message(Place::Ephemeral, message.into())
    }

    /// A message that everyone in the channel sees; a command itself then shows as well.
    pub fn in_channel(message: impl Into<Message>) -> Reply {
        Reply::message(Place::Channel, message.into())
    }

    /// Replaces the message that holds the action. For actions alone.
    pub fn replace(message: impl Into<Message>) -> Reply {
        Reply::message(Place::Original, message.into())
    }

    /// Deletes the message that holds the action. For actions alone.
    pub fn delete() -> Reply {
        Reply::of(Kind::Delete)
    }

    /// Lays the message out as blocks, up to 50; its text remains for notifications and screen readers.
    pub fn blocks<B: Into<Value>>(self, blocks: impl IntoIterator<Item = B>) -> Reply {
        self.map(|message| message.blocks(blocks))
    }

    /// Replies in the thread of the message at `ts`; see [`MessagePlace::thread`](crate::MessagePlace::thread).
    pub fn in_thread(self, ts: impl Into<MessageTs>) -> Reply {
        self.map(|message| message.in_thread(ts))
    }

    /// Sets any field of the message by Slack's name for it.
    pub fn with(self, field: &str, value: impl Into<Value>) -> Reply {
        self.map(|message| message.with(field, value))
    }

    /// The same without the check of blocks and lengths before it leaves: for what Slack has added since this version of the
    /// kit. What Slack refuses, the person sees as Slack's error.
    pub fn unchecked(self) -> Reply {
        Reply {
            is_unchecked: true,
            ..self
        }
    }

    fn of(kind: Kind) -> Reply {
        Reply {
            kind,
            is_unchecked: false,
        }
    }

    fn message(place: Place, message: Message) -> Reply {
        Reply::of(Kind::Message { place, message })
    }

    fn map(self, change: impl FnOnce(Message) -> Message) -> Reply {
        let kind = match self.kind {
            Kind::Message { place, message } => Kind::Message {
                place,
                message: change(message),
            },
            other => other,
        };
        Reply { kind, ..self }
    }

    /// The text, when there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Message { message, .. } => Some(message.as_text()),
            Kind::Ack | Kind::Delete => None,
        }
    }

    /// For the log.
    pub(crate) fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Ack => "ack",
            Kind::Delete => "delete",
            Kind::Message { place, .. } => match place {
                Place::Ephemeral => "ephemeral",
                Place::Channel => "in_channel",
                Place::Original => "replace",
            },
        }
    }

    /// What goes into a command's response or to a `response_url`; `None` for an ack.
    pub(crate) fn into_follow_up(self) -> Option<FollowUp> {
        let follow_up = match self.kind {
            Kind::Ack => return None,
            Kind::Delete => FollowUp::delete_original(),
            Kind::Message { place, message } => match place {
                Place::Ephemeral => FollowUp::ephemeral(message),
                Place::Channel => FollowUp::in_channel(message),
                Place::Original => FollowUp::replace_original(message),
            },
        };
        Some(match self.is_unchecked {
            true => follow_up.unchecked(),
            false => follow_up,
        })
    }
}

/// The answer to a submitted modal.
///
/// ```
/// use perch::{Modal, ViewReply};
///
/// let done = ViewReply::close();
/// let all_done = ViewReply::clear();
/// let next_step = ViewReply::update(Modal::new("confirm", "Really?").submit("Yes"));
/// let more = ViewReply::push(Modal::new("details", "Details"));
/// let wrong = ViewReply::error("day_block", "That day is over.").and_error("time_block", "Write it as 09:30.");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct ViewReply {
    body: Option<Value>,
    pub(crate) is_unchecked: bool,
}

impl ViewReply {
    /// Closes the modal; one below it shows again.
    pub fn close() -> ViewReply {
        ViewReply::of(None)
    }

    /// Closes the whole stack of modals.
    pub fn clear() -> ViewReply {
        ViewReply::of(Some(json!({ "response_action": "clear" })))
    }

    /// Shows another content in the modal.
    pub fn update(view: impl Into<Value>) -> ViewReply {
        ViewReply::of(Some(
            json!({ "response_action": "update", "view": view.into() }),
        ))
    }

    /// Puts a modal on top, three deep at most.
    pub fn push(view: impl Into<Value>) -> ViewReply {
        ViewReply::of(Some(
            json!({ "response_action": "push", "view": view.into() }),
        ))
    }

    /// Keeps the modal open with an error below the input of this block.
    pub fn error(block_id: impl Into<String>, text: impl Into<String>) -> ViewReply {
        ViewReply::errors([(block_id, text)])
    }

    /// Keeps the modal open with errors by block id.
    pub fn errors<B, T>(errors: impl IntoIterator<Item = (B, T)>) -> ViewReply
    where
        B: Into<String>,
        T: Into<String>,
    {
        let errors: Map<String, Value> = errors
            .into_iter()
            .map(|(block_id, text)| (block_id.into(), text.into().into()))
            .collect();
        ViewReply::of(Some(
            json!({ "response_action": "errors", "errors": errors }),
        ))
    }

    /// Adds another error to [`error`](ViewReply::error) or [`errors`](ViewReply::errors).
    pub fn and_error(mut self, block_id: &str, text: impl Into<String>) -> ViewReply {
        let errors = self
            .body
            .as_mut()
            .and_then(|answer| answer.get_mut("errors"));
        if let Some(errors) = errors {
            errors[block_id] = text.into().into();
        }
        self
    }

    /// For the log.
    pub(crate) fn name(&self) -> String {
        match &self.body {
            None => "close".to_owned(),
            Some(answer) => answer["response_action"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// The same without the check of the view before it leaves: for what Slack has added since this version of the kit.
    pub fn unchecked(self) -> ViewReply {
        ViewReply {
            is_unchecked: true,
            ..self
        }
    }

    fn of(body: Option<Value>) -> ViewReply {
        ViewReply {
            body,
            is_unchecked: false,
        }
    }

    pub(crate) fn into_body(self) -> Option<Value> {
        self.body
    }
}

/// The choices for a select with an external data source, up to 100.
///
/// ```
/// use perch::Options;
/// use perch::blocks::choice;
///
/// let flat = Options::new([choice("Staging", "staging"), choice("Production", "production")]);
/// let collected: Options = ["a", "b"].into_iter().map(|name| (name, name)).collect();
/// let grouped = Options::new([]).group("Japan", [choice("Tokyo", "ap-northeast-1")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Options {
    choices: Vec<Value>,
    groups: Vec<Value>,
    pub(crate) is_unchecked: bool,
}

impl Options {
    /// These choices in a flat list.
    pub fn new(choices: impl IntoIterator<Item = Choice>) -> Options {
        Options {
            choices: choices.into_iter().map(Value::from).collect(),
            groups: Vec::new(),
            is_unchecked: false,
        }
    }

    /// Adds a group of choices. Slack takes either groups or a flat list: with groups, the list is left out.
    pub fn group(mut self, label: &str, choices: impl IntoIterator<Item = Choice>) -> Options {
        let choices: Vec<_> = choices.into_iter().map(Value::from).collect();
        self.groups
            .push(json!({ "label": crate::blocks::plain(label), "options": choices }));
        self
    }

    /// The same without the check of the choices before they leave: for what Slack has added since this version of the kit.
    pub fn unchecked(self) -> Options {
        Options {
            is_unchecked: true,
            ..self
        }
    }

    pub(crate) fn into_body(self) -> Value {
        if self.groups.is_empty() {
            json!({ "options": self.choices })
        } else {
            json!({ "option_groups": self.groups })
        }
    }
}

impl<T: Into<String>, V: Into<String>> FromIterator<(T, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (T, V)>>(pairs: I) -> Options {
        Options::new(pairs.into_iter().map(|(text, value)| choice(text, value)))
    }
}

/// An HTTP response, and what the log says of it.
pub(crate) struct Response {
    pub(crate) status: u16,
    header: Option<(&'static str, &'static str)>,
    body: String,
}

impl Response {
    pub(crate) fn empty(status: u16) -> Response {
        Response {
            status,
            header: None,
            body: String::new(),
        }
    }

    /// 405, which names the methods that there are.
    pub(crate) fn method_not_allowed() -> Response {
        Response {
            header: Some(("allow", "POST")),
            ..Response::empty(405)
        }
    }

    pub(crate) fn text(body: String) -> Response {
        Response {
            status: 200,
            header: Some(("content-type", "text/plain; charset=utf-8")),
            body,
        }
    }

    pub(crate) fn json(body: &Value) -> Response {
        Response {
            status: 200,
            header: Some(("content-type", "application/json; charset=utf-8")),
            body: body.to_string(),
        }
    }

    /// As API Gateway's payload format 2.0 has it.
    pub(crate) fn into_event(self) -> ApiGatewayV2httpResponse {
        let mut event = ApiGatewayV2httpResponse::default();
        event.status_code = self.status.into();
        event.body = Some(self.body.into());
        event.headers = self
            .header
            .into_iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        event
    }
}

/// A modal that says one thing, for where there is nothing else to write on.
pub(crate) fn notice(text: &str) -> Modal {
    // A section takes 3,000 characters.
    let text: String = text.chars().take(3_000).collect();
    Modal::new("perch_notice", "Notice")
        .close("Close")
        .block(section(text))
}
