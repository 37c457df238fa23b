//! A delivery sent once more: as it was, as Slack's retry, too late, or signed by somebody else.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::command::replied;
use super::modal::submitted;
use super::{interaction, person};
use crate::page::Core;
use crate::send::{FORM, JSON, Odd, Sending, send};

#[derive(Deserialize)]
pub(super) struct Again {
    delivery: u64,
    how: How,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum How {
    Again,
    Retry,
    Late,
    Forged,
}

/// Sends a delivery once more. A trigger opens one modal, so that it gets a new one.
pub(super) async fn again(core: &Arc<Core>, again: Again) -> Result<Value, String> {
    let delivery = core.ledger().find(again.delivery).cloned();
    let delivery = delivery.ok_or("this delivery is not kept any more")?;
    if delivery.body.is_empty() {
        return Err("its request is not known here: it was sent by another process".to_owned());
    }
    let mut bots = core.bots()?.into_iter();
    let bot = bots.find(|bot| bot.name == delivery.bot);
    let bot = bot.ok_or_else(|| format!("there is no bot {} any more", delivery.bot))?;
    let person = person(core, &delivery.person, &delivery.place.channel)?;
    let on = delivery.place.message.as_deref();
    let on = on.and_then(|ts| core.slack.message(&delivery.place.channel, ts));
    let fresh = interaction(core, &bot, &person, on.as_ref());
    let is_json = delivery.kind == "event_callback";
    let body = match is_json {
        true => delivery.body.clone(),
        false => renewed(&delivery.body, &fresh.trigger_id, &fresh.response_url),
    };
    let sending = Sending {
        bot: &bot,
        kind: &delivery.kind,
        what: delivery.what.clone(),
        person: &delivery.person,
        place: delivery.place.clone(),
        content_type: if is_json { JSON } else { FORM },
        body,
        odd: match again.how {
            How::Again => Odd::Again,
            How::Retry => Odd::Retry(1, "http_timeout".to_owned()),
            How::Late => Odd::Late,
            How::Forged => Odd::Forged,
        },
    };
    let sent = send(core, sending).await?;
    let view = delivery.place.view.as_deref().unwrap_or_default();
    let modals = core.slack.modals_of(&delivery.person);
    let is_open = modals.iter().any(|open| open["id"] == view);
    match delivery.kind.as_str() {
        "command" => {
            let command = delivery.what.split(' ').next().unwrap_or_default();
            let (user, channel) = (&delivery.person, &delivery.place.channel);
            replied(core, &bot, user, channel, command, &sent);
        }
        "view_submission" if is_open => {
            submitted(core, view, &sent)?;
        }
        _ => sent.judge(core, "", None),
    }
    Ok(json!({ "delivery": sent.delivery }))
}

/// A form with a new trigger and a new `response_url`, both in the form itself and in its payload.
fn renewed(body: &str, trigger_id: &str, response_url: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match name.as_ref() {
            "trigger_id" => form.append_pair(&name, trigger_id),
            "response_url" => form.append_pair(&name, response_url),
            "payload" => {
                let mut payload: Value = serde_json::from_str(&value).unwrap_or_default();
                for (name, new) in [("trigger_id", trigger_id), ("response_url", response_url)] {
                    if payload[name].is_string() {
                        payload[name] = json!(new);
                    }
                }
                form.append_pair(&name, &payload.to_string())
            }
            _ => form.append_pair(&name, &value),
        };
    }
    form.finish()
}
