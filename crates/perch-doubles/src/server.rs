//! The HTTP server under both doubles.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;

pub(crate) use perch_loopback::Server;

/// The largest body taken: more than either service's own limit on what bots send.
const MAX_BODY: usize = 4 << 20; // bytes

/// What a double does about a request.
pub(crate) enum Reaction {
    Send(Response<Bytes>),
    Disconnect,
    Hang,
}

pub(crate) type Handler = Arc<dyn Fn(Request<Bytes>) -> Reaction + Send + Sync>;

/// Starts a double on 127.0.0.1; `port` 0 takes any that is free. The handler is made once the address is known, as
/// answers contain addresses of the double itself.
pub(crate) async fn start(
    port: u16,
    handler: impl FnOnce(SocketAddr) -> Handler,
) -> io::Result<Server> {
    Server::start(port, MAX_BODY, |address| {
        let handler = handler(address);
        move |request| {
            let reaction = handler(request);
            async move {
                match reaction {
                    Reaction::Send(response) => Ok(response.map(Full::new)),
                    Reaction::Disconnect => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                    Reaction::Hang => pending().await,
                }
            }
        }
    })
    .await
}

/// A plain-text answer.
pub(crate) fn text(status: StatusCode, body: &'static str) -> Response<Bytes> {
    respond(
        status,
        "text/plain; charset=utf-8",
        Bytes::from_static(body.as_bytes()),
    )
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    respond(
        status,
        "application/json; charset=utf-8",
        Bytes::from(body.to_string()),
    )
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn respond(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    response
}

/// The bearer or `token` credential of an `Authorization` header.
pub(crate) fn bearer(request: &Request<Bytes>) -> Option<&str> {
    let value = request
        .headers()
        .get(http::header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token"))
        .then(|| token.trim())
}

/// Adds a header whose value is known to be fit for one, such as a number.
pub(crate) fn header(response: &mut Response<Bytes>, name: &'static str, value: impl ToString) {
    if let Ok(value) = http::HeaderValue::from_str(&value.to_string()) {
        response.headers_mut().insert(name, value);
    }
}

/// Keeps a mutex usable after a panic elsewhere: its data is a log of calls, never half-written.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
