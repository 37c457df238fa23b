//! The control API: how another process on this machine asks the stage what runs, and tells it to fire a schedule.
//!
//! JSON over HTTP on a port of its own, which `run.json` names:
//! `GET /status`, `GET /queues/<name>` and `POST /fire` with `{"schedule": "…", "at": "2026-01-05T00:00:00Z"}`.
//! What AWS has an operation for, such as invoking a function, is asked of the account itself, whose endpoint `run.json` names.
//! The server below it refuses what a web page could send.

use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::applied::AppliedState;
use perch_aws::{Error, FunctionInfo, NextFires};
use perch_loopback::{self as loopback, Answer};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 64 * 1024;

/// How many of a schedule's next times the status tells.
const NEXT_TIMES: usize = 5;

/// The answer to `GET /status`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Status {
    /// The process that runs the stage.
    pub pid: u32,
    /// The applied URL of each HTTP API, and where it answers locally.
    pub apis: std::collections::BTreeMap<String, String>,
    /// The functions that run.
    pub functions: Vec<FunctionInfo>,
    /// The schedules and their next times.
    pub schedules: Vec<NextFires>,
    /// The queues, and how many messages each holds.
    pub queues: std::collections::BTreeMap<String, usize>,
    /// The folder of the logs.
    pub logs: std::path::PathBuf,
    /// The file of the parameters.
    pub parameters: std::path::PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fire {
    schedule: String,
    at: Option<Timestamp>,
}

impl Status {
    pub(crate) fn of(state: &AppliedState) -> Result<Status, Error> {
        let AppliedState { account, name } = state;
        Ok(Status {
            pid: std::process::id(),
            apis: account.apis(name),
            functions: account.functions(name),
            schedules: account.next_fires(name, NEXT_TIMES),
            queues: account.queues(name)?,
            logs: account.logs(),
            parameters: account.parameters().path().to_owned(),
        })
    }
}

pub(crate) async fn handle(state: &AppliedState, request: Request<Incoming>) -> Answer {
    let account = &state.account;
    let path = request.uri().path().to_owned();
    match (request.method().clone(), path.as_str()) {
        (Method::GET, "/status") => answer(Status::of(state)),
        (Method::GET, path) if path.starts_with("/queues/") => {
            answer(account.queue(path.trim_start_matches("/queues/")))
        }
        (Method::POST, "/fire") => match read::<Fire>(request).await {
            Ok(fire) => answer(account.fire(&fire.schedule, fire.at).await),
            Err(refused) => refused,
        },
        _ => problem(
            StatusCode::NOT_FOUND,
            "use GET /status, GET /queues/<name> or POST /fire",
        ),
    }
}

async fn read<T: for<'de> Deserialize<'de>>(request: Request<Incoming>) -> Result<T, Answer> {
    let body = loopback::read_body(request.into_body(), MAX_REQUEST).await;
    let body = body.map_err(|_| problem(StatusCode::BAD_REQUEST, "the body cannot be read"))?;
    serde_json::from_slice(&body).map_err(|error| {
        problem(
            StatusCode::BAD_REQUEST,
            &format!("the body is not valid: {error}"),
        )
    })
}

fn answer<T: Serialize>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(value) => match serde_json::to_value(value) {
            Ok(value) => loopback::json(StatusCode::OK, &value),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        Err(error) => problem(StatusCode::NOT_FOUND, &error.to_string()),
    }
}

fn problem(status: StatusCode, message: &str) -> Answer {
    let body: Value = json!({"error": message});
    loopback::json(status, &body)
}
