//! Resource-based policies: API Gateway invokes only what it may.

use serde_json::{Value, json};

use crate::support::Run;
use crate::support::state::{ACCOUNT, API, REGION, State};

/// The status of `POST /bot` with one attribute of the permission changed.
async fn status(attribute: &str, value: Value) -> u16 {
    let state = State::new().set("aws_lambda_permission", &format!("/{attribute}"), value);
    let run = Run::start(&state).await;
    let reply = run.request("POST /bot").await;
    if reply.status == 500 {
        reply.expect(500, json!({"message": "Internal Server Error"}));
    }
    reply.status
}

fn source(rest: &str) -> Value {
    json!(format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{rest}"))
}

#[tokio::test]
async fn the_source_has_to_match() {
    let cases = [
        (source(&format!("{API}/*/POST/bot")), 200),
        (source(&format!("{API}/$default/POST/bot")), 200),
        (source(&format!("{API}/*/*")), 200),
        (source(&format!("{API}/*")), 200),
        (Value::Null, 200),
        (source(&format!("{API}/*/GET/bot")), 500),
        (source(&format!("{API}/*/POST/bo")), 500),
        (source(&format!("{API}/beta/POST/bot")), 500),
        (source("other/*/POST/bot"), 500),
    ];
    for (arn, expected) in cases {
        assert_eq!(status("source_arn", arn.clone()).await, expected, "{arn}");
    }
}

#[tokio::test]
async fn the_permission_has_to_be_for_the_alias_and_for_api_gateway() {
    assert_eq!(status("qualifier", json!("live")).await, 200);
    assert_eq!(status("qualifier", Value::Null).await, 500);
    assert_eq!(
        status("principal", json!("events.amazonaws.com")).await,
        500
    );
    assert_eq!(status("action", json!("lambda:GetFunction")).await, 500);
    assert_eq!(
        status("function_name", json!("perch-staging-other")).await,
        500
    );
    assert_eq!(status("source_account", json!(ACCOUNT)).await, 200);
    assert_eq!(status("source_account", json!("999999999999")).await, 500);
}

#[tokio::test]
async fn without_a_permission_the_function_is_not_invoked() {
    let run = Run::start(&State::new().remove("aws_lambda_permission")).await;
    run.request("POST /bot")
        .await
        .expect(500, json!({"message": "Internal Server Error"}));
    assert_eq!(run.bot_log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_route_of_any_method_is_permitted_by_its_template() {
    let mut state = State::new();
    state.route("bot", "ANY /pets/{id}");
    let run = Run::start(&state).await;
    assert_eq!(run.request("PUT /pets/7").await.status, 200);
}
