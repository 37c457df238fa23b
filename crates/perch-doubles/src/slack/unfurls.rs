//! `chat.unfurl`: what an app shows below a message for the links in it.

use serde_json::{Value, json};

use super::super::server::lock;
use super::web_call::{Outcome, channel, required};
use super::{Bot, Event, SlackCore};

pub(super) fn unfurl(core: &SlackCore, _: &Bot, arguments: &Value) -> Outcome {
    let Some(unfurls) = arguments["unfurls"].as_object() else {
        return Err("missing_unfurls".into());
    };
    // By `unfurl_id` and `source`, Slack knows a message that is not sent yet; the double sends them at once.
    if arguments["channel"].is_null() {
        return Ok(json!({}));
    }
    let channel = channel(core, arguments)?;
    let ts = required(arguments, "ts").map_err(|_| "cannot_find_message")?;
    let message = {
        let mut state = lock(&core.state);
        let attachments: Vec<Value> = unfurls
            .iter()
            .map(|(url, unfurl)| {
                let mut attachment = unfurl.clone();
                attachment["from_url"] = json!(url);
                if let Some(blocks) = unfurl["blocks"].as_array() {
                    attachment["blocks"] = json!(state.complete(blocks.clone()));
                }
                attachment
            })
            .collect();
        let message = state
            .message_mut(&channel, &ts)
            .ok_or("cannot_find_message")?;
        let all = message
            .arguments
            .entry("attachments")
            .or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.retain(|old| {
                let url = old["from_url"].as_str();
                url.is_none_or(|url| !unfurls.contains_key(url))
            });
            all.extend(attachments);
        }
        message.clone()
    };
    core.emit(Event::Updated(message));
    Ok(json!({}))
}
