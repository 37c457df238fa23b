//! The function as a process of its own: Init, invocations by Lambda's Runtime API, and what it logs.
//!
//! The process is this test binary again, told by its environment to run `child` as a bot.

use std::process::{Command as Process, Output};

use perch::testing::{HttpAnswer, HttpDouble, app};
use perch::{App, Command, Context, Reply, Result, Timestamp};
use serde_json::{Value, json};

const SECRET: &str = "a signing secret of a test";
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";

async fn ping(command: Command, _: Context) -> Result<Reply> {
    assert_ne!(command.text, "panic", "asked to panic");
    tracing::debug!("a line of the bot's own");
    Ok(Reply::ephemeral("pong"))
}

/// Nothing, unless this process is to be the bot.
#[tokio::test]
async fn child() {
    if std::env::var_os("PERCH_TEST_SERVES").is_none() {
        return;
    }
    if let Err(error) = App::new().command("/ping", ping).serve().await {
        eprintln!("Error: {error:?}");
        std::process::exit(1);
    }
}

/// Runs the bot until it ends, with this environment and no other.
async fn serve(variables: Vec<(&'static str, String)>) -> Output {
    let run = move || {
        Process::new(std::env::current_exe()?)
            .args(["--exact", "served::child", "--nocapture"])
            .env_clear()
            .env("PERCH_TEST_SERVES", "1")
            .envs(variables)
            .output()
    };
    let output = tokio::task::spawn_blocking(run).await;
    output
        .expect("it does not panic")
        .expect("it can be started")
}

/// What Lambda and `modules/function` set. `aws` is both the Runtime API and Parameter Store.
fn variables(aws: &HttpDouble) -> Vec<(&'static str, String)> {
    let address = aws.url().trim_start_matches("http://").to_owned();
    vec![
        ("AWS_LAMBDA_RUNTIME_API", address),
        ("AWS_LAMBDA_FUNCTION_NAME", "perch-test-bot".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "/aws/lambda/perch-test-bot".to_owned(),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
        ("AWS_REGION", "ap-northeast-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "of-a-test".to_owned()),
        ("AWS_ENDPOINT_URL", aws.url().to_owned()),
        (
            "SLACK_SIGNING_SECRET",
            "ssm:/perch/test/slack-signing-secret".to_owned(),
        ),
        ("RUST_LOG", "info,it=debug".to_owned()),
    ]
}

/// An event as `/next` hands it out.
fn next(request_id: &str, text: &str) -> HttpAnswer {
    next_signed(request_id, text, SECRET)
}

fn next_signed(request_id: &str, text: &str, secret: &str) -> HttpAnswer {
    let bot = app(App::new()).secret("SLACK_SIGNING_SECRET", secret);
    let event = bot.now(Timestamp::now()).command("/ping", text).event();
    let deadline = Timestamp::now().as_millisecond() + 60_000;
    HttpAnswer::from(event)
        .header("lambda-runtime-aws-request-id", request_id)
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-test-bot:live",
        )
}

/// What Parameter Store has for the signing secret.
fn parameter(value: &str) -> Value {
    let parameter = json!({
        "Name": "/perch/test/slack-signing-secret", "Type": "SecureString", "Value": value, "Version": 1,
    });
    json!({ "Parameters": [parameter], "InvalidParameters": [] })
}

/// The body of the response to `req-1`, `req-2` and so on, for `/next` to have handed out.
fn accept_responses(aws: &HttpDouble, count: usize) {
    for number in 1..=count {
        let path = format!("POST /2018-06-01/runtime/invocation/req-{number}/response");
        aws.answer(&path, HttpAnswer::new(202).json(json!({ "status": "OK" })));
    }
    // Without an event the runtime gives up, and the process ends.
    aws.answer(NEXT, HttpAnswer::new(500));
}

/// The statuses that requests were answered, in their order.
fn statuses(aws: &HttpDouble) -> Vec<u64> {
    let requests = aws.requests();
    let responses = requests
        .iter()
        .filter(|request| request.path.ends_with("/response"));
    responses
        .map(|request| request.json()["statusCode"].as_u64().unwrap_or_default())
        .collect()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The test harness of the process writes as well.
    let lines = text
        .lines()
        .filter_map(|line| line.find('{').map(|at| &line[at..]));
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test]
async fn a_bot_serves_and_outlives_a_panic() -> Result<()> {
    let aws = HttpDouble::start().await?;
    aws.answer("POST /", parameter(SECRET));
    aws.answer(NEXT, next("req-1", "panic"));
    aws.answer(NEXT, next("req-2", ""));
    accept_responses(&aws, 2);
    let output = serve(variables(&aws)).await;

    let answer = |id: &str| {
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        let requests = aws.requests();
        let request = requests.iter().find(|request| request.path == path);
        request.map(|request| {
            request.json()["body"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    };
    let apology = answer("req-1").expect("it is answered");
    assert!(
        apology.contains("`req-1`") && !apology.contains("asked"),
        "{apology}"
    );
    assert!(answer("req-2").expect("it is answered").contains("pong"));

    let lines = lines(&output);
    let find = |message: &str, id: &str| {
        let mut lines = lines.iter();
        let found =
            lines.find(|line| line["message"] == message && line["span"]["request_id"] == id);
        found.unwrap_or_else(|| {
            panic!(
                "no {message} of {id}: {:?}",
                String::from_utf8_lossy(&output.stdout)
            )
        })
    };
    let panicked = find("panicked", "req-1");
    assert!(
        panicked["panic"]
            .as_str()
            .is_some_and(|text| text.contains("asked to panic"))
    );
    assert!(
        panicked["location"]
            .as_str()
            .is_some_and(|place| place.contains("served.rs"))
    );
    assert_eq!(find("failed", "req-1")["event"], "command /ping");
    assert_eq!(find("handled", "req-2")["outcome"], "200 ephemeral");
    assert_eq!(find("a line of the bot's own", "req-2")["level"], "DEBUG");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains(SECRET) && !text.contains("v0="), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_new_signing_secret_is_read_at_the_first_request_that_it_signed() -> Result<()> {
    let aws = HttpDouble::start().await?;
    for value in ["the old secret", "the new secret", "the new secret"] {
        aws.answer("POST /", parameter(value));
    }
    for (id, secret) in [
        ("req-1", "the old secret"),
        ("req-2", "the new secret"),
        ("req-3", "the new secret"),
        // Strangers make it ask once, and not again soon.
        ("req-4", "the old secret"),
        ("req-5", "a guess"),
        ("req-6", "the new secret"),
    ] {
        aws.answer(NEXT, next_signed(id, "", secret));
    }
    accept_responses(&aws, 6);
    let output = serve(variables(&aws)).await;

    assert_eq!(statuses(&aws), [200, 200, 200, 401, 401, 200]);
    let reads = aws.requests();
    let reads = reads.iter().filter(|request| request.path == "/");
    assert_eq!(reads.count(), 3);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("signing secret was rotated"), "{text}");
    assert!(!text.contains("the new secret"), "{text}");
    Ok(())
}

#[tokio::test]
async fn two_signing_secrets_are_valid_while_one_follows_the_other() -> Result<()> {
    let old = "8f742231b10e8888abcd9900000085a5";
    let new = "e6b19c573432dcc6b075501d51b51bb8";
    for (value, expected) in [
        (format!("{old} {new}"), [200, 200, 401]),
        (format!("{new},{old}\n"), [200, 200, 401]),
        (format!("{new}\n"), [401, 200, 401]),
        // Not two secrets of Slack's, so one of somebody's own, and no piece of it is a key.
        (format!("{old} new"), [401, 401, 401]),
    ] {
        let aws = HttpDouble::start().await?;
        for _ in 0..2 {
            aws.answer("POST /", parameter(&value));
        }
        aws.answer(NEXT, next_signed("req-1", "", old));
        aws.answer(NEXT, next_signed("req-2", "", new));
        aws.answer(NEXT, next_signed("req-3", "", "new"));
        accept_responses(&aws, 3);
        serve(variables(&aws)).await;
        assert_eq!(statuses(&aws), expected, "{value:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_directive_makes_the_runtimes_crates_log_a_request() -> Result<()> {
    let aws = HttpDouble::start().await?;
    aws.answer("POST /", parameter(SECRET));
    aws.answer(NEXT, next("req-1", "a-planted-word"));
    accept_responses(&aws, 1);
    let mut variables = variables(&aws);
    variables.retain(|(name, _)| *name != "RUST_LOG");
    let directives = [
        "trace",
        "it=debug",
        "lambda_runtime=trace",
        "lambda_runtime::layers=trace",
        "lambda_runtime::layers::api_client=trace",
        "lambda_runtime::runtime=trace",
        "lambda_runtime_api_client::error=trace",
        "hyper::proto=trace",
        "hyper::proto::h1::conn=trace",
        "hyper::proto::h1::io=trace",
        "hyper_util::client::legacy=trace",
        "reqwest::connect=trace",
        "reqwest::connect::verbose=trace",
        "rustls::client=trace",
        "aws_smithy_runtime::client=trace",
        "aws_smithy_runtime::client::orchestrator=trace",
    ];
    variables.push(("RUST_LOG", directives.join(",")));
    let output = serve(variables).await;

    assert_eq!(statuses(&aws), [200]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("a line of the bot's own"), "{text}");
    for planted in ["a-planted-word", "v0=", SECRET, "of-a-test"] {
        assert!(!text.contains(planted), "{planted} in {text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_parameter_ends_init_by_its_name() -> Result<()> {
    let aws = HttpDouble::start().await?;
    let none =
        json!({ "Parameters": [], "InvalidParameters": ["/perch/test/slack-signing-secret"] });
    aws.answer("POST /", none);
    aws.answer("POST /2018-06-01/runtime/init/error", HttpAnswer::new(202));
    let output = serve(variables(&aws)).await;
    assert!(!output.status.success());

    let requests = aws.requests();
    let reported = requests
        .iter()
        .find(|request| request.path.ends_with("/init/error"));
    let reported = reported.expect("Lambda is told").json();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines = lines(&output);
    let logged = lines.iter().find(|line| line["message"] == "init failed");
    let logged = logged.expect("the log has it");
    for text in [
        reported["errorMessage"].as_str().unwrap_or_default(),
        logged["error"].as_str().unwrap_or_default(),
        &stderr,
    ] {
        assert!(text.contains("SLACK_SIGNING_SECRET"), "{text}");
        assert!(text.contains("/perch/test/slack-signing-secret"), "{text}");
        assert!(
            text.contains("make secret STAGE=test NAME=slack-signing-secret"),
            "{text}"
        );
    }
    assert!(
        !requests
            .iter()
            .any(|request| request.path.ends_with("/next"))
    );
    Ok(())
}

#[tokio::test]
async fn outside_lambda_a_bot_says_where_it_runs() {
    let output = serve(Vec::new()).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        stderr.contains("runs on Lambda") && stderr.contains("make up"),
        "{stderr}"
    );
}
