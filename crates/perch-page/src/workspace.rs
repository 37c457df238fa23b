//! What one person sees of the workspace, as JSON for the page.

use perch_doubles::slack::control::PersonsView;
use perch_doubles::slack::{Author, Message};
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::page::Core;
use crate::story::{Delivery, Notice};

/// So many messages of the workspace are shown, and so many deliveries listed.
const MESSAGES: usize = 600;
const DELIVERIES: usize = 120;

/// Everything that `user` sees; the first person of the workspace where that is nobody.
///
/// # Errors
/// When the bots' declarations cannot be read.
pub(crate) fn seen_by(core: &Core, user: &str) -> Result<Value, String> {
    let workspace = core.slack.workspace();
    let known = workspace.users.iter().find(|one| one.id == user);
    let me = known.or(workspace.users.first());
    let me = me.map(|one| one.id.clone()).unwrap_or_default();
    let (bots, trouble) = match core.bots() {
        Ok(bots) => (bots, None),
        // What was posted is there all the same.
        Err(error) => (Vec::new(), Some(error)),
    };
    let ledger = core.ledger();
    let sees = |message: &&Message| {
        let only = message.ephemeral_to.as_deref();
        let own = format!("D{}", me.get(1..).unwrap_or_default());
        only.is_none_or(|only| only == me)
            && (!message.channel.starts_with('D') || message.channel == own)
    };
    let messages: Vec<&Message> = workspace.messages.iter().filter(sees).collect();
    let skipped = messages.len().saturating_sub(MESSAGES);
    let streaming = core.slack.streaming();
    let messages: Vec<Value> = messages[skipped..]
        .iter()
        .map(|message| {
            let mut shown = shown(message);
            let place = (message.channel.clone(), message.ts.clone());
            shown["streaming"] = json!(streaming.contains(&place));
            shown["to_app"] = json!(ledger.direct.get(&message.ts));
            shown
        })
        .collect();
    let own = |open: &&PersonsView| open.user == me;
    let views = workspace.views.iter().filter(own);
    let of = |kind: &str| -> Vec<Value> {
        let all = views.clone().filter(|open| open.view["type"] == kind);
        all.map(|open| json!({ "view": open.view, "inputs": open.inputs }))
            .collect()
    };
    let channels = workspace.channels.iter().map(|channel| {
        let members = bots
            .iter()
            .filter(|bot| core.slack.is_in(&bot.app, &channel.id));
        let members: Vec<&str> = members.map(|bot| bot.app.app_id.as_str()).collect();
        let mut shown = json!(channel);
        shown["apps"] = json!(members);
        shown
    });
    let scheduled = core.slack.scheduled();
    let scheduled = scheduled.iter().filter(|later| sees(&&later.message));
    let notices: Vec<&Notice> = ledger
        .notices
        .iter()
        .filter(|notice| notice.person == me)
        .collect();
    Ok(json!({
        "stage": core.stage.name(),
        "me": me,
        "people": workspace.users,
        "channels": channels.collect::<Vec<_>>(),
        "apps": apps(&bots),
        "messages": messages,
        "skipped": skipped,
        "scheduled": scheduled.map(|later| json!({
            "id": later.id, "at": later.at, "message": shown(&later.message),
        })).collect::<Vec<_>>(),
        "modals": of("modal"),
        "homes": of("home"),
        "notices": notices,
        "deliveries": ledger.newest().take(DELIVERIES).map(summary).collect::<Vec<_>>(),
        "trouble": trouble,
    }))
}

fn apps(bots: &[Bot]) -> Vec<Value> {
    let mut apps: Vec<Value> = Vec::new();
    for bot in bots {
        let entry = json!({
            "bot": bot.name,
            "commands": bot.commands,
            "shortcuts": bot.shortcuts,
            "called": bot.address.is_some(),
        });
        let mut known = apps.iter_mut();
        match known.find(|app| app["id"] == bot.app.app_id) {
            Some(app) => {
                if let Some(all) = app["bots"].as_array_mut() {
                    all.push(entry);
                }
            }
            None => apps.push(json!({
                "id": bot.app.app_id,
                "user_id": bot.app.user_id,
                "name": bot.app.user_name,
                "bots": [entry],
            })),
        }
    }
    apps
}

/// A message as the page draws it.
fn shown(message: &Message) -> Value {
    let argument = |name: &str| message.arguments.get(name).cloned().unwrap_or_default();
    let (author, app) = match &message.author {
        Author::App(app) => (app.user_name.as_str(), Some(&app.app_id)),
        Author::Person(user) => (user.as_str(), None),
    };
    json!({
        "channel": message.channel,
        "ts": message.ts,
        "thread_ts": message.thread_ts(),
        "in_channel": message.is_in_channel(),
        "author": author,
        "app_id": app,
        "username": argument("username"),
        "icon_emoji": argument("icon_emoji"),
        "text": message.text(),
        "is_markdown": message.arguments.contains_key("markdown_text"),
        "mrkdwn": argument("mrkdwn"),
        "blocks": message.blocks(),
        "attachments": message.attachments(),
        "files": argument("files"),
        "ephemeral": message.ephemeral_to.is_some(),
        "replies": message.replies.len(),
        "reactions": message.reactions,
        "edited": message.edited,
    })
}

/// A line of the inspector's list.
fn summary(delivery: &Delivery) -> Value {
    let cold = delivery.runs.iter().any(|run| run.init_ms.is_some());
    let warned = delivery.runs.iter().flat_map(|run| &run.lines);
    let warned = warned.filter(|line| line.level == "WARN" || line.level == "ERROR");
    json!({
        "id": delivery.id,
        "at": delivery.at,
        "bot": delivery.bot,
        "kind": delivery.kind,
        "what": delivery.what,
        "person": delivery.person,
        "origin": delivery.origin,
        "odd": delivery.odd,
        "status": delivery.answer.as_ref().map(|answer| answer.status),
        "ms": delivery.answer.as_ref().map(|answer| answer.ms),
        "failed": delivery.failed,
        "done": delivery.is_done,
        "cold": cold,
        "calls": delivery.calls.len(),
        "jobs": delivery.runs.len().saturating_sub(1),
        "warnings": warned.count(),
    })
}
