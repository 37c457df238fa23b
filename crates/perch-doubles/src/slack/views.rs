//! Views (modals), and the limits of blocks that Slack checks in them and in messages.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::server::lock;
use super::methods::{Outcome, SlackError, string};
use super::state::SlackState;
use super::{Event, SlackCore};

pub(super) fn open(core: &SlackCore, arguments: &Value) -> Outcome {
    show(core, arguments, false)
}

pub(super) fn push(core: &SlackCore, arguments: &Value) -> Outcome {
    show(core, arguments, true)
}

fn show(core: &SlackCore, arguments: &Value, on_top: bool) -> Outcome {
    let given = check_view(arguments)?;
    let view = {
        let mut state = lock(&core.state);
        take_trigger(core, &mut state, arguments)?;
        let external_id = given["external_id"].as_str().unwrap_or_default();
        if !external_id.is_empty()
            && state
                .views
                .iter()
                .any(|view| view["external_id"] == external_id)
        {
            return Err("duplicate_external_id".into());
        }
        let below = if on_top {
            state.views.last().map(|view| view["id"].clone())
        } else {
            None
        };
        let view = complete(core, &mut state, given, below);
        state.views.push(view.clone());
        view
    };
    core.emit(Event::ViewOpened(view.clone()));
    Ok(json!({"view": view}))
}

pub(super) fn update(core: &SlackCore, arguments: &Value) -> Outcome {
    let given = check_view(arguments)?;
    let view = {
        let mut state = lock(&core.state);
        let wanted = |view: &Value| match (
            string(arguments, "view_id"),
            string(arguments, "external_id"),
        ) {
            (Some(id), _) => view["id"] == id,
            (None, Some(id)) => view["external_id"] == id,
            (None, None) => false,
        };
        let at = state.views.iter().position(wanted).ok_or("not_found")?;
        if string(arguments, "hash").is_some_and(|hash| state.views[at]["hash"] != hash) {
            return Err("hash_conflict".into());
        }
        let old = state.views[at].clone();
        let mut view = complete(core, &mut state, given, None);
        for kept in ["id", "root_view_id", "previous_view_id"] {
            view[kept] = old[kept].clone();
        }
        state.views[at] = view.clone();
        view
    };
    core.emit(Event::ViewUpdated(view.clone()));
    Ok(json!({"view": view}))
}

/// A trigger opens one view, soon after it was made.
fn take_trigger(
    core: &SlackCore,
    state: &mut SlackState,
    arguments: &Value,
) -> Result<(), SlackError> {
    let id = string(arguments, "trigger_id").ok_or_else(|| {
        SlackError::explained("invalid_arguments", "missing required field: trigger_id")
    })?;
    let now: Timestamp = core.now();
    let trigger = state.triggers.get_mut(&id).ok_or("invalid_trigger_id")?;
    if trigger.used {
        return Err("exchanged_trigger_id".into());
    }
    if now.duration_since(trigger.made) > core.options.trigger_lifetime {
        return Err("expired_trigger_id".into());
    }
    trigger.used = true;
    Ok(())
}

fn check_view(arguments: &Value) -> Result<Value, SlackError> {
    let view = &arguments["view"];
    let wrong = |message: &str| Err(SlackError::explained("invalid_arguments", message));
    if !view.is_object() {
        return wrong("missing required field: view");
    }
    // 250 kB, from views.open's page.
    if view.to_string().len() > 250_000 {
        return Err("view_too_large".into());
    }
    if view["type"] != "modal" {
        return wrong("unsupported type: view must be a `modal` [json-pointer:/view/type]");
    }
    let Some(blocks) = view["blocks"].as_array() else {
        return wrong("missing required field: blocks [json-pointer:/view]");
    };
    let title = view["title"]["text"].as_str().unwrap_or_default();
    if title.is_empty() {
        return wrong("missing required field: title [json-pointer:/view]");
    }
    for name in ["title", "submit", "close"] {
        if view[name]["text"]
            .as_str()
            .is_some_and(|text| text.chars().count() > 24)
        {
            return wrong(&format!(
                "must be no more than 24 characters [json-pointer:/view/{name}/text]"
            ));
        }
    }
    if view["private_metadata"]
        .as_str()
        .is_some_and(|text| text.chars().count() > 3000)
    {
        return wrong("must be no more than 3000 characters [json-pointer:/view/private_metadata]");
    }
    let has_input = blocks.iter().any(|block| block["type"] == "input");
    if has_input
        && view["submit"]["text"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
    {
        return wrong("a view with input blocks needs a submit button [json-pointer:/view/submit]");
    }
    check_blocks(blocks, 100).map_err(|_| {
        SlackError::explained(
            "invalid_arguments",
            "invalid blocks [json-pointer:/view/blocks]",
        )
    })?;
    Ok(view.clone())
}

/// The view as Slack answers it: with everything that the bot left out.
fn complete(core: &SlackCore, state: &mut SlackState, given: Value, below: Option<Value>) -> Value {
    let bot = &core.options.bot;
    let id = state.id("V");
    let hash = format!("{}.{}", core.now().as_second(), state.id("h"));
    let blocks = state.complete(given["blocks"].as_array().cloned().unwrap_or_default());
    let or = |name: &str, default: Value| {
        if given[name].is_null() {
            default
        } else {
            given[name].clone()
        }
    };
    let root = below.clone().unwrap_or_else(|| json!(id));
    json!({
        "id": id,
        "team_id": bot.team_id,
        "type": "modal",
        "title": given["title"],
        "close": given["close"],
        "submit": given["submit"],
        "blocks": blocks,
        "private_metadata": or("private_metadata", json!("")),
        "callback_id": or("callback_id", json!("")),
        "external_id": or("external_id", json!("")),
        "state": {"values": {}},
        "hash": hash,
        "clear_on_close": or("clear_on_close", json!(false)),
        "notify_on_close": or("notify_on_close", json!(false)),
        "root_view_id": root,
        "previous_view_id": below,
        "app_id": bot.app_id,
        "app_installed_team_id": bot.team_id,
        "bot_id": bot.bot_id,
    })
}

/// Checks blocks against the limits of Slack's Block Kit reference.
pub(super) fn check_blocks(blocks: &[Value], most: usize) -> Result<(), SlackError> {
    let wrong = |message: String| Err(SlackError::explained("invalid_blocks", message));
    if blocks.len() > most {
        return wrong(format!(
            "no more than {most} items allowed [json-pointer:/blocks]"
        ));
    }
    let mut ids = std::collections::HashSet::new();
    for (at, block) in blocks.iter().enumerate() {
        if let Some(problem) = block_problem(block) {
            return wrong(format!("{problem} [json-pointer:/blocks/{at}]"));
        }
        if let Some(id) = block["block_id"].as_str()
            && !ids.insert(id)
        {
            return wrong(format!(
                "`block_id` {id} already exists [json-pointer:/blocks/{at}/block_id]"
            ));
        }
    }
    Ok(())
}

fn block_problem(block: &Value) -> Option<String> {
    let Some(kind) = block["type"].as_str() else {
        return Some("missing required field: type".to_owned());
    };
    let over = |text: &Value, most: usize| {
        text.as_str()
            .is_some_and(|text| text.chars().count() > most)
    };
    let count = |name: &str| block[name].as_array().map_or(0, Vec::len);
    let long = |most: usize| Some(format!("must be no more than {most} characters"));
    if over(&block["block_id"], 255) {
        return long(255);
    }
    match kind {
        "section" if block.get("text").is_none() && count("fields") == 0 => {
            return Some("missing required field: text".to_owned());
        }
        "section" if over(&block["text"]["text"], 3000) => return long(3000),
        "section" if block["text"]["text"] == "" => {
            return Some("must be more than 0 characters".to_owned());
        }
        "section" if count("fields") > 10 => {
            return Some("no more than 10 items allowed".to_owned());
        }
        "header" if over(&block["text"]["text"], 150) => return long(150),
        "header" if block["text"]["type"] != "plain_text" => {
            return Some("must be plain_text".to_owned());
        }
        "context" if !(1..=10).contains(&count("elements")) => {
            return Some("1 to 10 elements allowed".to_owned());
        }
        "actions" if !(1..=25).contains(&count("elements")) => {
            return Some("1 to 25 elements allowed".to_owned());
        }
        "input" if over(&block["label"]["text"], 2000) => return long(2000),
        _ => {}
    }
    let elements = block["elements"].as_array().into_iter().flatten();
    let elements = elements
        .chain(block.get("accessory"))
        .chain(block.get("element"));
    elements
        .into_iter()
        .find_map(|element| match element["type"].as_str() {
            None if kind != "rich_text" => Some("missing required field: type".to_owned()),
            _ if over(&element["action_id"], 255) => long(255),
            Some("button") if over(&element["text"]["text"], 75) => long(75),
            Some("button") if over(&element["value"], 2000) => long(2000),
            _ => None,
        })
}
