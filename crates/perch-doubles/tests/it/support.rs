//! How the tests talk to a double, and the time that they set.
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use perch_doubles::Clock;
use serde_json::Value;
use tokio::net::TcpStream;

/// 9 January 2026, 10:00 in Tokyo: a Friday.
pub(crate) const NOW: &str = "2026-01-09T01:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().expect("a time of the test")
}

pub(crate) fn fixed_clock() -> Clock {
    Arc::new(now)
}

/// A clock that a test sets.
pub(crate) fn settable_clock() -> (Clock, impl Fn(i64)) {
    let offset = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let read = offset.clone();
    let clock: Clock = Arc::new(move || {
        now() + jiff::SignedDuration::from_secs(read.load(std::sync::atomic::Ordering::SeqCst))
    });
    (clock, move |seconds| {
        offset.store(seconds, std::sync::atomic::Ordering::SeqCst)
    })
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Sends one request on a connection of its own; the error is the connection's.
pub(crate) async fn try_send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, hyper::Error> {
    let uri: http::Uri = url.parse().expect("a URL of the double");
    let authority = uri.authority().expect("a host").clone();
    let stream = TcpStream::connect(authority.as_str())
        .await
        .expect("the double listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let path = uri.path_and_query().expect("a path").as_str();
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", authority.as_str());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .expect("a request");
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    })
}

pub(crate) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_send(method, url, headers, body)
        .await
        .unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}
