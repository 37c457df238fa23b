//! Messages, reactions and home tabs: what the apps hear of by events, and again while they do not answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use perch_doubles::slack::request::{self, message_event};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{done, message, person};
use crate::bot::Bot;
use crate::page::Core;
use crate::send::{JSON, Odd, Sending, send};
use crate::story::Place;

#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(rename = "as")]
    user: String,
    channel: String,
    text: String,
    thread: Option<String>,
    /// In direct messages, the app that is written to.
    app_id: Option<String>,
}

/// Writes a message, and tells the apps that hear of it.
pub(super) async fn say(core: &Arc<Core>, said: Said) -> Result<Value, String> {
    let text = said.text.trim();
    if text.is_empty() {
        return Err("an empty message is not sent".to_owned());
    }
    person(core, &said.user, &said.channel)?;
    let thread = said.thread.as_deref();
    let posted = core.slack.say(&said.user, &said.channel, text, thread);
    if let Some(app_id) = &said.app_id {
        let mut ledger = core.ledger();
        ledger.direct.insert(posted.ts.clone(), app_id.clone());
    }
    core.changed();
    let place = Place {
        channel: said.channel.clone(),
        thread: said.thread.clone(),
        ..Place::default()
    };
    let name = match said.channel.as_bytes().first() {
        Some(b'D') => "message.im",
        Some(b'G') => "message.groups",
        _ => "message.channels",
    };
    for bot in core.bots()? {
        let is_here = match &said.app_id {
            Some(app_id) => bot.app.app_id == *app_id,
            None => core.slack.is_in(&bot.app, &said.channel),
        };
        if !is_here {
            continue;
        }
        let mention = format!("<@{}>", bot.app.user_id);
        if text.contains(&mention) && bot.hears("app_mention") {
            let event = message_event(&posted, "app_mention");
            tell(core, bot.clone(), &said.user, place.clone(), event);
        }
        if bot.hears(name) {
            let event = message_event(&posted, "message");
            tell(core, bot, &said.user, place.clone(), event);
        }
    }
    Ok(json!({ "ts": posted.ts }))
}

#[derive(Deserialize)]
pub(super) struct Reacted {
    #[serde(rename = "as")]
    user: String,
    channel: String,
    ts: String,
    name: String,
}

/// Adds an emoji to a message, or takes it away where it is that person's.
pub(super) async fn react(core: &Arc<Core>, reacted: Reacted) -> Result<Value, String> {
    let message = message(core, &reacted.channel, &reacted.ts)?;
    let name = reacted.name.trim_matches(':');
    let mut known = message.reactions.iter();
    let is_there = known.any(|one| one.name == name && one.users.contains(&reacted.user));
    core.slack.react(&reacted.user, &message, name, !is_there)?;
    core.changed();
    let kind = if is_there {
        "reaction_removed"
    } else {
        "reaction_added"
    };
    for bot in core.bots()? {
        if bot.hears(kind) && core.slack.is_in(&bot.app, &reacted.channel) {
            let event = json!({
                "type": kind,
                "user": reacted.user,
                "reaction": name,
                "item": {"type": "message", "channel": message.channel, "ts": message.ts},
                "item_user": message.author.user_id(),
                "event_ts": now(),
            });
            let place = Place {
                channel: reacted.channel.clone(),
                message: Some(reacted.ts.clone()),
                ..Place::default()
            };
            tell(core, bot, &reacted.user, place, event);
        }
    }
    Ok(done())
}

#[derive(Deserialize)]
pub(super) struct Opened {
    #[serde(rename = "as")]
    user: String,
    app_id: String,
    /// `home` or `messages`.
    tab: String,
}

/// Opens an app's home tab or its messages.
pub(super) async fn open_home(core: &Arc<Core>, opened: Opened) -> Result<Value, String> {
    for bot in core.bots()? {
        if bot.app.app_id == opened.app_id && bot.hears("app_home_opened") {
            let channel = format!("D{}", opened.user.get(1..).unwrap_or_default());
            let event = json!({
                "type": "app_home_opened",
                "user": opened.user,
                "channel": channel,
                "tab": opened.tab,
                "event_ts": now(),
            });
            let place = Place {
                channel,
                ..Place::default()
            };
            tell(core, bot, &opened.user, place, event);
        }
    }
    Ok(done())
}

/// The time as Slack writes it.
fn now() -> String {
    let now = Timestamp::now();
    format!("{}.{:06}", now.as_second(), now.subsec_microsecond())
}

/// Delivers an event in the background, and again as Slack does while it is not answered.
fn tell(core: &Arc<Core>, bot: Bot, user: &str, place: Place, event: Value) {
    let (core, user) = (core.clone(), user.to_owned());
    tokio::spawn(async move {
        let body = request::event_callback(&bot.app, &event, Timestamp::now()).to_string();
        let kind = event["type"].as_str().unwrap_or("event");
        let mut odd = Odd::Nothing;
        let mut waits = core.patience.retries.iter().copied().enumerate();
        loop {
            let sending = Sending {
                bot: &bot,
                kind: "event_callback",
                what: format!("event {kind}"),
                person: &user,
                place: place.clone(),
                content_type: JSON,
                body: body.clone(),
                odd,
            };
            let Ok(sent) = send(&core, sending).await else {
                return;
            };
            let answer = sent.answer.as_ref().filter(|_| !sent.was_late);
            let reason = match answer {
                None => "http_timeout",
                Some(answer) if !(200..300).contains(&answer.status) => "http_error",
                Some(_) => return sent.judge(&core, "", None),
            };
            let gives_up = answer.is_some_and(|answer| {
                let mut headers = answer.headers.iter();
                headers.any(|(name, value)| name == "x-slack-no-retry" && value == "1")
            });
            let next = waits.next().filter(|_| !gives_up);
            sent.judge(&core, &then(next.map(|(_, wait)| wait)), None);
            let Some((index, wait)) = next else {
                return;
            };
            tokio::time::sleep(wait).await;
            odd = Odd::Retry(index + 1, reason.to_owned());
        }
    });
}

fn then(wait: Option<Duration>) -> String {
    match wait {
        None => "nothing, and sends it no more".to_owned(),
        Some(Duration::ZERO) => "nothing, and sends it again at once".to_owned(),
        Some(wait) => format!("nothing, and sends it again in {} s", wait.as_secs()),
    }
}
