//! The methods that bots call most, with their arguments and answers as types.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Error, Message, Pages, WebClient};
use crate::ids::{ChannelId, MessageTs, TeamId, TriggerId, UserId, ViewId};

/// `arguments` and the fields of a message, in one object.
#[derive(Serialize)]
struct With<'a, A> {
    #[serde(flatten)]
    arguments: A,
    #[serde(flatten)]
    message: &'a Message,
}

#[derive(Serialize)]
struct Place<'a> {
    channel: &'a ChannelId,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<&'a MessageTs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_at: Option<i64>,
}

impl<'a> Place<'a> {
    fn channel(channel: &'a ChannelId) -> Place<'a> {
        Place {
            channel,
            ts: None,
            user: None,
            post_at: None,
        }
    }
}

impl WebClient {
    /// `chat.postMessage`: posts into a channel. Slack takes a user's id as a channel too, for a direct message.
    pub async fn chat_post_message(
        &self,
        channel: &ChannelId,
        message: &Message,
    ) -> Result<Posted, Error> {
        let arguments = Place::channel(channel);
        self.call("chat.postMessage", &With { arguments, message })
            .await
    }

    /// `chat.update`: replaces the message that was posted at `ts`. Its text has at most 4,000 characters.
    pub async fn chat_update(
        &self,
        channel: &ChannelId,
        ts: &MessageTs,
        message: &Message,
    ) -> Result<Posted, Error> {
        let arguments = Place {
            ts: Some(ts),
            ..Place::channel(channel)
        };
        self.call("chat.update", &With { arguments, message }).await
    }

    /// `chat.postEphemeral`: shows a message to one person in a channel until they reload. Answers with its `ts`,
    /// which no other method takes.
    pub async fn chat_post_ephemeral(
        &self,
        channel: &ChannelId,
        user: &UserId,
        message: &Message,
    ) -> Result<MessageTs, Error> {
        #[derive(Deserialize)]
        struct Answer {
            message_ts: MessageTs,
        }
        let arguments = Place {
            user: Some(user),
            ..Place::channel(channel)
        };
        let answer: Answer = self
            .call("chat.postEphemeral", &With { arguments, message })
            .await?;
        Ok(answer.message_ts)
    }

    /// `chat.scheduleMessage`: posts at `post_at`, in seconds since 1970, up to 120 days ahead.
    pub async fn chat_schedule_message(
        &self,
        channel: &ChannelId,
        post_at: i64,
        message: &Message,
    ) -> Result<Scheduled, Error> {
        let arguments = Place {
            post_at: Some(post_at),
            ..Place::channel(channel)
        };
        self.call("chat.scheduleMessage", &With { arguments, message })
            .await
    }

    /// `chat.deleteScheduledMessage`: takes a scheduled message back, until 60 s before it is due.
    pub async fn chat_delete_scheduled_message(
        &self,
        channel: &ChannelId,
        scheduled_message_id: &str,
    ) -> Result<(), Error> {
        let arguments = json!({
            "channel": channel,
            "scheduled_message_id": scheduled_message_id,
        });
        self.call("chat.deleteScheduledMessage", &arguments).await
    }

    /// `views.open`: opens a modal, within 3 s of the interaction that brought `trigger_id`.
    pub async fn views_open(
        &self,
        trigger_id: &TriggerId,
        view: impl Into<Value>,
    ) -> Result<View, Error> {
        self.view(
            "views.open",
            json!({ "trigger_id": trigger_id, "view": view.into() }),
        )
        .await
    }

    /// `views.open` for a workflow step, by the pointer in [`Step`](crate::Step).
    pub async fn views_open_in_step(
        &self,
        interactivity_pointer: &str,
        view: impl Into<Value>,
    ) -> Result<View, Error> {
        self.view(
            "views.open",
            json!({ "interactivity_pointer": interactivity_pointer, "view": view.into() }),
        )
        .await
    }

    /// `views.push`: puts a modal on top of the one that is open, three deep at most.
    pub async fn views_push(
        &self,
        trigger_id: &TriggerId,
        view: impl Into<Value>,
    ) -> Result<View, Error> {
        self.view(
            "views.push",
            json!({ "trigger_id": trigger_id, "view": view.into() }),
        )
        .await
    }

    /// `views.update`: replaces an open modal. With the `hash` of the view as it was seen, Slack refuses
    /// (`hash_conflict`) when it has changed since.
    pub async fn views_update(
        &self,
        view_id: &ViewId,
        hash: Option<&str>,
        view: impl Into<Value>,
    ) -> Result<View, Error> {
        let mut arguments = json!({ "view_id": view_id, "view": view.into() });
        if let Some(hash) = hash {
            arguments["hash"] = hash.into();
        }
        self.view("views.update", arguments).await
    }

    /// `views.publish`: shows a person their Home tab of the app. With the `hash` of the view as it was seen, Slack
    /// refuses (`hash_conflict`) when it has changed since.
    pub async fn views_publish(
        &self,
        user: &UserId,
        hash: Option<&str>,
        home: impl Into<Value>,
    ) -> Result<View, Error> {
        let mut arguments = json!({ "user_id": user, "view": home.into() });
        if let Some(hash) = hash {
            arguments["hash"] = hash.into();
        }
        self.view("views.publish", arguments).await
    }

    async fn view(&self, method: &str, arguments: Value) -> Result<View, Error> {
        #[derive(Deserialize)]
        struct Answer {
            view: View,
        }
        let answer: Answer = self.call(method, &arguments).await?;
        Ok(answer.view)
    }

    /// `users.info`: who a user is, and the language in which they use Slack.
    pub async fn users_info(&self, user: &UserId) -> Result<User, Error> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        let answer: Answer = self
            .call(
                "users.info",
                &json!({ "user": user, "include_locale": true }),
            )
            .await?;
        Ok(answer.user)
    }

    /// `conversations.history`: a channel's messages, newest first, page by page.
    pub fn conversations_history(
        &self,
        channel: &ChannelId,
        range: &HistoryRange,
    ) -> Result<Pages<HistoryPage>, Error> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            channel: &'a ChannelId,
            #[serde(flatten)]
            range: &'a HistoryRange,
        }
        self.pages("conversations.history", &Arguments { channel, range })
    }

    /// `auth.test`: whose token this is. The cheapest way to know that it works.
    pub async fn auth_test(&self) -> Result<AuthTest, Error> {
        self.call("auth.test", &()).await
    }
}

/// Where a message was posted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Posted {
    /// The channel's id, also when the call named a person.
    pub channel: ChannelId,
    /// When: the message's id within the channel.
    pub ts: MessageTs,
}

/// A message that Slack will post.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Scheduled {
    /// What `chat.deleteScheduledMessage` takes.
    pub scheduled_message_id: String,
    /// The channel's id.
    pub channel: ChannelId,
    /// In seconds since 1970.
    pub post_at: i64,
}

/// A modal as Slack shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct View {
    /// What `views.update` takes.
    pub id: ViewId,
    /// Changes with the view.
    pub hash: Option<String>,
    /// The bot's own name for it.
    #[serde(default)]
    pub callback_id: String,
    /// The bot's own notes in it.
    #[serde(default)]
    pub private_metadata: String,
}

/// A person or a bot in the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// `U…` or `W…`.
    pub id: UserId,
    /// The old handle; people see [`Profile::display_name`].
    #[serde(default)]
    pub name: String,
    /// An IANA timezone, such as `Asia/Tokyo`.
    pub tz: Option<String>,
    /// The language in which they use Slack, such as `ja-JP`.
    pub locale: Option<String>,
    /// Whether the account is deactivated.
    #[serde(default)]
    pub deleted: bool,
    /// Whether it is a bot's.
    #[serde(default)]
    pub is_bot: bool,
    /// What the person says of themselves.
    #[serde(default)]
    pub profile: Profile,
}

/// The part of a user that the person edits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The full name.
    #[serde(default)]
    pub real_name: String,
    /// The name that messages show; empty when none was chosen.
    #[serde(default)]
    pub display_name: String,
    /// Only with the scope `users:read.email`.
    pub email: Option<String>,
}

/// Which part of a channel's history: by default all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HistoryRange {
    /// After this `ts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<MessageTs>,
    /// Before this `ts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<MessageTs>,
    /// Those at `oldest` and `latest` too.
    pub inclusive: bool,
    /// Messages with the metadata that their bots attached.
    pub include_all_metadata: bool,
    /// Messages a page, at most 999; 200 when this is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u16>,
}

/// One page of a channel's history.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct HistoryPage {
    /// Newest first.
    #[serde(default)]
    pub messages: Vec<HistoryMessage>,
}

/// A message in a channel's history.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct HistoryMessage {
    /// When: its id within the channel.
    pub ts: MessageTs,
    /// Whose it is; a bot's message may have only a [`bot_id`](HistoryMessage::bot_id).
    pub user: Option<UserId>,
    /// The bot that posted it.
    pub bot_id: Option<String>,
    /// What it says in mrkdwn.
    #[serde(default)]
    pub text: String,
    /// The `ts` of its thread's first message.
    pub thread_ts: Option<MessageTs>,
    /// What kind of message it is when it is not an ordinary one, such as `channel_join`.
    pub subtype: Option<String>,
    /// What its bot attached.
    pub metadata: Option<Value>,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AuthTest {
    /// The workspace's address.
    #[serde(default)]
    pub url: String,
    /// The workspace's name.
    #[serde(default)]
    pub team: String,
    /// The workspace's id.
    #[serde(default)]
    pub team_id: TeamId,
    /// The user as which the bot acts.
    #[serde(default)]
    pub user_id: UserId,
    /// Only for a bot token.
    pub bot_id: Option<String>,
}
