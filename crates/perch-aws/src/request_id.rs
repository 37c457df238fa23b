//! Ids that AWS makes up for each request.

use jiff::Timestamp;

/// A request id in AWS's format.
pub(crate) fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// X-Ray's header for a new trace: version, the time in hexadecimal, 96 bits at random.
pub(crate) fn trace_root(now: Timestamp) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("Root=1-{:08x}-{}", now.as_second(), &random[..24])
}
