//! `chat.startStream`, `appendStream` and `stopStream`: a message that grows while it is written.

use perch_blocks::{Surface, check_blocks};
use serde_json::{Value, json};

use super::super::server::lock;
use super::blocks::Judged;
use super::message::Author;
use super::web_call::{Outcome, SlackError, channel, own_channel, required};
use super::{Bot, Event, SlackCore};

/// What a call adds to the text: `markdown_text`, and the chunks that are texts.
fn added(arguments: &Value) -> String {
    let chunks = arguments["chunks"].as_array().into_iter().flatten();
    let texts = chunks
        .filter(|chunk| chunk["type"] == "markdown_text")
        .filter_map(|chunk| chunk["text"].as_str());
    let text = arguments["markdown_text"].as_str();
    text.into_iter().chain(texts).collect()
}

pub(super) fn start(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let channel = own_channel(core, app, arguments)?;
    let mut first = arguments.clone();
    first["markdown_text"] = json!(added(arguments));
    if let Some(first) = first.as_object_mut() {
        first.remove("chunks");
    }
    let message = {
        let mut state = lock(&core.state);
        let message = state.draft(core.now(), Author::App(app.clone()), &channel, &first);
        state.streams.insert((channel.clone(), message.ts.clone()));
        state.post(message)
    };
    let answer = json!({"channel": channel, "ts": message.ts});
    core.emit(Event::Posted(message));
    Ok(answer)
}

pub(super) fn append(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let text = added(arguments);
    let has_chunks = arguments["chunks"]
        .as_array()
        .is_some_and(|chunks| !chunks.is_empty());
    if text.is_empty() && !has_chunks {
        return Err("no_text".into());
    }
    grow(core, app, arguments, &text, false)
}

pub(super) fn stop(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let blocks = &arguments["blocks"];
    if !blocks.is_null() {
        let judged = Judged::of(check_blocks(Surface::Message, blocks, "/blocks"));
        core.doubt("chat.stopStream", judged.doubtful);
        if !judged.refused.is_empty() {
            return Err(SlackError::refused("invalid_blocks", judged.refused));
        }
    }
    grow(core, app, arguments, &added(arguments), true)
}

/// Adds to a message that is being written, and ends that.
fn grow(core: &SlackCore, app: &Bot, arguments: &Value, text: &str, ends: bool) -> Outcome {
    let channel = channel(core, arguments)?;
    let ts = required(arguments, "ts")?;
    let grown = {
        let mut state = lock(&core.state);
        let place = (channel.clone(), ts.clone());
        let is_streaming = state.streams.contains(&place);
        let blocks = arguments["blocks"].as_array().cloned().unwrap_or_default();
        let blocks = state.complete(blocks);
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("message_not_found")?;
        if !message.author.is_app(&app.app_id) {
            return Err("message_not_owned_by_app".into());
        }
        if !is_streaming {
            return Err("message_not_in_streaming_state".into());
        }
        let whole = format!("{}{text}", message.text());
        message
            .arguments
            .insert("markdown_text".to_owned(), json!(whole));
        if !blocks.is_empty() {
            message.arguments.insert("blocks".to_owned(), json!(blocks));
        }
        if arguments["metadata"].is_object() {
            let metadata = arguments["metadata"].clone();
            message.arguments.insert("metadata".to_owned(), metadata);
        }
        let grown = message.clone();
        if ends {
            state.streams.remove(&place);
        }
        grown
    };
    let mut answer = json!({"channel": channel, "ts": ts});
    if ends {
        answer["message"] = grown.to_payload();
    }
    core.emit(Event::Updated(grown));
    Ok(answer)
}
