//! How another process drives the double: who does what in the workspace, and what they have before them.
//!
//! Every request carries [`SlackOptions::control`](super::SlackOptions) as its bearer token.
//!
//! | request | answer |
//! |---|---|
//! | `GET /control/workspace` | [`Workspace`] |
//! | `POST /control/interaction`, `{"app_id", "user", "channel", "message_ts"}` | [`request::Interaction`](super::request::Interaction) |
//! | `POST /control/say`, `{"user", "channel", "text", "thread_ts"}` | the [`Message`] |
//! | `POST /control/replied`, `{"app_id", "user", "channel", "status", "body"}` | the message that a command's response became, or null |
//! | `POST /control/typed`, `{"view_id", "inputs"}` | what has been typed so far |
//! | `POST /control/submitted`, `{"view_id", "status", "body"}` | [`Submitted`](super::answer::Submitted) |

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::server::{Reaction, bearer, json as json_answer, lock, text};
use super::request::Inputs;
use super::{Channel, GENERAL, HANAKO, Message, SlackCore, User};

/// The workspace as it stands.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Workspace {
    pub users: Vec<User>,
    pub channels: Vec<Channel>,
    /// Without deleted ones, oldest first.
    pub messages: Vec<Message>,
    /// Modals and home tabs, oldest first: of the modals of a person, the topmost comes last.
    pub views: Vec<PersonsView>,
}

/// A view that a person has before them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PersonsView {
    pub user: String,
    /// As the double answered it.
    pub view: Value,
    /// What was typed and chosen in it.
    pub inputs: Inputs,
}

#[derive(Deserialize)]
struct Interact {
    app_id: Option<String>,
    user: Option<String>,
    channel: Option<String>,
    message_ts: Option<String>,
}

#[derive(Deserialize)]
struct Say {
    user: String,
    channel: String,
    text: String,
    thread_ts: Option<String>,
}

#[derive(Deserialize)]
struct Replied {
    app_id: String,
    user: String,
    channel: String,
    status: u16,
    body: String,
}

#[derive(Deserialize)]
struct Typed {
    view_id: String,
    inputs: Inputs,
}

#[derive(Deserialize)]
struct Submit {
    view_id: String,
    status: u16,
    body: String,
}

impl SlackCore {
    /// Answers `/control/<what>`.
    pub(super) fn control(&self, what: &str, request: &Request<Bytes>) -> Reaction {
        let key = self.options.control.as_deref();
        if key.is_none() || bearer(request) != key {
            return Reaction::Send(text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        let body = request.body();
        let answer = match (request.method(), what) {
            (&Method::GET, "workspace") => Ok(json!(self.workspace())),
            (&Method::POST, "interaction") => read(body).map(|wanted: Interact| {
                let app_id = wanted.app_id.as_deref();
                json!(self.interaction(
                    app_id.unwrap_or(&self.options.bot.app_id),
                    wanted.user.as_deref().unwrap_or(HANAKO),
                    wanted.channel.as_deref().unwrap_or(GENERAL),
                    wanted.message_ts,
                ))
            }),
            (&Method::POST, "say") => read(body).map(|said: Say| {
                let thread = said.thread_ts.as_deref();
                json!(self.say(&said.user, &said.channel, &said.text, thread))
            }),
            (&Method::POST, "replied") => read(body).map(|replied: Replied| {
                let app = lock(&self.state).app(&replied.app_id);
                let (user, channel) = (&replied.user, &replied.channel);
                json!(self.replied(&app, user, channel, replied.status, &replied.body))
            }),
            (&Method::POST, "typed") => read(body).and_then(|typed: Typed| {
                self.typed(&typed.view_id, typed.inputs)
                    .map(|inputs| json!(inputs))
            }),
            (&Method::POST, "submitted") => read(body).and_then(|submit: Submit| {
                let became = self.submitted(&submit.view_id, submit.status, &submit.body);
                became.map(|became| json!(became))
            }),
            _ => return Reaction::Send(text(StatusCode::NOT_FOUND, "Not Found")),
        };
        Reaction::Send(match answer {
            Ok(answer) => json_answer(StatusCode::OK, &answer),
            Err(error) => json_answer(StatusCode::BAD_REQUEST, &json!({"error": error})),
        })
    }

    pub(super) fn workspace(&self) -> Workspace {
        let state = lock(&self.state);
        let messages = state.messages.iter().filter(|message| !message.deleted);
        let views = state.views.iter().map(|open| PersonsView {
            user: open.user.clone(),
            view: open.view.clone(),
            inputs: open.inputs.clone(),
        });
        Workspace {
            users: state.users.clone(),
            channels: state.channels.clone(),
            messages: messages.cloned().collect(),
            views: views.collect(),
        }
    }

    /// Adds to what was typed in a view.
    pub(super) fn typed(&self, view_id: &str, inputs: Inputs) -> Result<Inputs, String> {
        let mut state = lock(&self.state);
        let mut open = state.views.iter_mut();
        let open = open.find(|open| open.view["id"] == view_id);
        let open = open.ok_or_else(|| format!("nobody has the view {view_id}"))?;
        open.inputs.extend(inputs);
        Ok(open.inputs.clone())
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
