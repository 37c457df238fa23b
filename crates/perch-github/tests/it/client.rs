use std::time::Duration;

use perch_github::testing::{Answer, GitHub};
use perch_github::{Client, Error};
use serde_json::{Value, json};
use tokio::time::Instant;

const TOKEN: &str = "github_pat_3xamp1e";
const PULL: &str = "GET /repos/acme/web/pulls/12";

/// A client with `seconds` left.
fn client(base: &str, seconds: u64) -> Client {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    Client::new(&reqwest::Client::new(), base, TOKEN, deadline).unwrap()
}

async fn title(github: &GitHub, seconds: u64) -> Result<String, Error> {
    let pull = client(&github.url(), seconds)
        .pull(&"acme/web#12".parse().unwrap())
        .await?;
    Ok(pull.title)
}

fn pull() -> Value {
    json!({
        "number": 12, "title": "Fix login", "html_url": "https://github.com/acme/web/pull/12", "state": "open",
        "user": null, "created_at": "2026-01-05T00:00:00Z", "updated_at": "2026-01-05T00:00:00Z",
        "head": { "sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e" }, "a_field_of_2027": { "more": [] },
    })
}

fn failure(message: &str) -> Value {
    json!({ "message": message, "documentation_url": "https://docs.github.com/rest" })
}

#[tokio::test]
async fn a_request_is_as_github_asks_for() {
    let github = GitHub::start().await.unwrap();
    github.on(PULL, Answer::ok(&pull()));
    assert_eq!(title(&github, 5).await.unwrap(), "Fix login");

    let request = github.received().remove(0);
    assert_eq!(request.line, PULL);
    assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(request.headers["accept"], "application/vnd.github+json");
    assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
}

#[tokio::test]
async fn a_base_may_have_a_path() {
    let github = GitHub::start().await.unwrap();
    github.on("GET /api/v3/repos/acme/web/pulls/12", Answer::ok(&pull()));
    for base in [
        format!("{}/api/v3", github.url()),
        format!("{}/api/v3/", github.url()),
    ] {
        let pull = client(&base, 5).pull(&"acme/web#12".parse().unwrap()).await;
        assert_eq!(pull.unwrap().number, 12);
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let github = GitHub::start().await.unwrap();
    let page = |number: u64| {
        let mut one = pull();
        one["number"] = number.into();
        Answer::ok(&json!([one]))
    };
    let url = github.url();
    // GitHub links by the repository's id, not its name.
    let next = |n| {
        format!(
            "<{url}/repositories/7/pulls?page=1>; rel=\"prev\", <{url}/repositories/7/pulls?page={n}>; rel=\"next\""
        )
    };
    github.on(
        "GET /repos/acme/web/pulls?state=open&sort=created&direction=asc&per_page=100",
        page(1).header("link", next(2)),
    );
    github.on(
        "GET /repositories/7/pulls?page=2",
        page(2).header("link", next(3)),
    );
    github.on(
        "GET /repositories/7/pulls?page=3",
        page(3).header("link", format!("<{url}/x?page=1>; rel=\"first\"")),
    );

    let pulls = client(&github.url(), 5)
        .open_pulls(&"acme/web".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let github = GitHub::start().await.unwrap();
    let other = GitHub::start().await.unwrap();
    let link = format!(
        "<{}/repos/acme/web/pulls?page=2>; rel=\"next\"",
        other.url()
    );
    github.on(
        "GET /repos/acme/web/pulls",
        Answer::ok(&json!([])).header("link", link),
    );

    let error = client(&github.url(), 5)
        .open_pulls(&"acme/web".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn check_runs_of_all_pages_count() {
    let github = GitHub::start().await.unwrap();
    let run = |name: &str| json!({ "total_count": 2, "check_runs": [{ "name": name, "status": "completed", "conclusion": "success" }] });
    let link = format!(
        "<{}/repositories/7/check-runs?page=2>; rel=\"next\"",
        github.url()
    );
    github.on(
        "GET /repos/acme/web/commits/6dcb/check-runs",
        Answer::ok(&run("lint")).header("link", link),
    );
    github.on(
        "GET /repositories/7/check-runs?page=2",
        Answer::ok(&run("test")),
    );

    let runs = client(&github.url(), 5)
        .check_runs(&"acme/web".parse().unwrap(), "6dcb")
        .await
        .unwrap();
    assert_eq!(
        runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(),
        ["lint", "test"]
    );
}

#[tokio::test]
async fn a_review_is_requested_by_login() {
    let github = GitHub::start().await.unwrap();
    let line = "POST /repos/acme/web/pulls/12/requested_reviewers";
    github.on(line, Answer::status(201, &pull()));
    client(&github.url(), 5)
        .request_review(&"acme/web#12".parse().unwrap(), "octocat")
        .await
        .unwrap();
    assert_eq!(github.received()[0].body, r#"{"reviewers":["octocat"]}"#);
}

#[tokio::test]
async fn a_limit_that_ends_in_time_is_waited_for() {
    let github = GitHub::start().await.unwrap();
    github.on(
        PULL,
        Answer::status(429, &failure("slow down")).header("retry-after", 0),
    );
    github.on(
        PULL,
        Answer::status(403, &failure("You have exceeded a secondary rate limit"))
            .header("retry-after", 0),
    );
    github.on(PULL, Answer::ok(&pull()));
    assert_eq!(title(&github, 5).await.unwrap(), "Fix login");
    assert_eq!(github.received().len(), 3);
}

#[tokio::test]
async fn a_limit_that_outlasts_the_deadline_is_told_at_once() {
    let date = "Mon, 05 Jan 2026 00:00:00 GMT"; // 1767571200
    let cases = [
        (
            Answer::status(429, &failure("slow down")).header("retry-after", 30),
            30,
        ),
        (
            Answer::status(403, &failure("secondary rate limit")).header("retry-after", 40),
            40,
        ),
        (
            Answer::status(403, &failure("You have exceeded a secondary rate limit.")),
            60,
        ),
        (Answer::status(429, &failure("")), 60),
        (
            Answer::status(403, &failure("API rate limit exceeded for user ID 1."))
                .header("x-ratelimit-remaining", 0)
                .header("x-ratelimit-reset", 1767571200 + 900)
                .header("date", date),
            900,
        ),
    ];
    for (answer, seconds) in cases {
        let github = GitHub::start().await.unwrap();
        github.on(PULL, answer.clone());
        let error = title(&github, 5).await.unwrap_err();
        let Error::RateLimited { retry_after } = error else {
            panic!("{answer:?}: {error}")
        };
        assert_eq!(
            retry_after.as_secs_f64().ceil(),
            f64::from(seconds),
            "{answer:?}"
        );
        assert_eq!(github.received().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_allowance_is_used_up() {
    let github = GitHub::start().await.unwrap();
    let last = Answer::ok(&pull())
        .header("x-ratelimit-remaining", 0)
        .header("x-ratelimit-reset", 1767571200 + 900)
        .header("date", "Mon, 05 Jan 2026 00:00:00 GMT");
    github.on(PULL, last);
    let client = client(&github.url(), 5);
    let number = "acme/web#12".parse().unwrap();

    assert_eq!(client.pull(&number).await.unwrap().number, 12);
    let error = client.pull(&number).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error}");
    assert_eq!(github.received().len(), 1);
}

#[tokio::test]
async fn a_limit_that_does_not_end_ends_the_call() {
    let github = GitHub::start().await.unwrap();
    github.on(
        PULL,
        Answer::status(429, &failure("slow down")).header("retry-after", 0),
    );
    assert!(matches!(
        title(&github, 5).await,
        Err(Error::RateLimited { .. })
    ));
    assert_eq!(github.received().len(), 3);
}

#[tokio::test]
async fn a_failed_read_is_sent_once_more_and_a_failed_write_is_not() {
    let github = GitHub::start().await.unwrap();
    github
        .on(PULL, Answer::status(502, &json!("<html>")))
        .on(PULL, Answer::ok(&pull()));
    assert_eq!(title(&github, 5).await.unwrap(), "Fix login");

    let line = "POST /repos/acme/web/pulls/12/requested_reviewers";
    github.on(line, Answer::status(502, &failure("Server Error")));
    let error = client(&github.url(), 5)
        .request_review(&"acme/web#12".parse().unwrap(), "octocat")
        .await;
    assert!(matches!(error, Err(Error::Status { status: 502, .. })));
    assert_eq!(github.lines(), [PULL, PULL, line]);
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    let check = async |status: u16, expected: &str| {
        let github = GitHub::start().await.unwrap();
        github.on(PULL, Answer::status(status, &failure("because\nof this")));
        let error = title(&github, 5).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let call = PULL;
    check(
        404,
        &format!("GitHub has nothing for {call}, or the token may not see it"),
    )
    .await;
    check(
        401,
        &format!("GitHub refuses the token for {call}; set a new one"),
    )
    .await;
    check(403, &format!("GitHub forbids {call}: because")).await;
    check(422, &format!("GitHub declines {call}: because")).await;
    check(410, &format!("GitHub answers 410 to {call}: because")).await;
}

#[tokio::test]
async fn an_unreadable_answer_is_not_quoted() {
    let github = GitHub::start().await.unwrap();
    github.on(PULL, Answer::ok(&json!({ "number": "private text" })));
    let error = title(&github, 5).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert!(!format!("{error:?}").contains("private text"), "{error:?}");
}

#[tokio::test]
async fn the_token_shows_in_no_error() {
    let github = GitHub::start().await.unwrap();
    let url = github.url();
    drop(github); // nobody listens there any more
    let client = client(&url, 5);
    let error = client
        .pull(&"acme/web#12".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error}");

    let deadline = Instant::now();
    let http = reqwest::Client::new();
    let bad_token = Client::new(&http, &url, "github_pat_\n3xamp1e", deadline)
        .err()
        .unwrap();
    let bad_base = Client::new(&http, "ftp://example.com", TOKEN, deadline)
        .err()
        .unwrap();
    for error in [error, bad_token, bad_base] {
        assert!(
            !format!("{error:?} {error}").contains("3xamp1e"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_call_ends_with_its_deadline() {
    let github = GitHub::start().await.unwrap();
    github.on(PULL, Answer::ok(&pull()));
    assert!(matches!(
        title(&github, 0).await,
        Err(Error::OutOfTime { .. })
    ));
    assert!(title(&github, 5).await.is_ok());
}
