//! What a person fills in: the values of elements, as Slack writes them into `state` and `actions`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::blocks::elements;

/// What a person typed or chose, by action id, or by `block/action` where two blocks have one action id. Several values are
/// for elements that take several.
pub type Inputs = BTreeMap<String, Vec<String>>;

/// How an element's value is written.
enum Shape {
    /// As it is typed, or an id.
    Text,
    /// Unix seconds.
    Seconds,
    /// A `rich_text` block.
    RichText,
    /// One of the element's own options.
    Option,
    /// Ids of files.
    Files,
}

/// The field that carries an element's value, the property that it begins with, its shape, and whether there are several.
/// None for what has no value, such as a button.
fn field(kind: &str) -> Option<(&'static str, &'static str, Shape, bool)> {
    use Shape::{Files, Option, RichText, Seconds, Text};
    Some(match kind {
        "plain_text_input" | "email_text_input" | "number_input" | "url_text_input" => {
            ("value", "initial_value", Text, false)
        }
        "rich_text_input" => ("rich_text_value", "initial_value", RichText, false),
        "datepicker" => ("selected_date", "initial_date", Text, false),
        "timepicker" => ("selected_time", "initial_time", Text, false),
        "datetimepicker" => ("selected_date_time", "initial_date_time", Seconds, false),
        "radio_buttons" | "static_select" | "external_select" => {
            ("selected_option", "initial_option", Option, false)
        }
        "checkboxes" | "multi_static_select" | "multi_external_select" => {
            ("selected_options", "initial_options", Option, true)
        }
        "users_select" => ("selected_user", "initial_user", Text, false),
        "multi_users_select" => ("selected_users", "initial_users", Text, true),
        "channels_select" => ("selected_channel", "initial_channel", Text, false),
        "multi_channels_select" => ("selected_channels", "initial_channels", Text, true),
        "conversations_select" => ("selected_conversation", "initial_conversation", Text, false),
        "multi_conversations_select" => (
            "selected_conversations",
            "initial_conversations",
            Text,
            true,
        ),
        "file_input" => ("files", "", Files, true),
        _ => return None,
    })
}

/// Whether an element keeps its value in `state`.
pub(super) fn is_stateful(element: &Value) -> bool {
    element["type"]
        .as_str()
        .is_some_and(|kind| field(kind).is_some())
}

/// `state.values` of a message or view: every element that keeps a value, by block and action, with what was given or what it
/// began with.
///
/// # Errors
/// Names an input that there is no element for, or that its element does not take.
pub(super) fn state_values(blocks: &[Value], inputs: &Inputs) -> Result<Value, String> {
    let mut values = Map::new();
    let mut unused: Vec<&String> = inputs.keys().collect();
    for (block_id, element) in elements(blocks) {
        let kind = element["type"].as_str().unwrap_or_default();
        let Some((field, initial, shape, several)) = field(kind) else {
            continue;
        };
        let action_id = element["action_id"].as_str().unwrap_or_default();
        let full = format!("{block_id}/{action_id}");
        unused.retain(|name| *name != action_id && **name != full);
        let given = inputs.get(&full).or_else(|| inputs.get(action_id));
        let value = match given {
            Some(given) => value(element, &shape, several, given)?,
            None if several && element[initial].is_null() => json!([]),
            None => element[initial].clone(),
        };
        let block = values.entry(block_id).or_insert_with(|| json!({}));
        block[action_id] = json!({"type": kind, field: value});
        if !element["timezone"].is_null() {
            block[action_id]["timezone"] = element["timezone"].clone();
        }
    }
    match unused.first() {
        Some(name) => Err(format!("there is no input with the action id `{name}`")),
        None => Ok(Value::Object(values)),
    }
}

/// The fields that a click on an element adds to its action: what is chosen there.
///
/// # Errors
/// When a choice is missing, or not one that the element has.
pub(super) fn chosen(element: &Value, choice: &[String]) -> Result<Map<String, Value>, String> {
    let kind = element["type"].as_str().unwrap_or_default();
    let (field, initial, shape, several) = match kind {
        "overflow" => ("selected_option", "", Shape::Option, false),
        kind => match field(kind) {
            Some(field) => field,
            None if choice.is_empty() => return Ok(Map::new()),
            None => return Err(format!("a {kind} has nothing to choose")),
        },
    };
    if choice.is_empty() && !several {
        return Err(format!(
            "say what is chosen in {}, of type {kind}",
            element["action_id"]
        ));
    }
    let mut fields = Map::new();
    let value = value(element, &shape, several, choice)?;
    fields.insert(field.to_owned(), value);
    if !element[initial].is_null() {
        fields.insert(initial.to_owned(), element[initial].clone());
    }
    Ok(fields)
}

fn value(element: &Value, shape: &Shape, several: bool, given: &[String]) -> Result<Value, String> {
    if several {
        let values = given.iter().map(|given| one(element, shape, given));
        return Ok(Value::Array(values.collect::<Result<_, _>>()?));
    }
    match given {
        [] => Ok(Value::Null),
        [given] => one(element, shape, given),
        _ => Err(format!("{} takes one value", element["action_id"])),
    }
}

fn one(element: &Value, shape: &Shape, given: &str) -> Result<Value, String> {
    match shape {
        Shape::Text => Ok(json!(given)),
        Shape::Seconds => given
            .parse::<i64>()
            .map(|seconds| json!(seconds))
            .map_err(|_| format!("`{given}` is not a number of seconds since 1970")),
        Shape::RichText => Ok(rich_text(given)),
        Shape::Files => Ok(json!({"id": given, "name": given, "mimetype": "text/plain"})),
        Shape::Option => option(element, given),
    }
}

/// A `rich_text` block that is given as JSON, or one that says a text.
fn rich_text(given: &str) -> Value {
    let block: Option<Value> = serde_json::from_str(given).ok();
    block
        .filter(|block| block["type"] == "rich_text")
        .unwrap_or_else(|| {
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": given}]},
            ]})
        })
}

/// The option with this value, in a group or not. An external select has its options from the bot: one is made up.
fn option(element: &Value, value: &str) -> Result<Value, String> {
    let kind = element["type"].as_str().unwrap_or_default();
    if kind.ends_with("external_select") {
        return Ok(json!({"text": {"type": "plain_text", "text": value}, "value": value}));
    }
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let lists = groups.map(|group| &group["options"]);
    let options = lists
        .chain([&element["options"]])
        .filter_map(Value::as_array)
        .flatten();
    options
        .into_iter()
        .find(|option| option["value"] == value)
        .cloned()
        .ok_or_else(|| {
            format!(
                "{} has no option with the value `{value}`",
                element["action_id"]
            )
        })
}
