//! Blocks: their elements and ids, and the limits that Slack checks in messages and views.

use serde_json::{Value, json};

use super::web_api::SlackError;

/// Every element of these blocks that a person can act on or fill in, with the id of its block.
pub(super) fn elements(blocks: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    blocks.iter().flat_map(|block| {
        let id = block["block_id"].as_str().unwrap_or_default();
        let list = block["elements"].as_array().into_iter().flatten();
        list.chain(block.get("accessory"))
            .chain(block.get("element"))
            .map(move |element| (id, element))
    })
}

/// Gives each block and each element in it the id that Slack makes up where the bot gave none.
pub(super) fn with_ids(mut blocks: Vec<Value>, made_up: &mut impl FnMut() -> String) -> Vec<Value> {
    for block in blocks.iter_mut().filter_map(Value::as_object_mut) {
        block.entry("block_id").or_insert_with(|| json!(made_up()));
        for list in ["elements", "accessory", "element"] {
            let elements = match block.get_mut(list) {
                Some(Value::Array(elements)) => elements.iter_mut().collect(),
                Some(element @ Value::Object(_)) => vec![element],
                _ => Vec::new(),
            };
            for element in elements.into_iter().filter_map(Value::as_object_mut) {
                let kind = element.get("type").and_then(Value::as_str);
                if kind.is_some_and(is_interactive) {
                    let id = element.entry("action_id");
                    id.or_insert_with(|| json!(made_up()));
                }
            }
        }
    }
    blocks
}

fn is_interactive(kind: &str) -> bool {
    !matches!(kind, "image" | "mrkdwn" | "plain_text") && !kind.starts_with("rich_text")
        || kind == "rich_text_input"
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
