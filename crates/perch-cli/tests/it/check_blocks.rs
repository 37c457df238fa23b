//! `perch check-blocks`, with the double of Slack as the checker, and with others that know better.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use perch_doubles::slack::{Slack, SlackOptions};
use perch_loopback::{Server, json as json_answer};
use serde_json::{Value, json};

use crate::project::{Project, Ran, ran};

fn check(url: &str, arguments: &[&str]) -> Ran {
    let project = Project::empty();
    let all = [&["check-blocks"], arguments].concat();
    ran(project.perch(&all).env("SLACK_API_URL", url))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_agrees_with_a_checker_that_has_it() {
    let slack = Slack::start(SlackOptions::default()).await.expect("a port");
    let ran = check(&slack.url(), &[]).succeeded();
    assert!(
        ran.stdout.trim_end().ends_with(" as in the table, 0 not"),
        "{}",
        ran.stdout
    );
    let asked = slack.calls_of("blocks.validate").len();
    assert!(asked > 500, "{asked} cases");
    let ran = check(&slack.url(), &["--json"]).succeeded();
    let compared: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&compared["cases"], &compared["differences"]),
        (&json!(asked), &json!([]))
    );
}

/// Takes everything, after it has asked for patience once.
#[tokio::test(flavor = "multi_thread")]
async fn every_difference_is_named() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let server = Server::start(0, 1 << 20, |_| {
        move |_| {
            let mut answer = json_answer(StatusCode::OK, &json!({"ok": true}));
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                answer = json_answer(StatusCode::TOO_MANY_REQUESTS, &json!({"ok": false}));
                let now = http::HeaderValue::from_static("0");
                answer.headers_mut().insert("retry-after", now);
            }
            async move { Ok(answer) }
        }
    });
    let server = server.await.expect("a port");
    let url = format!("http://{}/api/", server.address());
    let ran = check(&url, &[]).failed(1, &["Slack and the table differ in", "blocks.json"]);
    for words in [
        "Slack takes what the table refuses: message /blocks/0/text/text",
        "Slack takes what the table refuses: modal /blocks/0",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("Slack refuses"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_wait_for_long_is_told_so() {
    for (seconds, words) in [
        ("3600", "wants nothing for 60m"),
        ("0", "asked for patience"),
    ] {
        let server = Server::start(0, 1 << 20, |_| {
            move |_| {
                let mut answer = json_answer(StatusCode::TOO_MANY_REQUESTS, &json!({"ok": false}));
                let wait = http::HeaderValue::from_static(seconds);
                answer.headers_mut().insert("retry-after", wait);
                async move { Ok(answer) }
            }
        });
        let server = server.await.expect("a port");
        let url = format!("http://{}/api/", server.address());
        check(&url, &[]).failed(1, &[words]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_slack_is_no_checker() {
    for (body, words) in [
        (
            json!({"ok": false, "error": "unknown_method"}),
            "answers unknown_method",
        ),
        (json!("hello"), "not as Slack's Web API does"),
    ] {
        let server = Server::start(0, 1 << 20, |_| {
            move |_| {
                let answer = json_answer(StatusCode::OK, &body);
                async move { Ok(answer) }
            }
        });
        let server = server.await.expect("a port");
        let url = format!("http://{}/api/", server.address());
        check(&url, &[]).failed(1, &["blocks.validate", words]);
    }
}
