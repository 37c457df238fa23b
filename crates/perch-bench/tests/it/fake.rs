//! Bots that are this test's own program: an honest one, and those that believe what they must not.
//!
//! `lambda_runtime` finds the Runtime API by itself. Which bot it is stands in `PERCH_BENCH_FAKE`; without that variable the test
//! below does nothing.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use perch_bench::bot::Bot;
use perch_bench::event::SECRET;
use serde_json::{Value, json};
use sha2::Sha256;

const VARIABLE: &str = "PERCH_BENCH_FAKE";

/// A bot of this kind: `honest`, `mute`, `mumbles`, `ends`, or what it believes, in the words of `Forged`.
pub fn bot(kind: &str) -> Bot {
    let program = std::env::current_exe().expect("this program");
    let arguments = ["fake::serves", "--exact", "--nocapture"].map(PathBuf::from);
    let zip = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut all = vec![program];
    all.extend(arguments);
    let mut bot = Bot::new("fake", "fake", all, &zip).expect("a bot");
    bot.environment.insert(VARIABLE.to_owned(), kind.to_owned());
    bot
}

#[test]
fn serves() {
    let Ok(kind) = std::env::var(VARIABLE) else {
        return;
    };
    if kind == "ends" {
        println!("it has had enough");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(run(service_fn(async |event: LambdaEvent<Value>| {
            Ok::<_, Error>(answer(&kind, &event.payload))
        })))
        .expect("the Runtime API");
}

fn answer(kind: &str, event: &Value) -> Value {
    if !believes(kind, event) {
        return json!({ "statusCode": 401 });
    }
    let body = event["body"].as_str().unwrap_or_default();
    let text = body.split('&').find_map(|pair| pair.strip_prefix("text="));
    let text = match kind {
        "mumbles" => "hm".to_owned(),
        _ => text.unwrap_or_default().replace('+', " "),
    };
    let message = json!({ "text": text }).to_string();
    match kind {
        "mute" => json!({ "statusCode": 200, "body": "" }),
        "deaf" => json!({ "statusCode": 401 }),
        _ => json!({ "statusCode": 200, "body": message }),
    }
}

/// What Slack signed within five minutes, and what this kind of bot takes for it.
fn believes(kind: &str, event: &Value) -> bool {
    let header = |name: &str| event["headers"][name].as_str();
    let body = event["body"].as_str().unwrap_or_default();
    let Some(timestamp) = header("x-slack-request-timestamp") else {
        return kind == "no timestamp";
    };
    let Some(signature) = header("x-slack-signature") else {
        return kind == "no signature";
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let age = now.unwrap_or_default().as_secs() - timestamp.parse::<u64>().unwrap_or(0);
    if age > 300 {
        return kind == "a stale timestamp";
    }
    let signed = |secret: &str, body: &str| signature == sign(secret, timestamp, body);
    signed(SECRET, body)
        || (kind == "a wrong signature" && signature.ends_with("00000000"))
        || (kind == "another secret's signature" && signed(&"0".repeat(32), body))
        || (kind == "an altered body"
            && signed(SECRET, &body.replace("U2147483698", "U2147483697")))
}

fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}
