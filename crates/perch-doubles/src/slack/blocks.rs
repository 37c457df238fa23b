//! Blocks: their elements and ids, and what Slack refuses in them, by the table of Block Kit.

use perch_blocks::{Certainty, Problem};
use serde_json::{Value, json};

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

/// What the table finds in blocks or a view.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What Slack refuses, in its words. A type that the table does not know is refused as well, as it is more often misspelt
    /// than new.
    pub refused: Vec<String>,
    /// What Slack may refuse: sources differ.
    pub doubtful: Vec<String>,
}

impl Judged {
    pub(super) fn of(problems: Vec<Problem>) -> Judged {
        let mut judged = Judged::default();
        for problem in problems {
            match problem.certainty {
                Certainty::Certain => judged.refused.push(problem.to_string()),
                Certainty::Unsure => judged.doubtful.push(problem.to_string()),
                Certainty::Unknown => {
                    let message = format!("{problem}: unknown to Perch, or misspelt");
                    judged.refused.push(message);
                }
            }
        }
        judged
    }
}
