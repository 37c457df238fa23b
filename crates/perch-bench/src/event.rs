//! A signed slash command as API Gateway passes it on.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// The value of every parameter, and with it the signing secret.
pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// A payload 2.0 event with `command`, such as `/tryo help`, signed now.
pub fn slash_command(command: &str) -> Vec<u8> {
    let (name, text) = command.split_once(' ').unwrap_or((command, ""));
    let body = format!(
        "team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=test&user_id=U2147483697\
         &user_name=steve&command={}&text={}&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1234%2F5678\
         &trigger_id=13345224609.738474920.8088930838d88f008e0",
        escape(name),
        escape(text)
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{now}:{body}").as_bytes());
    let signature: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = format!("/{}", name.trim_start_matches('/'));
    json!({
        "version": "2.0",
        "routeKey": format!("POST {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/x-www-form-urlencoded",
            "content-length": body.len().to_string(),
            "host": "abcdefghij.execute-api.ap-northeast-1.amazonaws.com",
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": now.to_string(),
            "x-slack-signature": format!("v0={signature}"),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.ap-northeast-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": "POST", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": format!("POST {path}"),
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": now * 1000,
        },
        "body": body,
        "isBase64Encoded": false,
    })
    .to_string()
    .into_bytes()
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
