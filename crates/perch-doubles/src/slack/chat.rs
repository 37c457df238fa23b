//! `chat.*`: posting, updating, deleting and scheduling messages.
//!
//! Names of arguments and errors are those of the methods' pages in Slack's reference.

use perch_blocks::{Surface, check_blocks};
use serde_json::{Value, json};

use super::super::server::lock;
use super::blocks::Judged;
use super::message::Author;
use super::state::{SCHEDULED_WINDOW, SCHEDULED_WITHIN, Scheduled};
use super::web_call::{Outcome, SlackError, channel, own_channel, page, required, string};
use super::{Bot, Event, SlackCore};

/// The most characters of text: what `chat.postMessage` cuts off, and others refuse.
const MAX_TEXT: usize = 40_000;
const MAX_UPDATED_TEXT: usize = 4_000;
const MAX_MARKDOWN: usize = 12_000;
const MAX_ATTACHMENTS: usize = 100;
/// Seconds before its time in which a scheduled message cannot be deleted any more.
const TOO_LATE: i64 = 60;

/// Checks that a message says something, and that what it says is within Slack's limits, but for its text's length.
pub(super) fn content(core: &SlackCore, method: &str, arguments: &Value) -> Result<(), SlackError> {
    let has = |name: &str| {
        let list = arguments[name].as_array();
        list.is_some_and(|list| !list.is_empty())
    };
    let text = arguments["text"].as_str().unwrap_or_default();
    let markdown = arguments["markdown_text"].as_str().unwrap_or_default();
    if text.is_empty() && markdown.is_empty() && !has("blocks") && !has("attachments") {
        return Err("no_text".into());
    }
    if !markdown.is_empty() && (!text.is_empty() || has("blocks")) {
        return Err("markdown_text_conflict".into());
    }
    if markdown.chars().count() > MAX_MARKDOWN {
        return Err("msg_too_long".into());
    }
    let attachments = arguments["attachments"].as_array();
    if attachments.is_some_and(|attachments| attachments.len() > MAX_ATTACHMENTS) {
        return Err("too_many_attachments".into());
    }
    metadata(&arguments["metadata"])?;
    let blocks = &arguments["blocks"];
    match blocks {
        Value::Null => {}
        Value::Array(_) => {
            let judged = Judged::of(check_blocks(Surface::Message, blocks, "/blocks"));
            core.doubt(method, judged.doubtful);
            if !judged.refused.is_empty() {
                return Err(SlackError::refused("invalid_blocks", judged.refused));
            }
        }
        _ => return Err("invalid_blocks_format".into()),
    }
    // With which error Slack refuses blocks in attachments, no source says.
    for (at, attachment) in attachments.into_iter().flatten().enumerate() {
        if let Some(blocks) = attachment.get("blocks") {
            let root = format!("/attachments/{at}/blocks");
            let judged = Judged::of(check_blocks(Surface::Message, blocks, &root));
            core.doubt(method, [judged.refused, judged.doubtful].concat());
        }
    }
    Ok(())
}

/// Metadata has a type and a payload, or is an empty object, which takes away what was there.
fn metadata(metadata: &Value) -> Result<(), SlackError> {
    let is_whole = metadata["event_type"]
        .as_str()
        .is_some_and(|kind| !kind.is_empty())
        && metadata["event_payload"].is_object();
    let is_empty = metadata.as_object().is_some_and(serde_json::Map::is_empty);
    if metadata.is_null() || is_empty || is_whole {
        Ok(())
    } else {
        Err("invalid_metadata_format".into())
    }
}

fn text_within(arguments: &Value, most: usize) -> Result<(), SlackError> {
    let text = arguments["text"].as_str().unwrap_or_default();
    if text.chars().count() > most {
        return Err("msg_too_long".into());
    }
    Ok(())
}

pub(super) fn post_message(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = own_channel(core, app, arguments)?;
    content(core, "chat.postMessage", arguments)?;
    let mut arguments = arguments.clone();
    if text_within(&arguments, MAX_TEXT).is_err()
        && let Some(text) = arguments["text"].as_str()
    {
        arguments["text"] = json!(text.chars().take(MAX_TEXT).collect::<String>());
    }
    let message = {
        let mut state = lock(&core.state);
        let message = state.draft(core.now(), Author::App(app.clone()), &channel, &arguments);
        state.post(message)
    };
    let payload = message.to_payload();
    let answer = json!({"channel": channel, "ts": message.ts, "message": payload});
    core.emit(Event::Posted(message));
    Ok(answer)
}

pub(super) fn update(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = string(arguments, "ts").ok_or("message_not_found")?;
    content(core, "chat.update", arguments)?;
    text_within(arguments, MAX_UPDATED_TEXT)?;
    let updated = {
        let mut state = lock(&core.state);
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("message_not_found")?;
        if message.ephemeral_to.is_some() || !message.author.is_app(&app.app_id) {
            return Err("cant_update_message".into());
        }
        state.update(core.now(), &channel, &ts, arguments);
        let message = state.message_mut(&channel, &ts);
        message.ok_or("message_not_found")?.clone()
    };
    let answer = json!({
        "channel": channel,
        "ts": ts,
        "text": updated.text(),
        "message": updated.to_payload(),
    });
    core.emit(Event::Updated(updated));
    Ok(answer)
}

pub(super) fn delete(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = string(arguments, "ts").ok_or("message_not_found")?;
    let deleted = {
        let mut state = lock(&core.state);
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("message_not_found")?;
        if message.ephemeral_to.is_some() || !message.author.is_app(&app.app_id) {
            return Err("cant_delete_message".into());
        }
        state.delete(&channel, &ts).ok_or("message_not_found")?
    };
    core.emit(Event::Deleted(deleted));
    Ok(json!({"channel": channel, "ts": ts}))
}

pub(super) fn post_ephemeral(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = own_channel(core, app, arguments)?;
    let user = required(arguments, "user")?;
    content(core, "chat.postEphemeral", arguments)?;
    text_within(arguments, MAX_TEXT)?;
    let message = {
        let mut state = lock(&core.state);
        let mut message = state.draft(core.now(), Author::App(app.clone()), &channel, arguments);
        message.ephemeral_to = Some(user);
        state.post(message)
    };
    let answer = json!({"message_ts": message.ts});
    core.emit(Event::Posted(message));
    Ok(answer)
}

pub(super) fn schedule_message(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = own_channel(core, app, arguments)?;
    let at = required(arguments, "post_at")?;
    let at: i64 = at.parse().map_err(|_| SlackError::from("invalid_time"))?;
    content(core, "chat.scheduleMessage", arguments)?;
    text_within(arguments, MAX_TEXT)?;
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
        if state.most_within(&channel, at, SCHEDULED_WINDOW) >= SCHEDULED_WITHIN {
            return Err("restricted_too_many".into());
        }
        let message = state.draft(core.now(), Author::App(app.clone()), &channel, arguments);
        let later = Scheduled {
            id: state.id("Q"),
            at,
            created: now,
            message,
        };
        state.scheduled.push(later.clone());
        later
    };
    let mut message = later.message.to_payload();
    message["type"] = json!("delayed_message");
    if let Some(message) = message.as_object_mut() {
        // It has no place in the channel yet.
        message.remove("ts");
    }
    let answer = json!({
        "channel": channel,
        "scheduled_message_id": later.id,
        "post_at": at,
        "message": message,
    });
    core.emit(Event::Scheduled(later));
    Ok(answer)
}

pub(super) fn delete_scheduled_message(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let id = required(arguments, "scheduled_message_id")?;
    let now = core.now().as_second();
    let removed = {
        let mut state = lock(&core.state);
        let found = state.scheduled.iter().position(|later| {
            later.id == id
                && later.message.channel == channel
                && later.message.author.is_app(&app.app_id)
                && later.at > now + TOO_LATE
        });
        state
            .scheduled
            .remove(found.ok_or("invalid_scheduled_message_id")?)
    };
    core.emit(Event::Unscheduled(removed));
    Ok(json!({}))
}

pub(super) fn scheduled_messages_list(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
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
        .filter(|later| later.message.author.is_app(&app.app_id))
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
                "text": later.message.text(),
            })
        })
        .collect();
    let next = page(&mut found, arguments, 100, 1000)?;
    Ok(json!({"scheduled_messages": found, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn get_permalink(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = required(arguments, "message_ts")?;
    lock(&core.state)
        .message_mut(&channel, &ts)
        .ok_or("message_not_found")?;
    let domain = &app.team_domain;
    let permalink = format!(
        "https://{domain}.slack.com/archives/{channel}/p{}",
        ts.replace('.', "")
    );
    Ok(json!({"channel": channel, "permalink": permalink}))
}
