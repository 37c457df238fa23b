//! Shortcuts: global ones, and those on a message (`message_action`).

use serde_json::Value;

use super::fields::{self, Enterprise, Message, MessagePlace, User, channel_id, or_empty, owned};
use crate::ids::{ChannelId, TeamId, TriggerId};

/// A global shortcut. There is no channel to answer in: open a modal.
///
/// ```
/// use perch::{Context, Modal, Result, Shortcut};
///
/// async fn new_order(shortcut: Shortcut, context: Context) -> Result<()> {
///     let modal = Modal::new("order", "New order");
///     context.slack().views_open(&shortcut.trigger_id, modal).await?;
///     Ok(())
/// }
/// # let _ = perch::App::new().shortcut("new-order", new_order);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Shortcut {
    /// The shortcut's callback id, by which the handler was found.
    pub callback_id: String,
    /// Who used it.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The organisation of the workspace, if it has one.
    pub enterprise: Option<Enterprise>,
    /// What permits opening a modal, for three seconds.
    pub trigger_id: TriggerId,
    raw: Value,
}

impl Shortcut {
    pub(super) fn read(raw: Value) -> Shortcut {
        Shortcut {
            callback_id: or_empty(&raw, "/callback_id"),
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            enterprise: Enterprise::read(&raw),
            trigger_id: or_empty(&raw, "/trigger_id"),
            raw,
        }
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}

/// A shortcut used on a message.
///
/// ```
/// use perch::{Context, MessageAction, Reply, Result};
///
/// async fn pin(action: MessageAction, _: Context) -> Result<Reply> {
///     let text = action.message.as_ref().and_then(|message| message.text.as_deref());
///     Ok(Reply::ephemeral(format!("Kept: {}", text.unwrap_or("a message without text"))))
/// }
/// # let _ = perch::App::new().message_action("pin-it", pin);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct MessageAction {
    /// The shortcut's callback id, by which the handler was found.
    pub callback_id: String,
    /// Who used it; not necessarily who wrote the message.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The organisation of the workspace, if it has one.
    pub enterprise: Option<Enterprise>,
    /// The message's channel.
    pub channel_id: Option<ChannelId>,
    /// The message.
    pub message: Option<Message>,
    /// Where the message is.
    pub place: Option<MessagePlace>,
    /// What permits opening a modal, for three seconds.
    pub trigger_id: TriggerId,
    /// Where answers go, five times within half an hour.
    pub response_url: Option<String>,
    raw: Value,
}

impl MessageAction {
    pub(super) fn read(raw: Value) -> MessageAction {
        MessageAction {
            callback_id: or_empty(&raw, "/callback_id"),
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            enterprise: Enterprise::read(&raw),
            channel_id: channel_id(&raw),
            message: Message::read(&raw),
            place: MessagePlace::read(&raw),
            trigger_id: or_empty(&raw, "/trigger_id"),
            response_url: owned(&raw, "/response_url").filter(|url: &String| !url.is_empty()),
            raw,
        }
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
