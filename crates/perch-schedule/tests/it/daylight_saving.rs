//! Clocks that go forward and back. New York: 8 March 2026 02:00 → 03:00, 1 November 02:00 → 01:00.
//! London: 29 March 2026 01:00 → 02:00, 25 October 02:00 → 01:00.

use crate::{at, check, schedule};

#[test]
fn a_skipped_time_is_skipped() {
    check(
        "cron(30 2 * * ? *)",
        "America/New_York",
        "2026-03-06T03:00",
        &["2026-03-07T02:30", "2026-03-09T02:30"],
    );
    check(
        "cron(30 1 * * ? *)",
        "Europe/London",
        "2026-03-27T03:00",
        &["2026-03-28T01:30", "2026-03-30T01:30"],
    );
    check(
        "cron(*/30 * * * ? *)",
        "America/New_York",
        "2026-03-08T01:00",
        &["2026-03-08T01:30", "2026-03-08T03:00"],
    );
}

#[test]
fn a_repeated_time_runs_once() {
    let new_york = schedule("cron(30 1 * * ? *)", "America/New_York");
    let (first, second) = (
        at("2026-11-01T01:30:00-04:00"),
        at("2026-11-01T01:30:00-05:00"),
    );
    let next_day = at("2026-11-02T01:30:00-05:00");
    assert_eq!(
        new_york.next_after(at("2026-11-01T00:00:00-04:00")),
        Some(first)
    );
    assert_eq!(new_york.next_after(first), Some(next_day));
    assert_eq!(new_york.next_after(second), Some(next_day));
    assert_eq!(new_york.previous_before(next_day), Some(first));
    assert_eq!(new_york.previous_before(second), Some(first));

    let london = schedule("cron(30 1 * * ? *)", "Europe/London");
    let first = at("2026-10-25T01:30:00+01:00");
    assert_eq!(
        london.next_after(at("2026-10-25T00:00:00+01:00")),
        Some(first)
    );
    assert_eq!(london.next_after(first), Some(at("2026-10-26T01:30:00Z")));
}

#[test]
fn while_the_hour_repeats() {
    let schedule = schedule("cron(*/10 * * * ? *)", "America/New_York");
    let last_of_first_pass = at("2026-11-01T01:50:00-04:00");
    let after_both = at("2026-11-01T02:00:00-05:00");
    assert_eq!(schedule.next_after(last_of_first_pass), Some(after_both));
    assert_eq!(
        schedule.previous_before(after_both),
        Some(last_of_first_pass)
    );
    // At 01:05 for the second time, the latest run was at 01:50 for the first time.
    let second_pass = at("2026-11-01T01:05:00-05:00");
    assert_eq!(
        schedule.previous_before(second_pass),
        Some(last_of_first_pass)
    );
    assert_eq!(schedule.next_after(second_pass), Some(after_both));
}

#[test]
fn the_local_hour_stays_and_the_utc_hour_moves() {
    let schedule = schedule("cron(0 9 * * ? *)", "Europe/London");
    assert_eq!(
        schedule.next_after(at("2026-03-28T10:00:00Z")),
        Some(at("2026-03-29T08:00:00Z"))
    );
    assert_eq!(
        schedule.next_after(at("2026-10-24T10:00:00Z")),
        Some(at("2026-10-25T09:00:00Z"))
    );
}

#[test]
fn a_rate_takes_no_notice() {
    let daily =
        schedule("rate(1 day)", "America/New_York").starting_at(at("2026-03-07T12:00:00-05:00"));
    assert_eq!(
        daily.next_after(at("2026-03-07T12:00:00-05:00")),
        Some(at("2026-03-08T13:00:00-04:00"))
    );
    let daily =
        schedule("rate(1 day)", "America/New_York").starting_at(at("2026-10-31T12:00:00-04:00"));
    assert_eq!(
        daily.next_after(at("2026-10-31T12:00:00-04:00")),
        Some(at("2026-11-01T11:00:00-05:00"))
    );
}

#[test]
fn at_a_skipped_or_repeated_time() {
    let skipped = schedule("at(2026-03-08T02:30:00)", "America/New_York");
    assert_eq!(skipped.next_after(at("2026-01-01T00:00:00Z")), None);
    assert_eq!(skipped.previous_before(at("2027-01-01T00:00:00Z")), None);
    let repeated = schedule("at(2026-11-01T01:30:00)", "America/New_York");
    assert_eq!(
        repeated.next_after(at("2026-01-01T00:00:00Z")),
        Some(at("2026-11-01T01:30:00-04:00"))
    );
    assert_eq!(repeated.next_after(at("2026-11-01T01:30:00-04:00")), None);
}

/// Samoa crossed the date line: 30 December 2011 did not happen there.
#[test]
fn a_skipped_day() {
    check(
        "cron(0 12 * * ? *)",
        "Pacific/Apia",
        "2011-12-29T00:00",
        &["2011-12-29T12:00", "2011-12-31T12:00"],
    );
    assert_eq!(
        schedule("cron(0 12 30 12 ? 2011)", "Pacific/Apia").next_after(at("2011-01-01T00:00:00Z")),
        None
    );
}

/// Lord Howe moves its clock by half an hour: 5 April 2026, 02:00 → 01:30.
#[test]
fn half_an_hour() {
    let schedule = schedule("cron(0/15 1 * * ? *)", "Australia/Lord_Howe");
    let last = at("2026-04-05T01:45:00+11:00");
    assert_eq!(
        schedule.next_after(at("2026-04-05T01:30:00+11:00")),
        Some(last)
    );
    assert_eq!(
        schedule.next_after(last),
        Some(at("2026-04-06T01:00:00+10:30"))
    );
    assert_eq!(
        schedule.previous_before(at("2026-04-05T01:40:00+10:30")),
        Some(last)
    );
}
