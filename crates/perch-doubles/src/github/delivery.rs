//! What was delivered to a webhook, and what its receiver answered.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::payload::time;

/// A delivery that was sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// GitHub's number of it, by which it is delivered again.
    pub id: u64,
    /// `X-GitHub-Delivery`
    pub guid: String,
    /// The number of the webhook.
    pub hook: u64,
    /// `X-GitHub-Event`
    pub event: String,
    pub redelivery: bool,
    pub delivered_at: Timestamp,
    /// From sending to the whole response.
    pub duration: Duration,
    /// As it was sent.
    pub headers: BTreeMap<String, String>,
    /// As it was sent.
    pub body: String,
    /// What the receiver answered; none where it could not be reached, or took longer than ten seconds.
    pub response: Option<DeliveryResponse>,
}

/// What the receiver of a delivery answered.
#[derive(Clone, Debug)]
pub struct DeliveryResponse {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Delivery {
    /// The status that the receiver answered; 0 without an answer.
    pub fn status(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.status)
    }

    /// As the list of a webhook's deliveries shows it.
    pub(super) fn summary(&self) -> Value {
        let payload = self.payload();
        json!({
            "id": self.id,
            "guid": self.guid,
            "delivered_at": time(self.delivered_at),
            "redelivery": self.redelivery,
            "duration": self.duration.as_millis() as f64 / 1000.0,
            "status": match self.status() {
                0 => "failed to connect to host",
                200..=299 => "OK",
                _ => "Invalid HTTP Response",
            },
            "status_code": self.status(),
            "event": self.event,
            "action": payload["action"],
            "installation_id": null,
            "repository_id": payload["repository"]["id"],
            "throttled_at": null,
        })
    }

    /// With what was sent and answered.
    pub(super) fn details(&self) -> Value {
        let mut shown = self.summary();
        shown["request"] = json!({"headers": self.headers, "payload": self.payload()});
        shown["response"] = match &self.response {
            Some(response) => json!({"headers": response.headers, "payload": response.body}),
            None => json!({"headers": {}, "payload": null}),
        };
        shown
    }

    fn payload(&self) -> Value {
        let from_form = || {
            let mut fields = form_urlencoded::parse(self.body.as_bytes());
            let (_, payload) = fields.find(|(name, _)| name == "payload")?;
            serde_json::from_str(&payload).ok()
        };
        serde_json::from_str(&self.body)
            .ok()
            .or_else(from_form)
            .unwrap_or_default()
    }
}
