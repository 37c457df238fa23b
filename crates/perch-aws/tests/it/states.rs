//! States that cannot run: one clear error each, naming the resource.

use serde_json::{Value, json};

use crate::support::state::State;
use crate::support::{folder, options};

async fn error(state: Value) -> String {
    let folder = folder();
    match crate::support::start(state, options(folder.path())).await {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_whole_state_runs() {
    assert_eq!(error(State::new().json()).await, "");
    // An API without a function, and functions without an API, run as well.
    assert_eq!(
        error(State::new().remove("aws_apigatewayv2").json()).await,
        ""
    );
}

#[tokio::test]
async fn what_is_no_applied_state_is_refused() {
    let message = error(json!({"version": 4, "resources": []})).await;
    assert!(message.contains("terraform show -json"), "{message}");
    let message = error(json!({"format_version": "1.0"})).await;
    assert!(message.contains("terraform apply"), "{message}");
    let empty = json!({"format_version": "1.0", "values": {"root_module": {"resources": []}}});
    assert!(error(empty).await.contains("terraform apply"));
}

#[tokio::test]
async fn a_bad_resource_is_named() {
    let mut scheduled = State::new();
    scheduled.schedule("bot", "rate(1 hour)");
    let function = "module.stage.module.function[\"bot\"].aws_lambda_function.this";
    let other = if std::env::consts::ARCH == "aarch64" {
        "x86_64"
    } else {
        "arm64"
    };
    let cases = [
        (
            State::new().set("aws_lambda_function.this", "/filename", json!("./none.zip")),
            function,
            "make package",
        ),
        (
            State::new().set("aws_lambda_function.this", "/filename", Value::Null),
            function,
            "filename",
        ),
        (
            State::new().set("aws_lambda_function.this", "/architectures/0", json!(other)),
            function,
            "make package ARCH=",
        ),
        (
            State::new().set("aws_lambda_function.this", "/runtime", json!("python3.13")),
            function,
            "provided",
        ),
        (
            State::new().set("aws_lambda_function.this", "/role", json!("nonsense")),
            function,
            "role",
        ),
        (
            State::new().set("aws_lambda_function.this", "/function_name", Value::Null),
            function,
            "function_name",
        ),
        (
            State::new().set("aws_iam_role_policy.queue", "/policy", json!("{")),
            "aws_iam_role_policy.queue",
            "JSON",
        ),
        (
            State::new().set("aws_iam_role_policy.queue", "/policy", json!("{}")),
            "aws_iam_role_policy.queue",
            "Statement",
        ),
        (
            State::new().set("aws_apigatewayv2_api", "/protocol_type", json!("WEBSOCKET")),
            "aws_apigatewayv2_api.this",
            "HTTP",
        ),
        (
            State::new().set(
                "aws_apigatewayv2_integration",
                "/payload_format_version",
                json!("1.0"),
            ),
            "aws_apigatewayv2_integration.this",
            "2.0",
        ),
        (
            State::new().remove("aws_iam_role.this"),
            "perch-staging-bot",
            "aws_iam_role",
        ),
        (
            State::new().set(
                "aws_iam_role.this",
                "/assume_role_policy",
                json!("{\"Statement\":[]}"),
            ),
            "perch-staging-bot",
            "lambda.amazonaws.com",
        ),
        (
            scheduled.clone().set(
                "aws_scheduler_schedule",
                "/schedule_expression",
                json!("cron(* * * * *)"),
            ),
            "aws_scheduler_schedule.this",
            "cron",
        ),
        (
            scheduled.clone().set(
                "aws_scheduler_schedule",
                "/schedule_expression_timezone",
                json!("Asia/Edo"),
            ),
            "aws_scheduler_schedule.this",
            "Edo",
        ),
        (
            scheduled.set(
                "aws_scheduler_schedule",
                "/target/0/arn",
                json!("arn:aws:sqs:x:1:q"),
            ),
            "aws_scheduler_schedule.this",
            "Lambda",
        ),
    ];
    for (state, name, problem) in cases {
        let message = error(state.json()).await;
        assert!(
            message.contains(name) && message.contains(problem),
            "{name} and {problem} in {message:?}"
        );
    }
}
