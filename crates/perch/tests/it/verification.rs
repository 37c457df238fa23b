//! Who gets in, beside the published cases in `vectors`.

use perch::testing::TestApp;
use perch::{App, Command, Context, Reply, Result};
use serde_json::{Value, json};

use crate::logged::logged;

async fn pong(_: Command, _: Context) -> Result<Reply> {
    Ok(Reply::ephemeral("pong"))
}

fn bot() -> TestApp {
    perch::testing::app(App::new().command("/ping", pong))
}

/// The status that a changed event gets; unchanged, it gets 200.
async fn status(change: impl FnOnce(&mut Value)) -> u16 {
    let bot = bot();
    let mut event = bot.command("/ping", "").event();
    assert_eq!(bot.send_event(&event).await.status, 200);
    change(&mut event);
    bot.send_event(&event).await.status
}

fn signature(event: &Value) -> String {
    let signature = event["headers"]["x-slack-signature"].as_str();
    signature.expect("it is signed").to_owned()
}

#[tokio::test]
async fn one_of_several_signatures_is_not_enough() {
    let wrong = format!("v0={}", "0".repeat(64));
    for joined in [
        |right: &str, wrong: &str| format!("{right},{wrong}"),
        |right: &str, wrong: &str| format!("{wrong}, {right}"),
        |right: &str, _: &str| format!("{right},{right}"),
    ] {
        let status = status(|event| {
            event["headers"]["x-slack-signature"] = joined(&signature(event), &wrong).into();
        });
        assert_eq!(status.await, 401);
    }
}

#[tokio::test]
async fn a_header_twice_must_say_the_same() {
    let same = status(|event| {
        event["headers"]["X-Slack-Signature"] = signature(event).into();
    });
    assert_eq!(same.await, 200);
    let other = status(|event| {
        event["headers"]["X-Slack-Signature"] = format!("v0={}", "0".repeat(64)).into();
    });
    assert_eq!(other.await, 401);
}

#[tokio::test]
async fn headers_of_no_use_are_missing() {
    for headers in [
        json!(null),
        json!([]),
        json!("x-slack-signature"),
        json!({}),
    ] {
        assert_eq!(status(|event| event["headers"] = headers).await, 401);
    }
    for value in [json!(null), json!(7), json!(["v0=1"])] {
        assert_eq!(
            status(|event| event["headers"]["x-slack-signature"] = value).await,
            401
        );
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_recovered_is_unreadable() {
    for body in [json!({}), json!(7), json!("%%%")] {
        assert_eq!(status(|event| event["body"] = body).await, 400);
    }
}

#[tokio::test]
async fn a_timestamp_is_digits_within_five_minutes() {
    for age in [-300, -1, 0, 1, 300] {
        assert_eq!(
            bot()
                .command("/ping", "")
                .seconds_old(age)
                .send()
                .await
                .status,
            200
        );
    }
    for age in [-301, 301, 100_000, -100_000] {
        assert_eq!(
            bot()
                .command("/ping", "")
                .seconds_old(age)
                .send()
                .await
                .status,
            401
        );
    }
    for text in [
        "١٧٦٧٥٧١٢٠٠",
        "99999999999999999999",
        "0x1",
        "1767571200,1767571200",
    ] {
        let status = status(|event| {
            event["headers"]["x-slack-request-timestamp"] = text.into();
        });
        assert_eq!(status.await, 401, "{text}");
    }
}

#[tokio::test]
async fn another_method_is_refused_whoever_signed_it() {
    let bot = bot();
    let mut event = bot.command("/ping", "").event();
    event["requestContext"]["http"]["method"] = "PUT".into();
    let reply = bot.send_event(&event).await;
    assert_eq!(
        (reply.status, reply.headers["allow"].as_str()),
        (405, "POST")
    );
}

#[tokio::test]
async fn a_verification_token_is_a_second_check_when_it_is_configured() {
    let checked = || bot().secret("SLACK_VERIFICATION_TOKEN", "gIkuvaNzQIHg97ATvDxqgjtO");
    let right = checked()
        .command("/ping", "")
        .with("token", "gIkuvaNzQIHg97ATvDxqgjtO");
    assert_eq!(right.send().await.ephemeral_text(), "pong");

    let (reply, log) = logged(checked().command("/ping", "").send()).await;
    assert_eq!((reply.status, reply.body.as_str()), (401, ""));
    assert!(log.contains("the verification token differs"), "{log}");
    assert!(
        !log.contains("token-of-a-test") && !log.contains("gIkuva"),
        "{log}"
    );

    let in_payload = checked()
        .action("take")
        .with("/token", "gIkuvaNzQIHg97ATvDxqgjtO");
    assert_eq!(in_payload.send().await.status, 200);
    assert_eq!(checked().action("take").send().await.status, 401);
    let in_json = checked().event(json!({ "type": "message" }));
    assert_eq!(in_json.send().await.status, 401);
    // The token does not stand in for the signature.
    let unsigned = checked()
        .command("/ping", "")
        .with("token", "gIkuvaNzQIHg97ATvDxqgjtO");
    assert_eq!(unsigned.unsigned().send().await.status, 401);
}

#[tokio::test]
async fn without_a_signing_secret_nothing_starts() {
    let missing = bot().without_secret("SLACK_SIGNING_SECRET");
    let error = missing.health().await.expect_err("Init fails").to_string();
    assert!(
        error.contains("SLACK_SIGNING_SECRET") && error.contains("function.yaml"),
        "{error}"
    );

    let blank = bot().secret("SLACK_SIGNING_SECRET", " \n");
    let error = blank.health().await.expect_err("Init fails").to_string();
    assert!(error.contains("SLACK_SIGNING_SECRET is blank"), "{error}");

    // A bot that takes no requests needs none.
    let scheduled = App::new().schedule(async |_, _| Ok(()));
    let bot = perch::testing::app(scheduled).without_secret("SLACK_SIGNING_SECRET");
    bot.fire("2026-01-05T00:00:00Z").await.expect("it runs");
    assert_eq!(bot.command("/ping", "").send().await.status, 404);
}

#[tokio::test]
async fn a_rejection_is_one_log_line_without_a_word_of_the_request() {
    let request = bot()
        .command("/ping", "a private word")
        .signed_with("another secret");
    let (reply, log) = logged(request.send()).await;
    assert_eq!((reply.status, reply.body.as_str()), (401, ""));
    let line: Value = serde_json::from_str(&log).expect("it is one line of JSON");
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["reason"], "the signature does not match the body");
    assert_eq!(line["span"]["request_id"], "request-of-a-test");
    for word in ["private", "v0=", "ping", "U0TEST", "token", "secret"] {
        assert!(!log.contains(word), "{word}: {log}");
    }
}

#[tokio::test]
async fn a_body_of_six_megabytes_is_read() {
    let text = "あ".repeat(500_000);
    let app = App::new().command("/ping", async |command: Command, _| {
        Ok(Reply::ephemeral(command.text.chars().count().to_string()))
    });
    let reply = perch::testing::app(app)
        .command("/ping", &text)
        .send()
        .await;
    assert_eq!(reply.ephemeral_text(), "500000");
}

#[tokio::test]
async fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (levels, status) in [(100, 200), (10_000, 400), (1_000_000, 400)] {
        let body = format!(r#"{{"type":"telepathy","deep":{}}}"#, nested(levels));
        let reply = bot().body("application/json", body).send().await;
        assert_eq!(reply.status, status, "{levels}");
    }
}
