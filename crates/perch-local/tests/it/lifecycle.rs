//! Start, reload, control and end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use perch_aws_client::{Answer, Call, Caller, Credentials, Error, Retry};
use perch_local::RunFile;
use serde_json::{Value, json};

use crate::support::state::State;
use crate::support::{Run, client, echo, folder, gone, is_running, options, write_zip};

/// `POST /fire` and the like, at the control API.
async fn control(
    run: &Run,
    request: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> client::Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    client::send(&run.stage.control_url(), request, headers, body.as_bytes()).await
}

#[tokio::test]
async fn a_reload_changes_what_changed_and_leaves_the_rest_warm() {
    let mut state = State::new();
    state.function("other");
    let run = Run::start(&state).await;
    let bot = run.invoke(echo()).await;
    let other = run.invoke_named("perch-staging-other:live", echo()).await;

    let mut changed = state.clone().set(
        "[\"bot\"].aws_lambda_function.this",
        "/environment/0/variables/COLOUR",
        json!("red"),
    );
    changed.route("other", "POST /other");
    run.request("POST /other")
        .await
        .expect(404, json!({"message": "Not Found"}));
    run.stage.reload(changed.json()).await.expect("it reloads");

    let after = run.invoke(echo()).await;
    assert_eq!(
        (&after["colour"], &after["served"]),
        (&json!("red"), &json!(1))
    );
    gone(bot["pid"].as_u64().expect("a pid")).await;
    let warm = run.invoke_named("perch-staging-other:live", echo()).await;
    assert_eq!((&warm["pid"], &warm["served"]), (&other["pid"], &json!(2)));
    assert_eq!(run.request("POST /other").await.status, 200);
}

#[tokio::test]
async fn a_reload_that_fails_changes_nothing() {
    let run = Run::start(&State::new()).await;
    run.invoke(echo()).await;
    let bad = State::new().set(
        "aws_lambda_function.this",
        "/filename",
        json!("./../dist/none.zip"),
    );
    let error = run
        .stage
        .reload(bad.json())
        .await
        .expect_err("no such zip")
        .to_string();
    assert!(
        error.contains("none.zip") && error.contains("make package"),
        "{error}"
    );
    assert_eq!(run.invoke(echo()).await["served"], 2);
}

#[tokio::test]
async fn an_alias_runs_the_version_that_was_published() {
    let run = Run::start(&State::new()).await;
    assert_eq!(run.invoke(echo()).await["colour"], "blue");

    // Version 2 in the cloud directory, with code and attributes of its own; version 1 has none there.
    let zip = fs::read(run.folder.path().join("dist/function.zip")).expect("the zip");
    let cloud = run.folder.path().join("cloud/lambda/perch-staging-bot");
    fs::create_dir_all(&cloud).expect("a folder");
    fs::write(cloud.join("2.zip"), zip).expect("a file");
    let state = State::new().set("aws_lambda_function.this", "/version", json!("2"));
    let functions =
        state.json()["values"]["root_module"]["child_modules"][0]["child_modules"].clone();
    let mut published = functions[0]["resources"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|resource| resource["type"] == "aws_lambda_function")
        .expect("the function")["values"]
        .clone();
    published["environment"][0]["variables"]["COLOUR"] = json!("green");
    fs::write(cloud.join("2.json"), published.to_string()).expect("a file");
    // The zip under `filename` has moved on since.
    write_zip(
        &run.folder.path().join("dist/function.zip"),
        &[("bootstrap", 0o755, b"#!/bin/false\n")],
    );

    let state = state.set("aws_lambda_alias", "/function_version", json!("2"));
    run.stage.reload(state.json()).await.expect("it reloads");
    let told = run.invoke(echo()).await;
    assert_eq!(
        (&told["version"], &told["colour"]),
        (&json!("2"), &json!("green"))
    );
}

#[tokio::test]
async fn an_alias_can_be_moved_to_a_version_that_was_published() {
    let run = Run::start(&State::new()).await;
    let cloud = run.folder.path().join("cloud/lambda/perch-staging-bot");
    fs::create_dir_all(&cloud).expect("a folder");
    let function = "perch-staging-bot";
    let to = |function: &str, alias: &str, version: &str| {
        let path = format!("functions/{function}/aliases/{alias}");
        (path, json!({"FunctionVersion": version}))
    };
    let refusals = [
        (to("none", "live", "2"), "function:none:live"),
        (to(function, "dead", "2"), "function:perch-staging-bot:dead"),
        (to(function, "live", "2"), "function:perch-staging-bot:2"),
        (
            to(function, "live", "../2"),
            "function:perch-staging-bot:../2",
        ),
    ];
    for ((path, request), arn) in refusals {
        let refused = update_alias(&run, &path, &request).await;
        let error = refused.expect_err("refused");
        assert_eq!(error.code(), Some("ResourceNotFoundException"));
        assert!(error.to_string().ends_with(arn), "{error}");
    }
    assert_eq!(run.invoke(echo()).await["version"], "1");

    let attributes = State::new().json()["values"]["root_module"]["child_modules"][0]
        ["child_modules"][0]["resources"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|resource| resource["type"] == "aws_lambda_function")
        .expect("the function")["values"]
        .to_string();
    fs::write(cloud.join("2.json"), attributes).expect("a file");
    let (path, request) = to(function, "live", "2");
    update_alias(&run, &path, &request).await.expect("moved");
    assert_eq!(run.invoke(echo()).await["version"], "2");
    let kept = fs::read_to_string(cloud.join("aliases/live.json")).expect("a file");
    assert_eq!(kept, "{\"function_version\":\"2\"}\n");
    // As the state says otherwise, the alias was moved since.
    run.stage
        .reload(State::new().json())
        .await
        .expect("it reloads");
    assert_eq!(run.invoke(echo()).await["version"], "2");

    fs::write(cloud.join("aliases/live.json"), "{}").expect("a file");
    let error = run.stage.reload(State::new().json()).await;
    let error = error.expect_err("no version").to_string();
    assert!(error.contains("has no function_version"), "{error}");
}

/// Lambda's UpdateAlias, as another process calls it by what `run.json` says.
async fn update_alias(run: &Run, path: &str, request: &Value) -> Result<Answer, Error> {
    let found = RunFile::find(&run.folder.path().join("data"));
    let access = found.expect("readable").expect("it runs").aws;
    let (id, key) = (access.access_key_id, access.secret_access_key);
    let caller = Caller {
        region: access.region,
        credentials: Credentials::new(id, key, None, None, "run.json"),
        retry: Retry::STANDARD,
    };
    let body = request.to_string();
    let call = Call {
        method: "PUT",
        url: &format!("{}/2015-03-31/{path}", access.endpoint),
        body: body.as_bytes(),
        ..Call::post("lambda", "UpdateAlias")
    };
    let client = perch_loopback::client().expect("a client");
    caller.send(&client, &call).await
}

#[tokio::test]
async fn the_end_of_the_stage_is_the_end_of_its_processes() {
    let run = Run::start(&State::new()).await;
    let told = run.invoke(json!({"do": "spawn"})).await;
    let pids = [
        told["pid"].as_u64().expect("a pid"),
        told["result"].as_u64().expect("a pid"),
    ];
    let apis = run.stage.apis();
    let folder = run.folder;
    run.stage.shutdown().await;
    for pid in pids {
        gone(pid).await;
    }
    let local = apis
        .values()
        .next()
        .expect("an API")
        .trim_start_matches("http://")
        .to_owned();
    assert!(
        std::net::TcpStream::connect(local).is_err(),
        "the port is closed"
    );
    assert_eq!(
        RunFile::find(&folder.path().join("data")).expect("readable"),
        None
    );
}

/// Runs only when `a_killed_stage_leaves_no_process` starts it: a stage in a process of its own, to be killed.
#[tokio::test]
async fn stage_of_another_process() {
    let Some(folder) = std::env::var_os("STAGE_FOLDER") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let stage = perch_local::start("staging", State::new().json(), options(&folder))
        .await
        .expect("it starts");
    // In the middle of an invocation: the kernel ends a frozen process by itself when its parent has gone.
    let linger = json!({"do": "linger", "with": folder.join("told.json")});
    let _ = stage.invoke("perch-staging-bot:live", &linger).await;
}

#[tokio::test]
async fn a_killed_stage_leaves_no_process() {
    let folder = folder();
    let mut other = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "lifecycle::stage_of_another_process",
            "--exact",
            "--nocapture",
        ])
        .env("STAGE_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let told = folder.path().join("told.json");
    while !told.exists() {
        assert_eq!(
            other.try_wait().expect("a child"),
            None,
            "the other process has failed"
        );
        tokio::task::yield_now().await;
    }
    let pids: [u64; 2] =
        serde_json::from_slice(&fs::read(told).expect("a file")).expect("two pids");
    let data_dir = folder.path().join("data");
    assert!(pids.iter().all(|&pid| is_running(pid)));
    let running = RunFile::find(&data_dir)
        .expect("readable")
        .expect("it runs");
    assert_eq!(running.pid, other.id());

    // Two stages do not share a folder.
    let error = perch_local::start("staging", State::new().json(), options(folder.path()))
        .await
        .expect_err("it runs already");
    assert!(
        error
            .to_string()
            .contains(&format!("it is process {}", other.id())),
        "{error}"
    );

    other.kill().expect("SIGKILL");
    other.wait().expect("it ends");
    for pid in pids {
        gone(pid).await;
    }
    // What it left behind counts as no stage, and is no hindrance.
    assert!(data_dir.join("run.json").exists());
    assert_eq!(RunFile::find(&data_dir).expect("readable"), None);
    // Its number may be another process's by now: a port that is closed is enough.
    let reused = RunFile {
        pid: std::process::id(),
        ..running
    };
    fs::write(
        data_dir.join("run.json"),
        serde_json::to_string(&reused).expect("JSON"),
    )
    .expect("a file");
    assert_eq!(RunFile::find(&data_dir).expect("readable"), None);
    let next = perch_local::start("staging", State::new().json(), options(folder.path()))
        .await
        .expect("it starts");
    next.shutdown().await;
}

#[tokio::test]
async fn run_json_leads_to_the_stage() {
    let run = Run::start(&State::new()).await;
    let found = RunFile::find(&run.data_dir())
        .expect("readable")
        .expect("it runs");
    assert_eq!(
        (found.pid, &found.control, &found.apis),
        (
            std::process::id(),
            &run.stage.control_url(),
            &run.stage.apis()
        )
    );
    let account = run.stage.account();
    let administrator = account.administrator();
    assert_eq!(
        (
            found.aws.endpoint.as_str(),
            &found.aws.access_key_id,
            &found.aws.secret_access_key
        ),
        (
            account.endpoint(),
            &administrator.access_key_id,
            &administrator.secret_access_key
        )
    );
    assert_eq!(found.aws.region, "ap-northeast-1");
    // It holds a key: nobody else may read it, and it is not shown.
    let mode = fs::metadata(run.data_dir().join("run.json")).expect("a file");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    assert!(!format!("{found:?}").contains(&administrator.secret_access_key));
    let status = control(&run, "GET /status", &[], &Value::Null).await.json();
    assert_eq!(status["functions"][0]["aliases"], json!({"live": "1"}));
    assert_eq!(
        status["functions"][0]["routes"],
        json!(["POST https://a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com/bot"])
    );
    assert_eq!(status["queues"], json!({"perch-staging-bot-failed": 0}));
    assert!(
        status["functions"][0]["log"]
            .as_str()
            .expect("a path")
            .ends_with("data/logs/aws/lambda/perch-staging-bot.log")
    );
}

#[tokio::test]
async fn the_control_api_fires_and_shows_queues() {
    let mut state = State::new();
    state.schedule("bot", "rate(1 hour)");
    let run = Run::start(&state).await;
    let fire = json!({"schedule": "perch-staging-bot", "at": "2026-01-05T00:00:00Z"});
    let fired = control(&run, "POST /fire", &[], &fire).await.json();
    assert_eq!(
        (&fired["outcome"], &fired["scheduled_time"]),
        (&json!("success"), &json!("2026-01-05T00:00:00Z"))
    );
    let unknown = control(&run, "POST /fire", &[], &json!({"schedule": "none"})).await;
    assert_eq!(unknown.status, 404);
    let malformed = control(
        &run,
        "POST /fire",
        &[],
        &json!({"schedule": "perch-staging-bot", "when": 1}),
    )
    .await;
    assert_eq!(malformed.status, 400);

    assert_eq!(
        control(
            &run,
            "GET /queues/perch-staging-bot-failed",
            &[],
            &Value::Null
        )
        .await
        .json(),
        json!([])
    );
    assert_eq!(
        control(&run, "GET /queues/none", &[], &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(control(&run, "GET /", &[], &Value::Null).await.status, 404);

    // A page in a browser has no say.
    let page = control(
        &run,
        "POST /fire",
        &[("origin", "https://example.com")],
        &fire,
    )
    .await;
    assert_eq!(page.status, 403);
    let rebound = control(
        &run,
        "GET /status",
        &[("host", "example.com")],
        &Value::Null,
    )
    .await;
    assert_eq!(rebound.status, 403);
}

#[tokio::test]
async fn folders_may_be_relative() {
    let folder = folder();
    let here = std::env::current_dir().expect("a directory");
    let up: std::path::PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(folder.path().strip_prefix("/").expect("an absolute path"));
    let stage = perch_local::start("staging", State::new().json(), options(&relative))
        .await
        .expect("it starts");
    let told = stage
        .invoke("perch-staging-bot:live", &echo())
        .await
        .expect("it ran");
    assert_eq!(told.error, None);
    stage.shutdown().await;
}

#[tokio::test]
async fn a_port_may_be_chosen_and_must_be_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let folder = folder();
    let mut wanted = options(folder.path());
    wanted.port = port;
    let error = perch_local::start("staging", State::new().json(), wanted.clone())
        .await
        .expect_err("it is taken");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    drop(taken);
    let stage = perch_local::start("staging", State::new().json(), wanted)
        .await
        .expect("it starts");
    assert_eq!(
        stage.apis().into_values().next(),
        Some(format!("http://127.0.0.1:{port}"))
    );
}
