//! Since when a pull request waits, from the events that GitHub documents.

use jiff::{SignedDuration, Timestamp};
use perch_github::{PullSummary, TimelineEvent};
use serde_json::{Value, json};

use super::data;
use crate::waiting::{Window, is_for_review, waiting_since};

const OPENED: &str = "2026-01-05T01:00:00Z";

fn pull() -> Value {
    json!({
        "number": 7, "title": "Fix login", "html_url": "https://github.com/acme/web/pull/7",
        "user": { "login": "taro", "type": "User" }, "created_at": OPENED, "updated_at": "2026-01-05T09:00:00Z",
    })
}

fn review(at: &str, by: &str, kind: &str) -> Value {
    json!({ "event": "reviewed", "state": "commented", "submitted_at": at, "user": { "login": by, "type": kind } })
}

fn event(at: &str, event: &str) -> Value {
    json!({ "event": event, "created_at": at, "actor": { "login": "taro", "type": "User" } })
}

#[track_caller]
fn since(events: &[Value], moment: &str, expected: Option<&str>) {
    let pull: PullSummary = serde_json::from_value(pull()).unwrap();
    let events: Vec<TimelineEvent> = serde_json::from_value(json!(events)).unwrap();
    let found = waiting_since(&pull, &events, moment.parse().unwrap());
    assert_eq!(found.map(|since| since.to_string()).as_deref(), expected);
}

const LATER: &str = "2026-01-06T00:00:00Z";

#[test]
fn it_waits_since_it_was_opened() {
    since(&[], LATER, Some(OPENED));
    since(
        &[event("2026-01-05T02:00:00Z", "labeled")],
        LATER,
        Some(OPENED),
    );
}

#[test]
fn it_waits_anew_when_it_is_ready_or_asked_for_again() {
    for kind in [
        "ready_for_review",
        "review_requested",
        "reopened",
        "review_dismissed",
    ] {
        let at = "2026-01-05T02:00:00Z";
        since(&[event(at, kind)], LATER, Some(at));
        since(
            &[
                event("2026-01-05T01:30:00Z", "review_requested"),
                event(at, kind),
            ],
            LATER,
            Some(at),
        );
        since(
            &[
                review("2026-01-05T01:30:00Z", "sora", "User"),
                event(at, kind),
            ],
            LATER,
            Some(at),
        );
    }
}

#[test]
fn a_review_by_another_person_ends_it() {
    let requested = event("2026-01-05T02:00:00Z", "review_requested");
    since(
        &[
            requested.clone(),
            review("2026-01-05T03:00:00Z", "sora", "User"),
        ],
        LATER,
        None,
    );
    // The author's own remarks, and a program's, are no review.
    since(
        &[
            requested.clone(),
            review("2026-01-05T03:00:00Z", "taro", "User"),
        ],
        LATER,
        Some("2026-01-05T02:00:00Z"),
    );
    since(
        &[
            requested,
            review("2026-01-05T03:00:00Z", "copilot[bot]", "Bot"),
        ],
        LATER,
        Some("2026-01-05T02:00:00Z"),
    );
}

#[test]
fn what_happens_later_does_not_count() {
    let events = [
        event("2026-01-05T02:00:00Z", "review_requested"),
        review("2026-01-05T03:00:00Z", "sora", "User"),
    ];
    since(
        &events,
        "2026-01-05T02:59:59Z",
        Some("2026-01-05T02:00:00Z"),
    );
    since(&events, "2026-01-05T03:00:00Z", None);
    since(&events, "2026-01-05T01:59:59Z", Some(OPENED));
    since(&events, "2026-01-05T00:59:59Z", None);
}

#[test]
fn a_review_that_is_being_written_does_not_count() {
    let pending = json!({ "event": "reviewed", "state": "pending", "user": { "login": "sora", "type": "User" } });
    since(&[pending], LATER, Some(OPENED));
}

#[test]
fn the_documented_timeline_is_read() {
    let events: Vec<TimelineEvent> = serde_json::from_value(data("timeline")).unwrap();
    let pulls: Vec<PullSummary> = serde_json::from_value(data("pulls_page_1")).unwrap();
    let found = waiting_since(&pulls[0], &events, "2026-01-09T06:10:00Z".parse().unwrap());
    assert_eq!(found, Some("2026-01-08T06:05:00Z".parse().unwrap()));
    let found = waiting_since(&pulls[0], &events, "2026-01-08T05:00:00Z".parse().unwrap());
    assert_eq!(found, None, "sora had just reviewed it");
}

#[test]
fn drafts_and_programs_do_not_wait() {
    let is_for_review = |field: &str, value: Value| {
        let mut pull = pull();
        pull[field] = value;
        is_for_review(&serde_json::from_value(pull).unwrap())
    };
    assert!(is_for_review("draft", false.into()));
    assert!(!is_for_review("draft", true.into()));
    assert!(
        is_for_review("user", Value::Null),
        "an account that is gone was a person's"
    );
    assert!(!is_for_review(
        "user",
        json!({ "login": "renovate[bot]", "type": "Bot" })
    ));
}

#[test]
fn only_what_may_have_crossed_is_looked_at() {
    let pull: PullSummary = serde_json::from_value(pull()).unwrap();
    let may_hold = |from: &str, to: &str| {
        let [from, to]: [Timestamp; 2] = [from, to].map(|moment| moment.parse().unwrap());
        Window { from, to }.may_hold(&pull, SignedDuration::from_hours(24))
    };
    // Opened at 01:00 and changed last at 09:00 on the 5th: the wait crosses between those on the 6th.
    assert!(!may_hold("2026-01-05T00:00:00Z", "2026-01-06T00:59:59Z"));
    assert!(may_hold("2026-01-05T00:00:00Z", "2026-01-06T01:00:00Z"));
    assert!(may_hold("2026-01-06T08:59:59Z", "2026-01-06T09:10:00Z"));
    assert!(!may_hold("2026-01-06T09:00:00Z", "2026-01-06T09:10:00Z"));
}
