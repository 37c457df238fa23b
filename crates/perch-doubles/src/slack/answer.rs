//! What Slack makes of a bot's HTTP responses: to slash commands, submitted modals and selects that ask for options.
//!
//! After "Enabling interactivity with slash commands", "Modals: updating view responses" and "Select menu element". A response
//! that Slack does not take is shown to the person as an error of Slack's, and the bot hears nothing of it.

use std::collections::BTreeMap;

use perch_blocks::{Surface, check_blocks, check_suggestions, check_view};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blocks::Judged;
use super::message::{Author, Message};
use super::state::SlackState;
use super::{Bot, Event, Slack, SlackCore, lock, render, views};

/// What a person sees of the response to a slash command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing, or nothing yet.
    Nothing,
    /// A message, in plain text.
    Message {
        text: String,
        /// Whether all in the channel see it.
        in_channel: bool,
    },
    /// Slackbot's error, and what is wrong.
    Failed {
        error: &'static str,
        problems: Vec<String>,
    },
}

/// Judges the response to a slash command.
pub fn to_command(status: u16, body: &str) -> Shown {
    if status != 200 {
        return Shown::Failed {
            error: "dispatch_failed",
            problems: vec![format!("the status is {status}; Slack takes 200 only")],
        };
    }
    let Ok(reply @ Value::Object(_)) = serde_json::from_str::<Value>(body) else {
        return match body.trim() {
            "" => Shown::Nothing,
            text => Shown::Message {
                text: render::message(text, &[]),
                in_channel: false,
            },
        };
    };
    let problems = match &reply["blocks"] {
        Value::Null => Vec::new(),
        blocks => Judged::of(check_blocks(Surface::Message, blocks, "/blocks")).refused,
    };
    if !problems.is_empty() {
        return Shown::Failed {
            error: "invalid_command_response",
            problems,
        };
    }
    let blocks = reply["blocks"].as_array().cloned().unwrap_or_default();
    let text = render::message(reply["text"].as_str().unwrap_or_default(), &blocks);
    if text.is_empty() && reply["attachments"].as_array().is_none_or(Vec::is_empty) {
        return Shown::Nothing;
    }
    Shown::Message {
        text,
        in_channel: reply["response_type"] == "in_channel",
    }
}

/// The options that a select shows after the bot's response; the error is what is wrong with it.
pub fn to_suggestion(status: u16, body: &str) -> Result<Vec<Value>, Vec<String>> {
    let reply = read(status, body)?;
    let judged = Judged::of(check_suggestions(&reply));
    if !judged.refused.is_empty() {
        return Err(judged.refused);
    }
    let groups = reply["option_groups"].as_array().into_iter().flatten();
    let lists = groups.map(|group| &group["options"]);
    let options = lists.chain([&reply["options"]]).filter_map(Value::as_array);
    Ok(options.flatten().cloned().collect())
}

/// What became of a modal that was submitted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Submitted {
    /// It is closed; the one below it is there again.
    Closed,
    /// All of them are closed.
    Cleared,
    /// It stays, with an error beside each of these blocks.
    Errors(BTreeMap<String, String>),
    /// It shows something else now.
    Updated(Value),
    /// Another one lies on it.
    Pushed(Value),
    /// It stays, and says that the app cannot be reached: what is wrong with the response.
    Failed(Vec<String>),
}

impl Slack {
    /// Posts what an app's response to a slash command says, where Slack takes it: for the person alone, or for the channel.
    pub fn replied(
        &self,
        app: &Bot,
        user: &str,
        channel: &str,
        status: u16,
        body: &str,
    ) -> Option<Message> {
        self.core.replied(app, user, channel, status, body)
    }

    /// Does what the bot's response to a submission says with the modal that was submitted.
    ///
    /// # Errors
    ///
    /// When nobody has such a modal before them.
    pub fn submitted(&self, view_id: &str, status: u16, body: &str) -> Result<Submitted, String> {
        self.core.submitted(view_id, status, body)
    }
}

impl SlackCore {
    pub(super) fn replied(
        &self,
        app: &Bot,
        user: &str,
        channel: &str,
        status: u16,
        body: &str,
    ) -> Option<Message> {
        let Shown::Message { in_channel, .. } = to_command(status, body) else {
            return None;
        };
        let reply = serde_json::from_str(body).ok().filter(Value::is_object);
        let reply = reply.unwrap_or_else(|| json!({"text": body}));
        let author = Author::App(app.clone());
        let mut state = lock(&self.state);
        let mut message = state.draft(self.now(), author, channel, &reply);
        message.ephemeral_to = (!in_channel).then(|| user.to_owned());
        Some(state.post(message))
    }

    pub(super) fn submitted(
        &self,
        view_id: &str,
        status: u16,
        body: &str,
    ) -> Result<Submitted, String> {
        let mut state = lock(&self.state);
        let mut open = state.views.iter();
        let open = open.find(|open| open.view["id"] == view_id && open.view["type"] == "modal");
        let (user, view) = open
            .map(|open| (open.user.clone(), open.view.clone()))
            .ok_or_else(|| format!("nobody has the modal {view_id} before them"))?;
        let outcome = match read(status, body) {
            Ok(reply) => self.act(&mut state, &user, &view, &reply),
            Err(problems) => Submitted::Failed(problems),
        };
        drop(state);
        match &outcome {
            Submitted::Updated(view) => self.emit(Event::ViewUpdated(view.clone())),
            Submitted::Pushed(view) => self.emit(Event::ViewOpened(view.clone())),
            _ => {}
        }
        Ok(outcome)
    }

    fn act(&self, state: &mut SlackState, user: &str, view: &Value, reply: &Value) -> Submitted {
        let id = view["id"].as_str().unwrap_or_default();
        match reply["response_action"].as_str() {
            None => {
                views::close(state, id, false);
                Submitted::Closed
            }
            Some("clear") => {
                views::close(state, id, true);
                Submitted::Cleared
            }
            Some("errors") => errors(view, &reply["errors"]),
            Some(action @ ("update" | "push")) => {
                let refused = Judged::of(check_view(&reply["view"], "/view")).refused;
                if !refused.is_empty() {
                    return Submitted::Failed(refused);
                }
                let given = reply["view"].clone();
                let app = state.app(view["app_id"].as_str().unwrap_or_default());
                let shown = if action == "update" {
                    views::put(self, &app, state, given, view).map(Submitted::Updated)
                } else {
                    views::put_on_top(self, &app, state, given, user).map(Submitted::Pushed)
                };
                shown.unwrap_or_else(|error| Submitted::Failed(vec![error.error]))
            }
            Some(other) => Submitted::Failed(vec![format!(
                "`{other}` is no response_action [json-pointer:/response_action]"
            )]),
        }
    }
}

/// The errors beside the blocks of a view, if every one is for a block that it has.
fn errors(view: &Value, given: &Value) -> Submitted {
    let Some(given) = given.as_object().filter(|given| !given.is_empty()) else {
        let message = "missing required field: errors [json-pointer:/errors]";
        return Submitted::Failed(vec![message.to_owned()]);
    };
    let (mut shown, mut problems) = (BTreeMap::new(), Vec::new());
    for (block, error) in given {
        let mut blocks = view["blocks"].as_array().into_iter().flatten();
        match error.as_str() {
            Some(error) if blocks.any(|one| one["block_id"] == **block) => {
                shown.insert(block.clone(), error.to_owned());
            }
            Some(_) => problems.push(format!("the view has no block {block:?}")),
            None => problems.push(format!("the error of {block:?} is not a text")),
        }
    }
    if problems.is_empty() {
        Submitted::Errors(shown)
    } else {
        Submitted::Failed(problems)
    }
}

/// The object of a response; an empty body is an empty one.
fn read(status: u16, body: &str) -> Result<Value, Vec<String>> {
    if status != 200 {
        return Err(vec![format!(
            "the status is {status}; Slack takes 200 only"
        )]);
    }
    if body.trim().is_empty() {
        return Ok(Value::Object(Default::default()));
    }
    serde_json::from_str(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| vec!["the body is not a JSON object".to_owned()])
}
