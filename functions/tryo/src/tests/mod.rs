//! tryo as Slack meets it: signed requests, a scripted Slack, and GitHub's documented answers.

mod ask;
mod link;
mod remind;
mod settings;
mod take;

use perch::testing::{HttpAnswer, HttpDouble, SlackCall, TestApp};
use serde_json::{Value, json};

/// Who is on GitHub under which name.
const LOGINS: &str = "U0HANAKO=hanako,U0SORA=sora,U0TARO=taro";

const PULL: &str = "GET /repos/perch-demo/web/pulls/42";
const REQUEST: &str = "POST /repos/perch-demo/web/pulls/42/requested_reviewers";

/// One of GitHub's answers, from `functions/testdata/github`.
fn data(name: &str) -> Value {
    let path = format!(
        "{}/../testdata/github/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn failure(status: u16, name: &str) -> HttpAnswer {
    HttpAnswer::new(status).json(data(name))
}

/// A GitHub with pull request 42 of perch-demo/web, open and passing.
async fn github() -> HttpDouble {
    let github = github_with("pull").await;
    github.answer(REQUEST, failure(201, "requested_reviewers_created"));
    github
}

/// A GitHub that shows another answer for 42.
async fn github_with(pull: &str) -> HttpDouble {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, data(pull));
    let sha = data(pull)["head"]["sha"].as_str().unwrap().to_owned();
    let commit = format!("GET /repos/perch-demo/web/commits/{sha}");
    github.answer(&format!("{commit}/check-runs"), data("check_runs_success"));
    github.answer(&format!("{commit}/status"), data("status_success"));
    github
}

/// tryo at noon in Tokyo on 9 January 2026, knowing `github`.
fn tryo(github: &HttpDouble) -> TestApp {
    perch::testing::app(crate::app())
        .env("TRYO_REPOSITORIES", "perch-demo/*")
        .env("TRYO_GITHUB_LOGINS", LOGINS)
        .env("GITHUB_API_URL", github.url())
        .secret("GITHUB_TOKEN", "github_pat_of_a_test")
        .now("2026-01-09T12:00:00+09:00".parse().unwrap())
}

/// The calls of one of Slack's methods.
fn calls(bot: &TestApp, method: &str) -> Vec<Value> {
    let calls = bot
        .slack_calls()
        .into_iter()
        .filter(|call: &SlackCall| call.method == method);
    calls.map(|call| call.arguments).collect()
}

/// The methods and paths that changed something on GitHub.
fn writes(github: &HttpDouble) -> Vec<String> {
    let requests = github
        .requests()
        .into_iter()
        .filter(|request| request.method != "GET");
    requests
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

/// The texts of what was posted to response URLs; all of them for one person's eyes.
#[track_caller]
fn told(bot: &TestApp) -> Vec<String> {
    let text = |response: Value| {
        assert_eq!(response["response_type"], "ephemeral");
        assert_eq!(response["replace_original"], false);
        response["text"].as_str().unwrap_or_default().to_owned()
    };
    bot.responses().into_iter().map(text).collect()
}

/// All texts of a message's blocks, a line each.
fn texts(message: &Value) -> String {
    fn collect(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
            Value::Object(fields) => {
                if let Some(text) = fields.get("text").and_then(Value::as_str) {
                    texts.push(text.to_owned());
                }
                fields.values().for_each(|field| collect(field, texts));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&message["blocks"], &mut found);
    found.join("\n")
}

/// What the button of a posted card holds.
fn value_of(card: &Value, action_id: &str) -> Option<String> {
    let blocks = card["blocks"].as_array()?;
    let mut elements = blocks
        .iter()
        .filter_map(|block| block["elements"].as_array())
        .flatten();
    let button = elements.find(|element| element["action_id"] == action_id)?;
    button["value"].as_str().map(str::to_owned)
}

/// A channel's history that holds one card with this note.
fn history(ts: &str, note: Value) -> Value {
    json!({ "ok": true, "messages": [
        { "type": "message", "ts": "1767927000.000100", "user": "U0OTHER", "text": "hello" },
        { "type": "message", "ts": ts, "bot_id": "B0TRYO", "text": "a card",
          "metadata": { "event_type": "tryo_card", "event_payload": note } },
    ] })
}
