//! Schedules, jobs, health, and events that are none of these.

use perch::testing::{HttpAnswer, HttpDouble};
use perch::{App, ChannelId, Command, Context, Environment, Error, Job, Reply, Result, Scheduled};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::logged::logged;

#[derive(Serialize, Deserialize)]
struct PostCard {
    channel: ChannelId,
    number: u64,
}

impl Job for PostCard {
    const NAME: &'static str = "post_card";
    const VERSION: u32 = 2;

    fn migrate(version: u32, payload: Value) -> Option<PostCard> {
        // Version 1 had no channel.
        (version == 1).then(|| PostCard {
            channel: "C0DEFAULT".into(),
            number: payload["number"].as_u64().unwrap_or_default(),
        })
    }
}

async fn ask(command: Command, context: Context) -> Result<Reply> {
    let number = command.text.parse()?;
    context
        .later(PostCard {
            channel: command.channel_id,
            number,
        })
        .await?;
    Ok(Reply::ack())
}

async fn post_card(card: PostCard, context: Context) -> Result<()> {
    let text = format!("#{}", card.number);
    context
        .slack()
        .chat_post_message(&card.channel, &text.into())
        .await?;
    Ok(())
}

fn app() -> App {
    App::new().command("/ask", ask).job(post_card)
}

#[tokio::test]
async fn a_job_is_queued_before_the_answer_and_done_after_it() {
    let bot = perch::testing::app(app());
    assert!(bot.command("/ask", "7").send().await.is_ack());
    assert!(bot.slack_calls().is_empty());
    let jobs = bot.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].name, "post_card");
    assert_eq!(jobs[0].payload, json!({ "channel": "C0TEST", "number": 7 }));

    assert_eq!(bot.run_jobs().await.expect("they succeed"), 1);
    assert!(bot.jobs().is_empty());
    let calls = bot.slack_calls();
    assert_eq!(calls[0].method, "chat.postMessage");
    assert_eq!(
        calls[0].arguments,
        json!({ "channel": "C0TEST", "text": "#7" })
    );
}

fn job(name: &str, version: u32, payload: Value) -> Value {
    json!({ "perch": {
        "kind": "job", "version": 1, "job": name, "job_version": version, "id": "1-0", "payload": payload,
    }})
}

#[tokio::test]
async fn a_job_of_an_older_version_is_migrated_and_a_newer_one_fails() {
    let bot = perch::testing::app(app());
    bot.invoke(job("post_card", 1, json!({ "number": 3 })))
        .await
        .expect("it is migrated");
    assert_eq!(bot.slack_calls()[0].arguments["channel"], "C0DEFAULT");

    let (outcome, log) = logged(bot.invoke(job("post_card", 3, json!({})))).await;
    assert!(outcome.is_err());
    assert!(
        log.contains("was queued in version 3 and this code reads version 2"),
        "{log}"
    );
}

#[tokio::test]
async fn a_failing_job_fails_its_invocation_and_tells_only_the_log_why() {
    let app = App::new().job(async |_: PostCard, _| Err(Error::internal("disk 7 is full")));
    let bot = perch::testing::app(app);
    let event = job("post_card", 2, json!({ "channel": "C1", "number": 1 }));
    let (outcome, log) = logged(bot.invoke(event)).await;
    let error = outcome.expect_err("Lambda is to try it again").to_string();
    assert_eq!(
        error,
        "job post_card failed; the log has the reason under request id request-of-a-test"
    );
    assert!(log.contains("disk 7 is full"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[tokio::test]
async fn a_panicking_job_fails_its_invocation() {
    let app = App::new().job(async |card: PostCard, _| panic!("number {}", card.number));
    let bot = perch::testing::app(app);
    let event = job("post_card", 2, json!({ "channel": "C1", "number": 1 }));
    let error = bot
        .invoke(event)
        .await
        .expect_err("Lambda is to try it again")
        .to_string();
    assert!(!error.contains("number"), "{error}");
}

#[tokio::test]
async fn a_job_that_does_not_read_or_has_no_handler_fails_by_name() {
    let bot = perch::testing::app(app());
    let (outcome, log) =
        logged(bot.invoke(job("post_card", 2, json!({ "number": "private" })))).await;
    assert!(outcome.is_err());
    assert!(
        log.contains("post_card does not read as version 2") && !log.contains("private"),
        "{log}"
    );

    let (outcome, log) = logged(bot.invoke(job("post_cart", 2, json!({})))).await;
    assert!(outcome.is_err());
    assert!(log.contains("no handler for the job post_cart"), "{log}");
}

async fn digest(scheduled: Scheduled, context: Context) -> Result<()> {
    let text = format!("{} at {}", scheduled.name, scheduled.scheduled_time);
    context
        .slack()
        .chat_post_message(&ChannelId::new("C1"), &text.into())
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_schedule_gets_its_planned_time_and_not_the_clock() {
    let bot = perch::testing::app(App::new().schedule(digest));
    bot.fire("2026-01-05T09:10:00+09:00")
        .await
        .expect("it runs");
    assert_eq!(
        bot.slack_calls()[0].arguments["text"],
        "perch-test-bot at 2026-01-05T00:10:00Z"
    );
}

#[tokio::test]
async fn a_schedule_knows_when_it_was_to_fire_before() {
    let app = App::new().schedule(async |scheduled: Scheduled, context: Context| {
        let previous = scheduled
            .previous_time()?
            .expect("it fired before")
            .to_string();
        context
            .slack()
            .chat_post_message(&ChannelId::new("C1"), &previous.into())
            .await?;
        Ok(())
    });
    let bot = perch::testing::app(app);
    // Monday morning in Tokyo: the time before is on Friday evening.
    bot.fire_as(
        "2026-01-12T09:00:00+09:00",
        "cron(*/10 9-19 ? * MON-FRI *)",
        "Asia/Tokyo",
    )
    .await
    .expect("it runs");
    assert_eq!(
        bot.slack_calls()[0].arguments["text"],
        "2026-01-09T10:50:00Z"
    );
}

#[tokio::test]
async fn a_schedule_without_a_time_says_which_field() {
    let bot = perch::testing::app(App::new().schedule(digest));
    let event = json!({ "perch": {
        "kind": "schedule", "version": 1, "schedule": "arn:aws:scheduler:r:1:schedule/g/n",
        "scheduled_time": "<aws.scheduler.scheduled-time>", "expression": "rate(1 day)", "timezone": "UTC",
    }});
    let (outcome, log) = logged(bot.invoke(event)).await;
    assert!(outcome.is_err());
    assert!(
        log.contains("scheduled_time") && log.contains("<aws.scheduler.scheduled-time>"),
        "{log}"
    );
}

#[tokio::test]
async fn health_says_whether_slack_takes_the_token() {
    let bot = perch::testing::app(app()).env("AWS_LAMBDA_FUNCTION_NAME", "perch-test-bot");
    let health = bot.health().await.expect("it answers");
    assert_eq!(
        health,
        json!({
            "ok": true, "function": "perch-test-bot", "version": "", "slack": { "ok": true }, "error": null,
            "secrets": ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"],
        })
    );

    let bot = perch::testing::app(app()).slack(
        "auth.test",
        json!({ "ok": false, "error": "account_inactive" }),
    );
    let health = bot.health().await.expect("it answers");
    assert_eq!(
        (&health["ok"], &health["slack"]["ok"]),
        (&json!(false), &json!(false))
    );
    assert!(
        health["error"]
            .as_str()
            .is_some_and(|error| error.contains("account_inactive")),
        "{health}"
    );

    let bot = perch::testing::app(app()).without_secret("SLACK_BOT_TOKEN");
    let health = bot.health().await.expect("it answers");
    assert_eq!(
        (&health["ok"], &health["slack"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn other_events_are_an_error_that_says_what_is_taken() {
    let bot = perch::testing::app(app());
    for event in [
        json!({}),
        json!(null),
        json!([1]),
        json!({ "Records": [] }),
        // Payload format 1.0.
        json!({ "httpMethod": "POST", "headers": {}, "requestContext": {}, "body": "" }),
        json!({ "perch": { "kind": "party", "version": 1 } }),
        json!({ "perch": { "kind": "health", "version": 2 } }),
        json!({ "perch": 7 }),
    ] {
        let (outcome, log) = logged(bot.invoke(event.clone())).await;
        assert!(outcome.is_err(), "{event}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}

#[tokio::test]
async fn each_invocation_logs_its_event_its_outcome_and_how_long_it_took() {
    let bot = perch::testing::app(app());
    let (_, log) = logged(bot.command("/ask", "7").send()).await;
    let line: Value = serde_json::from_str(&log).expect("it is one line of JSON");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["event"], "command /ask");
    assert_eq!(line["outcome"], "200 ack");
    assert!(line["duration_ms"].is_u64());
    assert_eq!(line["span"]["request_id"], "request-of-a-test");
    assert!(!log.contains('7') || !log.contains("text"), "{log}");
}

#[tokio::test]
async fn a_variable_and_a_secret_are_not_mixed_up() {
    let app = App::new().command("/env", async |_, context: Context| {
        let secret = context.secret("GITHUB_TOKEN").await?;
        Ok(Reply::ephemeral(format!(
            "{:?} {:?} {secret:?}",
            context.env("A"),
            context.env("B")
        )))
    });
    let bot = perch::testing::app(app)
        .env("A", "one")
        .secret("GITHUB_TOKEN", "ghp_1");
    let text = bot.command("/env", "").send().await.ephemeral_text();
    assert_eq!(text, "Some(\"one\") None Secret(..)");
}

#[tokio::test]
async fn another_service_is_a_double_with_answers_in_turn() -> Result<()> {
    let github = HttpDouble::start().await?;
    github.answer("GET /user", HttpAnswer::new(502));
    github.answer("GET /user", json!({ "login": "ada" }));
    let app = App::new().command("/who", async |_, context: Context| {
        let url = format!(
            "{}/user?x=1",
            context.env("GITHUB_API_URL").unwrap_or_default()
        );
        let answer = context.http().get(url).send().await?;
        Ok(Reply::ephemeral(format!(
            "{} {}",
            answer.status().as_u16(),
            answer.text().await?
        )))
    });
    let bot = perch::testing::app(app).env("GITHUB_API_URL", github.url());
    assert_eq!(
        bot.command("/who", "").send().await.ephemeral_text(),
        "502 "
    );
    for _ in 0..2 {
        let text = bot.command("/who", "").send().await.ephemeral_text();
        assert_eq!(text, "200 {\"login\":\"ada\"}");
    }
    let requests = github.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(
        (requests[0].path.as_str(), requests[0].query.as_str()),
        ("/user", "x=1")
    );
    Ok(())
}

struct Settings {
    most: u32,
}

impl Settings {
    fn read(environment: &Environment) -> Result<Settings> {
        let most = environment.required("MOST", "10")?;
        let read = most
            .parse()
            .map_err(|_| Error::internal(format!("MOST is {most:?}, which is not a whole number")));
        Ok(Settings { most: read? })
    }
}

fn with_settings() -> App<Settings> {
    App::with_state(Settings::read)
        .command("/most", async |_, context: Context<Settings>| {
            context
                .later(PostCard {
                    channel: "C1".into(),
                    number: 0,
                })
                .await?;
            Ok(Reply::ephemeral(context.state().most.to_string()))
        })
        .job(async |_: PostCard, context: Context<Settings>| {
            let text = format!("the job knows {}", context.state().most);
            context
                .slack()
                .chat_post_message(&"C1".into(), &text.into())
                .await?;
            Ok(())
        })
}

#[tokio::test]
async fn the_state_is_made_once_and_reaches_every_handler() {
    let bot = perch::testing::app(with_settings()).env("MOST", "3");
    assert_eq!(bot.command("/most", "").send().await.ephemeral_text(), "3");
    bot.run_jobs().await.expect("it succeeds");
    assert_eq!(bot.slack_calls()[0].arguments["text"], "the job knows 3");

    let made = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = std::sync::Arc::clone(&made);
    let app =
        App::with_state(move |_| Ok(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1))
            .command("/made", async |_, context: Context<u32>| {
                Ok(Reply::ephemeral(context.state().to_string()))
            });
    let bot = perch::testing::app(app);
    for _ in 0..2 {
        assert_eq!(bot.command("/made", "").send().await.ephemeral_text(), "1");
    }
}

#[tokio::test]
async fn what_stops_init_is_logged_with_its_reason() {
    let twice = || {
        let ack = async |_, _| Ok(Reply::ack());
        App::new().command("/a", ack).command("/a", ack)
    };
    let bots = [
        (perch::testing::app(with_settings()), "MOST is not set"),
        (
            perch::testing::app(with_settings()).env("MOST", "many"),
            "MOST is \\\"many\\\", which is not a whole number",
        ),
        (
            perch::testing::app(twice()),
            "the command /a has two handlers",
        ),
        (
            perch::testing::app(app()).without_secret("SLACK_SIGNING_SECRET"),
            "no SLACK_SIGNING_SECRET",
        ),
    ];
    for (bot, reason) in bots {
        let (reply, log) = logged(bot.command("/a", "").send()).await;
        assert_eq!(reply.status, 500);
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("init failed") && log.contains(reason), "{log}");
        // And every request after it, as Lambda starts the function anew.
        let again = bot.command("/a", "").send().await;
        assert_eq!((again.status, again.body), (500, reply.body));
    }
}
