//! `reactions.*`: emoji below messages.

use serde_json::{Value, json};

use super::super::server::lock;
use super::message::Reaction;
use super::web_call::{Outcome, channel, required};
use super::{Bot, Message, Slack, SlackCore};

pub(super) fn add(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    react(core, app, arguments, true)
}

pub(super) fn remove(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    react(core, app, arguments, false)
}

fn react(core: &SlackCore, app: &Bot, arguments: &Value, adds: bool) -> Outcome {
    let name = required(arguments, "name").map_err(|_| "invalid_name")?;
    let channel = channel(core, arguments)?;
    let ts = required(arguments, "timestamp").map_err(|_| "no_item_specified")?;
    core.react_as(&app.user_id, &channel, &ts, &name, adds)?;
    Ok(json!({}))
}

impl Slack {
    /// A person adds an emoji to a message, or takes it away. The apps in the channel are told by an event, which is for the
    /// caller to deliver.
    ///
    /// # Errors
    /// Slack's: `message_not_found`, `already_reacted` or `no_reaction`.
    pub fn react(
        &self,
        user: &str,
        message: &Message,
        name: &str,
        adds: bool,
    ) -> Result<(), &'static str> {
        let (channel, ts) = (&message.channel, &message.ts);
        self.core.react_as(user, channel, ts, name, adds)?;
        self.core.changed();
        Ok(())
    }
}

impl SlackCore {
    fn react_as(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        name: &str,
        adds: bool,
    ) -> Result<(), &'static str> {
        let name = name.trim_matches(':');
        let mut state = lock(&self.state);
        let message = state.message_mut(channel, ts).ok_or("message_not_found")?;
        let known = message.reactions.iter_mut().find(|one| one.name == name);
        match known {
            Some(one) if one.users.iter().any(|known| known == user) => {
                if adds {
                    return Err("already_reacted");
                }
                one.users.retain(|known| known != user);
            }
            _ if !adds => return Err("no_reaction"),
            Some(one) => one.users.push(user.to_owned()),
            None => message.reactions.push(Reaction {
                name: name.to_owned(),
                users: vec![user.to_owned()],
            }),
        }
        message.reactions.retain(|one| !one.users.is_empty());
        Ok(())
    }
}
