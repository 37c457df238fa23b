//! The client against a GitHub that answers as documented (`functions/testdata/github`).

use std::time::Duration;

use perch::testing::{HttpAnswer, HttpDouble};
use perch_github::{ApiUrl, Client, Error, PullRef, Repository, checks};
use serde_json::{Value, json};
use tokio::time::Instant;

const TOKEN: &str = "github_pat_3xamp1e";
const PULL: &str = "GET /repos/perch-demo/web/pulls/42";
const REQUEST: &str = "POST /repos/perch-demo/web/pulls/42/requested_reviewers";

/// A second on GitHub's clock, as its `Date` and in Unix seconds.
const DATE: (&str, u64) = ("Mon, 05 Jan 2026 00:00:00 GMT", 1_767_571_200);

/// One of GitHub's answers.
fn data(name: &str) -> Value {
    let path = format!(
        "{}/../../functions/testdata/github/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn answer(status: u16, name: &str) -> HttpAnswer {
    HttpAnswer::new(status).json(data(name))
}

/// A client with `seconds` left.
fn client(base: &str, seconds: u64) -> Client {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    Client::new(perch::Http::new().client(), &api(base), TOKEN, deadline).unwrap()
}

fn api(base: &str) -> ApiUrl {
    ApiUrl::from_variable(Some(base)).unwrap()
}

fn pull() -> PullRef {
    "perch-demo/web#42".parse().unwrap()
}

fn web() -> Repository {
    "perch-demo/web".parse().unwrap()
}

async fn title(github: &HttpDouble, seconds: u64) -> Result<String, Error> {
    let pull = client(github.url(), seconds).pull(&pull()).await?;
    Ok(pull.title)
}

#[tokio::test]
async fn a_request_is_as_github_asks_for() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, data("pull"));
    assert_eq!(
        title(&github, 5).await.unwrap(),
        "Let people pay with PayPay"
    );

    let request = github.requests().remove(0);
    assert_eq!(request.query, "");
    assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(request.headers["accept"], "application/vnd.github+json");
    assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
    assert!(!request.headers["user-agent"].is_empty());
}

#[tokio::test]
async fn the_documented_answers_are_read() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, data("pull"));
    let commit = "/repos/perch-demo/web/commits/ee90f47fdfa3fb4d81a6afa23ba597d58c6f4bca";
    github.answer(
        &format!("GET {commit}/check-runs"),
        data("check_runs_failure"),
    );
    github.answer(&format!("GET {commit}/status"), data("status_success"));
    github.answer(
        "GET /repos/perch-demo/web/issues/42/timeline",
        data("timeline"),
    );

    let client = client(github.url(), 5);
    let found = client.pull(&pull()).await.unwrap();
    assert_eq!(
        (found.additions, found.deletions, found.changed_files),
        (348, 57, 14)
    );
    assert_eq!(
        (found.requested_reviewers.len(), found.requested_teams.len()),
        (1, 1)
    );
    let runs = client.check_runs(&web(), &found.head.sha).await.unwrap();
    let statuses = client.statuses(&web(), &found.head.sha).await.unwrap();
    assert_eq!(
        checks(&runs, &statuses),
        "1 failed (test), 2 passed, 1 skipped"
    );
    let events = client.timeline(&pull()).await.unwrap();
    assert_eq!(
        events
            .iter()
            .filter(|event| event.event == "review_requested")
            .count(),
        4
    );
    assert_eq!(
        events.iter().filter(|event| event.at().is_none()).count(),
        1,
        "the commit"
    );
}

#[tokio::test]
async fn a_base_may_have_a_path() {
    let github = HttpDouble::start().await.unwrap();
    github.answer("GET /api/v3/repos/perch-demo/web/pulls/42", data("pull"));
    for base in [
        format!("{}/api/v3", github.url()),
        format!("{}/api/v3/", github.url()),
    ] {
        assert_eq!(client(&base, 5).pull(&pull()).await.unwrap().number, 42);
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let github = HttpDouble::start().await.unwrap();
    // As on GitHub, a link names the repository by its id.
    let url = github.url();
    let link = format!(
        r#"<{url}/repositories/5001/pulls?page=2>; rel="next", <{url}/repositories/5001/pulls?page=2>; rel="last""#
    );
    let back = format!(
        r#"<{url}/repositories/5001/pulls?page=1>; rel="prev", <{url}/repositories/5001/pulls?page=1>; rel="first""#
    );
    github.answer(
        "GET /repos/perch-demo/web/pulls",
        answer(200, "pulls_page_1").header("link", link),
    );
    github.answer(
        "GET /repositories/5001/pulls",
        answer(200, "pulls_page_2").header("link", back),
    );

    let pulls = client(url, 5).open_pulls(&web()).await.unwrap();
    assert_eq!(
        pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(),
        [42, 43, 44, 45]
    );
    let queries: Vec<String> = github
        .requests()
        .into_iter()
        .map(|request| request.query)
        .collect();
    assert_eq!(
        queries,
        [
            "state=open&sort=created&direction=asc&per_page=100",
            "page=2"
        ]
    );
}

#[tokio::test]
async fn check_runs_of_all_pages_count() {
    let github = HttpDouble::start().await.unwrap();
    let link = format!(
        r#"<{}/repositories/5001/check-runs?page=2>; rel="next""#,
        github.url()
    );
    github.answer(
        "GET /repos/perch-demo/web/commits/ee90/check-runs",
        answer(200, "check_runs_success").header("link", link),
    );
    github.answer(
        "GET /repositories/5001/check-runs",
        data("check_runs_pending"),
    );
    let runs = client(github.url(), 5)
        .check_runs(&web(), "ee90")
        .await
        .unwrap();
    assert_eq!(runs.len(), 6);
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let github = HttpDouble::start().await.unwrap();
    let other = HttpDouble::start().await.unwrap();
    let link = format!(
        r#"<{}/repositories/5001/pulls?page=2>; rel="next""#,
        other.url()
    );
    github.answer(
        "GET /repos/perch-demo/web/pulls",
        answer(200, "pulls_page_1").header("link", link),
    );

    let error = client(github.url(), 5)
        .open_pulls(&web())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert!(
        other.requests().is_empty(),
        "the token would have gone there"
    );
}

#[tokio::test]
async fn a_review_is_requested_by_login() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(REQUEST, answer(201, "requested_reviewers_created"));
    client(github.url(), 5)
        .request_review(&pull(), "hanako")
        .await
        .unwrap();
    assert_eq!(
        github.requests()[0].json(),
        json!({ "reviewers": ["hanako"] })
    );
}

#[tokio::test]
async fn a_limit_that_ends_in_time_is_waited_for() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(
        PULL,
        answer(429, "error_secondary_rate_limit").header("retry-after", "0"),
    );
    github.answer(
        PULL,
        answer(403, "error_rate_limit")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", DATE.1.to_string())
            .header("date", DATE.0),
    );
    github.answer(PULL, data("pull"));
    assert_eq!(
        title(&github, 5).await.unwrap(),
        "Let people pay with PayPay"
    );
    assert_eq!(github.requests().len(), 3);
}

#[tokio::test]
async fn a_limit_that_outlasts_the_deadline_is_told_at_once() {
    let emptied = |status| {
        answer(status, "error_rate_limit")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", (DATE.1 + 900).to_string())
            .header("date", DATE.0)
    };
    let after = |wait| answer(429, "error_secondary_rate_limit").header("retry-after", wait);
    let cases = [
        (after("30"), 30),
        (
            answer(403, "error_secondary_rate_limit").header("retry-after", "40"),
            40,
        ),
        (answer(403, "error_secondary_rate_limit"), 60),
        (HttpAnswer::new(429), 60),
        (emptied(403), 900),
        (emptied(429), 900),
        // No clock counts as far: a day stands for ever.
        (after("18446744073709551615"), 86_400),
        (
            answer(403, "error_rate_limit")
                .header("x-ratelimit-remaining", "0")
                .header("x-ratelimit-reset", u64::MAX.to_string()),
            86_400,
        ),
        (after("18446744073709551616"), 60),
        (after("-1"), 60),
    ];
    for (answer, seconds) in cases {
        let github = HttpDouble::start().await.unwrap();
        github.answer(PULL, answer.clone());
        let error = title(&github, 5).await.unwrap_err();
        let Error::RateLimited { retry_after } = error else {
            panic!("{answer:?}: {error}")
        };
        assert_eq!(
            retry_after.as_secs_f64().ceil(),
            f64::from(seconds),
            "{answer:?}"
        );
        assert_eq!(github.requests().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_allowance_is_used_up() {
    let github = HttpDouble::start().await.unwrap();
    let last = answer(200, "pull")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", (DATE.1 + 900).to_string())
        .header("date", DATE.0);
    github.answer(PULL, last);
    let client = client(github.url(), 5);

    assert_eq!(client.pull(&pull()).await.unwrap().number, 42);
    let error = client.pull(&pull()).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error}");
    assert_eq!(github.requests().len(), 1);
}

#[tokio::test]
async fn a_limit_that_does_not_end_ends_the_call() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(
        PULL,
        answer(429, "error_secondary_rate_limit").header("retry-after", "0"),
    );
    assert!(matches!(
        title(&github, 5).await,
        Err(Error::RateLimited { .. })
    ));
    assert_eq!(github.requests().len(), 3);
}

#[tokio::test]
async fn a_failed_read_is_sent_once_more_and_a_failed_write_is_not() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, answer(502, "error_server"));
    github.answer(PULL, data("pull"));
    assert!(title(&github, 5).await.is_ok());

    github.answer(REQUEST, answer(502, "error_server"));
    let error = client(github.url(), 5)
        .request_review(&pull(), "hanako")
        .await;
    assert!(matches!(error, Err(Error::Status { status: 502, .. })));
    let methods: Vec<String> = github
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["GET", "GET", "POST"]);
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    let check = async |status: u16, name: &str, expected: &str| {
        let github = HttpDouble::start().await.unwrap();
        github.answer(PULL, answer(status, name));
        assert_eq!(title(&github, 5).await.unwrap_err().to_string(), expected);
    };
    let nothing = format!("GitHub has nothing for {PULL}, or the token may not see it");
    check(404, "error_not_found", &nothing).await;
    check(
        401,
        "error_bad_credentials",
        &format!("GitHub refuses the token for {PULL}; set a new one"),
    )
    .await;
    let forbidden =
        format!("GitHub forbids {PULL}: Resource not accessible by personal access token");
    check(403, "error_forbidden", &forbidden).await;
    let declined =
        format!("GitHub declines {PULL}: Review cannot be requested from pull request author.");
    check(422, "error_author", &declined).await;
    check(
        502,
        "error_server",
        &format!("GitHub answers 502 to {PULL}: Server Error"),
    )
    .await;
}

#[tokio::test]
async fn a_last_allowed_call_may_be_refused_for_itself() {
    let github = HttpDouble::start().await.unwrap();
    let last = answer(404, "error_not_found")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", (DATE.1 + 900).to_string())
        .header("date", DATE.0);
    github.answer(PULL, last);
    let error = title(&github, 5).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn an_unreadable_answer_is_not_quoted() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, json!({ "number": "private text" }));
    let error = title(&github, 5).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert!(!format!("{error:?}").contains("private text"), "{error:?}");
}

#[tokio::test]
async fn the_token_shows_in_no_error() {
    let github = HttpDouble::start().await.unwrap();
    let url = github.url().to_owned();
    drop(github); // nobody answers there any more
    let error = client(&url, 5).pull(&pull()).await.unwrap_err();

    let (http, deadline) = (perch::Http::new(), Instant::now());
    let bad_token = Client::new(http.client(), &api(&url), "github_pat_\n3xamp1e", deadline);
    let bad_base = ApiUrl::from_variable(Some("https://bot:github_pat_3xamp1e@example.com"));
    for error in [error, bad_token.err().unwrap(), bad_base.unwrap_err()] {
        assert!(
            !format!("{error:?} {error}").contains("3xamp1e"),
            "{error:?}"
        );
    }
}

#[test]
fn a_token_goes_to_https_or_stays_on_this_machine() {
    for url in [
        "https://api.github.com",
        "https://github.example.com/api/v3/",
        "https://127.0.0.1",
        "http://127.0.0.1:8080",
        "http://localhost:8080/api",
        "http://[::1]:8080",
    ] {
        assert!(ApiUrl::from_variable(Some(url)).is_ok(), "{url}");
    }
    for url in [
        "http://api.github.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0:8080",
        "https://api.github.com/?page=2",
        "https://api.github.com/#top",
        "https://octocat@api.github.com",
        "https://:word@api.github.com",
        "ftp://api.github.com",
        "api.github.com",
        "",
    ] {
        let error = ApiUrl::from_variable(Some(url)).unwrap_err().to_string();
        assert!(error.contains("GITHUB_API_URL"), "{url}: {error}");
        assert!(error.contains("https://api.github.com"), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_call_ends_with_its_deadline() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(PULL, data("pull"));
    assert!(matches!(
        title(&github, 0).await,
        Err(Error::OutOfTime { .. })
    ));
    assert!(title(&github, 5).await.is_ok());
}
