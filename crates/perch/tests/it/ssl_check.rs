//! Slack's look at the certificate, the one request that it does not sign: answered, and nothing is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use perch::testing::TestApp;
use perch::{App, Context, Reply, Request};
use serde_json::{Value, json};

use crate::logged::logged;

const FORM: &str = "application/x-www-form-urlencoded";

/// A bot that takes everything, and whether it was called.
fn bot() -> (TestApp, Arc<AtomicBool>) {
    let called = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&called);
    let app = App::new().fallback(move |_: Request, _: Context| {
        seen.store(true, Ordering::Relaxed);
        async { Ok(Reply::ack()) }
    });
    (perch::testing::app(app), called)
}

async fn check(content_type: &str, body: impl Into<Vec<u8>>, status: u16) {
    let body = body.into();
    let name = format!("{content_type}: {}", String::from_utf8_lossy(&body));
    let (bot, called) = bot();
    let reply = bot.body(content_type, body).unsigned().send().await;
    assert_eq!((reply.status, reply.body.as_str()), (status, ""), "{name}");
    let kind = if status == 200 {
        "ssl_check"
    } else {
        "rejected"
    };
    assert_eq!(reply.kind, kind, "{name}");
    assert!(!called.load(Ordering::Relaxed), "{name}");
}

#[tokio::test]
async fn an_unsigned_ssl_check_is_answered() {
    for body in [
        "ssl_check=1&token=Shh",
        "token=Shh&ssl_check=1",
        "ssl_check=1",
        "%73sl_check=%31&token=Shh",
        "ssl_check=1&token=Shh&text=payload%3D",
    ] {
        check(FORM, body, 200).await;
    }
    for content_type in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "Application/X-WWW-Form-URLEncoded",
    ] {
        check(content_type, "ssl_check=1&token=Shh", 200).await;
    }
}

#[tokio::test]
async fn anything_more_is_verified() {
    for body in [
        "ssl_check=1&payload=%7B%22type%22%3A%22block_actions%22%7D",
        "ssl_check=1&payload=",
        "ssl_check=1&payload",
        "payload=%7B%7D&ssl_check=1",
        "ssl_check=1&command=%2Fdeploy",
        "command=%2Fdeploy&text=x&ssl_check=1&token=Shh",
        "ssl_check=1&%70ayload=%7B%7D",
        "ssl_check=1&p%61yloa%64=%7B%7D",
        "ssl_check=1&%63%6F%6D%6D%61%6E%64=%2Fdeploy",
        "%73sl_check=1&comman%64=%2Fdeploy",
        "\u{feff}payload=%7B%7D&ssl_check=1",
        "ssl_check=0&token=Shh",
        "ssl_check=true",
        "ssl_check=",
        "ssl_check",
        "ssl_check=+1",
        "ssl_check=11",
        "ssl_check=1&ssl_check=0",
        "ssl_check=0&ssl_check=1",
        "ssl_check=1&ssl_check=1",
        "SSL_CHECK=1",
        "token=Shh",
        "",
    ] {
        check(FORM, body, 401).await;
    }
    for content_type in [
        "application/json",
        "text/plain",
        "",
        "multipart/form-data; boundary=x",
    ] {
        check(content_type, "ssl_check=1&token=Shh", 401).await;
    }
    check("application/json", r#"{"ssl_check":"1"}"#, 401).await;
}

/// The event of an unsigned `ssl_check`, changed.
async fn status(change: impl Fn(&mut Value)) -> u16 {
    let (bot, called) = bot();
    let mut event = bot.body(FORM, "ssl_check=1&token=Shh").unsigned().event();
    change(&mut event);
    let status = bot.send_event(&event).await.status;
    assert!(!called.load(Ordering::Relaxed));
    status
}

#[tokio::test]
async fn a_request_with_slacks_headers_is_verified_whatever_it_says() {
    assert_eq!(status(|_| {}).await, 200);
    for header in [
        "x-slack-signature",
        "X-Slack-Signature",
        "X-SLACK-REQUEST-TIMESTAMP",
    ] {
        let with = |value: Value| move |event: &mut Value| event["headers"][header] = value.clone();
        assert_eq!(status(with(json!("v0=0"))).await, 401, "{header}");
        assert_eq!(status(with(json!(""))).await, 401, "{header}");
        assert_eq!(status(with(Value::Null)).await, 200, "{header}");
    }
}

#[tokio::test]
async fn the_body_is_read_as_it_travelled() {
    let plain = |event: &mut Value| {
        event["body"] = "ssl_check=1&token=Shh".into();
        event["isBase64Encoded"] = false.into();
    };
    assert_eq!(status(plain).await, 200);
    // Base64 that is not said to be base64 is a form with another field.
    assert_eq!(
        status(|event| event["isBase64Encoded"] = false.into()).await,
        401
    );
    assert_eq!(status(|event| event["body"] = "%%%".into()).await, 401);
    assert_eq!(status(|event| event["body"] = Value::Null).await, 401);
    assert_eq!(
        status(|event| event["requestContext"]["http"]["method"] = "GET".into()).await,
        405
    );
}

#[tokio::test]
async fn it_is_logged_apart_and_without_its_token() {
    let (bot, _) = bot();
    let request = bot.body(FORM, "ssl_check=1&token=ShhShhShh").unsigned();
    let (_, log) = logged(request.send()).await;
    let line: Value = serde_json::from_str(&log).expect("it is one line of JSON");
    assert_eq!(
        (&line["event"], &line["outcome"]),
        (&json!("ssl_check"), &json!("200"))
    );
    assert!(
        line["note"]
            .as_str()
            .is_some_and(|note| note.starts_with("not signed"))
    );
    assert!(!log.contains("ShhShhShh"));
}

#[tokio::test]
async fn a_bot_without_handlers_of_requests_has_no_address() {
    let schedule = App::new().schedule(async |_, _: Context| Ok(()));
    let bot = perch::testing::app(schedule);
    assert_eq!(
        bot.body(FORM, "ssl_check=1").unsigned().send().await.status,
        404
    );
}
