//! The Runtime API and Parameter Store as one bot sees them.
//!
//! Not the simulated AWS (`perch-aws`): what is measured is the bot, so that Parameter Store takes the same two milliseconds each
//! time, verifies and judges nothing, and what the bot does is noted with the kernel's time of it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

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
use crate::process::now;
use crate::stamped::{Stamp, Stamped, ask_for_stamps};

/// How long Parameter Store takes for an answer from within its region.
pub const SSM_LATENCY: Duration = Duration::from_millis(2);

/// What the bot did, and when, since the epoch.
#[derive(Debug)]
pub enum Seen {
    /// It read parameters; from its request to the answer.
    Parameters(Duration),
    /// It asked for an event.
    Next(Duration),
    /// It answered one.
    Answer(Duration, Bytes),
    /// It reported an error.
    Failure(Bytes),
}

/// One server for both APIs, which ends with this value.
pub struct Runtime {
    /// Where both are.
    pub address: SocketAddr,
    seen: mpsc::UnboundedReceiver<Seen>,
    events: mpsc::UnboundedSender<Vec<u8>>,
    server: JoinHandle<()>,
}

struct Shared {
    seen: mpsc::UnboundedSender<Seen>,
    events: Mutex<mpsc::UnboundedReceiver<Vec<u8>>>,
}

impl Runtime {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> Result<Runtime> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        ask_for_stamps(&listener)?;
        let address = listener.local_addr()?;
        let (seen_sender, seen) = mpsc::unbounded_channel();
        let (events, event_receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            seen: seen_sender,
            events: Mutex::new(event_receiver),
        });
        Ok(Runtime {
            address,
            seen,
            events,
            server: tokio::spawn(serve(listener, shared)),
        })
    }

    /// Answers the bot's `GET /next`, and says when.
    pub fn send(&self, event: Vec<u8>) -> Duration {
        let sent = now();
        // Fails only when the server is gone, which the missing answer will tell.
        self.events.send(event).ok();
        sent
    }

    /// The next thing that the bot does; none when the server is gone.
    pub async fn seen(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let (stream, stamp) = Stamped::new(stream);
        let shared = Arc::clone(&shared);
        let service =
            service_fn(move |request| answer(Arc::clone(&shared), stamp.clone(), request));
        tokio::spawn(async move {
            // Ends with an error when the bot is killed.
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    stamp: Stamp,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && path.ends_with("/invocation/next") {
        shared.seen.send(Seen::Next(stamp.get())).ok();
        return Ok(next(&shared).await);
    }
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(status(StatusCode::BAD_REQUEST)),
    };
    let arrived = stamp.get();
    if path == "/" {
        // tokio's timer has steps of 1 ms; a thread's sleep is exact to some 50 µs. An error is a cancelled task.
        tokio::task::spawn_blocking(|| thread::sleep(SSM_LATENCY))
            .await
            .ok();
        let taken = now().saturating_sub(arrived);
        shared.seen.send(Seen::Parameters(taken)).ok();
        return Ok(get_parameters(&body));
    }
    let seen = if path.ends_with("/response") {
        Seen::Answer(arrived, body)
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
    let deadline = now().as_millis() + 10_000;
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
        (
            "lambda-runtime-trace-id",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
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
    let parameters: Vec<Value> = names.iter().map(parameter).collect();
    let answer = json!({ "Parameters": parameters, "InvalidParameters": [] }).to_string();
    let mut response = Response::new(Full::new(answer.into()));
    response.headers_mut().insert(
        "content-type",
        hyper::header::HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    response
}

fn parameter(name: &Value) -> Value {
    let is_token = name.as_str().is_some_and(|name| name.contains("token"));
    let value = if is_token { "xoxb-bench" } else { SECRET };
    json!({
        "Name": name,
        "ARN": format!("arn:aws:ssm:ap-northeast-1:123456789012:parameter{}", name.as_str().unwrap_or_default()),
        "Type": "SecureString",
        "DataType": "text",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": 1_767_225_600.5,
    })
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
