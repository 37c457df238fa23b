//! Slash commands as API Gateway passes them on: signed by Slack, or forged in one of six ways.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::process::now;

/// What Slack signs with: the value of every parameter but a token's.
pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// What nobody signs with but a forger.
const OTHER_SECRET: &str = "00000000000000000000000000000000";

/// What a bot must not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// The header is missing.
    NoSignature,
    /// A signature of nothing.
    WrongSignature,
    /// Signed with another secret.
    WrongSecret,
    /// Signed ten minutes ago.
    StaleTimestamp,
    /// Another body than what was signed.
    AlteredBody,
    /// The header is missing.
    NoTimestamp,
}

impl Forged {
    /// Each way once.
    pub const ALL: [Forged; 6] = [
        Forged::NoSignature,
        Forged::WrongSignature,
        Forged::WrongSecret,
        Forged::StaleTimestamp,
        Forged::AlteredBody,
        Forged::NoTimestamp,
    ];

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Forged::NoSignature => "no signature",
            Forged::WrongSignature => "a wrong signature",
            Forged::WrongSecret => "another secret's signature",
            Forged::StaleTimestamp => "a stale timestamp",
            Forged::AlteredBody => "an altered body",
            Forged::NoTimestamp => "no timestamp",
        }
    }
}

/// A payload 2.0 event with `command`, such as `/tryo help`, signed now.
pub fn slash_command(command: &str) -> Vec<u8> {
    Request::new(command).event().to_string().into_bytes()
}

/// The same, which Slack did not sign.
pub fn forged(command: &str, how: Forged) -> Vec<u8> {
    let mut request = Request::new(command);
    match how {
        Forged::NoSignature | Forged::NoTimestamp => {}
        Forged::WrongSignature => request.signature = format!("v0={}", "0".repeat(64)),
        Forged::WrongSecret => request.sign(OTHER_SECRET),
        Forged::StaleTimestamp => {
            request.timestamp -= 600;
            request.sign(SECRET);
        }
        Forged::AlteredBody => request.body = request.body.replace("U2147483697", "U2147483698"),
    }
    let mut event = request.event();
    let missing = match how {
        Forged::NoSignature => "x-slack-signature",
        Forged::NoTimestamp => "x-slack-request-timestamp",
        _ => "",
    };
    if let Some(headers) = event["headers"].as_object_mut() {
        headers.remove(missing);
    }
    event.to_string().into_bytes()
}

/// What Slack posts.
struct Request {
    path: String,
    body: String,
    timestamp: u64,
    signature: String,
}

impl Request {
    fn new(command: &str) -> Request {
        let (name, text) = command.split_once(' ').unwrap_or((command, ""));
        let body = format!(
            "token=gIkuvaNzQIHg97ATvDxqgjtO&team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=test\
             &user_id=U2147483697&user_name=steve&command={}&text={}&api_app_id=A123456&is_enterprise_install=false\
             &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1234%2F5678\
             &trigger_id=13345224609.738474920.8088930838d88f008e0",
            escape(name),
            escape(text)
        );
        let mut request = Request {
            path: format!("/{}", name.trim_start_matches('/')),
            body,
            timestamp: now().as_secs(),
            signature: String::new(),
        };
        request.sign(SECRET);
        request
    }

    fn sign(&mut self, secret: &str) {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
        mac.update(format!("v0:{}:{}", self.timestamp, self.body).as_bytes());
        let bytes = mac.finalize().into_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.signature = format!("v0={hex}");
    }

    fn event(&self) -> Value {
        let path = &self.path;
        json!({
            "version": "2.0",
            "routeKey": format!("POST {path}"),
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "accept": "application/json,*/*",
                "accept-encoding": "gzip,deflate",
                "content-type": "application/x-www-form-urlencoded",
                "content-length": self.body.len().to_string(),
                "host": "abcdefghij.execute-api.ap-northeast-1.amazonaws.com",
                "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
                "x-slack-request-timestamp": self.timestamp.to_string(),
                "x-slack-signature": self.signature,
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
                "timeEpoch": self.timestamp * 1000,
            },
            "body": self.body,
            "isBase64Encoded": false,
        })
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
