//! The Runtime API and SSM as one bot sees them.
//!
//! Not the simulated AWS (`perch-aws`): what is measured is the bot, so that Parameter Store takes the same two milliseconds each
//! time, verifies and judges nothing on the bot's core, and notes when the Runtime API was called.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::event::SECRET;

/// How long Parameter Store takes for an answer from within its region.
const SSM_LATENCY: Duration = Duration::from_millis(2);

/// What the bot did, and when.
pub enum Seen {
    /// It asked for an event.
    Next(Instant),
    /// It answered one.
    Answer(Instant, Bytes),
    /// It reported an error.
    Failure(Bytes),
}

/// One server for both APIs, which ends with this value.
pub struct Doubles {
    /// Where both are.
    pub address: SocketAddr,
    /// What the bot does, in order.
    pub seen: mpsc::UnboundedReceiver<Seen>,
    events: mpsc::UnboundedSender<Vec<u8>>,
    server: JoinHandle<()>,
}

struct Shared {
    seen: mpsc::UnboundedSender<Seen>,
    events: Mutex<mpsc::UnboundedReceiver<Vec<u8>>>,
}

impl Doubles {
    /// Listens on a free port of 127.0.0.1.
    pub async fn start() -> Result<Doubles> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (seen_sender, seen) = mpsc::unbounded_channel();
        let (events, event_receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            seen: seen_sender,
            events: Mutex::new(event_receiver),
        });
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).ok();
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                tokio::spawn(async move {
                    // Ends with an error when the bot is killed.
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .ok();
                });
            }
        });
        Ok(Doubles {
            address,
            seen,
            events,
            server,
        })
    }

    /// Answers the bot's `GET /next`, and says when.
    pub fn send(&self, event: Vec<u8>) -> Instant {
        let sent = Instant::now();
        // Fails only when the server is gone, which the missing answer will tell.
        self.events.send(event).ok();
        sent
    }
}

impl Drop for Doubles {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let arrived = Instant::now();
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && path.ends_with("/invocation/next") {
        shared.seen.send(Seen::Next(arrived)).ok();
        return Ok(next(&shared).await);
    }
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(status(StatusCode::BAD_REQUEST)),
    };
    if path == "/" {
        // tokio's timer has steps of 1 ms; a thread's sleep is exact to some 50 µs. An error is a cancelled task.
        tokio::task::spawn_blocking(|| thread::sleep(SSM_LATENCY))
            .await
            .ok();
        return Ok(get_parameters(&body));
    }
    let seen = if path.ends_with("/response") {
        Seen::Answer(Instant::now(), body)
    } else {
        Seen::Failure(body)
    };
    shared.seen.send(seen).ok();
    Ok(status(StatusCode::ACCEPTED))
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    let event = shared.events.lock().await.recv().await;
    let Some(event) = event else {
        return status(StatusCode::GONE);
    };
    let deadline = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
        + 10_000;
    let mut response = Response::new(Full::new(event.into()));
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-bench:live",
        ),
        ("content-type", "application/json"),
    ] {
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
    }
    if let Ok(value) = deadline.to_string().parse() {
        headers.insert("lambda-runtime-deadline-ms", value);
    }
    response
}

/// Every parameter is there.
fn get_parameters(request: &[u8]) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let names = request["Names"].as_array().map_or(&[][..], Vec::as_slice);
    let parameters: Vec<Value> = names
        .iter()
        .map(|name| json!({ "Name": name, "Type": "SecureString", "Value": SECRET, "Version": 1 }))
        .collect();
    let answer = json!({ "Parameters": parameters, "InvalidParameters": [] }).to_string();
    Response::new(Full::new(answer.into()))
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
