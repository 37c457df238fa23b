//! HTTP APIs: what a request becomes, what an answer becomes, and what the gateway answers by itself.

use serde_json::{Value, json};

use crate::support::Run;
use crate::support::state::{API, REGION, State};

/// The event that the function got.
async fn event(run: &Run, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let reply = run.request_with(request, headers, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["event"].take()
}

fn not_found() -> Value {
    json!({"message": "Not Found"})
}

fn server_error() -> Value {
    json!({"message": "Internal Server Error"})
}

#[tokio::test]
async fn an_event_is_of_payload_format_2() {
    let run = Run::start(&State::new()).await;
    let headers = [
        ("X-Slack-Signature", "v0=ab"),
        ("Accept", "one"),
        ("accept", "two"),
        ("Cookie", "a=1; b=2"),
        ("User-Agent", "Slackbot 1.0"),
        ("Content-Type", "application/json"),
    ];
    let event = event(&run, "POST /bot?x=1&y=a%20b&x=2", &headers, b"{\"a\": 1}").await;

    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "POST /bot");
    assert_eq!(event["rawPath"], "/bot");
    assert_eq!(event["rawQueryString"], "x=1&y=a%20b&x=2");
    assert_eq!(
        event["queryStringParameters"],
        json!({"x": "1,2", "y": "a b"})
    );
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["headers"]["x-slack-signature"], "v0=ab");
    assert_eq!(event["headers"]["accept"], "one,two");
    assert_eq!(event["headers"]["cookie"], Value::Null);
    assert_eq!(event["headers"]["x-forwarded-proto"], "https");
    let domain = format!("{API}.execute-api.{REGION}.amazonaws.com");
    assert_eq!(event["headers"]["host"], domain.as_str());
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("{\"a\": 1}"), &json!(false))
    );
    assert_eq!(event["pathParameters"], Value::Null);

    let context = &event["requestContext"];
    assert_eq!(context["apiId"], API);
    assert_eq!(context["accountId"], "123456789012");
    assert_eq!(context["stage"], "$default");
    assert_eq!(context["domainName"], domain.as_str());
    assert_eq!(context["domainPrefix"], API);
    let http = json!({
        "method": "POST", "path": "/bot", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "Slackbot 1.0",
    });
    assert_eq!(context["http"], http);
    assert!(context["timeEpoch"].as_i64().expect("milliseconds") > 1_700_000_000_000);
    let time = context["time"].as_str().expect("a text");
    assert!(
        jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", time).is_ok(),
        "{time}"
    );
}

#[tokio::test]
async fn bodies_are_text_only_for_text_types() {
    let run = Run::start(&State::new()).await;
    let cases = [
        ("text/plain", false),
        ("TEXT/html; charset=utf-8", false),
        ("application/json; charset=utf-8", false),
        ("application/xml", false),
        ("application/javascript", false),
        ("application/x-www-form-urlencoded", true),
        ("application/octet-stream", true),
        ("application/ld+json", true),
    ];
    for (content_type, base64) in cases {
        let event = event(
            &run,
            "POST /bot",
            &[("content-type", content_type)],
            b"text=hi",
        )
        .await;
        let expected = if base64 { "dGV4dD1oaQ==" } else { "text=hi" };
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(expected), &json!(base64)),
            "{content_type}"
        );
    }
    let untyped = event(&run, "POST /bot", &[], b"text=hi").await;
    assert_eq!(untyped["isBase64Encoded"], true);
    let without = event(&run, "POST /bot", &[], b"").await;
    assert_eq!(
        (&without["body"], &without["isBase64Encoded"]),
        (&Value::Null, &json!(false))
    );
}

#[tokio::test]
async fn the_closest_route_wins() {
    let mut state = State::new();
    for key in [
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "GET /any/a",
        "ANY /any/a",
        "$default",
    ] {
        state.route("bot", key);
    }
    let run = Run::start(&state).await;
    let cases = [
        ("GET /pets/dog/1", "GET /pets/dog/1", Value::Null),
        ("GET /pets/dog/2", "GET /pets/dog/{id}", json!({"id": "2"})),
        (
            "GET /pets/cat/1",
            "GET /pets/{proxy+}",
            json!({"proxy": "cat/1"}),
        ),
        ("POST /test/5", "ANY /{proxy+}", json!({"proxy": "test/5"})),
        (
            "POST /pets/dog/1",
            "ANY /{proxy+}",
            json!({"proxy": "pets/dog/1"}),
        ),
        ("GET /any/a", "GET /any/a", Value::Null),
        ("PUT /any/a", "ANY /any/a", Value::Null),
        ("GET /", "$default", Value::Null),
    ];
    for (request, key, parameters) in cases {
        let event = event(&run, request, &[], b"").await;
        assert_eq!(
            (&event["routeKey"], &event["pathParameters"]),
            (&json!(key), &parameters),
            "{request}"
        );
    }
}

#[tokio::test]
async fn undeclared_routes_are_not_found() {
    let run = Run::start(&State::new()).await;
    for request in [
        "GET /bot",
        "POST /",
        "POST /bot/",
        "POST /bot/more",
        "POST /Bot",
        "POST /other",
    ] {
        run.request(request).await.expect(404, not_found());
    }
    // The path is decoded before it is matched and passed on.
    let event = event(&run, "POST /b%6Ft", &[], b"").await;
    assert_eq!(event["rawPath"], "/bot");
}

#[tokio::test]
async fn a_named_stage_is_a_prefix_of_the_path() {
    let mut state = State::new();
    state.add(
        "module.stage.aws_apigatewayv2_stage.beta",
        json!({
            "id": "beta", "api_id": API, "name": "beta", "stage_variables": {"colour": "red"},
            "access_log_settings": [], "default_route_settings": [], "route_settings": [],
        }),
    );
    let both = Run::start(&state).await;
    let event_of_beta = event(&both, "POST /beta/bot", &[], b"").await;
    assert_eq!(event_of_beta["rawPath"], "/beta/bot");
    assert_eq!(event_of_beta["requestContext"]["stage"], "beta");
    assert_eq!(event_of_beta["stageVariables"], json!({"colour": "red"}));
    let of_default = event(&both, "POST /bot", &[], b"").await;
    assert_eq!(of_default["requestContext"]["stage"], "$default");

    let only_beta = Run::start(&state.remove("aws_apigatewayv2_stage.this")).await;
    only_beta
        .request("POST /bot")
        .await
        .expect(404, not_found());
    assert_eq!(only_beta.request("POST /beta/bot").await.status, 200);
}

#[tokio::test]
async fn apis_are_told_apart_by_their_host_and_port() {
    let mut state = State::new();
    let one = Run::start(&state).await;
    let applied = format!("{API}.execute-api.{REGION}.amazonaws.com");
    assert_eq!(
        one.request_with("POST /bot", &[("host", &applied)], b"")
            .await
            .status,
        200
    );
    let stranger = one
        .request_with("POST /bot", &[("host", "example.com")], b"")
        .await;
    stranger.expect(403, json!({"message": "Forbidden"}));

    state.add("module.other.aws_apigatewayv2_api.this", json!({
        "id": "zzzz", "protocol_type": "HTTP", "api_endpoint": format!("https://zzzz.execute-api.{REGION}.amazonaws.com"),
        "execution_arn": "arn:aws:execute-api:ap-northeast-1:123456789012:zzzz",
    }));
    let two = Run::start(&state).await;
    assert_eq!(two.apis().len(), 2);
    assert_eq!(
        two.request_with("POST /bot", &[("host", &applied)], b"")
            .await
            .status,
        200
    );
    // Each has a port of its own, at which the loopback address means it; the applied host counts at every port.
    let own = &two.apis()[&format!("https://{applied}")];
    let others = &two.apis()[&format!("https://zzzz.execute-api.{REGION}.amazonaws.com")];
    assert_ne!(own, others);
    let send = |local, host| async move {
        let headers = [("host", host)];
        let reply = crate::support::client::send(local, "POST /bot", &headers, b"");
        reply.await.status
    };
    assert_eq!(send(own, "127.0.0.1").await, 200);
    assert_eq!(send(others, "127.0.0.1").await, 404);
    assert_eq!(send(others, &applied).await, 200);
    assert_eq!(send(own, "example.com").await, 403);
}

/// What comes out of the gateway when the function returns this.
async fn returned(run: &Run, payload: &Value) -> crate::support::client::Reply {
    let body = json!({"do": "return", "with": payload.to_string()}).to_string();
    let encoded: String = payload
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let request = format!("POST /bot?do=return&with={encoded}");
    run.request_with(
        &request,
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
    .await
}

#[tokio::test]
async fn responses_are_mapped() {
    let run = Run::start(&State::new()).await;

    let full = json!({
        "statusCode": 201, "headers": {"Content-Type": "text/html", "x-number": 7}, "cookies": ["a=1", "b=2; Secure"],
        "body": "<p>",
    });
    let reply = returned(&run, &full).await;
    assert_eq!((reply.status, reply.text().as_str()), (201, "<p>"));
    assert_eq!(reply.header("content-type"), Some("text/html"));
    assert_eq!(reply.header("x-number"), Some("7"));
    let cookies: Vec<&str> = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(cookies, ["a=1", "b=2; Secure"]);
    assert!(reply.header("apigw-requestid").is_some());

    let plain = returned(&run, &json!({"statusCode": "200", "body": "hi"})).await;
    assert_eq!(
        (plain.status, plain.header("content-type")),
        (200, Some("text/plain; charset=utf-8"))
    );
    let binary = returned(
        &run,
        &json!({"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}),
    )
    .await;
    assert_eq!(binary.text(), "hi");

    let inferred = returned(&run, &json!({"message": "Hello"})).await;
    inferred.expect(200, json!({"message": "Hello"}));
    assert_eq!(inferred.header("content-type"), Some("application/json"));
    let text = returned(&run, &json!("Hello from Lambda!")).await;
    assert_eq!(
        (text.status, text.text().as_str()),
        (200, "Hello from Lambda!")
    );
}

#[tokio::test]
async fn responses_that_cannot_be_mapped_are_server_errors() {
    let run = Run::start(&State::new()).await;
    let bad = [
        json!({"statusCode": "many"}),
        json!({"statusCode": 99}),
        json!({"statusCode": 200, "body": {"a": 1}}),
        json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
        json!({"statusCode": 200, "headers": {"a b": "c"}}),
        json!({"statusCode": 200, "headers": {"a": "b\n"}}),
    ];
    for payload in bad {
        returned(&run, &payload).await.expect(500, server_error());
    }
    run.request("POST /bot?do=return&with=not+JSON")
        .await
        .expect(500, server_error());
}

#[tokio::test]
async fn a_failing_function_is_a_server_error() {
    let run = Run::start(&State::new()).await;
    for request in [
        "POST /bot?do=fail",
        "POST /bot?do=exit&with=1",
        "POST /bot?do=panic",
    ] {
        run.request(request).await.expect(500, server_error());
    }
    assert_eq!(run.request("POST /bot?do=echo").await.status, 200);
}

#[tokio::test]
async fn requests_over_the_limit_are_throttled() {
    let slow = |burst: u32| {
        let settings =
            json!([{"throttling_burst_limit": burst, "throttling_rate_limit": 0.000_001}]);
        State::new().set(
            "aws_apigatewayv2_stage",
            "/default_route_settings",
            settings,
        )
    };
    let run = Run::start(&slow(2)).await;
    assert_eq!(run.request("POST /bot").await.status, 200);
    assert_eq!(run.request("POST /bot").await.status, 200);
    run.request("POST /bot")
        .await
        .expect(429, json!({"message": "Too Many Requests"}));

    // A route's own setting counts before the stage's.
    let own = json!([{"route_key": "POST /bot", "throttling_burst_limit": 1, "throttling_rate_limit": 0.000_001}]);
    let run = Run::start(&slow(50).set("aws_apigatewayv2_stage", "/route_settings", own)).await;
    assert_eq!(run.request("POST /bot").await.status, 200);
    assert_eq!(run.request("POST /bot").await.status, 429);

    // A fast refill never runs dry.
    let fast = json!([{"throttling_burst_limit": 1, "throttling_rate_limit": 1_000_000}]);
    let run =
        Run::start(&State::new().set("aws_apigatewayv2_stage", "/default_route_settings", fast))
            .await;
    for _ in 0..5 {
        assert_eq!(run.request("POST /bot").await.status, 200);
    }
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let run = Run::start(&State::new()).await;
    let too_large = json!({"message": "Request Entity Too Large"});
    let text = [("content-type", "text/plain")];
    // Above API Gateway's own limit, and above Lambda's.
    let reply = run
        .request_with("POST /bot", &text, &vec![b'x'; 10 * 1024 * 1024 + 1])
        .await;
    reply.expect(413, too_large.clone());
    run.request_with("POST /bot", &text, &vec![b'x'; 6 * 1024 * 1024])
        .await
        .expect(413, too_large);
    let reply = run
        .request_with(
            "POST /bot?do=return&with=1",
            &text,
            &vec![b'x'; 5 * 1024 * 1024],
        )
        .await;
    reply.expect(200, json!(1));
    // Lambda takes no more than 6 MB back.
    run.request("POST /bot?do=big&with=6291600")
        .await
        .expect(500, server_error());
    assert_eq!(
        run.request("POST /bot?do=big&with=6000000")
            .await
            .body
            .len(),
        6_000_000
    );
}

#[tokio::test]
async fn a_slow_integration_is_unavailable() {
    let state = State::new().set(
        "aws_apigatewayv2_integration",
        "/timeout_milliseconds",
        json!(50),
    );
    let run = Run::start(&state).await;
    run.request("POST /bot?do=sleep")
        .await
        .expect(503, json!({"message": "Service Unavailable"}));
}

#[tokio::test]
async fn routes_for_signatures_or_tokens_refuse() {
    let route =
        |kind: &str| State::new().set("aws_apigatewayv2_route", "/authorization_type", json!(kind));
    let run = Run::start(&route("AWS_IAM")).await;
    run.request("POST /bot")
        .await
        .expect(403, json!({"message": "Forbidden"}));
    let run = Run::start(&route("JWT")).await;
    run.request("POST /bot")
        .await
        .expect(401, json!({"message": "Unauthorized"}));
    let run = Run::start(&route("NONE")).await;
    assert_eq!(run.request("POST /bot").await.status, 200);
}

#[tokio::test]
async fn a_route_without_integration_is_a_server_error() {
    let run = Run::start(&State::new().remove("aws_apigatewayv2_integration")).await;
    run.request("POST /bot").await.expect(500, server_error());
}

#[tokio::test]
async fn an_integration_without_its_function_is_a_server_error() {
    let mut state = State::new();
    state.route("gone", "POST /gone");
    let run = Run::start(&state).await;
    run.request("POST /gone").await.expect(500, server_error());
    assert_eq!(run.request("POST /bot").await.status, 200);
}

#[tokio::test]
async fn access_is_logged_in_the_declared_format() {
    let run = Run::start(&State::new()).await;
    let ok = run.request("POST /bot").await;
    run.request("POST /none").await;
    run.request("POST /bot?do=fail").await;
    let lines: Vec<Value> = run
        .log("/aws/apigateway/perch-staging")
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let id = ok.header("apigw-requestid").expect("an id");
    let expected = json!({"requestId": id, "routeKey": "POST /bot", "status": "200", "error": "-", "integration": "-"});
    assert_eq!(lines[0], expected);
    assert_eq!(
        (
            &lines[1]["routeKey"],
            &lines[1]["status"],
            &lines[1]["error"]
        ),
        (&json!("-"), &json!("404"), &json!("Not Found"))
    );
    assert_eq!(lines[2]["status"], "500");
    assert_eq!(
        lines[2]["integration"],
        "the Lambda function failed: Deliberate"
    );
    assert_eq!(lines.len(), 3);
}
