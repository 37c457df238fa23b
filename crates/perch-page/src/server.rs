//! What is answered: the page's files, what it shows as JSON, what happens as server-sent events, and what a person does.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use perch_loopback::read_body;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::body::Body;
use crate::page::Core;
use crate::{act, assets, copied, stage, workspace};

/// The largest request: a file that is chosen in a modal, by its name alone, and texts.
const MAX_BODY: usize = 4 << 20; // bytes

/// How long nothing is told after something was: what happens at once is told once.
const PAUSE: Duration = Duration::from_millis(40);

/// A line that says nothing, so that a browser that went away is noticed.
const STILL_HERE: Duration = Duration::from_secs(15);

/// Only the page's own files are loaded, and nothing may be framed or sent elsewhere. Files that bots upload are shown from
/// memory (`blob:`).
const POLICY: &str = "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

pub(crate) async fn handle(
    core: Arc<Core>,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let path = request.uri().path().to_owned();
    let guarded = path.starts_with("/api/");
    if let Some((status, why)) = core.guard.refusal(&request, guarded) {
        return Ok(fixed(json_answer(status, &json!({ "error": why }))));
    }
    let answer = match (request.method(), path.as_str()) {
        (&Method::GET, "/api/events") => live(&core),
        (&Method::GET, path) if !guarded => match assets::find(path) {
            Some((kind, file)) => whole(StatusCode::OK, kind, file),
            None => json_answer(StatusCode::NOT_FOUND, &json!({"error": "no such file"})),
        },
        (&Method::GET, "/api/file") => file(&core, &parameter(&request, "id")),
        (&Method::GET, _) => answered(show(&core, &request)),
        (&Method::POST, path) => {
            let name = path
                .strip_prefix("/api/act/")
                .unwrap_or_default()
                .to_owned();
            act_on(&core, &name, request.into_body()).await
        }
        _ => json_answer(
            StatusCode::METHOD_NOT_ALLOWED,
            &json!({"error": "GET or POST"}),
        ),
    };
    Ok(fixed(answer))
}

async fn act_on(core: &Arc<Core>, name: &str, body: Incoming) -> Response<Body> {
    let Ok(body) = read_body(body, MAX_BODY).await else {
        return json_answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            &json!({"error": "the request is too large"}),
        );
    };
    answered(act::act(core, name, &body).await)
}

/// What is shown, by its path.
fn show(core: &Arc<Core>, request: &Request<Incoming>) -> Result<Value, String> {
    let parameter = |name: &str| parameter(request, name);
    match request.uri().path() {
        "/api/state" => workspace::seen_by(core, &parameter("as")),
        "/api/stage" => stage::overview(core),
        "/api/delivery" => {
            let id = parameter("id").parse().map_err(|_| "id is a number")?;
            let delivery = core.ledger().find(id).cloned();
            let delivery = delivery.ok_or("this delivery is not kept any more")?;
            copied::with_copies(core, &delivery)
        }
        _ => Err("no such thing".to_owned()),
    }
}

/// A field of the query; empty without one.
fn parameter(request: &Request<Incoming>, name: &str) -> String {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(found, _)| found == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// A file that a bot has uploaded. The page fetches it with its token and shows it from memory.
fn file(core: &Core, id: &str) -> Response<Body> {
    match core.slack.file(id) {
        Some((content, kind)) => whole(StatusCode::OK, kind, Bytes::from(content)),
        None => json_answer(StatusCode::NOT_FOUND, &json!({"error": "no such file"})),
    }
}

/// Tells of every change, by a number, until the browser goes away.
fn live(core: &Arc<Core>) -> Response<Body> {
    let (told, parts) = mpsc::channel(4);
    let mut changes = core.changes.subscribe();
    changes.mark_changed();
    tokio::spawn(async move {
        loop {
            let part = tokio::select! {
                changed = changes.changed() => match changed {
                    Ok(()) => format!("data: {}\n\n", *changes.borrow_and_update()),
                    Err(_) => return,
                },
                () = tokio::time::sleep(STILL_HERE) => ": still here\n\n".to_owned(),
                () = told.closed() => return,
            };
            if told.send(Bytes::from(part)).await.is_err() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    let mut answer = Response::new(Body::Live(parts));
    let kind = HeaderValue::from_static("text/event-stream");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

fn answered(result: Result<Value, String>) -> Response<Body> {
    match result {
        Ok(value) => json_answer(StatusCode::OK, &value),
        Err(error) => json_answer(StatusCode::BAD_REQUEST, &json!({ "error": error })),
    }
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Body> {
    whole(status, "application/json", Bytes::from(body.to_string()))
}

fn whole(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Body> {
    let mut answer = Response::new(Body::Whole(Full::new(body)));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// What every answer has.
fn fixed(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
