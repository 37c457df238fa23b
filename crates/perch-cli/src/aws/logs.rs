//! CloudWatch Logs (Amazon CloudWatch Logs API Reference): the lines of a log group.

use anyhow::Result;
use perch_aws_client::Call;
use serde_json::{Value, json};

use super::{Aws, TIMEOUT, json};

/// A line of a log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// CloudWatch's own.
    pub id: String,
    /// Milliseconds since 1970.
    pub time_ms: i64,
    /// As it was written.
    pub line: String,
}

impl Aws {
    /// The lines of a log group from a time on, in milliseconds since 1970, oldest first; those alone that contain `words`, where some
    /// are given.
    ///
    /// # Errors
    /// AWS's error, by its own name: `ResourceNotFoundException` where the group is not there.
    pub async fn log_events(
        &self,
        group: &str,
        since_ms: i64,
        words: Option<&str>,
    ) -> Result<Vec<LogEvent>> {
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut request = json!({"logGroupName": group, "startTime": since_ms});
            if let Some(words) = words {
                request["filterPattern"] = format!("\"{words}\"").into();
            }
            if !token.is_null() {
                request["nextToken"] = token;
            }
            let body = request.to_string();
            let call = Call {
                headers: &[
                    ("content-type", "application/x-amz-json-1.1"),
                    ("x-amz-target", "Logs_20140328.FilterLogEvents"),
                ],
                body: body.as_bytes(),
                idempotent: true,
                timeout: TIMEOUT,
                ..Call::post("logs", "FilterLogEvents")
            };
            let answer = json(&self.send("/", call).await?);
            for event in answer["events"].as_array().into_iter().flatten() {
                let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                found.push(LogEvent {
                    id: text("eventId"),
                    time_ms: event["timestamp"].as_i64().unwrap_or_default(),
                    line: text("message"),
                });
            }
            token = answer["nextToken"].clone();
            if token.is_null() {
                found.sort_by_key(|event| event.time_ms);
                return Ok(found);
            }
        }
    }
}
