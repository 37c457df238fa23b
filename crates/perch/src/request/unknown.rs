//! Kinds without a type of their own.

use serde_json::Value;

use super::fields::{or_empty, owned, team_id};
use crate::ids::{TeamId, UserId};

/// Kinds of Slack's past: authentic, and answered with a plain 200, which Slack takes for "received".
const LEGACY: [&str; 5] = [
    "interactive_message",
    "dialog_submission",
    "dialog_cancellation",
    "dialog_suggestion",
    "workflow_step_edit",
];

/// A verified payload of a kind that the kit has no type for.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unknown {
    /// Its `type`.
    pub kind: String,
    /// Who caused it, where it says so as the known kinds do.
    pub user_id: Option<UserId>,
    /// The workspace, likewise.
    pub team_id: Option<TeamId>,
    /// The callback id, likewise.
    pub callback_id: Option<String>,
    /// Where answers go, as for `interactive_message` and `dialog_submission` of Slack's past.
    pub response_url: Option<String>,
    raw: Value,
}

impl Unknown {
    pub(super) fn read(raw: Value) -> Unknown {
        Unknown {
            kind: or_empty(&raw, "/type"),
            user_id: owned(&raw, "/user/id"),
            team_id: team_id(&raw).or_else(|| owned(&raw, "/team_id")),
            callback_id: owned(&raw, "/callback_id"),
            response_url: owned(&raw, "/response_url").filter(|url: &String| !url.is_empty()),
            raw,
        }
    }

    /// The kind's name where Slack documents it, else `unknown`.
    pub(super) fn name(&self) -> &str {
        match LEGACY.iter().find(|legacy| **legacy == self.kind) {
            Some(legacy) => legacy,
            None => "unknown",
        }
    }

    /// All that Slack sent. It holds the verification token: do not log it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }
}
