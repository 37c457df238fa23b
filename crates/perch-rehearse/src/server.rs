//! A plain HTTP/1.1 server on 127.0.0.1, under each double.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// The largest body taken: GitHub's largest delivery is 25 MB, a state is smaller.
const MAX_BODY: usize = 64 << 20; // bytes

pub(crate) type Answer = Response<Bytes>;

/// A running server; dropping it closes the port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on any free port.
    pub(crate) async fn start<H, F>(handler: H) -> io::Result<Server>
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        // An accept fails when the peer is already gone; the next one may be fine.
                        if let Ok((stream, _)) = accepted {
                            let handler = handler.clone();
                            let service = service_fn(move |request| answer(handler.clone(), request));
                            connections.spawn(async move {
                                // A client that goes away in the middle is no error of ours.
                                let connection = hyper::server::conn::http1::Builder::new();
                                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                            });
                        }
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Server { address, task })
    }

    /// `http://127.0.0.1:<port>`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer<H, F>(
    handler: H,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Answer>,
{
    let (parts, body) = request.into_parts();
    let answer = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => handler(Request::from_parts(parts, body.to_bytes())).await,
        Err(_) => empty(StatusCode::PAYLOAD_TOO_LARGE),
    };
    Ok(answer.map(Full::new))
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Answer {
    respond(status, "application/json; charset=utf-8", body.to_string())
}

pub(crate) fn xml(status: StatusCode, body: String) -> Answer {
    respond(
        status,
        "application/xml",
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"),
    )
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Bytes::from(body);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// A header's text.
pub(crate) fn header<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
