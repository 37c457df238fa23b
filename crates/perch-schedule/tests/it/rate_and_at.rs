use crate::{at, check, schedule};

#[test]
fn a_rate_counts_from_1970() {
    check(
        "rate(5 minutes)",
        "UTC",
        "2026-01-01T00:01",
        &["2026-01-01T00:05", "2026-01-01T00:10"],
    );
    check(
        "rate(1 minute)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-01T00:01", "2026-01-01T00:02"],
    );
    check(
        "rate(12 hours)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-01T12:00", "2026-01-02T00:00"],
    );
    let hourly = schedule("rate(1 hour)", "Asia/Tokyo");
    assert_eq!(
        hourly.next_after(at("1969-12-31T22:30:00Z")),
        Some(at("1969-12-31T23:00:00Z"))
    );
    assert_eq!(
        hourly.previous_before(at("1969-12-31T22:30:00Z")),
        Some(at("1969-12-31T22:00:00Z"))
    );
    assert_eq!(
        hourly.previous_before(at("1970-01-01T00:00:00Z")),
        Some(at("1969-12-31T23:00:00Z"))
    );
}

#[test]
fn a_rate_counts_from_its_start() {
    let start = at("2026-01-01T00:00:07Z");
    let rate = schedule("rate(2 days)", "UTC").starting_at(start);
    assert_eq!(rate.next_after(at("2020-01-01T00:00:00Z")), Some(start));
    assert_eq!(rate.next_after(start), Some(at("2026-01-03T00:00:07Z")));
    assert_eq!(
        rate.next_after(at("2026-01-03T00:00:06Z")),
        Some(at("2026-01-03T00:00:07Z"))
    );
    assert_eq!(rate.previous_before(start), None);
    assert_eq!(
        rate.previous_before(at("2026-01-01T00:00:08Z")),
        Some(start)
    );
    assert_eq!(
        rate.previous_before(at("2026-01-05T00:00:07Z")),
        Some(at("2026-01-03T00:00:07Z"))
    );
}

#[test]
fn a_start_changes_no_cron() {
    let cron = schedule("cron(0 9 * * ? *)", "UTC").starting_at(at("2026-01-01T00:00:07Z"));
    assert_eq!(
        cron.next_after(at("2025-01-01T00:00:00Z")),
        Some(at("2025-01-01T09:00:00Z"))
    );
}

#[test]
fn a_rate_at_the_ends_of_time() {
    let rate = schedule("rate(4294967295 days)", "UTC");
    assert_eq!(rate.next_after(at("2026-01-01T00:00:00Z")), None);
    assert_eq!(
        rate.previous_before(at("2026-01-01T00:00:00Z")),
        Some(at("1970-01-01T00:00:00Z"))
    );
    assert_eq!(
        schedule("rate(1 day)", "UTC").next_after(jiff::Timestamp::MAX),
        None
    );
    assert_eq!(
        schedule("rate(1 day)", "UTC").previous_before(jiff::Timestamp::MIN),
        None
    );
}

#[test]
fn at_comes_once_in_its_timezone() {
    let once = schedule("at(2026-11-20T13:00:05)", "Asia/Tokyo");
    let time = at("2026-11-20T04:00:05Z");
    assert_eq!(once.next_after(at("2026-01-01T00:00:00Z")), Some(time));
    assert_eq!(once.next_after(time), None);
    assert_eq!(once.previous_before(time), None);
    assert_eq!(once.previous_before(at("2026-11-20T04:00:06Z")), Some(time));
}
