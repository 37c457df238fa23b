//! What whoever shows the workspace asks: everything in it, what changed, and who called.

use tokio::sync::watch;

use super::super::server::lock;
use super::control::Workspace;
use super::request::Inputs;
use super::{Bot, Call, Message, Slack, SlackCore};

impl Slack {
    /// The workspace as it stands.
    pub fn workspace(&self) -> Workspace {
        self.core.workspace()
    }

    /// A number that is another one whenever something may have changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.core.changes.subscribe()
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.core.state).calls.clone()
    }

    /// The calls of one method so far.
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.method == method)
            .collect()
    }

    /// The calls after the first `seen`, in order.
    pub fn calls_after(&self, seen: usize) -> Vec<Call> {
        let state = lock(&self.core.state);
        state.calls.get(seen..).unwrap_or_default().to_vec()
    }

    /// The messages that are being written, by channel and `ts`.
    pub fn streaming(&self) -> Vec<(String, String)> {
        let state = lock(&self.core.state);
        state.streams.iter().cloned().collect()
    }

    /// Adds to what was typed in a view, and returns all of it.
    ///
    /// # Errors
    /// When nobody has such a view before them.
    pub fn typed(&self, view_id: &str, inputs: Inputs) -> Result<Inputs, String> {
        self.core.typed(view_id, inputs)
    }

    /// Whether an app is in a conversation; in those without a name every app is.
    pub fn is_in(&self, bot: &Bot, channel: &str) -> bool {
        let state = lock(&self.core.state);
        state.membership(channel, &bot.app_id).is_ok()
    }

    /// What became of a message; none if it was deleted, or never was.
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        let mut state = lock(&self.core.state);
        state.message_mut(channel, ts).cloned()
    }

    /// The content of a file that an app has uploaded, and its type.
    pub fn file(&self, id: &str) -> Option<(Vec<u8>, &'static str)> {
        let state = lock(&self.core.state);
        let file = state.files.get(id)?;
        Some((file.content.clone(), file.mimetype()))
    }
}

impl SlackCore {
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}
