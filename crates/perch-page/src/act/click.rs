//! Clicks and choices in messages, modals and home tabs, and what external selects ask for.

use std::sync::Arc;

use jiff::Timestamp;
use perch_doubles::slack::Message;
use perch_doubles::slack::answer::to_suggestion;
use perch_doubles::slack::control::PersonsView;
use perch_doubles::slack::request::{self, Click, Holder, Inputs};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{app_of, bot_of_app, form, interaction, message, person};
use crate::page::Core;
use crate::send::{FORM, Odd, Sending, send};
use crate::story::Place;

/// Something that is shown, and an element in it.
#[derive(Deserialize)]
pub(super) struct Target {
    #[serde(rename = "as")]
    user: String,
    #[serde(default)]
    channel: String,
    ts: Option<String>,
    view_id: Option<String>,
    action_id: String,
    /// As a person reads it.
    #[serde(default)]
    label: String,
    #[serde(default)]
    choice: Vec<String>,
    /// What else is filled in there.
    #[serde(default)]
    inputs: Inputs,
    /// What was typed into an external select.
    #[serde(default)]
    typed: String,
}

enum Found {
    Message(Box<Message>),
    View(Box<PersonsView>),
}

impl Target {
    fn find(&self, core: &Core) -> Result<Found, String> {
        if let Some(id) = &self.view_id {
            let mut views = core.slack.workspace().views.into_iter();
            let found = views.find(|open| open.view["id"] == **id);
            let found = found.ok_or("this view is not there any more")?;
            return Ok(Found::View(Box::new(found)));
        }
        let ts = self.ts.as_deref().ok_or("a message or a view is missing")?;
        Ok(Found::Message(Box::new(message(core, &self.channel, ts)?)))
    }

    fn place(&self, found: &Found) -> Place {
        let thread = match found {
            Found::Message(message) => message.thread_ts().map(str::to_owned),
            Found::View(_) => None,
        };
        Place {
            channel: self.channel.clone(),
            thread,
            message: self.ts.clone(),
            view: self.view_id.clone(),
        }
    }
}

fn app_id(found: &Found) -> Result<String, String> {
    match found {
        Found::Message(message) => app_of(message).map(str::to_owned),
        Found::View(open) => Ok(open.view["app_id"].as_str().unwrap_or_default().to_owned()),
    }
}

/// Presses a button, or chooses in a menu and the like.
pub(super) async fn click(core: &Arc<Core>, target: Target) -> Result<Value, String> {
    let found = target.find(core)?;
    let bot = bot_of_app(core, &app_id(&found)?)?;
    let person = person(core, &target.user, &target.channel)?;
    let click = Click {
        action_id: target.action_id.clone(),
        choice: target.choice.clone(),
        inputs: target.inputs.clone(),
    };
    let now = Timestamp::now();
    let payload = match &found {
        Found::Message(message) => {
            let interaction = interaction(core, &bot, &person, Some(message));
            let whole = with_attachments(message);
            let payload =
                request::block_action(&bot.app, &person, &interaction, &whole, &click, now);
            payload.map(|mut payload| {
                if payload["message"].is_object() {
                    payload["message"] = message.to_payload();
                }
                payload
            })
        }
        Found::View(open) => {
            let interaction = interaction(core, &bot, &person, None);
            let mut click = click;
            let inputs = std::mem::take(&mut click.inputs);
            click.inputs = core
                .slack
                .typed(target.view_id.as_deref().unwrap_or_default(), inputs)?;
            request::view_action(&bot.app, &person, &interaction, &open.view, &click, now)
        }
    }?;
    let what = match target.label.as_str() {
        "" => format!("clicks {}", target.action_id),
        label => format!("clicks {label}"),
    };
    let sending = Sending {
        bot: &bot,
        kind: "block_actions",
        what,
        person: &target.user,
        place: target.place(&found),
        content_type: FORM,
        body: form(&payload),
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    let shows = "\u{26a0}\u{fe0f} beside what was clicked";
    sent.judge(core, shows, None);
    Ok(json!({ "delivery": sent.delivery, "ok": sent.is_fine() }))
}

/// A message in which elements in attachments are found as well.
fn with_attachments(message: &Message) -> Message {
    let mut whole = message.clone();
    let lists = message.attachments().iter();
    let more = lists.filter_map(|attachment| attachment["blocks"].as_array());
    let mut blocks = message.blocks().to_vec();
    blocks.extend(more.flatten().cloned());
    whole.arguments.insert("blocks".to_owned(), json!(blocks));
    whole
}

/// The options that the bot offers for what was typed into an external select.
pub(super) async fn suggest(core: &Arc<Core>, target: Target) -> Result<Value, String> {
    let found = target.find(core)?;
    let bot = bot_of_app(core, &app_id(&found)?)?;
    let person = person(core, &target.user, &target.channel)?;
    let holder = match &found {
        Found::Message(message) => Holder::Message(message),
        Found::View(open) => Holder::View(&open.view),
    };
    let payload =
        request::block_suggestion(&bot.app, &person, holder, &target.action_id, &target.typed)?;
    let sending = Sending {
        bot: &bot,
        kind: "block_suggestion",
        what: format!("types {:?} into {}", target.typed, target.action_id),
        person: &target.user,
        place: target.place(&found),
        content_type: FORM,
        body: form(&payload),
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    let Some(answer) = sent.answer.as_ref().filter(|_| !sent.was_late) else {
        sent.judge(core, "no options", None);
        return Err(format!("{} did not answer in time", bot.name));
    };
    match to_suggestion(answer.status, &answer.body) {
        Ok(options) => {
            sent.judge(core, "", None);
            Ok(json!({ "options": options }))
        }
        Err(problems) => {
            let problems = problems.join("; ");
            sent.judge(core, "no options", Some(problems.clone()));
            Err(problems)
        }
    }
}
