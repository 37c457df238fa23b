//! Block Kit's table, and the check by it.

mod check;
mod limits;
mod table;

use serde_json::Value;

/// Slack's facts, as they were gathered.
fn data() -> Value {
    serde_json::from_str(include_str!("../../data/blocks.json")).expect("it is JSON")
}
