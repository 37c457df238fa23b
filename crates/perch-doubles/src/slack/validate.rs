//! `blocks.validate`: what Slack would say of blocks, of a message or of a view.

use perch_blocks::{Surface, check_blocks, check_view};
use serde_json::{Value, json};

use super::blocks::Judged;
use super::web_call::{Outcome, SlackError};
use super::{Bot, SlackCore};

pub(super) fn validate(core: &SlackCore, _: &Bot, arguments: &Value) -> Outcome {
    let given = |name: &str| Some(&arguments[name]).filter(|value| !value.is_null());
    let (error, problems) = if let Some(blocks) = given("blocks") {
        (
            "invalid_blocks",
            check_blocks(Surface::Message, blocks, "/blocks"),
        )
    } else if let Some(message) = given("message") {
        let problems = check_blocks(Surface::Message, &message["blocks"], "/message/blocks");
        ("invalid_message", problems)
    } else if let Some(view) = given("view") {
        ("invalid_view", check_view(view, "/view"))
    } else {
        let message = "missing required field: blocks, message or view";
        return Err(SlackError::explained("invalid_arguments", message));
    };
    let judged = Judged::of(problems);
    core.doubt("blocks.validate", judged.doubtful);
    if judged.refused.is_empty() {
        Ok(json!({}))
    } else {
        Err(SlackError::refused(error, judged.refused))
    }
}
