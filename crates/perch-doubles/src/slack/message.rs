//! What the double keeps of a message, and where its buttons are.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A message as it stands in a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub channel: String,
    /// Slack's name of the message in its channel, `1700000000.000100`.
    pub ts: String,
    pub text: String,
    pub blocks: Vec<Value>,
    pub attachments: Vec<Value>,
    /// The message that this one answers.
    pub thread_ts: Option<String>,
    /// The one person who sees it; none for a message that all see.
    pub ephemeral_to: Option<String>,
    pub edited: bool,
    pub deleted: bool,
}

impl Message {
    /// The buttons and other elements that send a block action, with the ids of their blocks.
    pub fn elements(&self) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for block in &self.blocks {
            let id = block["block_id"].as_str().unwrap_or_default();
            let accessory = block.get("accessory").into_iter();
            for element in block["elements"]
                .as_array()
                .into_iter()
                .flatten()
                .chain(accessory)
            {
                if element.get("action_id").is_some() {
                    found.push((id.to_owned(), element.clone()));
                }
            }
        }
        found
    }

    /// The message as Slack writes it in answers and payloads.
    pub fn to_payload(&self, bot: &super::Bot) -> Value {
        let mut message = json!({
            "type": "message",
            "user": bot.user_id,
            "bot_id": bot.bot_id,
            "app_id": bot.app_id,
            "team": bot.team_id,
            "ts": self.ts,
            "text": self.text,
        });
        if !self.blocks.is_empty() {
            message["blocks"] = json!(self.blocks);
        }
        if !self.attachments.is_empty() {
            message["attachments"] = json!(self.attachments);
        }
        if let Some(thread) = &self.thread_ts {
            message["thread_ts"] = json!(thread);
        }
        if self.edited {
            message["edited"] = json!({"user": bot.user_id, "ts": self.ts});
        }
        message
    }
}

/// Gives each block and each element in it the id that Slack makes up where the bot gave none.
pub(super) fn with_ids(mut blocks: Vec<Value>, made_up: &mut impl FnMut() -> String) -> Vec<Value> {
    for block in &mut blocks {
        if let Some(block) = block.as_object_mut() {
            block.entry("block_id").or_insert_with(|| json!(made_up()));
            for list in ["elements", "accessory", "element"] {
                let elements = match block.get_mut(list) {
                    Some(Value::Array(elements)) => elements.iter_mut().collect(),
                    Some(element @ Value::Object(_)) => vec![element],
                    _ => Vec::new(),
                };
                for element in elements.into_iter().filter_map(Value::as_object_mut) {
                    if element
                        .get("type")
                        .and_then(Value::as_str)
                        .is_some_and(is_interactive)
                    {
                        element
                            .entry("action_id")
                            .or_insert_with(|| json!(made_up()));
                    }
                }
            }
        }
    }
    blocks
}

fn is_interactive(kind: &str) -> bool {
    !matches!(kind, "image" | "mrkdwn" | "plain_text") && !kind.starts_with("rich_text")
}
