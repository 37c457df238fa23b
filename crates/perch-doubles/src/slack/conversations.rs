//! `conversations.*`, `users.info` and `auth.test`: what the double knows of its workspace.

use serde_json::{Value, json};

use super::super::server::lock;
use super::SlackCore;
use super::message::{Message, is_true};
use super::web_api::{Outcome, channel, page, required, string};

pub(super) fn auth_test(core: &SlackCore, _: &Value) -> Outcome {
    let bot = &core.options.bot;
    Ok(json!({
        "url": format!("https://{}.slack.com/", bot.team_domain),
        "team": "Perch Demo",
        "user": bot.user_name,
        "team_id": bot.team_id,
        "user_id": bot.user_id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": false,
    }))
}

pub(super) fn info(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    Ok(json!({"channel": lock(&core.state).channel_payload(&channel)}))
}

pub(super) fn history(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let mut found = messages(core, arguments, &channel, Message::is_in_channel);
    found.reverse();
    let next = page(&mut found, arguments, 100, 999)?;
    let has_more = !next.is_empty();
    Ok(json!({
        "messages": found,
        "has_more": has_more,
        "pin_count": 0,
        "channel_actions_ts": null,
        "channel_actions_count": 0,
        "response_metadata": {"next_cursor": next},
    }))
}

pub(super) fn replies(core: &SlackCore, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let thread = required(arguments, "ts")?;
    let mut found = messages(core, arguments, &channel, |message| {
        message.ts == thread || message.thread_ts() == Some(&thread)
    });
    if found.is_empty() {
        return Err("thread_not_found".into());
    }
    let next = page(&mut found, arguments, 1000, 1000)?;
    let has_more = !next.is_empty();
    Ok(json!({"messages": found, "has_more": has_more, "response_metadata": {"next_cursor": next}}))
}

/// The messages of a channel that all see, between `oldest` and `latest`, oldest first. Their metadata is there if it is
/// asked for.
fn messages(
    core: &SlackCore,
    arguments: &Value,
    channel: &str,
    wanted: impl Fn(&Message) -> bool,
) -> Vec<Value> {
    let number = |text: &str| text.parse::<f64>().unwrap_or_default();
    let oldest = string(arguments, "oldest").map_or(f64::MIN, |text| number(&text));
    let latest = string(arguments, "latest").map_or(f64::MAX, |text| number(&text));
    let inclusive = is_true(&arguments["inclusive"]);
    let with_metadata = is_true(&arguments["include_all_metadata"]);
    let within =
        |ts: f64| (oldest < ts && ts < latest) || (inclusive && (ts == oldest || ts == latest));
    lock(&core.state)
        .messages
        .iter()
        .filter(|message| {
            message.channel == channel && !message.deleted && message.ephemeral_to.is_none()
        })
        .filter(|message| within(number(&message.ts)) && wanted(message))
        .map(|message| {
            let mut payload = message.to_payload(&core.options.bot);
            if let (false, Some(payload)) = (with_metadata, payload.as_object_mut()) {
                payload.remove("metadata");
            }
            payload
        })
        .collect()
}

pub(super) fn users_info(core: &SlackCore, arguments: &Value) -> Outcome {
    let id = string(arguments, "user").ok_or("user_not_found")?;
    let state = lock(&core.state);
    let user = state
        .users
        .iter()
        .find(|user| user.id == id)
        .ok_or("user_not_found")?;
    Ok(json!({"user": {
        "id": user.id,
        "team_id": core.options.bot.team_id,
        "name": user.name,
        "deleted": false,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "email": format!("{}@example.com", user.name),
            "team": core.options.bot.team_id,
        },
        "is_admin": false,
        "is_owner": false,
        "is_bot": false,
        "is_app_user": false,
        "updated": 1_700_000_000,
    }}))
}
