use crate::{at, check, schedule};

#[test]
fn the_digest_of_a_japanese_working_day() {
    let digest = "cron(*/10 9-19 ? * MON-FRI *)";
    check(
        digest,
        "Asia/Tokyo",
        "2026-01-05T00:00",
        &["2026-01-05T09:00", "2026-01-05T09:10", "2026-01-05T09:20"],
    );
    check(
        digest,
        "Asia/Tokyo",
        "2026-01-09T19:40",
        &["2026-01-09T19:50", "2026-01-12T09:00", "2026-01-12T09:10"],
    );

    let schedule = schedule(digest, "Asia/Tokyo");
    // In UTC, a Tokyo morning is still the day's first minutes, and Monday 09:00 is Monday 00:00.
    assert_eq!(
        schedule.previous_before(at("2026-01-12T00:00:00Z")),
        Some(at("2026-01-09T10:50:00Z"))
    );
    assert_eq!(
        schedule.next_after(at("2026-01-09T10:50:00Z")),
        Some(at("2026-01-12T00:00:00Z"))
    );
    // Neither search takes the minute it starts in, at any second of it.
    assert_eq!(
        schedule.next_after(at("2026-01-12T00:00:59.999Z")),
        Some(at("2026-01-12T00:10:00Z"))
    );
    assert_eq!(
        schedule.previous_before(at("2026-01-12T00:00:00.001Z")),
        Some(at("2026-01-12T00:00:00Z"))
    );
}

/// The examples of AWS's cron reference, with what it says that they mean.
#[test]
fn the_examples_of_the_reference() {
    check(
        "cron(0 10 * * ? *)",
        "UTC",
        "2026-02-28T10:00",
        &["2026-03-01T10:00", "2026-03-02T10:00"],
    );
    check(
        "cron(15 12 * * ? *)",
        "UTC",
        "2026-12-31T12:14",
        &["2026-12-31T12:15", "2027-01-01T12:15"],
    );
    check(
        "cron(0 18 ? * MON-FRI *)",
        "UTC",
        "2026-05-28T19:00",
        &["2026-05-29T18:00", "2026-06-01T18:00"],
    );
    check(
        "cron(0 8 1 * ? *)",
        "UTC",
        "2026-11-15T00:00",
        &["2026-12-01T08:00", "2027-01-01T08:00"],
    );
    check(
        "cron(0/15 * * * ? *)",
        "UTC",
        "2026-01-01T22:46",
        &["2026-01-01T23:00", "2026-01-01T23:15"],
    );
    check(
        "cron(0/5 8-17 ? * MON-FRI *)",
        "UTC",
        "2026-01-02T17:50",
        &["2026-01-02T17:55", "2026-01-05T08:00", "2026-01-05T08:05"],
    );
    check(
        "cron(0 9 ? * 2#1 *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-05T09:00", "2026-02-02T09:00", "2026-03-02T09:00"],
    );
    // "10:15 a.m. on the last Friday of each month" of the given years, then never again.
    check(
        "cron(15 10 ? * 6L 2022-2023)",
        "UTC",
        "2023-11-01T00:00",
        &["2023-11-24T10:15", "2023-12-29T10:15"],
    );
    let over = schedule("cron(15 10 ? * 6L 2022-2023)", "UTC");
    assert_eq!(over.next_after(at("2023-12-29T10:15:00Z")), None);
    assert_eq!(over.previous_before(at("2022-01-28T10:15:00Z")), None);
    assert_eq!(
        over.previous_before(at("2026-01-01T00:00:00Z")),
        Some(at("2023-12-29T10:15:00Z"))
    );
}

#[test]
fn lists_ranges_and_steps() {
    check(
        "cron(1/10 3 * * ? *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-01T03:01", "2026-01-01T03:11", "2026-01-01T03:21"],
    );
    check(
        "cron(10-30/10 3 * * ? *)",
        "UTC",
        "2026-01-01T03:15",
        &["2026-01-01T03:20", "2026-01-01T03:30", "2026-01-02T03:10"],
    );
    check(
        "cron(5,50,20 0,12 * * ? *)",
        "UTC",
        "2026-01-01T00:20",
        &["2026-01-01T00:50", "2026-01-01T12:05"],
    );
    check(
        "cron(0 0 1 JAN,4,jul,10 ? *)",
        "UTC",
        "2026-01-02T00:00",
        &["2026-04-01T00:00", "2026-07-01T00:00", "2026-10-01T00:00"],
    );
    check(
        "cron(0 0 1 */3 ? *)",
        "UTC",
        "2026-01-02T00:00",
        &["2026-04-01T00:00", "2026-07-01T00:00", "2026-10-01T00:00"],
    );
    check(
        "cron(0 0 ? * SUN,3,FRI-7 *)",
        "UTC",
        "2026-01-01T00:00",
        &[
            "2026-01-02T00:00",
            "2026-01-03T00:00",
            "2026-01-04T00:00",
            "2026-01-06T00:00",
            "2026-01-09T00:00",
        ],
    );
    check(
        "cron(0 0 1 1 ? 2026/4)",
        "UTC",
        "2026-01-01T00:00",
        &["2030-01-01T00:00", "2034-01-01T00:00"],
    );
    check(
        "cron(  59   23  31  12  ?  *  )",
        "UTC",
        "2026-01-01T00:00",
        &["2026-12-31T23:59", "2027-12-31T23:59"],
    );
}

#[test]
fn last_days() {
    check(
        "cron(0 0 L * ? *)",
        "UTC",
        "2028-01-31T00:00",
        &["2028-02-29T00:00", "2028-03-31T00:00", "2028-04-30T00:00"],
    );
    check(
        "cron(0 0 L-1 2 ? *)",
        "UTC",
        "2027-01-01T00:00",
        &["2027-02-27T00:00", "2028-02-28T00:00"],
    );
    // The last day is a Sunday in May 2026 and a Saturday in October.
    check(
        "cron(0 0 LW * ? *)",
        "UTC",
        "2026-05-01T00:00",
        &["2026-05-29T00:00", "2026-06-30T00:00"],
    );
    check(
        "cron(0 0 LW * ? *)",
        "UTC",
        "2026-10-01T00:00",
        &["2026-10-30T00:00", "2026-11-30T00:00"],
    );
    check(
        "cron(0 0 ? * L *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-03T00:00", "2026-01-10T00:00"],
    );
    check(
        "cron(0 0 ? * MONL *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-26T00:00", "2026-02-23T00:00", "2026-03-30T00:00"],
    );
}

#[test]
fn nearest_weekdays_stay_in_their_month() {
    // 15 August 2026 is a Saturday, 15 November a Sunday, 15 October a Thursday.
    check(
        "cron(0 0 15W * ? *)",
        "UTC",
        "2026-08-01T00:00",
        &[
            "2026-08-14T00:00",
            "2026-09-15T00:00",
            "2026-10-15T00:00",
            "2026-11-16T00:00",
        ],
    );
    // 1 August 2026 is a Saturday and 31 May 2026 a Sunday: the nearest weekday would leave the month.
    check(
        "cron(0 0 1W 8 ? 2026)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-08-03T00:00"],
    );
    check(
        "cron(0 0 31W 5 ? 2026)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-05-29T00:00"],
    );
    // A month without that day has none.
    check(
        "cron(0 0 31W * ? *)",
        "UTC",
        "2026-05-29T00:00",
        &["2026-07-31T00:00", "2026-08-31T00:00", "2026-10-30T00:00"],
    );
}

#[test]
fn nth_days_of_the_week() {
    check(
        "cron(0 0 ? * 3#2 *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-13T00:00", "2026-02-10T00:00", "2026-03-10T00:00"],
    );
    check(
        "cron(0 0 ? * tue#2 *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-13T00:00"],
    );
    // A fifth Friday is not in every month.
    check(
        "cron(0 0 ? * FRI#5 *)",
        "UTC",
        "2026-01-01T00:00",
        &["2026-01-30T00:00", "2026-05-29T00:00", "2026-07-31T00:00"],
    );
    check(
        "cron(0 0 ? 2 SUN#5 *)",
        "UTC",
        "2026-01-01T00:00",
        &["2032-02-29T00:00"],
    );
}

#[test]
fn leap_years() {
    check(
        "cron(0 0 29 2 ? *)",
        "UTC",
        "2026-01-01T00:00",
        &["2028-02-29T00:00", "2032-02-29T00:00"],
    );
    // 2100 is no leap year.
    check(
        "cron(0 0 29 2 ? *)",
        "UTC",
        "2096-02-29T00:00",
        &["2104-02-29T00:00"],
    );
    check(
        "cron(0 0 30 * ? *)",
        "UTC",
        "2026-01-30T00:00",
        &["2026-03-30T00:00"],
    );
}

#[test]
fn what_never_comes_has_no_next_time() {
    let never = schedule("cron(0 0 30 2 ? *)", "Asia/Tokyo");
    assert_eq!(never.next_after(at("2026-01-01T00:00:00Z")), None);
    assert_eq!(never.previous_before(at("2026-01-01T00:00:00Z")), None);
}

#[test]
fn the_ends_of_the_calendar() {
    let yearly = schedule("cron(0 0 1 1 ? *)", "UTC");
    assert_eq!(
        yearly.next_after(at("1900-06-01T00:00:00Z")),
        Some(at("1970-01-01T00:00:00Z"))
    );
    assert_eq!(yearly.previous_before(at("1970-01-01T00:00:00Z")), None);
    assert_eq!(yearly.next_after(at("2199-01-01T00:00:00Z")), None);
    assert_eq!(
        yearly.previous_before(at("2500-01-01T00:00:00Z")),
        Some(at("2199-01-01T00:00:00Z"))
    );
    assert_eq!(yearly.next_after(jiff::Timestamp::MAX), None);
    assert_eq!(yearly.previous_before(jiff::Timestamp::MIN), None);
}

#[test]
fn shows_expression_and_timezone() {
    let schedule = schedule("cron(0 9 ? * MON *)", "Europe/London");
    assert_eq!(schedule.to_string(), "cron(0 9 ? * MON *) Europe/London");
    assert_eq!(
        (schedule.expression(), schedule.timezone()),
        ("cron(0 9 ? * MON *)", "Europe/London")
    );
}
