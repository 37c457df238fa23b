//! What can end a process before its time, and how Lambda tells of it.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

/// An end that the function did not choose.
#[derive(Debug)]
pub(super) enum Fault {
    /// Neither Init nor the invocation may take longer.
    Timeout(Duration),
    /// In Lambda's words, such as `Runtime exited with error: exit status 1`.
    Exit(String),
    OutOfMemory,
    /// There is no bootstrap, or it cannot be run.
    Entrypoint(String),
    /// The process reported that it cannot start.
    Init {
        error_type: String,
        body: Bytes,
    },
}

impl Fault {
    pub(super) fn error_type(&self) -> &str {
        match self {
            Fault::Timeout(_) => "Sandbox.Timedout",
            Fault::Exit(_) => "Runtime.ExitError",
            Fault::OutOfMemory => "Runtime.OutOfMemory",
            Fault::Entrypoint(_) => "Runtime.InvalidEntrypoint",
            Fault::Init { error_type, .. } if !error_type.is_empty() => error_type,
            Fault::Init { .. } => "Runtime.Unknown",
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Fault::Timeout(limit) => {
                format!("Task timed out after {:.2} seconds", limit.as_secs_f64())
            }
            Fault::Exit(how) => how.clone(),
            Fault::OutOfMemory => "Runtime exited with error: signal: killed".to_owned(),
            Fault::Entrypoint(why) => why.clone(),
            Fault::Init { error_type, .. } => format!("Init failed: {error_type}"),
        }
    }

    /// What the caller of the function gets: the process's own report, or Lambda's.
    pub(super) fn payload(&self, request_id: &str) -> Bytes {
        match self {
            Fault::Init { body, .. } => body.clone(),
            other => {
                let message = format!("RequestId: {request_id} Error: {}", other.message());
                json!({"errorType": other.error_type(), "errorMessage": message})
                    .to_string()
                    .into()
            }
        }
    }
}
