//! A delivery to take elsewhere: as a command line, and as a test of the kit.

use std::fmt::Write as _;

use perch_doubles::slack::answer::{Shown, to_command};
use serde_json::{Value, json};

use crate::page::Core;
use crate::story::Delivery;

/// A delivery as the inspector shows it: with its form decoded, and what can be copied.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn with_copies(core: &Core, delivery: &Delivery) -> Result<Value, String> {
    let mut shown = serde_json::to_value(delivery).map_err(|error| error.to_string())?;
    shown["patience_ms"] = json!(core.patience.answer.as_millis());
    shown["decoded"] = decoded(delivery);
    if !delivery.body.is_empty() {
        shown["curl"] = json!(curl(delivery));
        shown["test"] = json!(test(delivery));
    }
    Ok(shown)
}

/// The body, taken apart: a form's fields, with the JSON in them.
fn decoded(delivery: &Delivery) -> Value {
    if let Ok(json) = serde_json::from_str(&delivery.body) {
        return json;
    }
    let fields = form_urlencoded::parse(delivery.body.as_bytes());
    let fields = fields.map(|(name, value)| {
        let parsed = if name == "payload" {
            serde_json::from_str(&value).ok()
        } else {
            None
        };
        (name.into_owned(), parsed.unwrap_or_else(|| json!(value)))
    });
    Value::Object(fields.collect())
}

/// The request as a command line. Its signature is good for five minutes.
fn curl(delivery: &Delivery) -> String {
    let mut line = format!("curl -i {}", quoted(&delivery.local));
    for (name, value) in &delivery.headers {
        let _ = write!(line, " \\\n  -H {}", quoted(&format!("{name}: {value}")));
    }
    let _ = write!(line, " \\\n  --data-raw {}", quoted(&delivery.body));
    line
}

/// In single quotes, as a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A test that sends the same to the bot in memory and expects the same answer.
pub(crate) fn test(delivery: &Delivery) -> String {
    let decoded = decoded(delivery);
    let payload = &decoded["payload"];
    let mut name = name_of(&delivery.what);
    let request = match delivery.kind.as_str() {
        "command" => command(&decoded),
        "event_callback" => format!(".event({})", json_macro(&decoded["event"])),
        "view_submission" | "view_closed" => view(&delivery.kind, payload),
        "block_actions" => action(payload),
        "block_suggestion" => {
            let (id, typed) = (&payload["action_id"], &payload["value"]);
            format!(".options({id}, {typed})")
        }
        _ => format!(".payload({})", json_macro(payload)),
    };
    if name.is_empty() {
        name = delivery.kind.replace('.', "_");
    }
    format!(
        "#[tokio::test]\nasync fn {name}() {{\n    let bot = perch::testing::app(app());\n    let reply = bot\n        {request}\n        .send()\n        .await;\n{}}}\n",
        expected(delivery)
    )
}

/// Letters and digits of what was done, as a function may be called.
fn name_of(what: &str) -> String {
    let words = what.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .take(6)
        .map(str::to_ascii_lowercase)
        .collect();
    let name = words.join("_");
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("it_{name}"),
        false => name,
    }
}

fn command(form: &Value) -> String {
    let mut text = format!(".command({}, {})", form["command"], form["text"]);
    let _ = write!(text, "\n        .user({})", form["user_id"]);
    let _ = write!(text, "\n        .channel({})", form["channel_id"]);
    text
}

fn who_and_where(payload: &Value) -> String {
    let mut text = format!("\n        .user({})", payload["user"]["id"]);
    if payload["channel"]["id"].is_string() {
        let _ = write!(text, "\n        .channel({})", payload["channel"]["id"]);
    }
    text
}

fn action(payload: &Value) -> String {
    let action = &payload["actions"][0];
    let mut text = format!(".action({}){}", action["action_id"], who_and_where(payload));
    if action["type"] == "button" {
        if action["value"].is_string() {
            let _ = write!(text, "\n        .value({})", raw(&action["value"]));
        }
    } else {
        let element = json_macro(action);
        let _ = write!(text, "\n        .with(\"/actions/0\", {element})");
    }
    for part in ["message", "view"] {
        if payload[part].is_object() {
            let content = json_macro(&payload[part]);
            let _ = write!(text, "\n        .with(\"/{part}\", {content})");
        }
    }
    text
}

fn view(kind: &str, payload: &Value) -> String {
    let view = &payload["view"];
    let mut text = format!(".{kind}({}){}", view["callback_id"], who_and_where(payload));
    if view["private_metadata"]
        .as_str()
        .is_some_and(|data| !data.is_empty())
    {
        let metadata = raw(&view["private_metadata"]);
        let _ = write!(text, "\n        .private_metadata({metadata})");
    }
    for (block, actions) in view["state"]["values"].as_object().into_iter().flatten() {
        for (action, element) in actions.as_object().into_iter().flatten() {
            let element = json_macro(element);
            let _ = write!(text, "\n        .input({block:?}, {action:?}, {element})");
        }
    }
    text
}

/// A text as a raw string, so that JSON in it stays readable.
fn raw(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default();
    match text.contains('"') && !text.contains("\"#") {
        true => format!("r#\"{text}\"#"),
        false => format!("{text:?}"),
    }
}

/// JSON as the macro takes it, indented to stand in a chain of calls.
fn json_macro(value: &Value) -> String {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    let pretty = pretty.replace('\n', "\n        ");
    format!("serde_json::json!({pretty})")
}

/// What the bot answered, as assertions.
fn expected(delivery: &Delivery) -> String {
    let Some(answer) = &delivery.answer else {
        return "    assert_eq!(reply.status, 200);\n".to_owned();
    };
    if answer.status != 200 {
        return format!("    assert_eq!(reply.status, {});\n", answer.status);
    }
    if answer.body.is_empty() {
        return "    assert!(reply.is_ack());\n".to_owned();
    }
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if let Some(errors) = body["errors"].as_object() {
        let each = errors.iter().map(|(block, error)| {
            format!("    assert_eq!(reply.error_at({block:?}).as_deref(), Some({error}));\n")
        });
        return each.collect();
    }
    let text = &body["text"];
    match to_command(answer.status, &answer.body) {
        Shown::Message { in_channel, .. } if delivery.kind == "command" && text.is_string() => {
            let method = if in_channel {
                "in_channel_text"
            } else {
                "ephemeral_text"
            };
            format!("    assert_eq!(reply.{method}(), {text});\n")
        }
        _ => format!("    assert_eq!(reply.json(), {});\n", json_macro(&body)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use perch_doubles::slack::Bot;
    use perch_doubles::slack::request::{self, Interaction, Person};

    use super::*;
    use crate::story::Answer;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/copied.rs");

    fn delivered(kind: &str, what: &str, body: String, answer: &str) -> Delivery {
        Delivery {
            kind: kind.to_owned(),
            what: what.to_owned(),
            body,
            answer: Some(Answer {
                status: 200,
                body: answer.to_owned(),
                ..Answer::default()
            }),
            ..Delivery::default()
        }
    }

    fn form(payload: &Value) -> String {
        request::interaction(payload, "", Timestamp::UNIX_EPOCH).body
    }

    /// A command, a click, a form with an error, and an event, as they are delivered to the bot of the tests.
    fn deliveries() -> Vec<Delivery> {
        let (bot, person) = (Bot::default(), Person::default());
        let interaction = Interaction::default();
        let now = Timestamp::UNIX_EPOCH;
        let command = request::command(&bot, &person, &interaction, "/job", "", "", now);
        let click = json!({
            "type": "block_actions", "user": {"id": "U0HANAKO"}, "channel": {"id": "C0GENERAL"},
            "actions": [{"type": "button", "action_id": "drop", "block_id": "b", "value": "{\"a\": 1}"}],
        });
        let view = json!({
            "type": "modal", "id": "V1", "callback_id": "form", "private_metadata": "kept \"here\"",
            "blocks": [{"type": "input", "block_id": "name", "element": {"type": "plain_text_input", "action_id": "name"}}],
        });
        let inputs = [("name/name".to_owned(), vec!["nobody".to_owned()])].into();
        let submission = request::view_submission(&bot, &person, &interaction, &view, &inputs);
        let submission = submission.expect("a payload");
        let mention = json!({"type": "app_mention", "user": "U0HANAKO", "channel": "C0GENERAL", "ts": "1.2", "text": "hello"});
        let event = request::event_callback(&bot, &mention, now).to_string();
        let errors =
            r#"{"response_action": "errors", "errors": {"name": "Nobody has that name here."}}"#;
        vec![
            delivered(
                "command",
                "/job",
                command.body,
                r#"{"response_type": "ephemeral", "text": "Later"}"#,
            ),
            delivered("block_actions", "clicks Drop", form(&click), ""),
            delivered(
                "view_submission",
                "submits Every input",
                form(&submission),
                errors,
            ),
            delivered("event_callback", "event app_mention", event, ""),
        ]
    }

    #[test]
    fn a_copied_test_is_what_the_tests_compile() {
        let written: Vec<String> = deliveries().iter().map(test).collect();
        let written = written.join("\n");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(FILE, &written).expect("it is written");
        }
        let kept = std::fs::read_to_string(FILE).expect("tests/data/copied.rs");
        assert_eq!(kept, written, "UPDATE=1 writes it anew");
    }

    #[test]
    fn a_command_line_survives_its_quotes() {
        let delivery = Delivery {
            local: "http://127.0.0.1:1/tryo".to_owned(),
            headers: vec![("x-slack-signature".to_owned(), "v0=1".to_owned())],
            body: "text=it's".to_owned(),
            ..Delivery::default()
        };
        let expected = "curl -i 'http://127.0.0.1:1/tryo' \\\n  -H 'x-slack-signature: v0=1' \\\n  --data-raw 'text=it'\\''s'";
        assert_eq!(curl(&delivery), expected);
    }
}
