//! Views: the modals before each person, and their home tabs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::server::lock;
use super::blocks::Judged;
use super::inputs::Inputs;
use super::state::{OpenView, SlackState};
use super::web_call::{Outcome, SlackError, required, string};
use super::{Bot, Event, SlackCore};

/// Modals that may lie on one another.
const DEEPEST: usize = 3;

/// Opens a modal before the person whose trigger it is, in place of those that they had before them.
pub(super) fn open(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    show(core, app, arguments, false)
}

/// Opens a modal on top of the one that the person has before them.
pub(super) fn push(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    show(core, app, arguments, true)
}

fn show(core: &SlackCore, app: &Bot, arguments: &Value, on_top: bool) -> Outcome {
    let method = if on_top { "views.push" } else { "views.open" };
    let given = view_of(core, method, arguments, "modal")?;
    let view = {
        let mut state = lock(&core.state);
        let user = trigger(core, app, &state, arguments)?;
        let view = if on_top {
            put_on_top(core, app, &mut state, given, &user)?
        } else {
            check_external_id(&state, &given, None)?;
            state
                .views
                .retain(|open| open.user != user || open.view["type"] != "modal");
            let view = complete(core, app, &mut state, given, None);
            keep(&mut state, &user, &view);
            view
        };
        use_trigger(&mut state, arguments);
        view
    };
    core.emit(Event::ViewOpened(view.clone()));
    Ok(json!({"view": view}))
}

/// Lays a modal on those that a person has before them.
pub(super) fn put_on_top(
    core: &SlackCore,
    app: &Bot,
    state: &mut SlackState,
    given: Value,
    user: &str,
) -> Outcome {
    let own = |view: &&Value| view["app_id"] == app.app_id;
    let below: Vec<Value> = modals_of(state, user).filter(own).cloned().collect();
    let top = below.last().ok_or("not_found")?;
    if below.len() >= DEEPEST {
        return Err("push_limit_reached".into());
    }
    check_external_id(state, &given, None)?;
    let view = complete(core, app, state, given, Some(top));
    keep(state, user, &view);
    Ok(view)
}

/// Puts a view in the place of another, with its id.
pub(super) fn put(
    core: &SlackCore,
    app: &Bot,
    state: &mut SlackState,
    given: Value,
    old: &Value,
) -> Outcome {
    check_external_id(state, &given, Some(&old["id"]))?;
    let mut view = complete(core, app, state, given, None);
    for kept in ["id", "root_view_id", "previous_view_id"] {
        view[kept] = old[kept].clone();
    }
    let mut open = state.views.iter_mut();
    let open = open.find(|open| open.view["id"] == old["id"]);
    open.ok_or("not_found")?.view = view.clone();
    Ok(view)
}

fn keep(state: &mut SlackState, user: &str, view: &Value) {
    state.views.push(OpenView {
        user: user.to_owned(),
        view: view.clone(),
        inputs: Inputs::new(),
    });
}

pub(super) fn update(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let given = view_of(core, "views.update", arguments, "modal")?;
    let view = {
        let mut state = lock(&core.state);
        let wanted = |open: &OpenView| {
            open.view["app_id"] == app.app_id
                && match (
                    string(arguments, "view_id"),
                    string(arguments, "external_id"),
                ) {
                    (Some(id), _) => open.view["id"] == id,
                    (None, Some(id)) => open.view["external_id"] == id,
                    (None, None) => false,
                }
        };
        let at = state.views.iter().position(wanted).ok_or("not_found")?;
        let old = state.views[at].view.clone();
        check_hash(arguments, &old)?;
        put(core, app, &mut state, given, &old)?
    };
    core.emit(Event::ViewUpdated(view.clone()));
    Ok(json!({"view": view}))
}

/// Sets a person's home tab.
pub(super) fn publish(core: &SlackCore, app: &Bot, arguments: &Value) -> Outcome {
    let user = required(arguments, "user_id")?;
    let given = view_of(core, "views.publish", arguments, "home")?;
    let view = {
        let mut state = lock(&core.state);
        if !state.users.iter().any(|known| known.id == user) {
            return Err("user_not_found".into());
        }
        let home = |open: &OpenView| {
            open.user == user && open.view["type"] == "home" && open.view["app_id"] == app.app_id
        };
        let old = state.views.iter().find(|open| home(open));
        match old.map(|open| open.view.clone()) {
            Some(old) => {
                check_hash(arguments, &old)?;
                put(core, app, &mut state, given, &old)?
            }
            None => {
                check_external_id(&state, &given, None)?;
                let view = complete(core, app, &mut state, given, None);
                keep(&mut state, &user, &view);
                view
            }
        }
    };
    core.emit(Event::ViewUpdated(view.clone()));
    Ok(json!({"view": view}))
}

/// The modals before a person, the topmost last.
pub(super) fn modals_of<'a>(
    state: &'a SlackState,
    user: &'a str,
) -> impl Iterator<Item = &'a Value> {
    let open = state.views.iter().filter(move |open| open.user == user);
    open.map(|open| &open.view)
        .filter(|view| view["type"] == "modal")
}

/// Takes a modal from before its person, and with `all` those below it.
pub(super) fn close(state: &mut SlackState, view_id: &str, all: bool) -> Option<Value> {
    let at = state
        .views
        .iter()
        .position(|open| open.view["id"] == view_id)?;
    let closed = state.views.remove(at);
    if all {
        state
            .views
            .retain(|open| open.user != closed.user || open.view["type"] != "modal");
    }
    Some(closed.view)
}

/// What the bot believes a view to be is what it is.
fn check_hash(arguments: &Value, view: &Value) -> Result<(), SlackError> {
    if string(arguments, "hash").is_some_and(|hash| view["hash"] != hash) {
        return Err("hash_conflict".into());
    }
    Ok(())
}

/// No other view of the workspace has this view's external id.
fn check_external_id(
    state: &SlackState,
    given: &Value,
    own: Option<&Value>,
) -> Result<(), SlackError> {
    let external_id = given["external_id"].as_str().unwrap_or_default();
    let taken =
        |open: &OpenView| open.view["external_id"] == external_id && Some(&open.view["id"]) != own;
    if !external_id.is_empty() && state.views.iter().any(taken) {
        return Err("duplicate_external_id".into());
    }
    Ok(())
}

fn trigger_id(arguments: &Value) -> Option<String> {
    string(arguments, "trigger_id").or_else(|| string(arguments, "interactivity_pointer"))
}

/// Whose trigger a call has: one that the app was given, that opened nothing yet, soon after it was made.
fn trigger(
    core: &SlackCore,
    app: &Bot,
    state: &SlackState,
    arguments: &Value,
) -> Result<String, SlackError> {
    let id = trigger_id(arguments).ok_or_else(|| {
        SlackError::explained("invalid_arguments", "missing required field: trigger_id")
    })?;
    let now: Timestamp = core.now();
    let trigger = state.triggers.get(&id);
    let trigger = trigger.filter(|trigger| trigger.app_id == app.app_id);
    let trigger = trigger.ok_or("invalid_trigger_id")?;
    if trigger.used {
        return Err("exchanged_trigger_id".into());
    }
    if now.duration_since(trigger.made) > core.options.trigger_lifetime {
        return Err("expired_trigger_id".into());
    }
    Ok(trigger.user.clone())
}

fn use_trigger(state: &mut SlackState, arguments: &Value) {
    let trigger = trigger_id(arguments).and_then(|id| state.triggers.get_mut(&id));
    if let Some(trigger) = trigger {
        trigger.used = true;
    }
}

/// The view of a call, if it is one of this type that Slack takes.
fn view_of(
    core: &SlackCore,
    method: &str,
    arguments: &Value,
    kind: &str,
) -> Result<Value, SlackError> {
    let view = &arguments["view"];
    if !view.is_object() {
        return Err(SlackError::explained(
            "invalid_arguments",
            "missing required field: view",
        ));
    }
    // 250 kB, from views.open's page.
    if view.to_string().len() > 250_000 {
        return Err("view_too_large".into());
    }
    if let Some(given) = view["type"].as_str().filter(|given| *given != kind) {
        let message = format!("unsupported type: {given} [json-pointer:/view/type]");
        return Err(SlackError::explained("invalid_arguments", message));
    }
    let judged = Judged::of(perch_blocks::check_view(view, "/view"));
    core.doubt(method, judged.doubtful);
    if !judged.refused.is_empty() {
        return Err(SlackError::refused("invalid_arguments", judged.refused));
    }
    Ok(view.clone())
}

/// The view as Slack answers it: with everything that the bot left out.
fn complete(
    core: &SlackCore,
    app: &Bot,
    state: &mut SlackState,
    given: Value,
    below: Option<&Value>,
) -> Value {
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
    let root = below.map_or_else(|| json!(id), |below| below["root_view_id"].clone());
    json!({
        "id": id,
        "team_id": app.team_id,
        "type": given["type"],
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
        "previous_view_id": below.map(|below| below["id"].clone()),
        "app_id": app.app_id,
        "app_installed_team_id": app.team_id,
        "bot_id": app.bot_id,
    })
}
