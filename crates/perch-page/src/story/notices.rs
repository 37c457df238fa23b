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

/// The error that the latest run of a delivery has logged first, as what follows is what became of it; or else a warning.
pub(super) fn reason(delivery: &Delivery) -> Option<String> {
    let of_level = |level: &str| {
        let mut runs = delivery.runs.iter().rev();
        runs.find_map(|run| run.lines.iter().find(|line| line.level == level))
    };
    let found = of_level("ERROR").or_else(|| of_level("WARN"));
    found.map(|line| line.says.clone())
}
