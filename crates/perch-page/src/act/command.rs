//! Slash commands and shortcuts.

use std::sync::Arc;

use jiff::Timestamp;
use perch_doubles::slack::answer::{Shown, to_command};
use perch_doubles::slack::request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{done, form, interaction, message, person};
use crate::bot::Bot;
use crate::page::Core;
use crate::send::{FORM, Odd, Sending, Sent, send};
use crate::story::Place;

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(rename = "as")]
    user: String,
    channel: String,
    command: String,
    #[serde(default)]
    text: String,
}

/// A slash command, to whichever bot has it.
pub(super) async fn command(core: &Arc<Core>, typed: Typed) -> Result<Value, String> {
    let Typed { user, channel, .. } = &typed;
    if matches!(typed.command.as_str(), "/invite" | "/remove") {
        return invite(core, &typed);
    }
    let bots = core.bots()?;
    let has = |bot: &&Bot| bot.commands.iter().any(|one| one.command == typed.command);
    let bot = bots.iter().find(has).ok_or_else(|| {
        let known = bots.iter().flat_map(|bot| &bot.commands);
        let known: Vec<&str> = known.map(|one| one.command.as_str()).collect();
        format!(
            "{} is not a command here: there is {}",
            typed.command,
            known.join(", ")
        )
    })?;
    let person = person(core, user, channel)?;
    let interaction = interaction(core, bot, &person, None);
    let text = typed.text.trim();
    // The secret does not matter here: `send` signs the body.
    let body = request::command(
        &bot.app,
        &person,
        &interaction,
        &typed.command,
        text,
        "",
        Timestamp::now(),
    )
    .body;
    let what = format!("{} {text}", typed.command);
    let sending = Sending {
        bot,
        kind: "command",
        what: what.trim_end().to_owned(),
        person: user,
        place: Place {
            channel: channel.clone(),
            ..Place::default()
        },
        content_type: FORM,
        body,
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    replied(core, bot, user, channel, &typed.command, &sent);
    Ok(json!({ "delivery": sent.delivery }))
}

/// Shows what the bot answered, or what Slack shows in its place.
pub(super) fn replied(
    core: &Core,
    bot: &Bot,
    user: &str,
    channel: &str,
    command: &str,
    sent: &Sent,
) {
    let Some(answer) = &sent.answer else {
        let shows = format!("{command} failed with the error \"dispatch_failed\"");
        return sent.judge(core, &shows, None);
    };
    if sent.was_late {
        let shows = format!("{command} failed with the error \"operation_timeout\"");
        return sent.judge(core, &shows, None);
    }
    match to_command(answer.status, &answer.body) {
        Shown::Failed { error, problems } => {
            let shows = format!("{command} failed with the error \"{error}\"");
            let problem = (answer.status == 200).then(|| problems.join("; "));
            sent.judge(core, &shows, problem);
        }
        _ => {
            let status = answer.status;
            core.slack
                .replied(&bot.app, user, channel, status, &answer.body);
            sent.judge(core, "", None);
        }
    }
}

/// `/invite @tryo` and `/remove @tryo`, which Slack does itself.
fn invite(core: &Core, typed: &Typed) -> Result<Value, String> {
    let name = typed.text.trim().trim_start_matches('@');
    let bots = core.bots()?;
    let mut found = bots.iter();
    let found = found.find(|bot| {
        bot.name == name || bot.app.user_name == name || typed.text.contains(&bot.app.user_id)
    });
    let bot = found.ok_or_else(|| format!("{} whom? Write @ and a bot's name", typed.command))?;
    let known = match typed.command.as_str() {
        "/invite" => core.slack.invite(&bot.app, &typed.channel),
        _ => core.slack.remove(&bot.app, &typed.channel),
    };
    if !known {
        return Err("apps are invited into channels".to_owned());
    }
    core.changed();
    Ok(done())
}

#[derive(Deserialize)]
pub(super) struct Called {
    #[serde(rename = "as")]
    user: String,
    channel: String,
    callback_id: String,
    bot: String,
    /// The message that it is called on.
    ts: Option<String>,
}

/// A shortcut, from the menu or of a message.
pub(super) async fn shortcut(core: &Arc<Core>, called: Called) -> Result<Value, String> {
    let bots = core.bots()?;
    let mut found = bots.iter();
    let bot = found.find(|bot| bot.name == called.bot);
    let bot = bot.ok_or_else(|| format!("there is no bot {}", called.bot))?;
    let person = person(core, &called.user, &called.channel)?;
    let on = match &called.ts {
        Some(ts) => Some(message(core, &called.channel, ts)?),
        None => None,
    };
    let interaction = interaction(core, bot, &person, on.as_ref());
    let now = Timestamp::now();
    let payload = request::shortcut(
        &bot.app,
        &person,
        &interaction,
        &called.callback_id,
        on.as_ref(),
        now,
    );
    let sending = Sending {
        bot,
        kind: if on.is_some() {
            "message_action"
        } else {
            "shortcut"
        },
        what: format!("shortcut {}", called.callback_id),
        person: &called.user,
        place: Place {
            channel: called.channel.clone(),
            message: called.ts.clone(),
            ..Place::default()
        },
        content_type: FORM,
        body: form(&payload),
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    let shows = "\u{26a0}\u{fe0f} beside the shortcut: the app did not respond";
    sent.judge(core, shows, None);
    Ok(json!({ "delivery": sent.delivery }))
}
