use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use perch_doubles::github::{GitHub, GitHubOptions};
use perch_doubles::{Failure, Token, Tokens};
use serde_json::{Value, json};

use crate::support::{Answer, fixed_clock, now, send, settable_clock};

const TOKEN: &str = "ghp_known";
const WEB: &str = "/repos/perch-demo/web";

async fn start() -> GitHub {
    let options = GitHubOptions {
        clock: fixed_clock(),
        tokens: Tokens::Only(vec![TOKEN.to_owned()]),
        ..GitHubOptions::default()
    };
    GitHub::start(options).await.expect("a free port")
}

async fn ask(github: &GitHub, method: &str, path: &str, body: &str) -> Answer {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("user-agent", "perch"),
    ];
    send(method, &(github.url() + path), &headers, body).await
}

async fn get(github: &GitHub, path: &str) -> Value {
    let answer = ask(github, "GET", path, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

fn numbers(pulls: &Value) -> Vec<u64> {
    pulls
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pull| pull["number"].as_u64())
        .collect()
}

#[tokio::test]
async fn one_pull_request() {
    let github = start().await;
    let pull = get(&github, &format!("{WEB}/pulls/42")).await;
    assert_eq!(
        (&pull["state"], &pull["draft"], &pull["merged"]),
        (&json!("open"), &json!(false), &json!(false))
    );
    assert_eq!(
        (
            &pull["additions"],
            &pull["deletions"],
            &pull["changed_files"]
        ),
        (&json!(348), &json!(57), &json!(14))
    );
    assert_eq!(pull["user"]["login"], "taro");
    assert_eq!(pull["requested_reviewers"][0]["login"], "sora");
    assert_eq!(pull["requested_teams"][0]["slug"], "web");
    // 74 hours before the test's time.
    assert_eq!(pull["created_at"], "2026-01-05T23:00:00Z");
    assert_eq!(
        pull["html_url"],
        "https://github.com/perch-demo/web/pull/42"
    );
    let of = async |number: u64| {
        let pull = get(&github, &format!("{WEB}/pulls/{number}")).await;
        (
            pull["state"].clone(),
            pull["merged"].clone(),
            pull["draft"].clone(),
            pull["merged_at"].is_null(),
        )
    };
    assert_eq!(
        of(38).await,
        (json!("closed"), json!(false), json!(false), true)
    );
    assert_eq!(
        of(41).await,
        (json!("closed"), json!(true), json!(false), false)
    );
    assert_eq!(
        of(43).await,
        (json!("open"), json!(false), json!(true), true)
    );
    // Names are found in any case.
    assert_eq!(
        get(&github, "/repos/Perch-Demo/WEB").await["full_name"],
        "perch-demo/web"
    );
}

/// The double and the recorded answers have the same fields, but for those that the double leaves out on purpose.
#[tokio::test]
async fn the_shapes_are_those_of_the_recorded_answers() {
    let github = start().await;
    let recorded = |name: &str| -> Value {
        let path = format!(
            "{}/../../functions/testdata/github/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys().cloned())
            .collect()
    };
    let pull = get(&github, &format!("{WEB}/pulls/42")).await;
    assert_eq!(keys(&pull), keys(&recorded("pull.json")));
    let list = get(&github, &format!("{WEB}/pulls")).await;
    assert_eq!(keys(&list[0]), keys(&recorded("pulls_page_1.json")[0]));
    let sha = pull["head"]["sha"].as_str().expect("a commit");
    let checks = get(&github, &format!("{WEB}/commits/{sha}/check-runs")).await;
    assert_eq!(keys(&checks), keys(&recorded("check_runs_success.json")));
    assert_eq!(
        keys(&checks["check_runs"][0]),
        keys(&recorded("check_runs_success.json")["check_runs"][0])
    );
    let status = get(&github, &format!("{WEB}/commits/{sha}/status")).await;
    assert_eq!(keys(&status), keys(&recorded("status_none.json")));
    let reviews = get(&github, &format!("{WEB}/pulls/42/reviews")).await;
    assert_eq!(keys(&reviews[0]), keys(&recorded("reviews.json")[0]));
    // A request of a team has `requested_team` in place of the person.
    let of = |timeline: &Value, event: &str| {
        let mut entries = timeline.as_array().into_iter().flatten();
        let found =
            entries.find(|entry| entry["event"] == event && entry.get("requested_team").is_none());
        keys(found.unwrap_or_else(|| panic!("no {event}")))
    };
    let timeline = get(&github, &format!("{WEB}/issues/42/timeline")).await;
    for event in [
        "review_requested",
        "ready_for_review",
        "convert_to_draft",
        "reviewed",
    ] {
        assert_eq!(
            of(&timeline, event),
            of(&recorded("timeline.json"), event),
            "{event}"
        );
    }
    let missing = ask(&github, "GET", &format!("{WEB}/pulls/999"), "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json(), recorded("error_not_found.json"));
}

#[tokio::test]
async fn lists_have_order_state_and_pages() {
    let github = start().await;
    let list = async |query: &str| numbers(&get(&github, &format!("{WEB}/pulls{query}")).await);
    assert_eq!(list("").await, [45, 44, 43, 42]);
    assert_eq!(list("?direction=asc").await, [42, 43, 44, 45]);
    assert_eq!(list("?sort=updated").await, [43, 42, 44, 45]);
    assert_eq!(list("?state=closed&direction=asc").await, [38, 41]);
    assert_eq!(list("?state=all").await, [45, 44, 43, 42, 41, 38]);
    assert_eq!(list("?head=perch-demo:topic-44").await, [44]);
    assert_eq!(list("?base=release").await, [0; 0]);

    let first = ask(
        &github,
        "GET",
        &format!("{WEB}/pulls?state=all&per_page=2&direction=asc"),
        "",
    )
    .await;
    assert_eq!(numbers(&first.json()), [38, 41]);
    let base = format!(
        "{}/repositories/5001/pulls?direction=asc&per_page=2&state=all",
        github.url()
    );
    assert_eq!(
        first.header("link"),
        format!("<{base}&page=2>; rel=\"next\", <{base}&page=3>; rel=\"last\"")
    );
    // The link leads to the next page, and the last page has no next.
    let path = format!("{}&page=3", base.replace(&github.url(), ""));
    let last = ask(&github, "GET", &path, "").await;
    assert_eq!(numbers(&last.json()), [44, 45]);
    assert_eq!(
        last.header("link"),
        format!("<{base}&page=2>; rel=\"prev\", <{base}&page=1>; rel=\"first\"")
    );
    let beyond = ask(&github, "GET", &format!("{WEB}/pulls?page=9"), "").await;
    assert_eq!(beyond.json(), json!([]));
    assert_eq!(
        ask(&github, "GET", &format!("{WEB}/pulls"), "")
            .await
            .header("link"),
        ""
    );
}

#[tokio::test]
async fn checks_and_timeline() {
    let github = start().await;
    let checks = async |repository: &str, number: u64| {
        let pull = get(
            &github,
            &format!("/repos/perch-demo/{repository}/pulls/{number}"),
        )
        .await;
        let sha = pull["head"]["sha"].as_str().expect("a commit").to_owned();
        let checks = get(
            &github,
            &format!("/repos/perch-demo/{repository}/commits/{sha}/check-runs"),
        )
        .await;
        checks["check_runs"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|run| run["conclusion"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(checks("web", 42).await, ["success", "success", "skipped"]);
    assert_eq!(checks("web", 44).await, [Value::Null, json!("success")]);
    assert_eq!(checks("api", 7).await, ["failure", "success"]);
    let unknown = ask(
        &github,
        "GET",
        &format!("{WEB}/commits/0000/check-runs"),
        "",
    )
    .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);

    let events = async |path: &str| {
        let list = get(&github, path).await;
        list.as_array()
            .into_iter()
            .flatten()
            .map(|entry| entry["event"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        events(&format!("{WEB}/issues/42/timeline")).await,
        [
            "committed",
            "convert_to_draft",
            "ready_for_review",
            "review_requested",
            "reviewed",
            "review_requested"
        ]
    );
    assert_eq!(
        events(&format!("{WEB}/issues/42/events")).await,
        [
            "convert_to_draft",
            "ready_for_review",
            "review_requested",
            "review_requested"
        ]
    );
    let reviews = get(&github, "/repos/perch-demo/api/pulls/8/reviews").await;
    assert_eq!(
        (&reviews[0]["state"], &reviews[0]["user"]["login"]),
        (&json!("APPROVED"), &json!("yuki"))
    );
}

#[tokio::test]
async fn a_review_is_requested() {
    let github = start().await;
    let path = format!("{WEB}/pulls/42/requested_reviewers");
    let answer = ask(&github, "POST", &path, r#"{"reviewers": ["hanako"]}"#).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let logins = |pull: &Value| -> Vec<Value> {
        pull["requested_reviewers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|user| user["login"].clone())
            .collect()
    };
    assert_eq!(logins(&answer.json()), ["sora", "hanako"]);
    // Twice is once.
    ask(&github, "POST", &path, r#"{"reviewers": ["hanako"]}"#).await;
    assert_eq!(
        github
            .pull("perch-demo", "web", 42)
            .expect("the pull request")
            .requested_reviewers,
        ["sora", "hanako"]
    );
    let timeline = get(&github, &format!("{WEB}/issues/42/timeline")).await;
    let last = timeline
        .as_array()
        .and_then(|list| list.last())
        .expect("an entry");
    assert_eq!(
        (&last["created_at"], &last["requested_reviewer"]["login"]),
        (&json!(now()), &json!("hanako"))
    );

    let refused = async |body: &str, status: u16, message: &str| {
        let answer = ask(&github, "POST", &path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.json()["message"], message);
    };
    refused(
        r#"{"reviewers": ["taro"]}"#,
        422,
        "Review cannot be requested from pull request author.",
    )
    .await;
    refused(
        r#"{"reviewers": ["stranger"]}"#,
        422,
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a \
         collaborator of the perch-demo/web repository.",
    )
    .await;
    refused("{", 400, "Problems parsing JSON").await;
    let missing = ask(
        &github,
        "POST",
        &format!("{WEB}/pulls/999/requested_reviewers"),
        r#"{"reviewers": []}"#,
    )
    .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn credentials() {
    let github = start().await;
    let url = github.url() + WEB;
    let wrong = send(
        "GET",
        &url,
        &[
            ("user-agent", "perch"),
            ("authorization", "Bearer ghp_wrong"),
        ],
        "",
    )
    .await;
    assert_eq!(
        (wrong.status, &wrong.json()["message"]),
        (StatusCode::UNAUTHORIZED, &json!("Bad credentials"))
    );
    // Private: without a token it is not there.
    assert_eq!(
        send("GET", &url, &[("user-agent", "perch")], "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let old_style = format!("token {TOKEN}");
    assert_eq!(
        send(
            "GET",
            &url,
            &[("user-agent", "perch"), ("authorization", &old_style)],
            ""
        )
        .await
        .status,
        StatusCode::OK
    );
    assert_eq!(
        send("GET", &url, &[("authorization", &old_style)], "")
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(get(&github, "/user").await["login"], "perch-bot");
    assert_eq!(
        send(
            "GET",
            &(github.url() + "/user"),
            &[("user-agent", "perch")],
            ""
        )
        .await
        .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        ask(&github, "GET", "/repos/perch-demo/none", "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let calls = github.calls();
    assert_eq!(
        (calls[0].token, calls[1].token, calls[2].token),
        (Token::Unknown, Token::Missing, Token::Known)
    );
    assert_eq!(calls[0].to_string(), "GET /repos/perch-demo/web: 401");
    assert!(!format!("{calls:?}").contains("ghp_"));
}

#[tokio::test]
async fn the_quota_is_counted_down_and_comes_back() {
    let (clock, set) = settable_clock();
    let github = GitHub::start(GitHubOptions {
        clock,
        quota: 2,
        ..GitHubOptions::default()
    })
    .await
    .expect("a free port");
    let first = ask(&github, "GET", WEB, "").await;
    assert_eq!(
        (
            first.header("x-ratelimit-limit"),
            first.header("x-ratelimit-remaining")
        ),
        ("2", "1")
    );
    let reset = (now() + SignedDuration::from_hours(1))
        .as_second()
        .to_string();
    assert_eq!(first.header("x-ratelimit-reset"), reset);
    ask(&github, "GET", WEB, "").await;
    let third = ask(&github, "GET", WEB, "").await;
    assert_eq!(
        (third.status, third.header("x-ratelimit-remaining")),
        (StatusCode::FORBIDDEN, "0")
    );
    assert!(
        third.json()["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("API rate limit exceeded"))
    );
    // Asking how much is left costs nothing.
    assert_eq!(get(&github, "/rate_limit").await["rate"]["remaining"], 0);
    set(3600);
    assert_eq!(ask(&github, "GET", WEB, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn failures_on_demand() {
    let github = start().await;
    let path = format!("{WEB}/pulls");
    github.fail_next(
        &path,
        Failure::RateLimited {
            retry_after: Duration::from_secs(60),
        },
    );
    github.fail_next(
        &path,
        Failure::QuotaUsedUp {
            reset: now() + SignedDuration::from_secs(90),
        },
    );
    github.fail_next(&path, Failure::Status(502));
    // The query string does not matter.
    let secondary = ask(&github, "GET", &format!("{path}?state=open"), "").await;
    assert_eq!(
        (secondary.status, secondary.header("retry-after")),
        (StatusCode::FORBIDDEN, "60")
    );
    let primary = ask(&github, "GET", &path, "").await;
    assert_eq!(
        (primary.status, primary.header("x-ratelimit-remaining")),
        (StatusCode::FORBIDDEN, "0")
    );
    assert_eq!(
        primary.header("x-ratelimit-reset"),
        (now().as_second() + 90).to_string()
    );
    assert_eq!(
        ask(&github, "GET", &path, "").await.status,
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(ask(&github, "GET", &path, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_can_be_watched() {
    let github = start().await;
    let mut events = github.subscribe();
    get(&github, &format!("{WEB}/pulls?per_page=1")).await;
    let call = events.recv().await.expect("a call");
    assert_eq!(
        call.to_string(),
        "GET /repos/perch-demo/web/pulls?per_page=1: 200"
    );
}
