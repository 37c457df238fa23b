//! Execution environments: cold and warm, crash and time-out, what they see and what they log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use perch_aws::Event;
use serde_json::{Value, json};

use crate::support::state::{REGION, State, function_arn};
use crate::support::{Run, echo, gone, is_running, line, process_state, write_zip};

const BOT: &str = "perch-staging-bot";

#[tokio::test]
async fn an_environment_is_reused() {
    let run = Run::start(&State::new()).await;
    let first = run.invoke(echo()).await;
    let second = run.invoke(echo()).await;
    assert_eq!(
        (&first["served"], &second["served"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(first["environment"], second["environment"]);
    let log = run.bot_log();
    let reports: Vec<&String> = log
        .iter()
        .filter(|line| line.starts_with("REPORT"))
        .collect();
    assert!(reports[0].contains("\tInit Duration: "), "{reports:?}");
    assert!(!reports[1].contains("Init Duration"), "{reports:?}");
}

#[tokio::test]
async fn concurrent_invocations_have_an_environment_each() {
    let run = Run::start(&State::new()).await;
    let folder = run.folder.path().join("meet");
    std::fs::create_dir(&folder).expect("a folder");
    // Each waits for the other, so one environment alone would never answer.
    let meet = json!({"do": "meet", "with": folder});
    let (one, other) = tokio::join!(run.invoke(meet.clone()), run.invoke(meet));
    assert_eq!((&one["result"], &other["result"]), (&json!(2), &json!(2)));
    assert_ne!(one["environment"], other["environment"]);
}

#[tokio::test]
async fn an_environment_is_frozen_between_invocations() {
    let run = Run::start(&State::new()).await;
    let pid = run.invoke(echo()).await["pid"].as_u64().expect("a pid");
    // T is stopped: what the function left to the background stands still.
    while process_state(pid) != Some('T') {
        assert!(is_running(pid));
        tokio::task::yield_now().await;
    }
    assert_eq!(
        run.invoke(echo()).await["pid"],
        pid,
        "and thawed for the next"
    );
}

#[tokio::test]
async fn an_idle_environment_is_reclaimed() {
    let run = Run::start_with(&State::new(), |options| {
        options.idle_timeout = Duration::ZERO
    })
    .await;
    let first = run.invoke(echo()).await;
    gone(first["pid"].as_u64().expect("a pid")).await;
    assert_eq!(run.invoke(echo()).await["served"], 1);
}

#[tokio::test]
async fn a_function_sees_lambdas_variables_and_the_states() {
    // Of the host, which no function may see.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let run = Run::start_with(&State::new(), |options| {
        options.extra_environment.insert(
            "SLACK_API_URL".to_owned(),
            "http://127.0.0.1:1/api/".to_owned(),
        );
    })
    .await;
    let told = run.invoke(json!({"do": "environment"})).await;
    let pairs: Vec<(String, String)> =
        serde_json::from_value(told["result"].clone()).expect("pairs");
    let mut seen: BTreeMap<String, String> = pairs.into_iter().collect();
    let directory = told["directory"].as_str().expect("a path");
    let mut take = |name: &str| {
        seen.remove(name)
            .unwrap_or_else(|| panic!("{name} is missing"))
    };
    let exact = [
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "perch-staging-bot"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/perch-staging-bot"),
        ("AWS_REGION", REGION),
        ("COLOUR", "blue"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LAMBDA_TASK_ROOT", directory),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("SLACK_API_URL", "http://127.0.0.1:1/api/"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ];
    for (name, value) in exact {
        assert_eq!(take(name), value, "{name}");
    }
    assert_eq!(
        take("AWS_ENDPOINT_URL_SSM"),
        take("AWS_ENDPOINT_URL_LAMBDA")
    );
    assert!(take("AWS_ACCESS_KEY_ID").starts_with("ASIA"));
    assert!(take("AWS_LAMBDA_LOG_STREAM_NAME").contains("/[1]"));
    assert!(take("AWS_LAMBDA_RUNTIME_API").starts_with("127.0.0.1:"));
    for name in [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LD_LIBRARY_PATH",
    ] {
        take(name);
    }
    assert_eq!(seen, BTreeMap::new(), "and nothing else");
}

#[tokio::test]
async fn an_invocation_carries_its_context() {
    let run = Run::start(&State::new()).await;
    let before = jiff::Timestamp::now().as_millisecond();
    let told = run.invoke(echo()).await;
    let after = jiff::Timestamp::now().as_millisecond();
    assert_eq!(told["arn"], format!("{}:live", function_arn("bot")));
    assert_eq!(told["version"], "1");
    assert!(
        told["trace"]
            .as_str()
            .expect("a text")
            .starts_with("Root=1-")
    );
    let deadline: i64 = told["deadline_ms"]
        .as_str()
        .expect("a text")
        .parse()
        .expect("milliseconds");
    assert!(
        (before + 29_000..=after + 30_000).contains(&deadline),
        "{deadline} within 30 s of {before}..{after}"
    );
    assert_eq!(told["event"], echo());
    let unqualified = run.invoke_named("perch-staging-bot", echo()).await;
    assert_eq!(
        (&unqualified["version"], &unqualified["arn"]),
        (&json!("$LATEST"), &json!(function_arn("bot")))
    );
}

#[tokio::test]
async fn logs_are_as_lambda_writes_them() {
    let mut run = Run::start(&State::new()).await;
    let returned = run
        .account
        .invoke(
            "perch-staging-bot:live",
            &json!({"do": "log", "with": "a line"}),
        )
        .await
        .expect("it ran");
    let id = &returned.request_id;
    let log = run.bot_log();
    let position = |start: &str| {
        log.iter()
            .position(|found| found.starts_with(start))
            .unwrap_or_else(|| panic!("{start} in {log:#?}"))
    };
    let order = [
        "hello from init".to_owned(),
        format!("START RequestId: {id} Version: 1"),
        "a line".to_owned(),
        format!("END RequestId: {id}"),
        format!("REPORT RequestId: {id}\tDuration: "),
    ];
    let positions: Vec<usize> = order.iter().map(|start| position(start)).collect();
    assert!(positions.is_sorted(), "{log:#?}");
    assert!(
        log.contains(&"a line too".to_owned()),
        "stderr as well: {log:#?}"
    );

    let report = line(&log, "REPORT");
    let fields: Vec<&str> = report
        .split('\t')
        .map(|field| field.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(
        fields,
        [
            "REPORT RequestId",
            "Duration",
            "Billed Duration",
            "Memory Size",
            "Max Memory Used",
            "Init Duration"
        ]
    );
    let event = run
        .event(|event| match event {
            Event::Invocation(invocation) => Some(invocation.clone()),
            _ => None,
        })
        .await;
    assert_eq!((event.status.as_str(), &event.request_id), ("success", id));
    assert!(
        event.max_memory_mb > 0
            && report.contains(&format!("Max Memory Used: {} MB", event.max_memory_mb))
    );
    let (init, duration) = (event.init_duration_ms.expect("cold"), event.duration_ms);
    assert!(
        report.contains(&format!("\tDuration: {duration:.2} ms"))
            && report.contains(&format!("Init Duration: {init:.2} ms"))
    );
    let billed: f64 = report
        .split("Billed Duration: ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("a figure")
        .parse()
        .expect("a number");
    assert!((billed - (init + duration)).abs() <= 1.01, "{report}");
}

#[tokio::test]
async fn logs_may_be_json() {
    let format = json!([{"log_format": "JSON", "log_group": "/own/group"}]);
    let run =
        Run::start(&State::new().set("aws_lambda_function.this", "/logging_config", format)).await;
    run.invoke(echo()).await;
    let events: Vec<Value> = run
        .log("/own/group")
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["platform.start", "platform.report"]);
    assert_eq!(events[1]["record"]["status"], "success");
    assert_eq!(events[1]["record"]["metrics"]["memorySizeMB"], 128);
}

#[tokio::test]
async fn a_functions_own_error_leaves_the_environment_alive() {
    let run = Run::start(&State::new()).await;
    let failed = run
        .account
        .invoke("perch-staging-bot:live", &json!({"do": "fail"}))
        .await
        .expect("it ran");
    assert_eq!(failed.error.as_deref(), Some("Deliberate"));
    assert_eq!(
        failed.payload,
        json!({"errorType": "Deliberate", "errorMessage": "as told"})
    );
    assert_eq!(run.invoke(echo()).await["served"], 2);
}

#[tokio::test]
async fn a_crash_is_an_exit_error_and_the_next_start_is_cold() {
    let run = Run::start(&State::new()).await;
    let cases = [
        (
            json!({"do": "exit", "with": "3"}),
            "Runtime exited with error: exit status 3",
        ),
        (
            json!({"do": "exit", "with": "0"}),
            "Runtime exited without providing a reason",
        ),
        (
            json!({"do": "panic"}),
            "Runtime exited with error: exit status 101",
        ),
        (
            json!({"do": "abort"}),
            "Runtime exited with error: signal: aborted",
        ),
    ];
    for (event, how) in cases {
        let crashed = run
            .account
            .invoke("perch-staging-bot:live", &event)
            .await
            .expect("it ran");
        assert_eq!(crashed.error.as_deref(), Some("Runtime.ExitError"));
        let message = format!("RequestId: {} Error: {how}", crashed.request_id);
        assert_eq!(
            crashed.payload,
            json!({"errorType": "Runtime.ExitError", "errorMessage": message})
        );
        let log = run.bot_log();
        line(&log, &message);
        assert!(
            line(&log, &format!("REPORT RequestId: {}", crashed.request_id))
                .ends_with("\tStatus: error\tError Type: Runtime.ExitError")
        );
        assert_eq!(run.invoke(echo()).await["served"], 1);
    }
}

#[tokio::test]
async fn a_time_out_kills_the_function_and_all_that_it_started() {
    let run = Run::start(&State::new().set("aws_lambda_function.this", "/timeout", json!(1))).await;
    let told = run.invoke(json!({"do": "spawn"})).await;
    let (function, child) = (
        told["pid"].as_u64().expect("a pid"),
        told["result"].as_u64().expect("a pid"),
    );
    assert!(is_running(child));

    let slow = run
        .account
        .invoke("perch-staging-bot:live", &json!({"do": "sleep"}))
        .await
        .expect("it ran");
    assert_eq!(slow.error.as_deref(), Some("Sandbox.Timedout"));
    let message = format!(
        "RequestId: {} Error: Task timed out after 1.00 seconds",
        slow.request_id
    );
    assert_eq!(slow.payload["errorMessage"], message);
    gone(function).await;
    gone(child).await;
    let log = run.bot_log();
    assert!(
        log.iter().any(|line| line.ends_with(&format!(
            "Z {} Task timed out after 1.00 seconds",
            slow.request_id
        ))),
        "{log:#?}"
    );
    assert!(
        line(&log, &format!("REPORT RequestId: {}", slow.request_id))
            .ends_with("\tStatus: timeout")
    );
    assert_eq!(run.invoke(echo()).await["served"], 1);
}

#[tokio::test]
async fn a_function_beyond_its_memory_is_killed() {
    let run = Run::start(&State::new()).await;
    let eat = json!({"do": "eat", "with": (300 * 1024 * 1024).to_string()});
    let eaten = run
        .account
        .invoke("perch-staging-bot:live", &eat)
        .await
        .expect("it ran");
    assert_eq!(eaten.error.as_deref(), Some("Runtime.OutOfMemory"));
    let run =
        Run::start(&State::new().set("aws_lambda_function.this", "/memory_size", json!(1024)))
            .await;
    assert_eq!(run.invoke(echo()).await["served"], 1);
}

#[tokio::test]
async fn a_failing_init_is_tried_again_and_then_told() {
    let init = |how: &str| {
        State::new().set(
            "aws_lambda_function.this",
            "/environment/0/variables/INIT",
            json!(how),
        )
    };

    let run = Run::start(&init("error")).await;
    let failed = run
        .account
        .invoke("perch-staging-bot:live", &echo())
        .await
        .expect("it ran");
    assert_eq!(failed.error.as_deref(), Some("Bad.Config"));
    assert_eq!(
        failed.payload,
        json!({"errorType": "Bad.Config", "errorMessage": "SLACK_BOT_TOKEN is not set"})
    );
    let log = run.bot_log();
    assert_eq!(
        log.iter().filter(|line| *line == "hello from init").count(),
        2
    );
    let reports: Vec<&String> = log
        .iter()
        .filter(|line| line.starts_with("INIT_REPORT Init Duration: "))
        .collect();
    assert!(
        reports[0].ends_with("\tPhase: init\tStatus: error\tError Type: Bad.Config"),
        "{log:#?}"
    );
    assert!(
        reports[1].ends_with("\tPhase: invoke\tStatus: error\tError Type: Bad.Config"),
        "{log:#?}"
    );

    let run = Run::start(&init("exit")).await;
    let failed = run
        .account
        .invoke("perch-staging-bot:live", &echo())
        .await
        .expect("it ran");
    assert!(
        failed.payload["errorMessage"]
            .as_str()
            .expect("a text")
            .ends_with("Runtime exited with error: exit status 7")
    );
}

#[tokio::test]
async fn init_has_a_limit_of_its_own() {
    let state = State::new()
        .set(
            "aws_lambda_function.this",
            "/environment/0/variables/INIT",
            json!("hang"),
        )
        .set("aws_lambda_function.this", "/timeout", json!(1));
    let run = Run::start_with(&state, |options| {
        options.init_timeout = Duration::from_millis(50)
    })
    .await;
    let failed = run
        .account
        .invoke("perch-staging-bot:live", &echo())
        .await
        .expect("it ran");
    assert_eq!(failed.error.as_deref(), Some("Sandbox.Timedout"));
    let log = run.bot_log();
    let reports: Vec<&String> = log
        .iter()
        .filter(|line| line.starts_with("INIT_REPORT"))
        .collect();
    assert!(
        reports[0].ends_with("\tPhase: init\tStatus: timeout"),
        "{log:#?}"
    );
    assert!(
        reports[1].ends_with("\tPhase: invoke\tStatus: timeout"),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_bootstrap_that_cannot_run_is_an_invalid_entrypoint() {
    let state = State::new().set(
        "aws_lambda_function.this",
        "/filename",
        json!("./../dist/odd.zip"),
    );
    let cases: [(&str, u32, &[u8], &str); 3] = [
        (
            "main",
            0o755,
            b"x",
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        ),
        (
            "bootstrap",
            0o644,
            b"#!/bin/sh\n",
            "fork/exec /var/task/bootstrap: permission denied",
        ),
        (
            "bootstrap",
            0o755,
            b"\x7fELFnot really",
            "fork/exec /var/task/bootstrap: exec format error",
        ),
    ];
    for (name, mode, content, message) in cases {
        let folder = crate::support::folder();
        write_zip(
            &folder.path().join("dist/odd.zip"),
            &[(name, mode, content)],
        );
        let account = crate::support::start(state.json(), crate::support::options(folder.path()))
            .await
            .expect("it starts");
        let failed = account
            .invoke("perch-staging-bot:live", &echo())
            .await
            .expect("it ran");
        assert_eq!(
            failed.error.as_deref(),
            Some("Runtime.InvalidEntrypoint"),
            "{:?}",
            failed.payload
        );
        assert!(
            failed.payload["errorMessage"]
                .as_str()
                .expect("a text")
                .ends_with(message),
            "{:?}",
            failed.payload
        );
        account.shutdown().await;
    }
}

#[tokio::test]
async fn reserved_concurrency_is_a_limit() {
    let reserve = |count: i64| {
        State::new().set(
            "aws_lambda_function.this",
            "/reserved_concurrent_executions",
            json!(count),
        )
    };
    let run = Run::start(&reserve(0)).await;
    let throttled = run
        .account
        .invoke("perch-staging-bot:live", &echo())
        .await
        .expect_err("throttled");
    assert_eq!(
        throttled.to_string(),
        "Lambda throttled the invocation: Rate Exceeded."
    );
    run.request("POST /bot")
        .await
        .expect(503, json!({"message": "Service Unavailable"}));

    let run = Run::start(&reserve(1)).await;
    let folder = run.folder.path().join("meet");
    std::fs::create_dir(&folder).expect("a folder");
    let meet = json!({"do": "meet", "with": folder});
    let waits = run.account.invoke("perch-staging-bot:live", &meet);
    let meanwhile = async {
        // The first one is running once it has left its mark.
        while std::fs::read_dir(&folder).expect("a folder").count() == 0 {
            tokio::task::yield_now().await;
        }
        let throttled = run.account.invoke("perch-staging-bot:live", &echo()).await;
        std::fs::write(folder.join("other"), "").expect("a file");
        throttled
    };
    let (first, second) = tokio::join!(waits, meanwhile);
    assert_eq!(first.expect("it ran").payload["result"], 2);
    assert!(second.is_err());
    assert_eq!(run.invoke(echo()).await["served"], 2);
}

#[tokio::test]
async fn a_report_for_another_request_is_refused() {
    let run = Run::start(&State::new()).await;
    assert_eq!(run.invoke(json!({"do": "wrong-id"})).await["result"], 400);
}

#[tokio::test]
async fn an_unknown_function_or_version_is_not_found() {
    let run = Run::start(&State::new()).await;
    for name in [
        "perch-staging-none",
        "perch-staging-bot:none",
        "perch-staging-bot:9",
    ] {
        let error = run
            .account
            .invoke(name, &echo())
            .await
            .expect_err("not found");
        assert!(
            error
                .to_string()
                .starts_with("Function not found: arn:aws:lambda:"),
            "{error}"
        );
    }
    assert_eq!(
        run.invoke_named("perch-staging-bot:1", echo()).await["version"],
        "1"
    );
}

/// While requests come one after the other, each is answered by the code that it met, and none is lost.
#[tokio::test]
async fn code_is_published_without_an_apply_while_requests_come() {
    let run = Run::start(&State::new()).await;
    let zip = run.folder.path().join("new.zip");
    let published = AtomicBool::new(false);
    let asking = async {
        let mut answered = vec![version_of(&run).await];
        // Those that were sent before, and at least one after.
        while !published.load(Ordering::SeqCst) || answered.last().is_some_and(|last| last == "1") {
            let (one, other) = tokio::join!(version_of(&run), version_of(&run));
            answered.extend([one, other]);
        }
        answered
    };
    let publishing = async {
        let code = run.folder.path().join("dist/function.zip");
        std::fs::copy(&code, &zip).expect("a zip");
        let version = run.account.publish(BOT, "live", &zip).await;
        published.store(true, Ordering::SeqCst);
        version.expect("published")
    };
    let (answered, version) = tokio::join!(asking, publishing);
    assert_eq!(version, "2");
    assert_eq!(answered[0], "1");
    assert!(
        answered.iter().all(|one| one == "1" || one == "2"),
        "{answered:?}"
    );

    let missing = run.folder.path().join("none.zip");
    let refused = run.account.publish(BOT, "live", &missing).await;
    assert!(
        refused
            .expect_err("no code")
            .to_string()
            .contains("none.zip")
    );
    let refused = run.account.publish(BOT, "dead", &zip).await;
    assert!(
        refused
            .expect_err("no alias")
            .to_string()
            .contains("perch-staging-bot:dead")
    );
    assert_eq!(version_of(&run).await, "2", "it goes on as it was");
}

/// The version that answers now.
async fn version_of(run: &Run) -> String {
    let answer = run.invoke(json!({"do": "environment"})).await;
    let pairs: Vec<(String, String)> =
        serde_json::from_value(answer["result"].clone()).expect("pairs");
    let found = pairs
        .into_iter()
        .find(|(name, _)| name == "AWS_LAMBDA_FUNCTION_VERSION");
    found.expect("Lambda sets it").1
}
