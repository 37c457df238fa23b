//! What a schedule does, seen through its public interface: `check` functions take an expression and local times.

mod cron;
mod daylight_saving;
mod rate_and_at;
mod refusals;
mod timezones;
mod walk;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use perch_schedule::Schedule;

fn schedule(expression: &str, timezone: &str) -> Schedule {
    Schedule::parse(expression, timezone)
        .unwrap_or_else(|error| panic!("{expression} {timezone}: {error}"))
}

/// A time with an offset, `2026-01-05T09:00+09:00`, or in UTC, `2026-01-05T00:00Z`.
fn at(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A time that occurs once on the clock of `timezone`.
fn local(text: &str, timezone: &str) -> Timestamp {
    let zone = TimeZone::get(timezone).expect("a time zone of the test");
    let reading: DateTime = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    zone.to_ambiguous_timestamp(reading)
        .unambiguous()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Checks the first times after `after`, and that looking back finds the same ones.
fn check(expression: &str, timezone: &str, after: &str, expected: &[&str]) {
    let schedule = schedule(expression, timezone);
    let zone = TimeZone::get(timezone).expect("a time zone of the test");
    let expected: Vec<Timestamp> = expected.iter().map(|time| local(time, timezone)).collect();
    let mut time = local(after, timezone);
    let mut found = Vec::new();
    for _ in &expected {
        let Some(next) = schedule.next_after(time) else {
            break;
        };
        found.push(next);
        time = next;
    }
    let shown = |times: &[Timestamp]| {
        times
            .iter()
            .map(|t| t.to_zoned(zone.clone()).to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        shown(&found),
        shown(&expected),
        "{expression} after {after}"
    );
    for pair in expected.windows(2) {
        assert_eq!(
            schedule.previous_before(pair[1]),
            Some(pair[0]),
            "{expression} before {}",
            pair[1]
        );
    }
}
