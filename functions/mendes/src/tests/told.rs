//! MENDES_LOOKBACK: what was missed is told later, and nothing twice.

use super::*;

/// A channel's history with digests, each of a window in seconds since 1970 and the repositories that failed.
fn history(digests: &[(&str, &str, &str)]) -> Value {
    let second = |time: &str| {
        format!("2026-01-{time}:00+09:00")
            .parse::<perch::Timestamp>()
            .unwrap()
            .as_second()
    };
    let digest = |(from, to, failed): &(&str, &str, &str)| {
        let payload = json!({ "from": second(from), "to": second(to), "failed": failed });
        json!({ "type": "message", "ts": format!("{}.000100", second(to) + 3), "bot_id": "B0MENDES", "text": "a digest",
                "metadata": { "event_type": "mendes_digest", "event_payload": payload } })
    };
    let mut messages: Vec<Value> = digests.iter().map(digest).collect();
    messages.push(
        json!({ "type": "message", "ts": "1767927000.000100", "user": "U0OTHER", "text": "hello" }),
    );
    json!({ "ok": true, "messages": messages })
}

/// Pull requests of web that cross at 14:05, 14:55 and 15:05 on 9 January in Tokyo.
fn pulls() -> Value {
    json!([
        pull(1, "2026-01-08T05:05:00Z"),
        pull(2, "2026-01-08T05:55:00Z"),
        pull(3, "2026-01-08T06:05:00Z")
    ])
}

async fn check(history: Value, expected: &[u64]) {
    let github = github(pulls(), json!([])).await;
    let bot = mendes(&github)
        .env("MENDES_LOOKBACK", "2h")
        .slack("conversations.history", history);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), expected);
}

#[tokio::test]
async fn what_no_run_has_told_is_told_now() {
    check(history(&[]), &[1, 2, 3]).await;
    check(history(&[("09T14:00", "09T14:10", "")]), &[2, 3]).await;
    check(
        history(&[("09T14:50", "09T15:00", ""), ("09T14:00", "09T14:10", "")]),
        &[3],
    )
    .await;
    // The window of an earlier run reached back as well.
    check(history(&[("09T13:00", "09T15:00", "")]), &[3]).await;
}

#[tokio::test]
async fn a_repository_that_failed_is_made_up_for() {
    check(
        history(&[("09T14:00", "09T15:00", "perch-demo/web")]),
        &[1, 2, 3],
    )
    .await;
    check(
        history(&[("09T14:00", "09T15:00", "perch-demo/api,perch-demo/ops")]),
        &[3],
    )
    .await;
}

#[tokio::test]
async fn a_repeated_delivery_says_the_same() {
    check(history(&[("09T13:00", "09T15:10", "")]), &[1, 2, 3]).await;
    check(history(&[("09T13:10", "09T15:20", "")]), &[1, 2, 3]).await;
}

#[tokio::test]
async fn a_digest_says_what_it_covers() {
    let github = github(pulls(), json!([])).await;
    let bot = mendes(&github)
        .env("MENDES_LOOKBACK", "2h")
        .env("MENDES_REPOSITORIES", "perch-demo/web,perch-demo/gone")
        .slack("conversations.history", history(&[]));
    fire(&bot, "09T15:10").await.unwrap();
    let calls = bot.slack_calls();
    let look = &calls[0].arguments;
    assert_eq!(look["channel"], "C0REVIEWS");
    assert_eq!(
        look["oldest"], "1767931200",
        "13:00, two hours before the previous run"
    );
    assert_eq!(look["include_all_metadata"], "true");
    let metadata = &calls[1].arguments["metadata"];
    let payload = json!({ "from": 1767931200, "to": 1767939000, "failed": "perch-demo/gone" });
    assert_eq!(
        metadata,
        &json!({ "event_type": "mendes_digest", "event_payload": payload })
    );
}

#[tokio::test]
async fn without_a_lookback_the_channel_is_not_read() {
    let github = github(pulls(), json!([])).await;
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), [3]);
    assert!(
        bot.slack_calls()
            .iter()
            .all(|call| call.method == "chat.postMessage")
    );
}

#[tokio::test]
async fn where_mendes_may_not_read_it_keeps_to_its_window_and_says_so() {
    let github = github(pulls(), json!([])).await;
    let refused = json!({ "ok": false, "error": "missing_scope", "needed": "channels:history" });
    let bot = mendes(&github)
        .env("MENDES_LOOKBACK", "2h")
        .slack("conversations.history", refused);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), [3]);
    let expected = ":warning: Runs that were missed are not made up for: Slack answers missing_scope when I read this channel";
    assert!(posted(&bot)[0].1.contains(expected), "{:?}", posted(&bot));
}
