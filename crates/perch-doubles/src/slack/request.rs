//! Requests as Slack sends them: slash commands, clicks and submitted views, signed.
//!
//! Plain functions without a server, so that another process (`perch send`) can build them too. Shapes follow Slack's
//! "Enabling interactivity with slash commands", "Interaction payloads" and "Verifying requests from Slack".

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::blocks::elements;
use super::inputs::{chosen, is_stateful, state_values};
use super::{Bot, Message};

pub use super::inputs::Inputs;

/// A request ready to send: its headers and its body.
///
/// The signature is only as secret as it is short-lived, but it is a credential: `Debug` leaves headers out.
#[derive(Clone)]
pub struct SignedRequest {
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl std::fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedRequest")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Who does something in which channel. [`Person::default`] is hanako in #general of the demo workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub user_id: String,
    pub user_name: String,
    pub channel_id: String,
    pub channel_name: String,
}

impl Default for Person {
    fn default() -> Person {
        Person {
            user_id: super::HANAKO.to_owned(),
            user_name: "hanako".to_owned(),
            channel_id: super::GENERAL.to_owned(),
            channel_name: "general".to_owned(),
        }
    }
}

/// What lets the bot answer: [`super::Slack::interaction`] makes one that the double honours.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Interaction {
    /// Opens one view within three seconds.
    pub trigger_id: String,
    /// Takes five messages within thirty minutes.
    pub response_url: String,
}

/// Signs a body as of `time`: headers with the HMAC-SHA256 of `v0:<time>:<body>` under the app's signing secret.
pub fn sign(
    signing_secret: &str,
    time: Timestamp,
    content_type: &str,
    body: String,
) -> SignedRequest {
    let seconds = time.as_second().to_string();
    let headers = vec![
        ("content-type", content_type.to_owned()),
        ("accept", "application/json,*/*".to_owned()),
        (
            "user-agent",
            "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned(),
        ),
        (
            "x-slack-signature",
            signature(signing_secret, &seconds, &body),
        ),
        ("x-slack-request-timestamp", seconds),
    ];
    SignedRequest { headers, body }
}

fn signature(signing_secret: &str, seconds: &str, body: &str) -> String {
    // HMAC takes a key of any length; a failure would be of the library, and such a signature verifies nowhere.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(signing_secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("v0:{seconds}:{body}").as_bytes());
    let mut signature = String::from("v0=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(signature, "{byte:02x}");
    }
    signature
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A slash command, such as `/tryo` with the text behind it.
pub fn command(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    command: &str,
    text: &str,
    signing_secret: &str,
    time: Timestamp,
) -> SignedRequest {
    let fields = [
        ("token", ""),
        ("team_id", &bot.team_id),
        ("team_domain", &bot.team_domain),
        ("channel_id", &person.channel_id),
        ("channel_name", &person.channel_name),
        ("user_id", &person.user_id),
        ("user_name", &person.user_name),
        ("command", command),
        ("text", text),
        ("api_app_id", &bot.app_id),
        ("is_enterprise_install", "false"),
        ("response_url", &interaction.response_url),
        ("trigger_id", &interaction.trigger_id),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    sign(signing_secret, time, FORM, body)
}

/// What a person clicks on, and what their page holds then.
#[derive(Debug, Clone, Default)]
pub struct Click {
    pub action_id: String,
    /// What is chosen there; nothing for a button.
    pub choice: Vec<String>,
    /// What else is filled in on the message or view.
    pub inputs: Inputs,
}

/// The payload of a click in `message`: on a button, or a choice in a menu and the like.
///
/// # Errors
///
/// When the message has no such element, or the element no such choice.
pub fn block_action(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    message: &Message,
    click: &Click,
    time: Timestamp,
) -> Result<Value, String> {
    let (action, state) = act(message.blocks(), click, time)?;
    let mut payload = interaction_payload(bot, person, "block_actions");
    let details = json!({
        "container": container(message),
        "trigger_id": interaction.trigger_id,
        "channel": {"id": message.channel, "name": person.channel_name},
        "state": {"values": state},
        "response_url": interaction.response_url,
        "actions": [action],
    });
    payload.extend(details.as_object().cloned().unwrap_or_default());
    // Slack does not repeat an ephemeral message to the bot.
    if message.ephemeral_to.is_none() {
        payload.insert("message".to_owned(), message.to_payload());
    }
    Ok(Value::Object(payload))
}

/// The payload of a click in `view`, a modal or a home tab as the double answered it.
///
/// # Errors
///
/// When the view has no such element, or the element no such choice.
pub fn view_action(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    view: &Value,
    click: &Click,
    time: Timestamp,
) -> Result<Value, String> {
    let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
    let (action, state) = act(&blocks, click, time)?;
    let mut view = view.clone();
    view["state"] = json!({"values": state});
    let mut payload = interaction_payload(bot, person, "block_actions");
    let details = json!({
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": interaction.trigger_id,
        "view": view,
        "actions": [action],
    });
    payload.extend(details.as_object().cloned().unwrap_or_default());
    Ok(Value::Object(payload))
}

/// Where an element stands.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    Message(&'a Message),
    /// A modal or a home tab, as the double answered it.
    View(&'a Value),
}

/// The payload that asks a bot for the options of an external select in which `typed` was typed.
///
/// # Errors
///
/// When there is no such select, or Slack would not ask yet.
pub fn block_suggestion(
    bot: &Bot,
    person: &Person,
    holder: Holder<'_>,
    action_id: &str,
    typed: &str,
) -> Result<Value, String> {
    let blocks: Vec<Value> = match holder {
        Holder::Message(message) => message.blocks().to_vec(),
        Holder::View(view) => view["blocks"].as_array().cloned().unwrap_or_default(),
    };
    let is_external = |element: &Value| {
        let kind = element["type"].as_str().unwrap_or_default();
        kind.ends_with("external_select") && element["action_id"] == action_id
    };
    let (block_id, element) = elements(&blocks)
        .find(|(_, element)| is_external(element))
        .ok_or_else(|| format!("no external select has the action id `{action_id}`"))?;
    // Three, from the reference of the element.
    let least = element["min_query_length"].as_u64().unwrap_or(3);
    if (typed.chars().count() as u64) < least {
        return Err(format!(
            "Slack asks for the options of `{action_id}` once {least} characters are typed"
        ));
    }
    let mut payload = interaction_payload(bot, person, "block_suggestion");
    payload.extend([
        ("action_id".to_owned(), json!(action_id)),
        ("block_id".to_owned(), json!(block_id)),
        ("value".to_owned(), json!(typed)),
    ]);
    match holder {
        Holder::Message(message) => {
            payload.insert("container".to_owned(), container(message));
            let channel = json!({"id": message.channel, "name": person.channel_name});
            payload.insert("channel".to_owned(), channel);
            if message.ephemeral_to.is_none() {
                payload.insert("message".to_owned(), message.to_payload());
            }
        }
        Holder::View(view) => {
            let container = json!({"type": "view", "view_id": view["id"]});
            payload.insert("container".to_owned(), container);
            payload.insert("view".to_owned(), view.clone());
        }
    }
    Ok(Value::Object(payload))
}

/// Where a message is.
fn container(message: &Message) -> Value {
    let mut container = json!({
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to.is_some(),
    });
    if let Some(thread) = message.thread_ts() {
        container["thread_ts"] = json!(thread);
    }
    container
}

/// The event of a message that a person wrote: of type `message`, or `app_mention` for the app that it mentions.
pub fn message_event(message: &Message, kind: &str) -> Value {
    let mut event = message.to_payload();
    event["type"] = json!(kind);
    event["channel"] = json!(message.channel);
    event["event_ts"] = json!(message.ts);
    if kind == "message" {
        event["channel_type"] = json!(match message.channel.as_bytes().first() {
            Some(b'D') => "im",
            Some(b'G') => "group",
            _ => "channel",
        });
    }
    event
}

/// The entry of `actions` for a click, and `state.values` with what was clicked.
fn act(blocks: &[Value], click: &Click, time: Timestamp) -> Result<(Value, Value), String> {
    let (block_id, element) = elements(blocks)
        .find(|(_, element)| element["action_id"] == *click.action_id)
        .ok_or_else(|| format!("nothing has the action id `{}`", click.action_id))?;
    let mut action = Map::new();
    for repeated in [
        "action_id",
        "type",
        "text",
        "value",
        "url",
        "style",
        "confirm",
        "placeholder",
        "timezone",
    ] {
        if !element[repeated].is_null() {
            action.insert(repeated.to_owned(), element[repeated].clone());
        }
    }
    action.extend(chosen(element, &click.choice)?);
    action.insert("block_id".to_owned(), json!(block_id));
    let ts = format!("{}.{:06}", time.as_second(), time.subsec_microsecond());
    action.insert("action_ts".to_owned(), json!(ts));
    let mut inputs = click.inputs.clone();
    if is_stateful(element) {
        let name = format!("{block_id}/{}", click.action_id);
        inputs.insert(name, click.choice.clone());
    }
    Ok((Value::Object(action), state_values(blocks, &inputs)?))
}

/// The payload of submitting `view` (as the double answered `views.open` with) with these inputs.
///
/// # Errors
///
/// Names an input that the view does not have, or that its element does not take.
pub fn view_submission(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    view: &Value,
    inputs: &Inputs,
) -> Result<Value, String> {
    let mut view = view.clone();
    let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
    let state = state_values(&blocks, inputs)?;
    let response_urls = response_urls(&blocks, &state, interaction);
    view["state"] = json!({"values": state});
    let mut payload = interaction_payload(bot, person, "view_submission");
    payload.insert("trigger_id".to_owned(), json!(interaction.trigger_id));
    payload.insert("view".to_owned(), view);
    payload.insert("response_urls".to_owned(), json!(response_urls));
    Ok(Value::Object(payload))
}

/// An address for each conversation that was chosen in an element with `response_url_enabled`.
fn response_urls(blocks: &[Value], state: &Value, interaction: &Interaction) -> Vec<Value> {
    let enabled = elements(blocks).filter(|(_, element)| element["response_url_enabled"] == true);
    let chosen = enabled.filter_map(|(block_id, element)| {
        let action_id = element["action_id"].as_str()?;
        let value = &state[block_id][action_id];
        let channel = value["selected_conversation"]
            .as_str()
            .or_else(|| value["selected_channel"].as_str())?;
        Some(json!({
            "block_id": block_id,
            "action_id": action_id,
            "channel_id": channel,
            "response_url": interaction.response_url,
        }))
    });
    chosen.collect()
}

/// The payload of a shortcut: from the menu, or of a message.
pub fn shortcut(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    callback_id: &str,
    message: Option<&Message>,
    time: Timestamp,
) -> Value {
    let kind = match message {
        Some(_) => "message_action",
        None => "shortcut",
    };
    let mut payload = interaction_payload(bot, person, kind);
    let ts = format!("{}.{:06}", time.as_second(), time.subsec_microsecond());
    payload.insert("callback_id".to_owned(), json!(callback_id));
    payload.insert("trigger_id".to_owned(), json!(interaction.trigger_id));
    payload.insert("action_ts".to_owned(), json!(ts));
    if let Some(message) = message {
        let channel = json!({"id": message.channel, "name": person.channel_name});
        payload.insert("channel".to_owned(), channel);
        payload.insert("message".to_owned(), message.to_payload());
        payload.insert("message_ts".to_owned(), json!(message.ts));
        let url = json!(interaction.response_url);
        payload.insert("response_url".to_owned(), url);
    }
    Value::Object(payload)
}

/// The payload of closing `view` without submitting; Slack sends it where the view has `notify_on_close`.
pub fn view_closed(bot: &Bot, person: &Person, view: &Value) -> Value {
    let mut payload = interaction_payload(bot, person, "view_closed");
    payload.insert("view".to_owned(), view.clone());
    payload.insert("is_cleared".to_owned(), json!(false));
    Value::Object(payload)
}

/// Signs an interaction payload: a form with the one field `payload`.
pub fn interaction(payload: &Value, signing_secret: &str, time: Timestamp) -> SignedRequest {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish();
    sign(signing_secret, time, FORM, body)
}

/// An Events API callback around `event`, with an id of its own.
pub fn event_callback(bot: &Bot, event: &Value, time: Timestamp) -> Value {
    let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    // What Slack packs into its opaque context: the event's type, where it is from and whom it is for.
    let channel = event["channel"]
        .as_str()
        .or(event["item"]["channel"].as_str());
    let context =
        json!({"et": event["type"], "tid": bot.team_id, "aid": bot.app_id, "cid": channel});
    let context = format!("4-{}", BASE64.encode(context.to_string()));
    json!({
        "token": "",
        "team_id": bot.team_id,
        "context_team_id": bot.team_id,
        "context_enterprise_id": null,
        "api_app_id": bot.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": format!("Ev{}", &id[..11]),
        "event_time": time.as_second(),
        "authorizations": [{
            "enterprise_id": null,
            "team_id": bot.team_id,
            "user_id": bot.user_id,
            "is_bot": true,
            "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false,
        "event_context": context,
    })
}

/// Signs an Events API callback around `event`, whose JSON body is no form.
pub fn event(bot: &Bot, event: &Value, signing_secret: &str, time: Timestamp) -> SignedRequest {
    let body = event_callback(bot, event, time).to_string();
    sign(signing_secret, time, "application/json", body)
}

fn interaction_payload(bot: &Bot, person: &Person, kind: &str) -> Map<String, Value> {
    let payload = json!({
        "type": kind,
        "user": {
            "id": person.user_id,
            "username": person.user_name,
            "name": person.user_name,
            "team_id": bot.team_id,
        },
        "api_app_id": bot.app_id,
        "token": "",
        "team": {"id": bot.team_id, "domain": bot.team_domain},
        "enterprise": null,
        "is_enterprise_install": false,
    });
    payload.as_object().cloned().unwrap_or_default()
}
