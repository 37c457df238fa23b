//! What a person is told of a failure, where they asked: Slack shows little of it, and the page says where to look.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::{Delivery, Place};

/// A few words for one person.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Notice {
    pub id: u64,
    pub at: Timestamp,
    /// Who is told.
    pub person: String,
    pub place: Place,
    /// What Slack would show; empty where Slack shows nothing.
    pub slack: String,
    /// What went wrong.
    pub says: String,
    /// The reason, as the log has it.
    pub reason: Option<String>,
    pub delivery: u64,
}

impl Notice {
    /// For whoever caused a delivery.
    pub(super) fn of(delivery: &Delivery, slack: &str, says: String) -> Notice {
        Notice {
            id: 0,
            at: Timestamp::now(),
            person: delivery.person.clone(),
            place: delivery.place.clone(),
            slack: slack.to_owned(),
            says,
            reason: reason(delivery),
            delivery: delivery.id,
        }
    }
}

/// The latest error that the log of a delivery has, or else the latest warning.
pub(super) fn reason(delivery: &Delivery) -> Option<String> {
    let lines = || delivery.runs.iter().rev().flat_map(|run| run.lines.iter().rev());
    let error = lines().find(|line| line.level == "ERROR");
    let found = error.or_else(|| lines().find(|line| line.level == "WARN"));
    found.map(|line| line.says.clone())
}
