//! EventBridge Scheduler.

use perch_schedule::Schedule;

use crate::checks::Check::{self, Arn, Length, Matches, OneOf, Range};
use crate::checks::Checks;
use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

pub(super) const SCHEDULE_NAME: Check = Matches(
    r"^[0-9A-Za-z_.-]{1,64}$",
    "must be 1 to 64 alphanumeric characters or any of _ . -",
);

const MOMENT: Check = Matches(
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$",
    "must be a valid RFC3339 timestamp, as in 2026-01-05T00:00:00Z",
);

pub(super) const SCHEDULE: Checks = &[
    ("end_date", MOMENT),
    ("start_date", MOMENT),
    ("target.sqs_parameters.message_group_id", Length(1, 128)),
    ("description", Length(0, 512)),
    (
        "flexible_time_window.maximum_window_in_minutes",
        Range(1, 1440),
    ),
    ("flexible_time_window.mode", OneOf(&["OFF", "FLEXIBLE"])),
    ("group_name", SCHEDULE_NAME),
    ("kms_key_arn", Arn),
    ("name", SCHEDULE_NAME),
    ("name_prefix", Length(1, 38)),
    ("schedule_expression", Length(1, 256)),
    ("schedule_expression_timezone", Length(1, 50)),
    ("state", OneOf(&["ENABLED", "DISABLED"])),
    ("target.arn", Arn),
    ("target.role_arn", Arn),
    ("target.input", Length(1, 256 * 1024)),
    ("target.dead_letter_config.arn", Arn),
    (
        "target.retry_policy.maximum_event_age_in_seconds",
        Range(60, 86_400),
    ),
    ("target.retry_policy.maximum_retry_attempts", Range(0, 185)),
];

/// EventBridge Scheduler, CreateSchedule.
pub(super) fn schedule(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let zone = match config.get("schedule_expression_timezone") {
        Value::Null => Some("UTC"),
        zone => zone.as_text(),
    };
    if let (Some(expression), Some(zone)) = (config.get("schedule_expression").as_text(), zone)
        && let Err(error) = Schedule::parse(expression, zone)
    {
        let summary = format!("ValidationException: invalid schedule: {error}");
        found.push(Diagnostic::error(summary, "").at(Path::root("schedule_expression")));
    }
    for (index, window) in config
        .get("flexible_time_window")
        .items()
        .iter()
        .enumerate()
    {
        let minutes = window.get("maximum_window_in_minutes");
        let why = match window.get("mode").as_text() {
            Some("OFF") if !minutes.is_null() => {
                "maximum_window_in_minutes must not be set when mode is OFF"
            }
            Some("FLEXIBLE") if minutes.is_null() => {
                "maximum_window_in_minutes must be set when mode is FLEXIBLE"
            }
            _ => continue,
        };
        let at = Path::root("flexible_time_window").index(index);
        found.push(Diagnostic::error(format!("ValidationException: {why}"), "").at(at));
    }
    found
}
