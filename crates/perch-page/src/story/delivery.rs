//! A request to a bot, or another start of it, with all that it led to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was delivered.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Delivery {
    pub id: u64,
    pub at: Timestamp,
    pub bot: String,
    pub function: String,
    /// Slack's word for the request, such as `block_actions`; `schedule`, `replay`, or `request` for one that another process sent.
    pub kind: String,
    /// As a person would say it, such as `/tryo help`.
    pub what: String,
    /// Who did it: a user id.
    pub person: String,
    pub place: Place,
    /// Where it was sent from: `page`, `terminal` or `schedule`.
    pub origin: String,
    /// What is odd about it, such as `retry 1`, `forged`.
    pub odd: Option<String>,
    /// The URL that Slack would call, and the one on this machine.
    pub applied: String,
    pub local: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub signature: Option<Verdict>,
    pub answer: Option<Answer>,
    /// Why there is no answer.
    pub unanswered: Option<String>,
    /// What Slack makes of the answer, in a sentence.
    pub shown: Option<String>,
    /// Whether it went wrong, as far as is known.
    pub failed: bool,
    pub is_done: bool,
    pub runs: Vec<Run>,
    pub calls: Vec<Outgoing>,
}

/// Where something was done, for what a person is told of it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Place {
    pub channel: String,
    pub thread: Option<String>,
    /// The message that was clicked on.
    pub message: Option<String>,
    pub view: Option<String>,
}

/// Whether a request is signed as Slack does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Verdict {
    pub ok: bool,
    pub says: String,
}

/// A bot's response.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub ms: f64,
}

/// One invocation of the function.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Run {
    pub request_id: String,
    pub function: String,
    /// 1 for the first; an asynchronous invocation is tried three times.
    pub attempt: usize,
    /// What the bot understood it as, such as `job post_card`.
    pub handler: Option<String>,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub status: Option<String>,
    pub version: Option<String>,
    pub duration_ms: f64,
    /// Only of a cold start.
    pub init_ms: Option<f64>,
    pub memory_mb: u64,
    pub lines: Vec<Line>,
    /// What became of an asynchronous invocation after all tries, in AWS's words.
    pub condition: Option<String>,
}

/// A line of a log.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Line {
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG`, `TRACE`; `LAMBDA` for Lambda's own; empty for what is none of these.
    pub level: String,
    /// As a person reads it.
    pub says: String,
    pub raw: String,
}

/// A call that a bot made, with its answer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Outgoing {
    /// When it was made.
    pub at: Timestamp,
    /// `slack`, `github`, `ssm`, `lambda` and so on.
    pub service: String,
    /// Such as `chat.postMessage`.
    pub what: String,
    /// Its arguments; null where they are not known.
    pub arguments: Value,
    /// As a person reads it, such as `200` or `channel_not_found`.
    pub outcome: String,
    /// Whether it is an error.
    pub failed: bool,
    /// The answer; null where it is not known.
    pub answer: Value,
    /// What is wrong with the arguments, in the service's words.
    pub problems: Vec<String>,
}

impl Delivery {
    /// Takes in a log line of a run, and what the bot understood it as: for the request of another process, that is all that is
    /// known of what was done.
    pub(crate) fn hear(&mut self, request_id: &str, line: Line, handler: Option<String>) {
        let is_foreign = self.origin == "terminal";
        let is_first = self
            .runs
            .first()
            .is_none_or(|run| run.request_id == request_id);
        if let (true, true, Some(handler)) = (is_foreign, is_first, &handler) {
            self.what.clone_from(handler);
        }
        if let Some(run) = self.run_mut(request_id) {
            run.lines.push(line);
            run.handler = handler.or(run.handler.take());
        }
    }

    /// The run with this request id: of several tries, the latest.
    pub(crate) fn run_mut(&mut self, request_id: &str) -> Option<&mut Run> {
        let mut runs = self.runs.iter_mut().rev();
        runs.find(|run| run.request_id == request_id)
    }
}
