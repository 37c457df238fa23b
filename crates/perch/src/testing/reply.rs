//! What the app answered.

use serde_json::Value;

use crate::error::Result;
use crate::service::Outcome;

/// The HTTP response to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestReply {
    /// The HTTP status.
    pub status: u16,
    /// The body as it was sent.
    pub body: String,
    /// Slack's name for what the request was understood as (see [`Request::kind`](crate::Request::kind)); `rejected`
    /// when it was not.
    pub kind: String,
    /// By lower-case name.
    pub headers: std::collections::BTreeMap<String, String>,
}

impl TestReply {
    pub(super) fn new(outcome: Result<Outcome>) -> TestReply {
        let answer = outcome.and_then(|outcome| {
            let kind = outcome.kind.clone();
            Ok((kind, outcome.into_json()?))
        });
        // API Gateway answers 500 when the function fails, be it in Init or later.
        let (kind, answer) = answer.unwrap_or_else(|error| {
            (
                None,
                serde_json::json!({ "statusCode": 500, "body": error.to_string() }),
            )
        });
        let headers = answer["headers"].as_object().into_iter().flatten();
        TestReply {
            status: answer["statusCode"]
                .as_u64()
                .and_then(|status| status.try_into().ok())
                .unwrap_or(0),
            body: answer["body"].as_str().unwrap_or_default().to_owned(),
            kind: kind.unwrap_or_else(|| "rejected".to_owned()),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
        }
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The text of the message that only the person sees; empty when the answer is none.
    pub fn ephemeral_text(&self) -> String {
        self.text_of("ephemeral")
    }

    /// The text of the message that the channel sees; empty when the answer is none.
    pub fn in_channel_text(&self) -> String {
        self.text_of("in_channel")
    }

    /// Whether the answer says nothing: a 200 without a body.
    pub fn is_ack(&self) -> bool {
        self.status == 200 && self.body.is_empty()
    }

    /// The error of a submitted modal below this block.
    pub fn error_at(&self, block_id: &str) -> Option<String> {
        self.json()["errors"][block_id].as_str().map(str::to_owned)
    }

    fn text_of(&self, response_type: &str) -> String {
        let body = self.json();
        if body["response_type"] != response_type {
            return String::new();
        }
        body["text"].as_str().unwrap_or_default().to_owned()
    }
}
