//! Lambda's Runtime API, version 2018-06-01, for one process: AWS's guide "Using the Lambda runtime API".

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use perch_loopback::{self as loopback, Answer, BodyError};

/// The largest response of a synchronous invocation, in bytes: 6 MB and what Lambda adds for its own wrapping.
pub(super) const MAX_RESPONSE: usize = 6 * 1024 * 1024 + 100;

/// What the process asks of Lambda.
pub(super) enum RuntimeEvent {
    /// It waits for an invocation. Nothing is answered until there is one.
    Next(oneshot::Sender<NextInvocation>),
    Response {
        request_id: String,
        body: Result<Bytes, BodyError>,
        reply: oneshot::Sender<Ack>,
    },
    Error {
        request_id: String,
        body: Bytes,
        error_type: String,
        reply: oneshot::Sender<Ack>,
    },
    InitError {
        body: Bytes,
        error_type: String,
        reply: oneshot::Sender<Ack>,
    },
}

/// What `next` answers with.
pub(super) struct NextInvocation {
    pub(super) request_id: String,
    pub(super) deadline_ms: i64,
    pub(super) function_arn: String,
    pub(super) trace_id: String,
    pub(super) client_context: Option<String>,
    pub(super) payload: Bytes,
}

/// How a report of the process is taken.
pub(super) enum Ack {
    Accepted,
    UnknownRequest,
    TooLarge,
    WrongState,
}

/// The listener of one process. Dropping it closes the port and every connection.
pub(super) struct RuntimeApi {
    pub(super) port: u16,
    pub(super) events: mpsc::UnboundedReceiver<RuntimeEvent>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    pub(super) async fn start() -> std::io::Result<Self> {
        let (listener, port) = loopback::listen(0).await?;
        let (sender, events) = mpsc::unbounded_channel();
        let server = tokio::spawn(loopback::serve(listener, move |request| {
            let sender = sender.clone();
            async move { Ok(handle(request, sender).await) }
        }));
        Ok(RuntimeApi {
            port,
            events,
            server,
        })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn handle(request: Request<Incoming>, events: mpsc::UnboundedSender<RuntimeEvent>) -> Answer {
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else {
        return fault(StatusCode::NOT_FOUND, "NotFound", "no such operation");
    };
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => {
            let (reply, next) = oneshot::channel();
            let _ = events.send(RuntimeEvent::Next(reply));
            match next.await {
                Ok(invocation) => hand_out(invocation),
                Err(_) => wrong_state(),
            }
        }
        (&Method::POST, ["invocation", request_id, "response"]) => {
            let request_id = (*request_id).to_owned();
            let body = match loopback::read_body(request.into_body(), MAX_RESPONSE).await {
                Err(BodyError::Broken) => return broken(),
                body => body,
            };
            report(&events, |reply| RuntimeEvent::Response {
                request_id,
                body,
                reply,
            })
            .await
        }
        (&Method::POST, ["invocation", request_id, "error"]) => {
            let request_id = (*request_id).to_owned();
            let error_type = error_type(request.headers());
            let Ok(body) = loopback::read_body(request.into_body(), MAX_RESPONSE).await else {
                return broken();
            };
            report(&events, |reply| RuntimeEvent::Error {
                request_id,
                body,
                error_type,
                reply,
            })
            .await
        }
        (&Method::POST, ["init", "error"]) => {
            let error_type = error_type(request.headers());
            let Ok(body) = loopback::read_body(request.into_body(), MAX_RESPONSE).await else {
                return broken();
            };
            report(&events, |reply| RuntimeEvent::InitError {
                body,
                error_type,
                reply,
            })
            .await
        }
        _ => fault(StatusCode::NOT_FOUND, "NotFound", "no such operation"),
    }
}

fn error_type(headers: &HeaderMap) -> String {
    let value = headers.get("lambda-runtime-function-error-type");
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

async fn report(
    events: &mpsc::UnboundedSender<RuntimeEvent>,
    event: impl FnOnce(oneshot::Sender<Ack>) -> RuntimeEvent,
) -> Answer {
    let (reply, ack) = oneshot::channel();
    let _ = events.send(event(reply));
    match ack.await {
        Ok(Ack::Accepted) => loopback::json(StatusCode::ACCEPTED, &json!({"status": "OK"})),
        Ok(Ack::UnknownRequest) => fault(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        ),
        Ok(Ack::TooLarge) => fault(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &format!("Exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."),
        ),
        Ok(Ack::WrongState) | Err(_) => wrong_state(),
    }
}

fn wrong_state() -> Answer {
    let message = "State transition is not allowed";
    fault(StatusCode::FORBIDDEN, "InvalidStateTransition", message)
}

fn broken() -> Answer {
    fault(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "the body ended early",
    )
}

fn fault(status: StatusCode, error_type: &str, message: &str) -> Answer {
    loopback::json(
        status,
        &json!({"errorType": error_type, "errorMessage": message}),
    )
}

fn hand_out(invocation: NextInvocation) -> Answer {
    let mut answer = Response::new(Full::new(invocation.payload));
    let headers = answer.headers_mut();
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("content-type", "application/json".to_owned());
    set("lambda-runtime-aws-request-id", invocation.request_id);
    set(
        "lambda-runtime-deadline-ms",
        invocation.deadline_ms.to_string(),
    );
    set(
        "lambda-runtime-invoked-function-arn",
        invocation.function_arn,
    );
    set("lambda-runtime-trace-id", invocation.trace_id);
    if let Some(context) = invocation.client_context {
        set("lambda-runtime-client-context", context);
    }
    answer
}
