use jiff::SignedDuration;
use perch_github::{CheckRun, CommitStatus, age, checks, reviewers};
use serde_json::{Value, json};

#[test]
fn an_age_is_told_in_two_units() {
    let check = |minutes: i64, expected: &str| {
        assert_eq!(age(SignedDuration::from_mins(minutes)), expected)
    };
    check(-5, "less than a minute");
    check(0, "less than a minute");
    check(1, "1 minute");
    check(60, "1 hour");
    check(125, "2 hours 5 minutes");
    check(1440, "1 day");
    check(1441, "1 day");
    check(2 * 1440 + 60 * 3 + 7, "2 days 3 hours");
}

#[test]
fn checks_are_told_in_one_phrase() {
    let check = |runs: Value, statuses: Value, expected: &str| {
        let runs: Vec<CheckRun> = serde_json::from_value(runs).unwrap();
        let statuses: Vec<CommitStatus> = serde_json::from_value(statuses).unwrap();
        assert_eq!(checks(&runs, &statuses), expected);
    };
    let run = |name: &str, conclusion: &str| json!({ "name": name, "status": "completed", "conclusion": conclusion });
    let queued = json!({ "name": "e2e", "status": "queued", "conclusion": null });
    let status = |state: &str| json!({ "context": "ci/jenkins", "state": state });

    check(json!([]), json!([]), "no checks");
    check(json!([run("a", "success")]), json!([]), "1 check passed");
    check(
        json!([run("a", "success")]),
        json!([status("success")]),
        "all 2 checks passed",
    );
    check(
        json!([run("a", "success"), run("b", "skipped")]),
        json!([]),
        "1 passed, 1 skipped",
    );
    check(
        json!([run("lint", "failure"), queued, run("a", "success")]),
        json!([status("pending"), status("error")]),
        "2 failed (lint, ci/jenkins), 2 running, 1 passed",
    );
    check(
        json!([
            run("a", "timed_out"),
            run("b", "cancelled"),
            run("c", "startup_failure"),
            run("d", "of_2027")
        ]),
        json!([]),
        "4 failed (a, b, c and 1 more)",
    );
    check(
        json!([{ "name": "a", "status": "of_2027", "conclusion": null }]),
        json!([]),
        "1 running",
    );
}

#[test]
fn reviewers_are_people_and_teams() {
    let people =
        serde_json::from_value::<Vec<_>>(json!([{ "login": "hubot", "type": "User" }])).unwrap();
    let teams = serde_json::from_value::<Vec<_>>(json!([{ "slug": "core" }])).unwrap();
    assert_eq!(
        reviewers("acme", &people, &teams).as_deref(),
        Some("hubot, @acme/core")
    );
    assert_eq!(reviewers("acme", &[], &[]), None);
}
