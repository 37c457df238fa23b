//! A plain HTTP/1.1 server on 127.0.0.1: the stage's listeners, and every double of a service.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::answer::{Answer, empty};
use crate::guard::Guard;

/// Listens on 127.0.0.1; port 0 is any free one.
///
/// # Errors
/// When the port is taken.
pub async fn listen(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// A server of requests that were read whole. Dropping it closes the port and every connection. It takes the requests that
/// [`serve`] takes.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on `port`, 0 for any free one; the handler is made once the address is known. A body of more than `limit`
    /// bytes is answered 413.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start<H, F>(
        port: u16,
        limit: usize,
        handler: impl FnOnce(SocketAddr) -> H,
    ) -> io::Result<Server>
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = io::Result<Answer>> + Send + 'static,
    {
        let (listener, port) = listen(port).await?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let handler = handler(address);
        let task = tokio::spawn(serve(listener, move |request| {
            let handler = handler.clone();
            async move {
                let (parts, body) = request.into_parts();
                match read_body(body, limit).await {
                    Ok(body) => handler(Request::from_parts(parts, body)).await,
                    Err(BodyError::TooLarge) => Ok(empty(StatusCode::PAYLOAD_TOO_LARGE)),
                    Err(BodyError::Broken) => Ok(empty(StatusCode::BAD_REQUEST)),
                }
            }
        }));
        Ok(Server { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers until it is dropped, and its connections with it. A handler's error closes the connection without an answer.
///
/// The handler sees only what is addressed to this listener, as `127.0.0.1` or `localhost` and its port, and what no web
/// page elsewhere has sent. Any other `Host` or `Origin` is answered 403, and a request without exactly one `Host` 400.
/// A page that has its own name resolve to 127.0.0.1 is told apart by the first, a form or a `fetch` by the second.
///
/// A body of another type than [`Answer`]'s, such as one that is written bit by bit, can be made of a whole one.
pub async fn serve<H, F, B>(listener: TcpListener, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = io::Result<Response<B>>> + Send + 'static,
    B: Body<Data = Bytes> + From<Full<Bytes>> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let guard = listener.local_addr().map(Guard::new).ok();
    serve_any_host(listener, move |request| {
        let refused = match &guard {
            Some(guard) => guard.refusal(&request),
            // Without an address there is nothing to compare with.
            None => Some(empty(StatusCode::INTERNAL_SERVER_ERROR)),
        };
        let handler = handler.clone();
        async move {
            match refused {
                Some(answer) => Ok(answer.map(B::from)),
                None => handler(request).await,
            }
        }
    })
    .await;
}

/// As [`serve`], for whoever stands in for other hosts and judges `Host` and `Origin` itself, as an API gateway does.
pub async fn serve_any_host<H, F, B>(listener: TcpListener, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = io::Result<Response<B>>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors: wait for connections to end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Small answers must not wait for more to send.
        let _ = stream.set_nodelay(true);
        let handler = handler.clone();
        let service = service_fn(handler);
        connections.spawn(async move {
            // A client that goes away in the middle is no error of ours.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// The connection ended first.
    Broken,
}

/// A whole body of at most `limit` bytes. What is beyond is read and dropped, as a client that is cut off while it sends
/// does not see the answer.
///
/// # Errors
/// When it is longer, or ends early.
pub async fn read_body(mut body: Incoming, limit: usize) -> Result<Bytes, BodyError> {
    let mut whole = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(BodyError::Broken);
        };
        if let Some(data) = frame.data_ref() {
            size += data.len();
            if size <= limit {
                whole.extend_from_slice(data);
            }
        }
    }
    if size > limit {
        Err(BodyError::TooLarge)
    } else {
        Ok(whole.freeze())
    }
}

/// A header's text.
pub fn header_text<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
