//! What happens in an account, for whoever shows or awaits it.

use jiff::Timestamp;
use serde::Serialize;

/// One thing that happened. `Account::events` gives them as they come.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// An HTTP API answered a request.
    Request(Request),
    /// A function ended an invocation, well or not.
    Invocation(Invocation),
    /// A function wrote a line to its log, or Lambda did on its behalf.
    Log {
        /// The log group's name, such as `/aws/lambda/perch-staging-tryo`.
        log_group: String,
        /// The line, without its end.
        line: String,
    },
    /// An asynchronous invocation failed, and is tried again.
    Retry {
        /// The function's name.
        function: String,
        /// As the caller of Lambda got it.
        request_id: String,
        /// Which retry it is, from 1.
        number: u32,
        /// How many there are at most.
        of: u32,
        /// Until then, in seconds.
        wait_s: u64,
    },
    /// An API of AWS answered a call.
    Call(Call),
    /// An asynchronous invocation came to its end, retries included.
    AsyncDone {
        /// The function's name.
        function: String,
        /// As the caller of Lambda got it; the same for every attempt.
        request_id: String,
        /// `Success`, `RetriesExhausted` or `EventAgeExceeded`: the words of AWS's destination records.
        condition: String,
    },
    /// EventBridge Scheduler handed an event to its target, or gave up on it.
    Schedule(ScheduleFired),
    /// A state was applied.
    Applied {
        /// The name under which it was.
        name: String,
    },
    /// An alias was moved to another version.
    AliasMoved {
        /// The function's name.
        function: String,
        /// The alias's name.
        alias: String,
        /// The version that it points at now.
        version: String,
    },
    /// An object of S3 was stored.
    ObjectStored {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
    /// An object of S3 was deleted.
    ObjectDeleted {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
    /// A queue received a message.
    QueueMessage {
        /// The queue's name.
        queue: String,
    },
}

/// An HTTP API's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// The API's id.
    pub api_id: String,
    /// As in the access log.
    pub request_id: String,
    /// The request's method.
    pub method: String,
    /// The request's path, stage prefix included.
    pub path: String,
    /// The answer's HTTP status.
    pub status: u16,
    /// From the request's last byte to the answer, in milliseconds.
    pub duration_ms: f64,
    /// The invocation that it led to, as in the function's log; none where it led to none.
    pub invocation: Option<String>,
    /// Why the gateway, and not the function, gave this answer.
    pub error: Option<String>,
}

/// A call of an API of AWS, by a function or a person.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// `ssm`, `lambda`, `sts` or `s3`.
    pub service: String,
    /// Such as `GetParameters`; a method and a path where the service has no names.
    pub operation: String,
    /// The access key that it was signed with.
    pub access_key_id: Option<String>,
    /// The role whose session called; none for the administrator, and where nobody was recognised.
    pub role: Option<String>,
    /// The session's name: for a function, its own.
    pub session: Option<String>,
    /// AWS's error; none where the call was carried out.
    pub refused: Option<String>,
    /// HTTP.
    pub status: u16,
    /// AWS's, as in the answer; an asynchronous invocation's own.
    pub request_id: String,
    /// In milliseconds.
    pub duration_ms: f64,
}

/// What Lambda's REPORT line says.
#[derive(Clone, Debug, Serialize)]
pub struct Invocation {
    /// The function's name.
    pub function: String,
    /// The version that ran.
    pub version: String,
    /// As in the function's log.
    pub request_id: String,
    /// `success`, `error` or `timeout`.
    pub status: String,
    /// In milliseconds, Init excluded.
    pub duration_ms: f64,
    /// In milliseconds; only where the invocation met a new execution environment.
    pub init_duration_ms: Option<f64>,
    /// The process's peak resident memory so far, in MB.
    pub max_memory_mb: u64,
}

/// One firing of a schedule.
#[derive(Clone, Debug, Serialize)]
pub struct ScheduleFired {
    /// The schedule's name.
    pub schedule: String,
    /// The time that it stands for.
    pub scheduled_time: Timestamp,
    /// EventBridge Scheduler's id of this firing.
    pub execution_id: String,
    /// The asynchronous invocation's request id; none when the target took no event.
    pub request_id: Option<String>,
    /// Why the target took no event.
    pub error: Option<String>,
}
