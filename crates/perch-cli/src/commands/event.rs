//! Events: `perch mention`, `message`, `react`, `home` and `event` deliver them to a bot, and again as Slack does.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use perch_doubles::slack::request::{self, message_event};
use perch_doubles::slack::{Attempt, Bot as SlackBot, Patience, deliver};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::desk::{Acting, Desk};
use crate::http;
use crate::interrupt;
use crate::project::Project;
use crate::steps;

/// Something that happens in the workspace, of which a bot is told by an event.
#[derive(Clone, Debug)]
pub enum Happening<'a> {
    /// A person writes a message, in which they mention the bot.
    Mention(&'a str),
    /// A person writes a message.
    Message(&'a str),
    /// A person adds a reaction to the newest message in the channel.
    Reaction(&'a str),
    /// A person opens the app's home tab.
    Home,
    /// The event in a file.
    File(&'a Path),
}

/// Has it happen, and tells the bot of it.
///
/// # Errors
/// When no stage runs, there is no bot to tell, or it does not answer with a 2xx after all retries.
pub async fn run(project: &Project, acting: &Acting, happening: Happening<'_>) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let bot = desk.bot()?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let event = event(&desk, &app, happening).await?;
    let kind = event["type"].as_str().unwrap_or("an event").to_owned();
    println!("sent       {}\n           {kind}", caller.applied());
    let delivered = tokio::select! {
        delivered = until_answered(&desk, acting, &app, &caller, &event) => delivered,
        () = interrupt::wait() => Err(interrupt::error()),
    };
    delivered?;
    desk.show_news(None).await
}

async fn event(desk: &Desk<'_>, app: &SlackBot, happening: Happening<'_>) -> Result<Value> {
    let user = desk.person().user_id;
    let say = async |text: &str| {
        let thread = desk.thread()?;
        desk.doubles.say(&user, desk.channel(), text, thread).await
    };
    Ok(match happening {
        Happening::Mention(text) => {
            let said = say(&format!("<@{}> {text}", app.user_id)).await?;
            message_event(&said, "app_mention")
        }
        Happening::Message(text) => message_event(&say(text).await?, "message"),
        Happening::Reaction(name) => {
            let mut messages = desk.messages();
            let newest = messages.find(|message| message.channel == desk.channel());
            let newest = newest.context("there is no message in the channel to react to")?;
            json!({
                "type": "reaction_added",
                "user": user,
                "reaction": name.trim_matches(':'),
                "item": {"type": "message", "channel": newest.channel, "ts": newest.ts},
                "item_user": newest.author.user_id(),
                "event_ts": now(),
            })
        }
        Happening::Home => json!({
            "type": "app_home_opened",
            "user": user,
            "channel": format!("D{}", user.get(1..).unwrap_or_default()),
            "tab": "home",
            "event_ts": now(),
        }),
        Happening::File(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            let read: Value = serde_json::from_str(&text)
                .with_context(|| format!("{} is not JSON", path.display()))?;
            // As Slack's reference shows events: with what is around them, or without.
            let inner = if read["event"].is_object() {
                read["event"].clone()
            } else {
                read
            };
            if !inner["type"].is_string() {
                bail!(
                    "{}: an event has a `type`, such as app_mention",
                    path.display()
                );
            }
            inner
        }
    })
}

/// The time as Slack writes it.
fn now() -> String {
    let now = jiff::Timestamp::now();
    format!("{}.{:06}", now.as_second(), now.subsec_microsecond())
}

/// Delivers an event as often as Slack does.
async fn until_answered(
    desk: &Desk<'_>,
    acting: &Acting,
    app: &SlackBot,
    caller: &Caller,
    event: &Value,
) -> Result<()> {
    let patience = Patience::default();
    let body = request::event_callback(app, event, desk.time()).to_string();
    let signed = || {
        let secret = desk.secret(caller);
        request::sign(secret, desk.time(), "application/json", body.clone())
    };
    let (client, url, mut retries) = (http::loopback()?, caller.local(), 0);
    let attempts = deliver(
        &client,
        url,
        signed,
        &patience,
        acting.retry(),
        |attempt, wait| {
            println!("answered   {}", answered(attempt));
            if let Some(wait) = wait {
                retries += 1;
                let most = patience.retries.len();
                println!("retry      {retries} of {most}, {}", in_time(wait));
            }
        },
    );
    let attempts = attempts.await;
    if attempts.last().is_some_and(|last| last.failure.is_none()) {
        return Ok(());
    }
    bail!("the bot did not answer with a 2xx, and Slack gives up")
}

fn in_time(wait: Duration) -> String {
    match wait.is_zero() {
        true => "at once".to_owned(),
        false => format!("in {}", steps::duration(wait)),
    }
}

fn answered(attempt: &Attempt) -> String {
    match (attempt.status, attempt.failure) {
        (Some(status), None) => status.to_string(),
        (Some(status), Some(reason)) => format!("{status}, which is {reason} for Slack"),
        (None, reason) => {
            let reason = reason.map(|reason| reason.to_string()).unwrap_or_default();
            format!("not within three seconds: {reason}")
        }
    }
}
