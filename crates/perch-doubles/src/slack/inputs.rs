//! What a person fills in: the values of elements, as Slack writes them into `state` and `actions`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::blocks::elements;

/// What a person typed or chose, by action id, or by `block/action` where two blocks have one action id. Several values are
/// for elements that take several. An option is given by its value; that of an external select as JSON, as
/// [`Slack::suggest`](super::Slack::suggest) returns it.
pub type Inputs = BTreeMap<String, Vec<String>>;

/// How an element carries its value, if it has one.
fn carried(element: &Value) -> Option<perch_blocks::Value> {
    let kind = element["type"].as_str()?;
    perch_blocks::element(kind)?.value
}

/// Whether an element keeps its value in `state`.
pub(super) fn is_stateful(element: &Value) -> bool {
    carried(element).is_some_and(|carried| !carried.state.is_empty())
}

/// `state.values` of a message or view: every element that keeps a value, by block and action, with what was given or what it
/// began with.
///
/// # Errors
/// Names an input that there is no element for, or that its element does not take.
pub(super) fn state_values(blocks: &[Value], inputs: &Inputs) -> Result<Value, String> {
    let mut values = Map::new();
    let mut unused: Vec<&String> = inputs.keys().collect();
    for (block_id, element) in elements(blocks).filter(|(_, element)| is_stateful(element)) {
        let Some(carried) = carried(element) else {
            continue;
        };
        let action_id = element["action_id"].as_str().unwrap_or_default();
        let full = format!("{block_id}/{action_id}");
        unused.retain(|name| *name != action_id && **name != full);
        let given = inputs.get(&full).or_else(|| inputs.get(action_id));
        let value = match given {
            Some(given) => value(element, carried.state, carried.is_list, given)?,
            None if carried.is_list && element[carried.initial].is_null() => json!([]),
            None => element[carried.initial].clone(),
        };
        let block = values.entry(block_id).or_insert_with(|| json!({}));
        block[action_id] = json!({"type": element["type"], carried.state: value});
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
    // A button's click repeats the value that it was made with.
    let carried = carried(element).filter(|carried| {
        !carried.action.is_empty() && (!carried.state.is_empty() || kind == "overflow")
    });
    let Some(carried) = carried else {
        if choice.is_empty() {
            return Ok(Map::new());
        }
        return Err(format!("a {kind} has nothing to choose"));
    };
    if choice.is_empty() && !carried.is_list {
        return Err(format!(
            "say what is chosen in {}, of type {kind}",
            element["action_id"]
        ));
    }
    let mut fields = Map::new();
    let value = value(element, carried.action, carried.is_list, choice)?;
    fields.insert(carried.action.to_owned(), value);
    if !element[carried.initial].is_null() {
        fields.insert(carried.initial.to_owned(), element[carried.initial].clone());
    }
    Ok(fields)
}

fn value(element: &Value, field: &str, is_list: bool, given: &[String]) -> Result<Value, String> {
    if is_list {
        let values = given.iter().map(|given| one(element, field, given));
        return Ok(Value::Array(values.collect::<Result<_, _>>()?));
    }
    match given {
        [] => Ok(Value::Null),
        [given] => one(element, field, given),
        _ => Err(format!("{} takes one value", element["action_id"])),
    }
}

/// One value, as the field that carries it holds it.
fn one(element: &Value, field: &str, given: &str) -> Result<Value, String> {
    match field {
        "selected_date_time" => given
            .parse::<i64>()
            .map(|seconds| json!(seconds))
            .map_err(|_| format!("`{given}` is not a number of seconds since 1970")),
        "rich_text_value" => Ok(rich_text(given)),
        "files" => Ok(json!({"id": given, "name": given, "mimetype": "text/plain"})),
        "selected_option" | "selected_options" => option(element, given),
        _ => Ok(json!(given)),
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

/// The option with this value, in a group or not. An external select has its options from the bot.
fn option(element: &Value, value: &str) -> Result<Value, String> {
    let kind = element["type"].as_str().unwrap_or_default();
    if kind.ends_with("external_select") {
        let offered: Option<Value> = serde_json::from_str(value).ok();
        return offered
            .filter(|option| option["text"].is_object() && option["value"].is_string())
            .ok_or_else(|| {
                format!(
                    "{} has its options from the bot: give one as the bot offers it, as JSON",
                    element["action_id"]
                )
            });
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
