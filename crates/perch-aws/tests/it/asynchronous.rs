//! Asynchronous invocations: retries, and where failures end.

use serde_json::{Value, json};

use crate::support::Run;
use crate::support::aws_call::call;
use crate::support::state::{State, function_arn};

const QUEUE: &str = "perch-staging-bot-failed";

/// A stage whose bot may invoke itself, and the bot's credentials.
async fn self_invoking(state: State) -> (Run, Value) {
    let mut state = state;
    let invoke = json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{}:live", function_arn("bot"))}]);
    state.grant("bot", "invoke", invoke);
    let run = Run::start(&state).await;
    let variables = run.invoke(json!({"do": "environment"})).await["result"].take();
    (run, variables)
}

async fn send(variables: &Value, event: Value) -> crate::support::client::Reply {
    let path = format!(
        "/2015-03-31/functions/{}/invocations?Qualifier=live",
        function_arn("bot")
    );
    call(
        variables,
        "lambda",
        &path,
        &[("x-amz-invocation-type", "Event")],
        event.to_string().as_bytes(),
    )
    .await
}

fn attempts(run: &Run) -> usize {
    run.bot_log()
        .iter()
        .filter(|line| line.starts_with("START"))
        .count()
}

#[tokio::test]
async fn an_event_is_accepted_and_run() {
    let (mut run, variables) = self_invoking(State::new()).await;
    let before = attempts(&run);
    let reply = send(&variables, json!({"do": "echo"})).await;
    assert_eq!((reply.status, reply.body.len()), (202, 0));
    assert_eq!(run.async_done().await, "Success");
    assert_eq!(attempts(&run) - before, 1);
    assert!(run.account.queue(QUEUE).expect("the queue").is_empty());
}

#[tokio::test]
async fn a_failing_event_is_retried_twice_and_then_recorded() {
    let (mut run, variables) = self_invoking(State::new()).await;
    let before = attempts(&run);
    let event = json!({"do": "fail", "perch": {"kind": "job"}});
    let reply = send(&variables, event.clone()).await;
    assert_eq!(run.async_done().await, "RetriesExhausted");
    assert_eq!(attempts(&run) - before, 3);

    let messages = run.account.queue(QUEUE).expect("the queue");
    assert_eq!(messages.len(), 1);
    let mut record: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    let id = reply.header("x-amzn-requestid").expect("an id");
    assert!(
        record["timestamp"]
            .take()
            .as_str()
            .expect("a time")
            .ends_with('Z')
    );
    let expected = json!({
        "version": "1.0",
        "timestamp": null,
        "requestContext": {
            "requestId": id, "functionArn": format!("{}:live", function_arn("bot")),
            "condition": "RetriesExhausted", "approximateInvokeCount": 3,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "Deliberate", "errorMessage": "as told"},
    });
    assert_eq!(record, expected);
}

#[tokio::test]
async fn the_number_of_retries_is_as_declared() {
    for retries in [0, 1] {
        let state = State::new().set(
            "event_invoke_config",
            "/maximum_retry_attempts",
            json!(retries),
        );
        let (mut run, variables) = self_invoking(state).await;
        let before = attempts(&run);
        send(&variables, json!({"do": "exit", "with": "1"})).await;
        assert_eq!(run.async_done().await, "RetriesExhausted");
        assert_eq!(attempts(&run) - before, retries + 1);
    }
}

#[tokio::test]
async fn a_role_that_may_not_send_loses_the_record() {
    let (mut run, variables) =
        self_invoking(State::new().remove("aws_iam_role_policy.queue")).await;
    send(&variables, json!({"do": "fail"})).await;
    run.async_done().await;
    assert!(run.account.queue(QUEUE).expect("the queue").is_empty());
    let log = run.bot_log();
    assert!(
        log.iter()
            .any(|line| line.contains("is not authorized to perform: sqs:SendMessage")),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_function_that_is_switched_off_fails_at_once() {
    let (mut run, variables) = self_invoking(State::new()).await;
    let mut state = State::new().set(
        "aws_lambda_function.this",
        "/reserved_concurrent_executions",
        json!(0),
    );
    let invoke = json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]);
    state.grant("bot", "invoke", invoke);
    run.reload(state.json()).await.expect("it reloads");
    assert_eq!(send(&variables, json!({"do": "echo"})).await.status, 202);
    assert_eq!(run.async_done().await, "RetriesExhausted");
    let messages = run.account.queue(QUEUE).expect("the queue");
    let record: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
}

#[tokio::test]
async fn an_event_too_old_is_given_up() {
    let state = State::new().set(
        "event_invoke_config",
        "/maximum_event_age_in_seconds",
        json!(60),
    );
    let mut state = state;
    let invoke = json!([{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]);
    state.grant("bot", "invoke", invoke);
    // The first retry would come after the event's age.
    let mut run = Run::start_with(&state, |options| {
        options.retry_delays = [std::time::Duration::from_secs(61); 2]
    })
    .await;
    let variables = run.invoke(json!({"do": "environment"})).await["result"].take();
    send(&variables, json!({"do": "fail"})).await;
    assert_eq!(run.async_done().await, "EventAgeExceeded");
    let messages = run.account.queue(QUEUE).expect("the queue");
    let record: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
}

#[tokio::test]
async fn a_dead_letter_queue_gets_the_event_itself() {
    let state = State::new().remove("event_invoke_config").set(
        "aws_lambda_function.this",
        "/dead_letter_config",
        json!([{"target_arn": crate::support::state::queue_arn("bot")}]),
    );
    let (mut run, variables) = self_invoking(state).await;
    send(&variables, json!({"do": "fail"})).await;
    assert_eq!(run.async_done().await, "RetriesExhausted");
    let messages = run.account.queue(QUEUE).expect("the queue");
    assert_eq!(
        serde_json::from_str::<Value>(&messages[0].body).expect("JSON"),
        json!({"do": "fail"})
    );
    assert_eq!(messages[0].attributes["ErrorMessage"], "as told");
}

#[tokio::test]
async fn events_have_a_limit_of_their_own() {
    let (mut run, variables) = self_invoking(State::new()).await;
    let large = |size: usize| json!({"do": "return", "with": "1", "padding": "x".repeat(size)});
    let reply = send(&variables, large(1024 * 1024)).await;
    assert_eq!(
        (reply.status, reply.header("x-amzn-errortype")),
        (413, Some("RequestTooLargeException"))
    );
    assert_eq!(send(&variables, large(1000 * 1000)).await.status, 202);
    assert_eq!(run.async_done().await, "Success");
}

#[tokio::test]
async fn what_is_longer_than_its_queue_takes_is_lost_and_the_log_says_so() {
    let (mut run, variables) = self_invoking(State::new()).await;
    let large = |size: usize| json!({"do": "fail", "padding": "x".repeat(size)});
    for (size, kept) in [(240 * 1024, 1), (256 * 1024, 1)] {
        assert_eq!(send(&variables, large(size)).await.status, 202);
        assert_eq!(run.async_done().await, "RetriesExhausted");
        assert_eq!(run.account.queue(QUEUE).expect("the queue").len(), kept);
    }
    let log = run.bot_log();
    let words = "SQS takes 262144 (DestinationDeliveryFailures)";
    assert!(log.iter().any(|line| line.contains(words)), "{log:?}");
}
