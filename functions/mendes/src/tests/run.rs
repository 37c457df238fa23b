//! A run, from the schedule to the channel.

use perch::testing::HttpAnswer;

use super::*;

#[tokio::test]
async fn a_run_posts_one_message_and_a_thread_by_repository() {
    // 42 of the documented answers waits since 15:05 on the 8th in Tokyo, asked for again after a review.
    let github = HttpDouble::start().await.unwrap();
    github.answer(WEB, data("pulls_page_1"));
    github.answer(
        "GET /repos/perch-demo/web/issues/42/timeline",
        data("timeline"),
    );
    github.answer(
        API,
        json!([
            pull(7, "2026-01-08T06:02:00Z"),
            pull(8, "2026-01-08T06:01:00Z")
        ]),
    );
    for number in [7, 8] {
        github.answer(
            &format!("GET /repos/perch-demo/api/issues/{number}/timeline"),
            json!([]),
        );
    }
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();

    let thread = "1767571200.000100".to_owned();
    let expected = [
        (
            String::new(),
            "*3 pull requests have waited for a review for more than 1 day*\n\
             • perch-demo/web: <https://github.com/perch-demo/web/pull/42|#42>\n\
             • perch-demo/api: <https://github.com/perch-demo/web/pull/8|#8>, <https://github.com/perch-demo/web/pull/7|#7>",
        ),
        (
            thread.clone(),
            "*perch-demo/web*\n\
             • <https://github.com/perch-demo/web/pull/42|#42 Let people pay with PayPay> by taro waits for 1 day; \
             asked: sora, @perch-demo/web",
        ),
        (
            thread,
            "*perch-demo/api*\n\
             • <https://github.com/perch-demo/web/pull/8|#8 Escape names in the \"thank you\" mail &lt;&amp; friends&gt;> \
             by hanako waits for 1 day; asked: taro, yuki\n\
             • <https://github.com/perch-demo/web/pull/7|#7 Escape names in the \"thank you\" mail &lt;&amp; friends&gt;> \
             by hanako waits for 1 day; asked: taro, yuki",
        ),
    ];
    assert_eq!(
        posted(&bot),
        expected.map(|(thread, text)| (thread, text.to_owned()))
    );
}

#[tokio::test]
async fn nothing_to_tell_is_nothing_said() {
    let github = github(json!([]), json!([pull(7, "2026-01-09T01:00:00Z")])).await;
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();
    assert!(bot.slack_calls().is_empty());
    assert_eq!(
        github.requests().len(),
        2,
        "a pull request that is too young needs no look at its events"
    );
}

#[tokio::test]
async fn each_is_told_by_one_run() {
    let mut commented = pull(7, "2026-01-08T06:00:00Z");
    commented["updated_at"] = "2026-01-08T12:00:00Z".into();
    let pulls = json!([
        commented,
        pull(8, "2026-01-08T06:00:01Z"),
        pull(9, "2026-01-08T06:10:01Z")
    ]);
    let check = async |time: &str, expected: &[u64]| {
        let github = github(pulls.clone(), json!([])).await;
        let bot = mendes(&github);
        fire(&bot, time).await.unwrap();
        assert_eq!(numbers(&bot), expected, "{time}");
    };
    check("09T14:50", &[]).await;
    check("09T15:00", &[7]).await;
    check("09T15:10", &[8]).await;
    check("09T15:20", &[9]).await;
    check("09T15:30", &[]).await;
}

#[tokio::test]
async fn the_first_run_of_a_day_covers_the_night_and_of_a_week_the_weekend() {
    // Crossing at 19:45 on Friday, 20:00 on Friday, on Sunday, and at 09:00 and 09:05 on Monday, in Tokyo.
    let pulls = json!([
        pull(1, "2026-01-08T10:45:00Z"),
        pull(2, "2026-01-08T11:00:00Z"),
        pull(3, "2026-01-10T05:00:00Z"),
        pull(4, "2026-01-11T00:00:00Z"),
        pull(5, "2026-01-11T00:05:00Z"),
    ]);
    let check = async |time: &str, expected: &[u64]| {
        let github = github(pulls.clone(), json!([])).await;
        let bot = mendes(&github);
        fire(&bot, time).await.unwrap();
        assert_eq!(numbers(&bot), expected, "{time}");
    };
    check("09T19:50", &[1]).await;
    check("12T09:00", &[2, 3, 4]).await;
    check("12T09:10", &[5]).await;
}

#[tokio::test]
async fn a_repeated_delivery_says_the_same() {
    let opened = json!([pull(7, "2026-01-08T06:02:00Z")]);
    let github = github(opened, json!([])).await;
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();
    let first = posted(&bot);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(posted(&bot), [first.clone(), first].concat());

    // Also after somebody has reviewed it, a minute after the scheduled time.
    let later = HttpDouble::start().await.unwrap();
    let mut reviewed = pull(7, "2026-01-08T06:02:00Z");
    reviewed["updated_at"] = "2026-01-09T06:11:00Z".into();
    later.answer(WEB, json!([reviewed]));
    later.answer(API, json!([]));
    let review = json!({ "event": "reviewed", "submitted_at": "2026-01-09T06:11:00Z",
                         "user": { "login": "sora", "type": "User" } });
    later.answer(
        "GET /repos/perch-demo/web/issues/7/timeline",
        json!([review]),
    );
    let again = mendes(&later);
    fire(&again, "09T15:10").await.unwrap();
    assert_eq!(posted(&again), posted(&bot)[..2]);
}

#[tokio::test]
async fn drafts_and_bots_are_left_out() {
    let mut draft = pull(1, "2026-01-08T06:02:00Z");
    draft["draft"] = true.into();
    let mut renovate = pull(2, "2026-01-08T06:02:00Z");
    renovate["user"] = data("pulls_page_2")[0]["user"].clone();
    let github = github(
        json!([draft, renovate, pull(3, "2026-01-08T06:02:00Z")]),
        json!([]),
    )
    .await;
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), [3]);
}

#[tokio::test]
async fn all_pages_count() {
    let github = HttpDouble::start().await.unwrap();
    let page = |number: u64| json!([pull(number, "2026-01-08T06:02:00Z")]);
    let next = format!(
        r#"<{}/repositories/5001/pulls?page=2>; rel="next""#,
        github.url()
    );
    github.answer(WEB, HttpAnswer::new(200).json(page(1)).header("link", next));
    github.answer("GET /repositories/5001/pulls", page(2));
    github.answer(API, json!([]));
    for number in [1, 2] {
        github.answer(
            &format!("GET /repos/perch-demo/web/issues/{number}/timeline"),
            json!([]),
        );
    }
    let bot = mendes(&github);
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), [1, 2]);
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hide_the_rest() {
    let check = async |answer: HttpAnswer, reason: &str| {
        let github = HttpDouble::start().await.unwrap();
        github.answer(WEB, answer);
        github.answer(API, json!([pull(7, "2026-01-08T06:02:00Z")]));
        github.answer("GET /repos/perch-demo/api/issues/7/timeline", json!([]));
        let bot = mendes(&github);
        fire(&bot, "09T15:10").await.unwrap();
        assert_eq!(numbers(&bot), [7]);
        let text = &posted(&bot)[0].1;
        assert!(
            text.contains(&format!(
                "\n:warning: Could not look at perch-demo/web: {reason}"
            )),
            "{text}"
        );
    };
    let failure = |status: u16, name: &str| HttpAnswer::new(status).json(data(name));
    check(
        failure(404, "error_not_found"),
        "GitHub has nothing for GET /repos/perch-demo/web/pulls",
    )
    .await;
    check(failure(502, "error_server"), "GitHub answers 502").await;
    check(
        HttpAnswer::new(200).body("<html>"),
        "GitHub's answer to GET",
    )
    .await;
}

#[tokio::test]
async fn a_rate_limit_leaves_what_was_found_before_it() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(WEB, json!([pull(7, "2026-01-08T06:02:00Z")]));
    github.answer("GET /repos/perch-demo/web/issues/7/timeline", json!([]));
    let answer = HttpAnswer::new(403).json(data("error_rate_limit"));
    github.answer(
        API,
        answer
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1767572100")
            .header("date", "Mon, 05 Jan 2026 00:00:00 GMT"),
    );
    let bot = mendes(&github).env(
        "MENDES_REPOSITORIES",
        "perch-demo/web,perch-demo/api,perch-demo/ops",
    );
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(numbers(&bot), [7]);
    let text = &posted(&bot)[0].1;
    for name in ["api", "ops"] {
        let line = format!(
            "Could not look at perch-demo/{name}: GitHub's rate limit is used up for another 900 s"
        );
        assert!(text.contains(&line), "{text}");
    }
    let asked: Vec<String> = github
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(
        asked.len(),
        3,
        "nothing is asked once GitHub refuses: {asked:?}"
    );
}

#[tokio::test]
async fn a_failure_with_nothing_to_tell_is_for_the_operators() {
    let github = HttpDouble::start().await.unwrap();
    github.answer(WEB, json!([]));
    let bot = mendes(&github);
    assert!(fire(&bot, "09T15:10").await.is_err());
    assert!(bot.slack_calls().is_empty());
    github.answer(API, json!([]));
    fire(&bot, "09T15:10").await.unwrap();
}

#[tokio::test]
async fn a_reply_that_fails_brings_no_second_message() {
    let github = github(json!([pull(7, "2026-01-08T06:02:00Z")]), json!([])).await;
    let bot = mendes(&github)
        .slack(
            "chat.postMessage",
            json!({ "ok": true, "channel": "C0REVIEWS", "ts": "1.2" }),
        )
        .slack(
            "chat.postMessage",
            json!({ "ok": false, "error": "internal_error" }),
        );
    fire(&bot, "09T15:10").await.unwrap();
    assert_eq!(posted(&bot).len(), 2);
}

#[tokio::test]
async fn a_message_that_fails_is_left_to_lambdas_retry() {
    let github = github(json!([pull(7, "2026-01-08T06:02:00Z")]), json!([])).await;
    let bot = mendes(&github).slack(
        "chat.postMessage",
        json!({ "ok": false, "error": "channel_not_found" }),
    );
    assert!(fire(&bot, "09T15:10").await.is_err());
    assert_eq!(posted(&bot).len(), 1);
}

#[tokio::test]
async fn a_malformed_setting_stops_the_run() {
    let github = github(json!([]), json!([])).await;
    let bot = mendes(&github).env("MENDES_CHANNEL", "#reviews");
    assert!(fire(&bot, "09T15:10").await.is_err());
    assert!(github.requests().is_empty());
}
