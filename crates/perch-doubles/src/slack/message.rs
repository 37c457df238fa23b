//! What the double keeps of a message: the arguments that it was posted with, whole. All that is shown of it, every answer
//! and every payload is derived from them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Bot;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    App(Bot),
    /// A person, by user id.
    Person(String),
}

impl Author {
    /// The user id: an app's is that of its bot user.
    pub fn user_id(&self) -> &str {
        match self {
            Author::App(bot) => &bot.user_id,
            Author::Person(user) => user,
        }
    }

    /// Whether this is the app with that id.
    pub(super) fn is_app(&self, app_id: &str) -> bool {
        matches!(self, Author::App(bot) if bot.app_id == app_id)
    }
}

/// A message as it stands in a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub author: Author,
    pub channel: String,
    /// Slack's name of the message in its channel, `1700000000.000100`.
    pub ts: String,
    /// What it was posted and updated with, by the names of `chat.postMessage`'s arguments. Blocks have the ids that the bot
    /// left out.
    pub arguments: Map<String, Value>,
    /// The one person who sees it; none for a message that all see.
    pub ephemeral_to: Option<String>,
    /// Who wrote the message that this one answers, where that is known.
    pub parent_user: Option<String>,
    /// The replies in the thread below it, oldest first.
    pub replies: Vec<Reply>,
    /// The `ts` of the latest edit that people see.
    pub edited: Option<String>,
    pub deleted: bool,
    /// Who has reacted with what, in the order in which the emoji came.
    #[serde(default)]
    pub reactions: Vec<Reaction>,
}

/// An emoji below a message, and who has put it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Without colons.
    pub name: String,
    /// User ids.
    pub users: Vec<String>,
}

/// A reply in a message's thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub user: String,
    pub ts: String,
}

impl Message {
    fn argument(&self, name: &str) -> Option<&str> {
        let text = self.arguments.get(name)?.as_str()?;
        Some(text).filter(|text| !text.is_empty())
    }

    fn list(&self, name: &str) -> &[Value] {
        let list = self.arguments.get(name).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// Its text: the one shown, or the fallback beside blocks.
    pub fn text(&self) -> &str {
        let text = self.argument("text");
        text.or_else(|| self.argument("markdown_text"))
            .unwrap_or_default()
    }

    /// Its blocks, with their ids.
    pub fn blocks(&self) -> &[Value] {
        self.list("blocks")
    }

    /// Its attachments.
    pub fn attachments(&self) -> &[Value] {
        self.list("attachments")
    }

    /// The message that this one answers.
    pub fn thread_ts(&self) -> Option<&str> {
        self.argument("thread_ts")
    }

    /// Its metadata; null without any.
    pub fn metadata(&self) -> &Value {
        self.arguments.get("metadata").unwrap_or(&Value::Null)
    }

    /// Whether it is a reply that stands in the channel as well.
    pub fn is_broadcast(&self) -> bool {
        let asked = self.arguments.get("reply_broadcast");
        self.thread_ts().is_some() && asked.is_some_and(is_true)
    }

    /// Whether `conversations.history` shows it: all but replies that stand in their thread alone.
    pub fn is_in_channel(&self) -> bool {
        self.thread_ts().is_none() || self.is_broadcast()
    }

    /// The buttons and other elements that send a block action, with the ids of their blocks.
    pub fn elements(&self) -> Vec<(String, Value)> {
        super::blocks::elements(self.blocks())
            .filter(|(_, element)| element.get("action_id").is_some())
            .map(|(block, element)| (block.to_owned(), element.clone()))
            .collect()
    }

    /// The message as Slack writes it in answers and payloads.
    pub fn to_payload(&self) -> Value {
        let mut message = json!({
            "type": "message",
            "ts": self.ts,
            "text": self.text(),
        });
        match &self.author {
            Author::App(bot) => self.add_app(&mut message, bot),
            Author::Person(user) => self.add_person(&mut message, user),
        }
        for list in ["blocks", "attachments"] {
            if !self.list(list).is_empty() {
                message[list] = json!(self.list(list));
            }
        }
        if self.metadata().get("event_type").is_some() {
            message["metadata"] = self.metadata().clone();
        }
        self.add_thread(&mut message);
        if !self.reactions.is_empty() {
            let reactions = self.reactions.iter();
            let reactions = reactions
                .map(|one| json!({"name": one.name, "users": one.users, "count": one.users.len()}));
            message["reactions"] = reactions.collect();
        }
        if let Some(Value::Array(files)) = self.arguments.get("files") {
            message["files"] = json!(files);
        }
        if let Some(ts) = &self.edited {
            message["edited"] = json!({"user": self.author.user_id(), "ts": ts});
        }
        message
    }

    /// What a person's client sends gets an id of its own.
    fn add_person(&self, message: &mut Value, user: &str) {
        message["user"] = json!(user);
        if let Some(id) = self.arguments.get("client_msg_id") {
            message["client_msg_id"] = id.clone();
        }
    }

    /// A message under another name or icon is no user's, and of a subtype of its own.
    fn add_app(&self, message: &mut Value, bot: &Bot) {
        message["bot_id"] = json!(bot.bot_id);
        message["app_id"] = json!(bot.app_id);
        message["team"] = json!(bot.team_id);
        message["bot_profile"] = json!({
            "id": bot.bot_id,
            "app_id": bot.app_id,
            "name": bot.user_name,
            "icons": icons(&bot.icon),
            "deleted": false,
            "updated": 1_700_000_000,
            "team_id": bot.team_id,
        });
        let (name, emoji, url) = (
            self.argument("username"),
            self.argument("icon_emoji"),
            self.argument("icon_url"),
        );
        if name.is_none() && emoji.is_none() && url.is_none() {
            message["user"] = json!(bot.user_id);
            return;
        }
        message["subtype"] = json!("bot_message");
        message["username"] = json!(name.unwrap_or(&bot.user_name));
        // An emoji wins over a picture.
        if let Some(emoji) = emoji {
            message["icons"] = json!({"emoji": emoji});
        } else if let Some(url) = url {
            message["icons"] = icons(url);
        }
    }

    fn add_thread(&self, message: &mut Value) {
        if let Some(thread) = self.thread_ts() {
            message["thread_ts"] = json!(thread);
            if let Some(user) = &self.parent_user {
                message["parent_user_id"] = json!(user);
            }
            if self.is_broadcast() {
                message["subtype"] = json!("thread_broadcast");
            }
        }
        if let Some(latest) = self.replies.last() {
            let mut users: Vec<&str> = Vec::new();
            for reply in &self.replies {
                if !users.contains(&reply.user.as_str()) {
                    users.push(&reply.user);
                }
            }
            message["thread_ts"] = json!(self.ts);
            message["reply_count"] = json!(self.replies.len());
            message["reply_users_count"] = json!(users.len());
            message["latest_reply"] = json!(latest.ts);
            message["reply_users"] = json!(users);
            message["is_locked"] = json!(false);
            message["subscribed"] = json!(false);
        }
    }
}

/// A picture in the three sizes that Slack names.
fn icons(url: &str) -> Value {
    json!({"image_36": url, "image_48": url, "image_72": url})
}

/// `true`, `"true"`, 1 and `"1"`, as forms and JSON carry it.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(given) => *given,
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    }
}
