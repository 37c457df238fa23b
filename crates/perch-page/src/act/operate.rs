//! What an operator does: fires a schedule, replays what lies in a failure queue, tidies up.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::done;
use crate::page::Core;
use crate::story::{Answer, Delivery};

#[derive(Deserialize)]
pub(super) struct Fire {
    schedule: String,
    at: Option<Timestamp>,
}

/// Fires a schedule, for now or for another time.
pub(super) async fn fire(core: &Arc<Core>, fire: Fire) -> Result<Value, String> {
    let fired = core.stage.fire(&fire.schedule, fire.at).await;
    let fired = fired.map_err(|error| error.to_string())?;
    core.changed();
    Ok(json!({ "outcome": fired.outcome }))
}

#[derive(Deserialize)]
pub(super) struct Replay {
    queue: String,
    message_id: String,
}

/// Invokes a function with what it failed to do. The message stays in the queue, as it does on AWS until somebody deletes it.
pub(super) async fn replay(core: &Arc<Core>, replay: Replay) -> Result<Value, String> {
    let messages = core.stage.queue(&replay.queue);
    let messages = messages.map_err(|error| error.to_string())?;
    let mut messages = messages.into_iter();
    let message = messages.find(|one| one.message_id == replay.message_id);
    let message = message.ok_or("this message is not in the queue any more")?;
    let record: Value = serde_json::from_str(&message.body).unwrap_or_default();
    // A destination's record has the event inside; a schedule's message is the event.
    let payload = match record.get("requestPayload") {
        Some(payload) => payload.clone(),
        None => record.clone(),
    };
    let function = replay.queue.trim_end_matches("-failed").to_owned();
    let id = core.ledger().begin(Delivery {
        bot: crate::stage::short(&function).to_owned(),
        function: function.clone(),
        kind: "replay".to_owned(),
        what: format!("replay from {}", replay.queue),
        origin: "page".to_owned(),
        ..Delivery::default()
    });
    core.changed();
    let returned = core
        .stage
        .invoke(&format!("{function}:live"), &payload)
        .await;
    let mut ledger = core.ledger();
    if let Ok(returned) = &returned {
        ledger.expect(id, &returned.request_id);
    }
    ledger.answered(id, None);
    if let Some(delivery) = ledger.find_mut(id) {
        match &returned {
            Ok(returned) => {
                delivery.failed = returned.error.is_some();
                delivery.shown.clone_from(&returned.error);
                delivery.answer = Some(Answer {
                    body: returned.payload.to_string(),
                    ..Answer::default()
                });
            }
            Err(error) => {
                delivery.failed = true;
                delivery.unanswered = Some(error.to_string());
            }
        }
    }
    drop(ledger);
    core.changed();
    let returned = returned.map_err(|error| error.to_string())?;
    Ok(json!({ "delivery": id, "error": returned.error }))
}

#[derive(Deserialize)]
pub(super) struct Dismiss {
    notice: u64,
}

/// Takes away what a person was told of a failure.
pub(super) fn dismiss(core: &Core, dismiss: Dismiss) -> Result<Value, String> {
    let mut ledger = core.ledger();
    ledger.notices.retain(|notice| notice.id != dismiss.notice);
    drop(ledger);
    core.changed();
    Ok(done())
}

/// Forgets all deliveries.
pub(super) fn clear(core: &Core) -> Result<Value, String> {
    core.ledger().clear();
    core.changed();
    Ok(done())
}
