//! Options on demand: `block_suggestion`.

use serde_json::Value;

use super::Unreadable;
use super::fields::{self, Message, MessagePlace, User, channel_id, or_empty, owned};
use super::view::View;
use crate::ids::{ChannelId, TeamId};

/// A select with an external data source asks what to offer for what was typed so far.
///
/// ```
/// use perch::{BlockSuggestion, Context, Options, Result};
///
/// async fn stages(suggestion: BlockSuggestion, _: Context) -> Result<Options> {
///     let stages = ["staging", "production"];
///     let matching = stages.iter().filter(|stage| stage.starts_with(&suggestion.value));
///     Ok(matching.map(|stage| (*stage, *stage)).collect())
/// }
/// # let _ = perch::App::new().options("stage", stages);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct BlockSuggestion {
    /// The select's action id, by which the handler was found.
    pub action_id: String,
    /// What follows the prefix by which the handler was found; empty when it was found by the whole id.
    pub rest: String,
    /// The block it stands in.
    pub block_id: String,
    /// What was typed so far; may be empty.
    pub value: String,
    /// Who types.
    pub user: User,
    /// The workspace; `None` in some organisation-wide installations.
    pub team_id: Option<TeamId>,
    /// Whether the app is installed in the whole organisation, so that a client needs that organisation's token.
    pub is_enterprise_install: bool,
    /// The channel of the message; `None` in a view.
    pub channel_id: Option<ChannelId>,
    /// The message that holds the select, if Slack sends it.
    pub message: Option<Message>,
    /// Where the message is; `None` in a view.
    pub place: Option<MessagePlace>,
    /// The modal or App Home that holds the select.
    pub view: Option<View>,
    raw: Value,
}

impl BlockSuggestion {
    pub(super) fn read(raw: Value) -> Result<BlockSuggestion, Unreadable> {
        Ok(BlockSuggestion {
            action_id: owned(&raw, "/action_id")
                .ok_or(Unreadable("the block_suggestion has no action_id"))?,
            block_id: or_empty(&raw, "/block_id"),
            rest: String::new(),
            value: or_empty(&raw, "/value"),
            user: User::read(&raw),
            team_id: fields::team_id(&raw),
            is_enterprise_install: fields::is_enterprise_install(&raw),
            channel_id: channel_id(&raw),
            message: Message::read(&raw),
            place: MessagePlace::read(&raw),
            view: View::read(&raw),
            raw,
        })
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
