//! The Web API: how a call is read, judged and answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

use super::super::Token;
use super::super::server::{Reaction, bearer, json as json_answer, lock};
use super::catalogue::{self, Documented, Known};
use super::{Call, Event, SlackCore};
use super::{chat, conversations, views};

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

    fn with(mut self, name: &str, value: Value) -> SlackError {
        self.fields.insert(name.to_owned(), value);
        self
    }

    fn body(self) -> Value {
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

type Implementation = fn(&SlackCore, &Value) -> Outcome;

/// The methods that the double acts on. Every other one that Slack documents is recorded and answered.
const METHODS: &[(&str, Implementation)] = &[
    ("api.test", |_, arguments| {
        match string(arguments, "error") {
            Some(error) => Err(SlackError::from(error.as_str()).with("args", arguments.clone())),
            None => Ok(json!({"args": arguments})),
        }
    }),
    ("auth.test", conversations::auth_test),
    ("chat.delete", chat::delete),
    (
        "chat.deleteScheduledMessage",
        chat::delete_scheduled_message,
    ),
    ("chat.getPermalink", chat::get_permalink),
    ("chat.postEphemeral", chat::post_ephemeral),
    ("chat.postMessage", chat::post_message),
    ("chat.scheduleMessage", chat::schedule_message),
    ("chat.scheduledMessages.list", chat::scheduled_messages_list),
    ("chat.update", chat::update),
    ("conversations.history", conversations::history),
    ("conversations.info", conversations::info),
    ("conversations.join", conversations::join),
    ("conversations.list", conversations::list),
    ("conversations.replies", conversations::replies),
    ("users.info", conversations::users_info),
    ("users.list", conversations::users_list),
    ("views.open", views::open),
    ("views.publish", views::publish),
    ("views.push", views::push),
    ("views.update", views::update),
];

impl SlackCore {
    pub(super) fn web_api(&self, method: &str, request: &Request<Bytes>) -> Reaction {
        let (in_form, arguments) = read_arguments(request);
        let given = bearer(request).or(in_form.as_deref()).unwrap_or_default();
        let token = self.options.tokens.judge(Some(given));
        let mut call = Call {
            method: method.to_owned(),
            arguments: Value::Null,
            token,
            time: self.now(),
            error: None,
            problems: Vec::new(),
        };
        if let Some((answer, error)) = self.planned_failure(method) {
            call.arguments = arguments.unwrap_or_default();
            call.error = Some(error);
            self.record(call);
            return answer;
        }
        let outcome = arguments.and_then(|arguments| {
            call.arguments = arguments;
            self.call(method, token, given, is_json(request), &call.arguments)
        });
        let body = match outcome {
            Ok(mut body) => {
                body["ok"] = json!(true);
                body
            }
            Err(error) => {
                call.error = Some(error.error.clone());
                call.problems = error.messages.clone();
                error.body()
            }
        };
        self.record(call);
        Reaction::Send(json_answer(StatusCode::OK, &body))
    }

    fn call(
        &self,
        method: &str,
        token: Token,
        given: &str,
        is_json: bool,
        arguments: &Value,
    ) -> Outcome {
        let documented = match catalogue::find(method) {
            Known::Yes(documented) => documented,
            Known::Gone => return Err("method_deprecated".into()),
            Known::No => {
                return Err(SlackError::from("unknown_method").with("req_method", json!(method)));
            }
        };
        if !documented.tokens.is_empty() {
            match token {
                Token::Missing => return Err("not_authed".into()),
                Token::Unknown => return Err("invalid_auth".into()),
                Token::Known => self.judge_scopes(documented, given, arguments)?,
            }
        }
        // A method that takes forms only sees no argument in a JSON body.
        let nothing = json!({});
        let arguments = if is_json && !documented.json {
            &nothing
        } else {
            arguments
        };
        match METHODS.iter().find(|(name, _)| *name == method) {
            Some((_, act)) => act(self, arguments),
            None => {
                if lock(&self.state).unacted.insert(method.to_owned()) {
                    self.emit(Event::OnlyRecorded(method.to_owned()));
                }
                Ok(documented.example(arguments))
            }
        }
    }

    /// Judges a token whose scopes the double was told.
    fn judge_scopes(
        &self,
        documented: &Documented,
        token: &str,
        arguments: &Value,
    ) -> Result<(), SlackError> {
        let state = lock(&self.state);
        let Some(granted) = state.scopes.get(token) else {
            return Ok(());
        };
        let kind = catalogue::kind(token);
        if !documented.tokens.iter().any(|one| one == kind) {
            return Err("not_allowed_token_type".into());
        }
        let channel = arguments["channel"].as_str().unwrap_or_default();
        let channel = state.channel(channel).unwrap_or_default();
        let mut missing = documented.missing(kind, granted, &channel);
        let customised = ["username", "icon_emoji", "icon_url"];
        let customize = "chat:write.customize".to_owned();
        if documented.name == "chat.postMessage"
            && customised
                .iter()
                .any(|name| string(arguments, name).is_some())
            && !granted.contains(&customize)
        {
            missing.push(customize);
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(SlackError::from("missing_scope")
            .with("needed", json!(missing.join(",")))
            .with("provided", json!(granted.join(","))))
    }
}

fn is_json(request: &Request<Bytes>) -> bool {
    let content_type = request
        .headers()
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/json"))
}

/// The `token` argument, which Slack takes in forms only, and the other arguments.
fn read_arguments(request: &Request<Bytes>) -> (Option<String>, Result<Value, SlackError>) {
    if request.method() == Method::POST && is_json(request) {
        return match serde_json::from_slice(request.body()) {
            Ok(Value::Object(mut arguments)) => {
                arguments.remove("token");
                (None, Ok(parse_nested(arguments)))
            }
            Ok(_) => (None, Err("json_not_object".into())),
            Err(_) => (None, Err("invalid_json".into())),
        };
    }
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let mut arguments = Map::new();
    for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(request.body()))
    {
        arguments.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    let token = arguments
        .remove("token")
        .and_then(|token| token.as_str().map(str::to_owned));
    (token, Ok(parse_nested(arguments)))
}

/// Parses the arguments that are JSON inside a string, as they are in forms and may be in JSON.
fn parse_nested(mut arguments: Map<String, Value>) -> Value {
    for name in ["blocks", "attachments", "view", "metadata"] {
        if let Some(Value::String(text)) = arguments.get(name)
            && let Ok(parsed) = serde_json::from_str(text)
        {
            arguments.insert(name.to_owned(), parsed);
        }
    }
    Value::Object(arguments)
}

/// A string argument; a number counts, as `ts` and `limit` come as either.
pub(super) fn string(arguments: &Value, name: &str) -> Option<String> {
    match &arguments[name] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

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

/// The channel that a call reads or writes in, which the bot has to be in.
pub(super) fn own_channel(core: &SlackCore, arguments: &Value) -> Result<String, SlackError> {
    let channel = channel(core, arguments)?;
    lock(&core.state).membership(&channel)?;
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
