//! mendes as its schedule meets it: a scripted Slack, and GitHub's documented answers.

mod digest;
mod run;
mod settings;
mod told;
mod waiting;

use perch::testing::{HttpDouble, TestApp};
use serde_json::{Value, json};

const WEB: &str = "GET /repos/perch-demo/web/pulls";
const API: &str = "GET /repos/perch-demo/api/pulls";

/// One of GitHub's answers, from `functions/testdata/github`.
fn data(name: &str) -> Value {
    let path = format!(
        "{}/../testdata/github/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// A pull request that was opened at `opened` and that nothing happened to since.
fn pull(number: u64, opened: &str) -> Value {
    let mut pull = data("pulls_page_2")[1].clone();
    pull["number"] = number.into();
    pull["html_url"] = format!("https://github.com/perch-demo/web/pull/{number}").into();
    pull["created_at"] = opened.into();
    pull["updated_at"] = opened.into();
    pull
}

/// A GitHub whose repositories web and api have these pull requests, with empty timelines.
async fn github(web: Value, api: Value) -> HttpDouble {
    let github = HttpDouble::start().await.unwrap();
    for (line, repository, pulls) in [(WEB, "web", web), (API, "api", api)] {
        for pull in pulls.as_array().unwrap() {
            let number = &pull["number"];
            github.answer(
                &format!("GET /repos/perch-demo/{repository}/issues/{number}/timeline"),
                json!([]),
            );
        }
        github.answer(line, pulls);
    }
    github
}

/// mendes for both repositories, with a threshold of a day.
fn mendes(github: &HttpDouble) -> TestApp {
    perch::testing::app(crate::app())
        .env("MENDES_REPOSITORIES", "perch-demo/web,perch-demo/api")
        .env("MENDES_CHANNEL", "C0REVIEWS")
        .env("MENDES_THRESHOLD", "24h")
        .env("GITHUB_API_URL", github.url())
        .secret("GITHUB_TOKEN", "github_pat_of_a_test")
}

/// Fires the schedule as `function.yaml` has it, at a time in Tokyo in January 2026, such as `09T15:10`.
async fn fire(bot: &TestApp, time: &str) -> perch::Result<()> {
    let time = format!("2026-01-{time}:00+09:00");
    bot.fire_as(&time, "cron(*/10 9-19 ? * MON-FRI *)", "Asia/Tokyo")
        .await
}

/// What was posted: the thread (empty for a message of its own) and the text.
fn posted(bot: &TestApp) -> Vec<(String, String)> {
    let calls = bot
        .slack_calls()
        .into_iter()
        .filter(|call| call.method == "chat.postMessage");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    calls
        .map(|call| {
            assert_eq!(call.arguments["channel"], "C0REVIEWS");
            (
                text(&call.arguments["thread_ts"]),
                text(&call.arguments["text"]),
            )
        })
        .collect()
}

/// The numbers of the pull requests in the only message that was posted to the channel itself.
fn numbers(bot: &TestApp) -> Vec<u64> {
    let messages: Vec<_> = posted(bot)
        .into_iter()
        .filter(|(thread, _)| thread.is_empty())
        .collect();
    let Some((_, text)) = messages.first() else {
        return Vec::new();
    };
    assert_eq!(messages.len(), 1, "one message a run");
    let numbers = text
        .split("|#")
        .skip(1)
        .filter_map(|rest| rest.split('>').next()?.parse().ok());
    numbers.collect()
}
