//! What a person does on the page, one file a kind of thing. Every one takes a JSON object and gives one.

mod again;
mod click;
mod command;
mod message;
mod modal;
mod operate;

use std::sync::Arc;

use perch_doubles::slack::request::{Interaction, Person};
use perch_doubles::slack::{Author, Message};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::page::Core;

/// Does what is asked, by its name.
///
/// # Errors
/// Says what is wrong with the request, or why it cannot be done.
pub(crate) async fn act(core: &Arc<Core>, name: &str, body: &[u8]) -> Result<Value, String> {
    match name {
        "say" => message::say(core, read(body)?).await,
        "react" => message::react(core, read(body)?).await,
        "home" => message::open_home(core, read(body)?).await,
        "command" => command::command(core, read(body)?).await,
        "shortcut" => command::shortcut(core, read(body)?).await,
        "click" => click::click(core, read(body)?).await,
        "suggest" => click::suggest(core, read(body)?).await,
        "submit" => modal::submit(core, read(body)?).await,
        "close" => modal::close(core, read(body)?).await,
        "again" => again::again(core, read(body)?).await,
        "fire" => operate::fire(core, read(body)?).await,
        "replay" => operate::replay(core, read(body)?).await,
        "dismiss" => operate::dismiss(core, read(body)?),
        "clear" => operate::clear(core),
        _ => Err(format!("there is no `{name}` to do")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn done() -> Value {
    json!({ "ok": true })
}

/// Who does something where, as Slack's payloads name them.
fn person(core: &Core, user: &str, channel: &str) -> Result<Person, String> {
    let workspace = core.slack.workspace();
    let mut users = workspace.users.iter();
    let found = users.find(|one| one.id == user);
    let found = found.ok_or_else(|| format!("nobody here is {user}"))?;
    let mut channels = workspace.channels.iter();
    let name = match channels.find(|one| one.id == channel) {
        Some(one) if one.is_private => "privategroup",
        Some(one) => one.name.as_str(),
        None => "directmessage",
    };
    Ok(Person {
        user_id: found.id.clone(),
        user_name: found.name.clone(),
        channel_id: channel.to_owned(),
        channel_name: name.to_owned(),
    })
}

/// The bot that hears of what is done with something that an app has shown.
fn bot_of_app(core: &Core, app_id: &str) -> Result<Bot, String> {
    let mut bots = core.bots()?.into_iter();
    let found = bots.find(|bot| bot.app.app_id == app_id && bot.address.is_some());
    found.ok_or_else(|| "no bot of this app has a route, so that Slack cannot tell it".to_owned())
}

fn app_of(message: &Message) -> Result<&str, String> {
    match &message.author {
        Author::App(app) => Ok(&app.app_id),
        Author::Person(_) => Err("a person's message has nothing to click".to_owned()),
    }
}

fn message(core: &Core, channel: &str, ts: &str) -> Result<Message, String> {
    let found = core.slack.message(channel, ts);
    found.ok_or_else(|| "this message is not there any more".to_owned())
}

/// A trigger and a `response_url` for a bot.
fn interaction(core: &Core, bot: &Bot, person: &Person, on: Option<&Message>) -> Interaction {
    let channel = on.map_or(person.channel_id.as_str(), |message| &message.channel);
    core.slack
        .interaction_with(&bot.app, &person.user_id, channel, on)
}

/// A form with the one field `payload`.
fn form(payload: &Value) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish()
}
