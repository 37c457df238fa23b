//! A call to the Web API: its arguments, and what comes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::super::server::lock;
use super::{Bot, SlackCore};

/// What a method answers beside `"ok": true`, or how it fails.
pub(super) type Outcome = Result<Value, SlackError>;

/// A failed call: Slack's `error`, and what it says beside it.
#[derive(Debug)]
pub(super) struct SlackError {
    pub error: String,
    /// What is wrong with the arguments, in Slack's words.
    pub messages: Vec<String>,
    /// Other fields of the answer.
    fields: Map<String, Value>,
}

impl From<&str> for SlackError {
    fn from(error: &str) -> SlackError {
        SlackError {
            error: error.to_owned(),
            messages: Vec::new(),
            fields: Map::new(),
        }
    }
}

impl SlackError {
    /// `invalid_arguments` or `invalid_blocks` with its explanation, which Slack puts into `response_metadata`.
    pub(super) fn explained(error: &str, message: impl Into<String>) -> SlackError {
        SlackError::refused(error, vec![message.into()])
    }

    /// The same with all that is wrong.
    pub(super) fn refused(error: &str, messages: Vec<String>) -> SlackError {
        SlackError {
            messages,
            ..SlackError::from(error)
        }
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> SlackError {
        self.fields.insert(name.to_owned(), value);
        self
    }

    pub(super) fn body(self) -> Value {
        let mut body = Value::Object(self.fields);
        body["ok"] = json!(false);
        body["error"] = json!(self.error);
        if !self.messages.is_empty() {
            let messages = self.messages.iter();
            let messages: Vec<String> = messages.map(|one| format!("[ERROR] {one}")).collect();
            body["response_metadata"] = json!({"messages": messages});
        }
        body
    }
}

/// A string argument; a number counts, as `ts` and `limit` come as either.
pub(super) fn string(arguments: &Value, name: &str) -> Option<String> {
    match &arguments[name] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A string argument that has to be there.
pub(super) fn required(arguments: &Value, name: &str) -> Result<String, SlackError> {
    string(arguments, name).ok_or_else(|| {
        SlackError::explained(
            "invalid_arguments",
            format!("missing required field: {name}"),
        )
    })
}

/// The channel that a call is about.
pub(super) fn channel(core: &SlackCore, arguments: &Value) -> Result<String, SlackError> {
    let named = string(arguments, "channel").ok_or("channel_not_found")?;
    Ok(lock(&core.state)
        .channel(&named)
        .ok_or("channel_not_found")?)
}

/// The channel that a call reads or writes in, which the app has to be in.
pub(super) fn own_channel(
    core: &SlackCore,
    app: &Bot,
    arguments: &Value,
) -> Result<String, SlackError> {
    let channel = channel(core, arguments)?;
    lock(&core.state).membership(&channel, &app.app_id)?;
    Ok(channel)
}

/// Cuts a list to the page that `cursor` and `limit` ask for, and returns the cursor of the next page or `""`.
pub(super) fn page(
    items: &mut Vec<Value>,
    arguments: &Value,
    default: usize,
    most: usize,
) -> Result<String, SlackError> {
    let limit = match string(arguments, "limit") {
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=most).contains(limit))
            .ok_or("invalid_limit")?,
        None => default,
    };
    let start = match string(arguments, "cursor") {
        Some(cursor) => position(&cursor)
            .filter(|start| *start <= items.len())
            .ok_or("invalid_cursor")?,
        None => 0,
    };
    let end = start.saturating_add(limit).min(items.len());
    let next = if end < items.len() {
        BASE64.encode(format!("next:{end}"))
    } else {
        String::new()
    };
    *items = items.drain(start..end).collect();
    Ok(next)
}

fn position(cursor: &str) -> Option<usize> {
    let decoded = String::from_utf8(BASE64.decode(cursor).ok()?).ok()?;
    decoded.strip_prefix("next:")?.parse().ok()
}
