//! `conversations.*`, `users.info` and `auth.test`: what the double knows of its workspace.

use serde_json::{Value, json};

use super::super::server::lock;
use super::message::{Message, is_true};
use super::state::{SlackState, User};
use super::web_call::{Outcome, channel, own_channel, page, required, string};
use super::{Bot, SlackCore};

pub(super) fn auth_test(_: &SlackCore, app: &Bot, _: &Value) -> Outcome {
    Ok(json!({
        "url": format!("https://{}.slack.com/", app.team_domain),
        "team": "Perch Demo",
        "user": app.user_name,
        "team_id": app.team_id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": false,
    }))
}

pub(super) fn info(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let state = lock(&core.state);
    match state.membership(&channel, &app.app_id) {
        Err("channel_not_found") => Err("channel_not_found".into()),
        _ => Ok(json!({"channel": state.channel_payload(&channel, &app.app_id)})),
    }
}

/// Puts the bot into a public channel.
pub(super) fn join(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = channel(core, arguments)?;
    let mut state = lock(&core.state);
    let mut answer = json!({});
    match state.membership(&channel, &app.app_id) {
        Ok(()) => {
            answer["warning"] = json!("already_in_channel");
            answer["response_metadata"] = json!({"warnings": ["already_in_channel"]});
        }
        Err("channel_not_found") => return Err("channel_not_found".into()),
        Err(_) => {
            state.set_membership(&channel, &app.app_id, true);
        }
    }
    answer["channel"] = state.channel_payload(&channel, &app.app_id);
    Ok(answer)
}

/// The channels with a name that the bot sees: public ones unless `types` says otherwise.
pub(super) fn list(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let types = string(arguments, "types").unwrap_or_else(|| "public_channel".to_owned());
    let types: Vec<&str> = types.split(',').map(str::trim).collect();
    let state = lock(&core.state);
    let seen = state.channels.iter().filter(|channel| {
        let kind = if channel.is_private {
            "private_channel"
        } else {
            "public_channel"
        };
        types.contains(&kind) && (!channel.is_private || state.is_member(channel, &app.app_id))
    });
    let mut found = seen
        .map(|channel| state.channel_payload(&channel.id, &app.app_id))
        .collect();
    let next = page(&mut found, arguments, 100, 999)?;
    Ok(json!({"channels": found, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn history(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = own_channel(core, app, arguments)?;
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

pub(super) fn replies(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    required(arguments, "channel")?;
    let channel = own_channel(core, app, arguments)?;
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
            let mut payload = message.to_payload();
            if let (false, Some(payload)) = (with_metadata, payload.as_object_mut()) {
                payload.remove("metadata");
            }
            payload
        })
        .collect()
}

pub(super) fn users_info(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let id = string(arguments, "user").ok_or("user_not_found")?;
    let state = lock(&core.state);
    let user = state
        .users
        .iter()
        .find(|user| user.id == id)
        .ok_or("user_not_found")?;
    let with_locale = is_true(&arguments["include_locale"]);
    Ok(json!({"user": user_payload(app, user, with_locale)}))
}

pub(super) fn users_list(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let state: &SlackState = &lock(&core.state);
    let users = state.users.iter();
    let with_locale = is_true(&arguments["include_locale"]);
    let mut found = users
        .map(|user| user_payload(app, user, with_locale))
        .collect();
    // Without a limit all of them come at once.
    let next = page(&mut found, arguments, usize::MAX, 1000)?;
    Ok(json!({
        "members": found,
        "cache_ts": core.now().as_second(),
        "response_metadata": {"next_cursor": next},
    }))
}

fn user_payload(app: &Bot, user: &User, with_locale: bool) -> Value {
    let mut payload = json!({
        "id": user.id,
        "team_id": app.team_id,
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
            "team": app.team_id,
        },
        "is_admin": false,
        "is_owner": false,
        "is_bot": false,
        "is_app_user": false,
        "updated": 1_700_000_000,
    });
    if with_locale {
        payload["locale"] = json!(user.locale);
    }
    payload
}
