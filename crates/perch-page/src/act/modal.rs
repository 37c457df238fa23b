//! Modals: submitted and closed.

use std::sync::Arc;

use perch_doubles::slack::answer::Submitted;
use perch_doubles::slack::control::PersonsView;
use perch_doubles::slack::request::{self, Inputs};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{bot_of_app, done, form, interaction, person};
use crate::page::Core;
use crate::send::{FORM, Odd, Sending, Sent, send};
use crate::story::Place;

#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(rename = "as")]
    user: String,
    #[serde(default)]
    channel: String,
    view_id: String,
    #[serde(default)]
    inputs: Inputs,
}

fn open(core: &Core, view_id: &str, user: &str) -> Result<PersonsView, String> {
    let mut views = core.slack.workspace().views.into_iter();
    let found = views.find(|open| open.view["id"] == view_id && open.user == user);
    found.ok_or_else(|| "this modal is not open any more".to_owned())
}

/// Submits a modal with what was filled in.
pub(super) async fn submit(core: &Arc<Core>, filled: Filled) -> Result<Value, String> {
    let view = open(core, &filled.view_id, &filled.user)?.view;
    let bot = bot_of_app(core, view["app_id"].as_str().unwrap_or_default())?;
    let person = person(core, &filled.user, &filled.channel)?;
    let interaction = interaction(core, &bot, &person, None);
    let inputs = core.slack.typed(&filled.view_id, filled.inputs)?;
    let payload = request::view_submission(&bot.app, &person, &interaction, &view, &inputs)?;
    let title = view["title"]["text"].as_str().unwrap_or_default();
    let sending = Sending {
        bot: &bot,
        kind: "view_submission",
        what: format!("submits {title}"),
        person: &filled.user,
        place: Place {
            channel: filled.channel.clone(),
            view: Some(filled.view_id.clone()),
            ..Place::default()
        },
        content_type: FORM,
        body: form(&payload),
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    submitted(core, &filled.view_id, &sent)
}

/// What Slack shows in a modal whose app did not answer as it should.
const TROUBLE: &str = "We had some trouble connecting. Try again?";

/// Does with the modal what the response says.
pub(super) fn submitted(core: &Core, view_id: &str, sent: &Sent) -> Result<Value, String> {
    let Some(answer) = sent.answer.as_ref().filter(|_| !sent.was_late) else {
        sent.judge(core, TROUBLE, None);
        return Ok(failed(core, sent));
    };
    match core.slack.submitted(view_id, answer.status, &answer.body)? {
        Submitted::Failed(problems) => {
            let problem = (answer.status == 200).then(|| problems.join("; "));
            sent.judge(core, TROUBLE, problem);
            Ok(failed(core, sent))
        }
        Submitted::Errors(errors) => {
            sent.judge(core, "", None);
            Ok(json!({ "errors": errors, "delivery": sent.delivery }))
        }
        _ => {
            sent.judge(core, "", None);
            Ok(json!({ "delivery": sent.delivery }))
        }
    }
}

fn failed(core: &Core, sent: &Sent) -> Value {
    let ledger = core.ledger();
    let mut notices = ledger.notices.iter();
    let notice = notices.find(|notice| notice.delivery == sent.delivery);
    json!({
        "failed": TROUBLE,
        "why": notice.map(|notice| &notice.says),
        "reason": notice.and_then(|notice| notice.reason.as_ref()),
        "delivery": sent.delivery,
    })
}

#[derive(Deserialize)]
pub(super) struct Closed {
    #[serde(rename = "as")]
    user: String,
    view_id: String,
    #[serde(default)]
    all: bool,
    #[serde(default)]
    channel: String,
}

/// Closes a modal, and tells the bot if the view asks for that.
pub(super) async fn close(core: &Arc<Core>, closed: Closed) -> Result<Value, String> {
    open(core, &closed.view_id, &closed.user)?;
    let Some(view) = core.slack.close(&closed.view_id, closed.all) else {
        return Ok(done());
    };
    core.changed();
    if view["notify_on_close"] != true {
        return Ok(done());
    }
    let bot = bot_of_app(core, view["app_id"].as_str().unwrap_or_default())?;
    let person = person(core, &closed.user, &closed.channel)?;
    let mut payload = request::view_closed(&bot.app, &person, &view);
    payload["is_cleared"] = json!(closed.all);
    let title = view["title"]["text"].as_str().unwrap_or_default();
    let sending = Sending {
        bot: &bot,
        kind: "view_closed",
        what: format!("closes {title}"),
        person: &closed.user,
        place: Place {
            channel: closed.channel,
            ..Place::default()
        },
        content_type: FORM,
        body: form(&payload),
        odd: Odd::Nothing,
    };
    let sent = send(core, sending).await?;
    sent.judge(core, "", None);
    Ok(json!({ "delivery": sent.delivery }))
}
