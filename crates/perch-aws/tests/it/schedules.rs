//! EventBridge Scheduler: what is delivered, when, and what becomes of what cannot be.

use jiff::Timestamp;
use perch_aws::Event;
use serde_json::{Value, json};

use crate::support::Run;
use crate::support::state::{State, function_arn};

const CRON: &str = "cron(*/10 9-19 ? * MON-FRI *)";
const QUEUE: &str = "perch-staging-bot-failed";

fn scheduled() -> State {
    let mut state = State::new();
    state.schedule("bot", CRON);
    state
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

#[tokio::test]
async fn a_schedule_fires_for_the_time_that_it_is_told() {
    let mut run = Run::start(&scheduled()).await;
    let at = time("2026-01-05T09:00:00+09:00");
    let fired = run
        .account
        .fire("perch-staging-bot", Some(at))
        .await
        .expect("it fires");
    assert_eq!(
        (fired.outcome.as_str(), fired.scheduled_time),
        ("success", at)
    );
    assert_eq!(run.async_done().await, "Success");
    assert!(run.bot_log().contains(&format!(
        "START RequestId: {} Version: 1",
        fired.request_id.expect("an id")
    )));
}

#[tokio::test]
async fn context_attributes_are_put_into_the_input() {
    // The function fails, so that the record of its event lies in the queue.
    let input = json!({
        "do": "fail", "schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>",
        "execution_id": "<aws.scheduler.execution-id>", "attempt": "<aws.scheduler.attempt-number>", "other": "<aws.other>",
    });
    let mut run = Run::start(&scheduled().set(
        "aws_scheduler_schedule",
        "/target/0/input",
        json!(input.to_string()),
    ))
    .await;
    let fired = run
        .account
        .fire("perch-staging-bot", Some(time("2026-01-05T09:00:00+09:00")))
        .await
        .expect("it fires");
    assert_eq!(fired.outcome, "the function failed: Deliberate");
    assert_eq!(run.async_done().await, "RetriesExhausted");
    let messages = run.account.queue(QUEUE).expect("the queue");
    let record: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    let expected = json!({
        "do": "fail",
        "schedule": "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/perch-staging/perch-staging-bot",
        "scheduled_time": "2026-01-05T00:00:00Z", "execution_id": fired.execution_id, "attempt": "1", "other": "<aws.other>",
    });
    assert_eq!(record["requestPayload"], expected);
    assert_eq!(
        record["requestContext"]["functionArn"],
        format!("{}:live", function_arn("bot"))
    );
}

#[tokio::test]
async fn a_role_that_may_not_invoke_leaves_the_event_in_the_queue() {
    let only_send = json!([{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]);
    let policy = crate::support::state::policy(only_send);
    let state = scheduled().set(
        "module.schedule[\"bot\"].aws_iam_role_policy",
        "/policy",
        json!(policy),
    );
    let run = Run::start(&state).await;
    let fired = run
        .account
        .fire("perch-staging-bot", None)
        .await
        .expect("it fires");
    assert_eq!(fired.request_id, None);
    assert!(
        fired
            .outcome
            .contains("is not authorized to perform: lambda:InvokeFunction on resource"),
        "{}",
        fired.outcome
    );
    let messages = run.account.queue(QUEUE).expect("the queue");
    assert_eq!(messages.len(), 1);
    let attributes = &messages[0].attributes;
    assert_eq!(
        (
            attributes["ERROR_CODE"].as_str(),
            attributes["RETRY_ATTEMPTS"].as_str()
        ),
        ("AccessDeniedException", "0")
    );
    assert_eq!(
        attributes["TARGET_ARN"],
        format!("{}:live", function_arn("bot"))
    );
    let body: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!(body["perch"]["execution_id"], fired.execution_id);
    assert_eq!(run.bot_log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_target_that_is_gone_leaves_the_event_in_the_queue() {
    let target = format!("{}:gone", function_arn("bot"));
    let policy =
        crate::support::state::policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let state = scheduled()
        .set("aws_scheduler_schedule", "/target/0/arn", json!(target))
        .set(
            "module.schedule[\"bot\"].aws_iam_role_policy",
            "/policy",
            json!(policy),
        );
    let run = Run::start(&state).await;
    run.account
        .fire("perch-staging-bot", None)
        .await
        .expect("it fires");
    let messages = run.account.queue(QUEUE).expect("the queue");
    assert_eq!(
        messages[0].attributes["ERROR_CODE"],
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn an_unknown_schedule_is_told_with_those_that_are() {
    let run = Run::start(&scheduled()).await;
    let error = run
        .account
        .fire("mendes", None)
        .await
        .expect_err("unknown")
        .to_string();
    assert_eq!(
        error,
        "the state has no schedule mendes; it has perch-staging-bot"
    );
}

#[tokio::test]
async fn the_next_times_are_listed_in_the_schedules_timezone() {
    let run = Run::start(&scheduled()).await;
    let next = &run.account.next_fires(crate::support::APPLIED, 3)[0];
    assert_eq!(
        (next.schedule.as_str(), next.function.as_str()),
        ("perch-staging-bot", "perch-staging-bot")
    );
    assert_eq!(
        (
            next.expression.as_str(),
            next.timezone.as_str(),
            next.enabled
        ),
        (CRON, "Asia/Tokyo", true)
    );
    assert_eq!(next.at.len(), 3);
    assert!(next.at.is_sorted() && next.at[0] > Timestamp::now());
    let disabled = scheduled().set("aws_scheduler_schedule", "/state", json!("DISABLED"));
    run.reload(disabled.json()).await.expect("it reloads");
    assert!(!run.account.next_fires(crate::support::APPLIED, 1)[0].enabled);
    let ended = scheduled().set(
        "aws_scheduler_schedule",
        "/end_date",
        json!("2020-01-01T00:00:00Z"),
    );
    run.reload(ended.json()).await.expect("it reloads");
    assert!(
        run.account.next_fires(crate::support::APPLIED, 1)[0]
            .at
            .is_empty()
    );
}

#[tokio::test]
async fn the_clock_fires_what_is_enabled() {
    let mut state = scheduled();
    state.function("other");
    state.schedule("other", CRON);
    let mut run = Run::start_with(&state, |options| options.run_schedules = true).await;
    // Whole seconds, two of them ahead at least. The disabled one stays silent at the same time.
    let soon =
        (Timestamp::now() + jiff::SignedDuration::from_secs(3)).strftime("at(%Y-%m-%dT%H:%M:%S)");
    let state = state
        .set(
            "aws_scheduler_schedule",
            "/schedule_expression",
            json!(soon.to_string()),
        )
        .set(
            "aws_scheduler_schedule",
            "/schedule_expression_timezone",
            json!("UTC"),
        )
        .set(
            "schedule[\"bot\"].aws_scheduler_schedule",
            "/state",
            json!("DISABLED"),
        );
    run.reload(state.json()).await.expect("it reloads");
    let fired = run
        .event(|event| match event {
            Event::Schedule(fired) => Some(fired.clone()),
            _ => None,
        })
        .await;
    assert_eq!(fired.schedule, "perch-staging-other");
    assert_eq!(run.async_done().await, "Success");
    assert_eq!(run.bot_log(), Vec::<String>::new());
}
