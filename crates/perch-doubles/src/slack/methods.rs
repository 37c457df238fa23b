//! The Web API: how a call is read, and what each method does.
//!
//! Names of arguments and errors are those of the methods' pages in Slack's reference.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

use super::super::Token;
use super::super::server::{Reaction, bearer, json as json_answer, lock};
use super::state::Scheduled;
use super::{Call, Event, SlackCore};

/// What a method answers beside `"ok": true`, or how it fails.
pub(super) type Outcome = Result<Value, SlackError>;

/// A failed call: Slack's `error`, and for bad arguments what is wrong with them.
#[derive(Debug)]
pub(super) struct SlackError {
    error: String,
    messages: Vec<String>,
}

impl From<&str> for SlackError {
    fn from(error: &str) -> SlackError {
        SlackError {
            error: error.to_owned(),
            messages: Vec::new(),
        }
    }
}

impl SlackError {
    /// `invalid_arguments` or `invalid_blocks` with its explanation, which Slack puts into `response_metadata`.
    pub(super) fn explained(error: &str, message: impl Into<String>) -> SlackError {
        SlackError {
            error: error.to_owned(),
            messages: vec![format!("[ERROR] {}", message.into())],
        }
    }
}

type Implementation = fn(&SlackCore, &Value) -> Outcome;

/// Every method, and whether it takes JSON: Slack's reading methods take forms and query strings only, and see no
/// argument in a JSON body.
const METHODS: &[(&str, bool, Implementation)] = &[
    ("api.test", true, |_, arguments| {
        Ok(json!({"args": arguments}))
    }),
    ("auth.test", true, auth_test),
    ("chat.delete", true, chat_delete),
    (
        "chat.deleteScheduledMessage",
        true,
        chat_delete_scheduled_message,
    ),
    ("chat.getPermalink", false, chat_get_permalink),
    ("chat.postEphemeral", true, chat_post_ephemeral),
    ("chat.postMessage", true, chat_post_message),
    ("chat.scheduleMessage", true, chat_schedule_message),
    (
        "chat.scheduledMessages.list",
        true,
        chat_scheduled_messages_list,
    ),
    ("chat.update", true, chat_update),
    ("conversations.history", false, conversations_history),
    ("conversations.info", false, conversations_info),
    ("conversations.replies", false, conversations_replies),
    ("users.info", false, users_info),
    ("views.open", true, super::views::open),
    ("views.push", true, super::views::push),
    ("views.update", true, super::views::update),
];

impl SlackCore {
    pub(super) fn web_api(&self, method: &str, request: &Request<Bytes>) -> Reaction {
        let (token, arguments) = read_arguments(request);
        let token = self
            .options
            .tokens
            .judge(bearer(request).or(token.as_deref()));
        let mut call = Call {
            method: method.to_owned(),
            arguments: Value::Null,
            token,
            time: self.now(),
            error: None,
        };
        if let Some((answer, error)) = self.planned_failure(method) {
            call.arguments = arguments.unwrap_or_default();
            call.error = Some(error);
            self.record(call);
            return answer;
        }
        let outcome = arguments.and_then(|arguments| {
            call.arguments = arguments;
            self.call(method, token, is_json(request), &call.arguments)
        });
        let body = match outcome {
            Ok(mut body) => {
                body["ok"] = json!(true);
                body
            }
            Err(problem) => {
                call.error = Some(problem.error.clone());
                let mut body = json!({"ok": false, "error": problem.error});
                if problem.error == "unknown_method" {
                    body["req_method"] = json!(method);
                }
                if !problem.messages.is_empty() {
                    body["response_metadata"] = json!({"messages": problem.messages});
                }
                body
            }
        };
        self.record(call);
        Reaction::Send(json_answer(StatusCode::OK, &body))
    }

    fn call(&self, method: &str, token: Token, is_json: bool, arguments: &Value) -> Outcome {
        let Some(&(_, takes_json, implementation)) =
            METHODS.iter().find(|(name, ..)| *name == method)
        else {
            return Err("unknown_method".into());
        };
        match token {
            Token::Missing => Err("not_authed".into()),
            Token::Unknown => Err("invalid_auth".into()),
            Token::Known if is_json && !takes_json => implementation(self, &json!({})),
            Token::Known => implementation(self, arguments),
        }
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

fn required(arguments: &Value, name: &str) -> Result<String, SlackError> {
    string(arguments, name).ok_or_else(|| {
        SlackError::explained(
            "invalid_arguments",
            format!("missing required field: {name}"),
        )
    })
}

fn channel(core: &SlackCore, arguments: &Value) -> Result<String, SlackError> {
    let named = string(arguments, "channel").ok_or("channel_not_found")?;
    Ok(lock(&core.state)
        .channel(&named)
        .ok_or("channel_not_found")?)
}

/// Checks that a message says something, within Slack's limits.
pub(super) fn content(arguments: &Value) -> Result<(), SlackError> {
    let has = |name: &str| {
        arguments[name]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    };
    let text = arguments["text"].as_str().unwrap_or_default();
    if text.is_empty() && !has("blocks") && !has("attachments") {
        return Err("no_text".into());
    }
    // 40,000 characters, from chat.postMessage's page.
    if text.chars().count() > 40_000 {
        return Err("msg_too_long".into());
    }
    match &arguments["blocks"] {
        Value::Null => Ok(()),
        Value::Array(blocks) => super::views::check_blocks(blocks, 50),
        _ => Err("invalid_blocks_format".into()),
    }
}

fn auth_test(core: &SlackCore, _: &Value) -> Outcome {
    let bot = &core.options.bot;
    Ok(json!({
        "url": format!("https://{}.slack.com/", bot.team_domain),
        "team": "Perch Demo",
        "user": bot.user_name,
        "team_id": bot.team_id,
        "user_id": bot.user_id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": false,
    }))
}

fn chat_post_message(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    content(arguments)?;
    let message = {
        let mut state = lock(&core.state);
        let message = state.draft(core.now(), &channel, arguments);
        state.messages.push(message.clone());
        message
    };
    let answer = json!({"channel": channel, "ts": message.ts, "message": message.to_payload(&core.options.bot)});
    core.emit(Event::Posted(message));
    Ok(answer)
}

fn chat_update(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = string(arguments, "ts").ok_or("message_not_found")?;
    content(arguments)?;
    let updated = {
        let mut state = lock(&core.state);
        let blocks = arguments["blocks"].as_array().cloned();
        let blocks = blocks.map(|blocks| state.complete(blocks));
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("message_not_found")?;
        if message.ephemeral_to.is_some() {
            return Err("cant_update_message".into());
        }
        // Text without blocks replaces the blocks too; blocks without text keep the old text for notifications.
        if let Some(text) = arguments["text"].as_str() {
            message.text = text.to_owned();
        }
        message.blocks = blocks.unwrap_or_default();
        message.attachments = arguments["attachments"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        message.edited = true;
        message.clone()
    };
    let answer = json!({
        "channel": channel,
        "ts": ts,
        "text": updated.text,
        "message": updated.to_payload(&core.options.bot),
    });
    core.emit(Event::Updated(updated));
    Ok(answer)
}

fn chat_delete(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = string(arguments, "ts").ok_or("message_not_found")?;
    let deleted = {
        let mut state = lock(&core.state);
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("message_not_found")?;
        if message.ephemeral_to.is_some() {
            return Err("cant_delete_message".into());
        }
        message.deleted = true;
        message.clone()
    };
    core.emit(Event::Deleted(deleted));
    Ok(json!({"channel": channel, "ts": ts}))
}

fn chat_post_ephemeral(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let user = required(arguments, "user")?;
    content(arguments)?;
    let message = {
        let mut state = lock(&core.state);
        let mut message = state.draft(core.now(), &channel, arguments);
        message.ephemeral_to = Some(user);
        state.messages.push(message.clone());
        message
    };
    let answer = json!({"message_ts": message.ts});
    core.emit(Event::Posted(message));
    Ok(answer)
}

fn chat_schedule_message(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let at = required(arguments, "post_at")?;
    let at: i64 = at.parse().map_err(|_| SlackError::from("invalid_time"))?;
    content(arguments)?;
    let now = core.now().as_second();
    if at <= now {
        return Err("time_in_past".into());
    }
    // 120 days, from the method's page.
    if at > now + 120 * 24 * 60 * 60 {
        return Err("time_too_far".into());
    }
    let later = {
        let mut state = lock(&core.state);
        let message = state.draft(core.now(), &channel, arguments);
        let later = Scheduled {
            id: state.id("Q"),
            at,
            created: now,
            message,
        };
        state.scheduled.push(later.clone());
        later
    };
    let bot = &core.options.bot;
    let answer = json!({
        "channel": channel,
        "scheduled_message_id": later.id,
        "post_at": at,
        "message": {
            "text": later.message.text,
            "blocks": later.message.blocks,
            "bot_id": bot.bot_id,
            "user": bot.user_id,
            "type": "delayed_message",
        },
    });
    core.emit(Event::Scheduled(later));
    Ok(answer)
}

fn chat_delete_scheduled_message(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let id = required(arguments, "scheduled_message_id")?;
    let removed = {
        let mut state = lock(&core.state);
        let found = state
            .scheduled
            .iter()
            .position(|later| later.id == id && later.message.channel == channel);
        state
            .scheduled
            .remove(found.ok_or("invalid_scheduled_message_id")?)
    };
    core.emit(Event::Unscheduled(removed));
    Ok(json!({}))
}

fn chat_scheduled_messages_list(core: &SlackCore, arguments: &Value) -> Outcome {
    let wanted = match string(arguments, "channel") {
        Some(_) => Some(channel(core, arguments)?),
        None => None,
    };
    let bound = |name: &str| string(arguments, name).and_then(|text| text.parse::<i64>().ok());
    let (oldest, latest) = (
        bound("oldest").unwrap_or(i64::MIN),
        bound("latest").unwrap_or(i64::MAX),
    );
    let mut found: Vec<Value> = lock(&core.state)
        .scheduled
        .iter()
        .filter(|later| {
            wanted
                .as_ref()
                .is_none_or(|channel| *channel == later.message.channel)
        })
        .filter(|later| (oldest..=latest).contains(&later.at))
        .map(|later| {
            json!({
                "id": later.id,
                "channel_id": later.message.channel,
                "post_at": later.at,
                "date_created": later.created,
                "text": later.message.text,
            })
        })
        .collect();
    let next = page(&mut found, arguments, 100)?;
    Ok(json!({"scheduled_messages": found, "response_metadata": {"next_cursor": next}}))
}

fn chat_get_permalink(core: &SlackCore, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = required(arguments, "message_ts")?;
    lock(&core.state)
        .message_mut(&channel, &ts)
        .ok_or("message_not_found")?;
    let domain = &core.options.bot.team_domain;
    let permalink = format!(
        "https://{domain}.slack.com/archives/{channel}/p{}",
        ts.replace('.', "")
    );
    Ok(json!({"channel": channel, "permalink": permalink}))
}

fn conversations_info(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    Ok(json!({"channel": lock(&core.state).channel_payload(&channel)}))
}

fn conversations_history(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let mut found = messages(core, arguments, &channel, |message| {
        message.thread_ts.is_none()
    });
    found.reverse();
    let next = page(&mut found, arguments, 100)?;
    let has_more = !next.is_empty();
    Ok(json!({
        "messages": found,
        "has_more": has_more,
        "pin_count": 0,
        "response_metadata": {"next_cursor": next},
    }))
}

fn conversations_replies(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let thread = required(arguments, "ts")?;
    let mut found = messages(core, arguments, &channel, |message| {
        message.ts == thread || message.thread_ts.as_ref() == Some(&thread)
    });
    if found.is_empty() {
        return Err("thread_not_found".into());
    }
    let next = page(&mut found, arguments, 1000)?;
    let has_more = !next.is_empty();
    Ok(json!({"messages": found, "has_more": has_more, "response_metadata": {"next_cursor": next}}))
}

/// The messages of a channel that all see, between `oldest` and `latest`, oldest first.
fn messages(
    core: &SlackCore,
    arguments: &Value,
    channel: &str,
    wanted: impl Fn(&super::Message) -> bool,
) -> Vec<Value> {
    let number = |text: &str| text.parse::<f64>().unwrap_or_default();
    let oldest = string(arguments, "oldest").map_or(f64::MIN, |text| number(&text));
    let latest = string(arguments, "latest").map_or(f64::MAX, |text| number(&text));
    let inclusive = matches!(&arguments["inclusive"], Value::Bool(true))
        || matches!(
            string(arguments, "inclusive").as_deref(),
            Some("true" | "1")
        );
    let within =
        |ts: f64| (oldest < ts && ts < latest) || (inclusive && (ts == oldest || ts == latest));
    lock(&core.state)
        .messages
        .iter()
        .filter(|message| {
            message.channel == channel && !message.deleted && message.ephemeral_to.is_none()
        })
        .filter(|message| within(number(&message.ts)) && wanted(message))
        .map(|message| message.to_payload(&core.options.bot))
        .collect()
}

fn users_info(core: &SlackCore, arguments: &Value) -> Outcome {
    let id = string(arguments, "user").ok_or("user_not_found")?;
    let state = lock(&core.state);
    let user = state
        .users
        .iter()
        .find(|user| user.id == id)
        .ok_or("user_not_found")?;
    Ok(json!({"user": {
        "id": user.id,
        "team_id": core.options.bot.team_id,
        "name": user.name,
        "deleted": false,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "email": format!("{}@example.com", user.name),
            "team": core.options.bot.team_id,
        },
        "is_admin": false,
        "is_owner": false,
        "is_bot": false,
        "is_app_user": false,
        "updated": 1_700_000_000,
    }}))
}

/// Cuts a list to the page that `cursor` and `limit` ask for, and returns the cursor of the next page or `""`.
fn page(items: &mut Vec<Value>, arguments: &Value, default: usize) -> Result<String, SlackError> {
    let limit = match string(arguments, "limit") {
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=999).contains(limit))
            .ok_or("invalid_limit")?,
        None => default,
    };
    let start = match string(arguments, "cursor") {
        Some(cursor) => position(&cursor)
            .filter(|start| *start <= items.len())
            .ok_or("invalid_cursor")?,
        None => 0,
    };
    let end = (start + limit).min(items.len());
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
