//! Both searches against a walk through every minute, with the meaning of each expression written down a second time.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use perch_schedule::Schedule;

use crate::{at, schedule};

type Meaning = fn(DateTime) -> bool;

const EXPRESSIONS: &[(&str, Meaning)] = &[
    ("cron(*/10 9-19 ? * MON-FRI *)", |t| {
        t.minute() % 10 == 0
            && (9..=19).contains(&t.hour())
            && !matches!(t.weekday(), Weekday::Saturday | Weekday::Sunday)
    }),
    ("cron(* * * * ? *)", |_| true),
    ("cron(7/20 1,2 * * ? *)", |t| {
        matches!(t.minute(), 7 | 27 | 47) && matches!(t.hour(), 1 | 2)
    }),
    ("cron(30 1-3 ? 3,10,NOV SUN *)", |t| {
        t.minute() == 30
            && (1..=3).contains(&t.hour())
            && t.weekday() == Weekday::Sunday
            && matches!(t.month(), 3 | 10 | 11)
    }),
    ("cron(0 */5 L * ? *)", |t| {
        t.minute() == 0 && t.hour() % 5 == 0 && t.day() == t.days_in_month()
    }),
    ("cron(59 23 ? * 6L 2026/2)", |t| {
        t.minute() == 59
            && t.hour() == 23
            && t.weekday() == Weekday::Friday
            && t.day() > t.days_in_month() - 7
            && t.year() % 2 == 0
    }),
    ("cron(0 12 ? * TUE#2 *)", |t| {
        t.minute() == 0
            && t.hour() == 12
            && t.weekday() == Weekday::Tuesday
            && (8..=14).contains(&t.day())
    }),
    ("cron(15 0 1,29-31 * ? *)", |t| {
        t.minute() == 15 && t.hour() == 0 && (t.day() == 1 || t.day() >= 29)
    }),
];

/// Windows around the clock changes of New York, London and Lord Howe, and one around a leap day.
const WINDOWS: &[(&str, &str, &str)] = &[
    (
        "America/New_York",
        "2026-03-04T00:00:00Z",
        "2026-03-11T00:00:00Z",
    ),
    (
        "America/New_York",
        "2026-10-29T00:00:00Z",
        "2026-11-04T00:00:00Z",
    ),
    (
        "Europe/London",
        "2026-03-26T00:00:00Z",
        "2026-04-02T00:00:00Z",
    ),
    (
        "Europe/London",
        "2026-10-22T00:00:00Z",
        "2026-10-29T00:00:00Z",
    ),
    (
        "Australia/Lord_Howe",
        "2026-04-01T00:00:00Z",
        "2026-04-08T00:00:00Z",
    ),
    ("Asia/Tokyo", "2028-02-25T00:00:00Z", "2028-03-03T00:00:00Z"),
];

#[test]
fn both_searches_agree_with_a_walk_through_every_minute() {
    for &(timezone, from, to) in WINDOWS {
        let zone = TimeZone::get(timezone).expect("a time zone of the test");
        let readings = readings(&zone, at(from), at(to));
        for &(expression, meaning) in EXPRESSIONS {
            let meant = readings.iter().filter(|(_, reading)| meaning(*reading));
            let expected: Vec<Timestamp> = meant.map(|(time, _)| *time).collect();
            let schedule = schedule(expression, timezone);
            assert_eq!(
                forwards(&schedule, at(from), at(to)),
                expected,
                "{expression} {timezone} forwards"
            );
            let mut backwards = backwards(&schedule, at(from), at(to));
            backwards.reverse();
            assert_eq!(backwards, expected, "{expression} {timezone} backwards");
        }
    }
}

#[test]
fn looking_back_from_just_after_a_time_finds_it() {
    for &(timezone, from, to) in WINDOWS {
        for &(expression, _) in EXPRESSIONS {
            let schedule = schedule(expression, timezone);
            let mut time = at(from);
            // Steps of no round length, so that searches start at every part of an hour.
            while time < at(to) {
                let next = schedule
                    .next_after(time)
                    .unwrap_or_else(|| panic!("{expression} after {time}"));
                assert!(next > time);
                assert_eq!(
                    schedule.previous_before(next + SignedDuration::from_secs(1)),
                    Some(next),
                    "{expression} {next}"
                );
                if let Some(previous) = schedule.previous_before(time) {
                    assert!(previous < time);
                    assert!(
                        schedule.next_after(previous) >= Some(time),
                        "{expression}: nothing lies between"
                    );
                }
                time += SignedDuration::from_secs(4_999);
            }
        }
    }
}

/// Every minute with its reading of the clock, but for readings that the clock has shown before.
fn readings(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, DateTime)> {
    let mut seen = std::collections::HashSet::new();
    std::iter::successors(Some(from), |&time| {
        Some(time + SignedDuration::from_mins(1))
    })
    .take_while(|&time| time < to)
    .map(|time| (time, zone.to_datetime(time)))
    .filter(|(_, reading)| seen.insert(*reading))
    .collect()
}

fn forwards(schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let start = from - SignedDuration::from_nanos(1);
    std::iter::successors(schedule.next_after(start), |&time| {
        schedule.next_after(time)
    })
    .take_while(|&time| time < to)
    .collect()
}

fn backwards(schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    std::iter::successors(schedule.previous_before(to), |&time| {
        schedule.previous_before(time)
    })
    .take_while(|&time| time >= from)
    .collect()
}
