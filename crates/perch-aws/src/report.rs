//! What an account tells of what runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A function as it runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FunctionInfo {
    /// The function's name.
    pub name: String,
    /// The version behind each alias.
    pub aliases: BTreeMap<String, String>,
    /// The routes that lead to it: method and applied URL, such as `POST https://….amazonaws.com/tryo`.
    pub routes: Vec<String>,
    /// The schedules that fire it.
    pub schedules: Vec<String>,
    /// Where its log is written.
    pub log: PathBuf,
}

/// When a schedule fires next.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NextFires {
    /// The schedule's name.
    pub schedule: String,
    /// The function that it invokes.
    pub function: String,
    /// As declared, such as `cron(*/10 9-19 ? * MON-FRI *)`.
    pub expression: String,
    /// The timezone that the expression is in.
    pub timezone: String,
    /// Disabled schedules fire only when told to.
    pub enabled: bool,
    /// The next times, soonest first.
    pub at: Vec<Timestamp>,
}

/// What came of firing a schedule.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Fired {
    /// The schedule's name.
    pub schedule: String,
    /// The time that the firing stood for.
    pub scheduled_time: Timestamp,
    /// EventBridge Scheduler's id of this firing.
    pub execution_id: String,
    /// The invocation's request id; none when the target took no event.
    pub request_id: Option<String>,
    /// What became of the first attempt: `success`, or why not. Lambda's retries go on after it.
    pub outcome: String,
}

/// What a function returned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Returned {
    /// The version that ran.
    pub version: String,
    /// The request id of the function's log.
    pub request_id: String,
    /// The error's type, where the function failed; the payload then tells of it.
    pub error: Option<String>,
    /// As the function gave it; a text where it is not JSON.
    pub payload: Value,
}

/// A message in a queue of the state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Message {
    /// Made up for each message.
    pub message_id: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// The text.
    pub body: String,
    /// Text attributes, by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}
