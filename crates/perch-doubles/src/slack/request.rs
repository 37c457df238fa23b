//! Requests as Slack sends them: slash commands, clicks and submitted views, signed.
//!
//! Plain functions without a server, so that another process (`perch send`) can build them too. Shapes follow Slack's
//! "Enabling interactivity with slash commands", "Interaction payloads" and "Verifying requests from Slack".

use std::collections::BTreeMap;
use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{Bot, Message};

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

/// The payload of a click on the button `action_id` of `message`, or of a choice in a menu of it; none when the
/// message has no such element.
pub fn block_action(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    message: &Message,
    action_id: &str,
    time: Timestamp,
) -> Option<Value> {
    let (block_id, element) = message
        .elements()
        .into_iter()
        .find(|(_, element)| element["action_id"] == action_id)?;
    let mut action = element.as_object().cloned().unwrap_or_default();
    action.retain(|key, _| {
        matches!(
            key.as_str(),
            "action_id" | "type" | "text" | "value" | "style" | "confirm"
        )
    });
    action.insert("block_id".to_owned(), json!(block_id));
    action.insert(
        "action_ts".to_owned(),
        json!(format!(
            "{}.{:06}",
            time.as_second(),
            time.subsec_microsecond()
        )),
    );
    let is_ephemeral = message.ephemeral_to.is_some();
    let mut payload = interaction_payload(bot, person, "block_actions");
    let details = json!({
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": is_ephemeral,
        },
        "trigger_id": interaction.trigger_id,
        "channel": {"id": message.channel, "name": person.channel_name},
        "state": {"values": {}},
        "response_url": interaction.response_url,
        "actions": [action],
    });
    payload.extend(details.as_object().cloned().unwrap_or_default());
    // Slack does not repeat an ephemeral message to the bot.
    if !is_ephemeral {
        payload.insert("message".to_owned(), message.to_payload(bot));
    }
    Some(Value::Object(payload))
}

/// The payload of submitting `view` (as the double answered `views.open` with) with these inputs by action id.
///
/// # Errors
///
/// Names an input that the view does not have, or has no kind of value known here.
pub fn view_submission(
    bot: &Bot,
    person: &Person,
    interaction: &Interaction,
    view: &Value,
    inputs: &BTreeMap<String, String>,
) -> Result<Value, String> {
    let mut view = view.clone();
    view["state"] = json!({"values": state_values(&view, inputs)?});
    let mut payload = interaction_payload(bot, person, "view_submission");
    payload.insert("trigger_id".to_owned(), json!(interaction.trigger_id));
    payload.insert("view".to_owned(), view);
    payload.insert("response_urls".to_owned(), json!([]));
    Ok(Value::Object(payload))
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

/// Signs an Events API callback around `event`, whose JSON body is no form.
pub fn event(bot: &Bot, event: &Value, signing_secret: &str, time: Timestamp) -> SignedRequest {
    let body = json!({
        "token": "",
        "team_id": bot.team_id,
        "api_app_id": bot.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": format!("Ev{:010}", time.as_second()),
        "event_time": time.as_second(),
        "authorizations": [{
            "enterprise_id": null,
            "team_id": bot.team_id,
            "user_id": bot.user_id,
            "is_bot": true,
            "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false,
    });
    sign(signing_secret, time, "application/json", body.to_string())
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

/// `state.values` of a view: every input, by block and action, with what was given or what it began with.
fn state_values(view: &Value, inputs: &BTreeMap<String, String>) -> Result<Value, String> {
    let mut values = Map::new();
    let mut unused: Vec<&String> = inputs.keys().collect();
    for block in view["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "input")
    {
        let (element, block_id) = (
            &block["element"],
            block["block_id"].as_str().unwrap_or_default(),
        );
        let action_id = element["action_id"].as_str().unwrap_or_default();
        unused.retain(|name| *name != action_id);
        let given = inputs.get(action_id).map(String::as_str);
        values.insert(
            block_id.to_owned(),
            json!({action_id: state_value(element, given)?}),
        );
    }
    match unused.first() {
        Some(name) => Err(format!("the view has no input with the action id `{name}`")),
        None => Ok(Value::Object(values)),
    }
}

fn state_value(element: &Value, given: Option<&str>) -> Result<Value, String> {
    let kind = element["type"].as_str().unwrap_or_default();
    let or_initial =
        |initial: &str| given.map_or_else(|| element[initial].clone(), |text| json!(text));
    let (key, value) = match kind {
        "datepicker" => ("selected_date", or_initial("initial_date")),
        "timepicker" => ("selected_time", or_initial("initial_time")),
        "datetimepicker" => {
            let given = given.map(|text| {
                text.parse::<i64>()
                    .map_err(|_| format!("`{text}` is no Unix second"))
            });
            let initial = element["initial_date_time"].clone();
            (
                "selected_date_time",
                given.transpose()?.map_or(initial, |seconds| json!(seconds)),
            )
        }
        "static_select" | "radio_buttons" => ("selected_option", option(element, given)?),
        "users_select" => ("selected_user", or_initial("initial_user")),
        "conversations_select" => ("selected_conversation", or_initial("initial_conversation")),
        "channels_select" => ("selected_channel", or_initial("initial_channel")),
        kind if kind.ends_with("_input") => ("value", or_initial("initial_value")),
        kind => {
            return Err(format!(
                "an input of type `{kind}` cannot be filled in here"
            ));
        }
    };
    Ok(json!({"type": kind, key: value}))
}

/// The option with the given value, or the one chosen from the start.
fn option(element: &Value, given: Option<&str>) -> Result<Value, String> {
    let Some(given) = given else {
        return Ok(element["initial_option"].clone());
    };
    let mut options = element["options"].as_array().into_iter().flatten();
    options
        .find(|option| option["value"] == given)
        .cloned()
        .ok_or_else(|| {
            format!(
                "`{}` has no option with the value `{given}`",
                element["action_id"]
            )
        })
}
