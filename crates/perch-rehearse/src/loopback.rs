//! What the doubles answer with, and the client of whoever talks to them.

use std::future::Future;
use std::io;

use bytes::Bytes;
use http::{Request, StatusCode};
pub(crate) use perch_local::loopback::{Answer, Server, empty, header_text, json};

/// The largest body taken: GitHub's largest delivery is 25 MB, a state is smaller.
const MAX_BODY: usize = 64 << 20; // bytes

/// A client for plain HTTP on this machine, past any proxy.
///
/// # Errors
/// When the system refuses one.
pub fn client() -> reqwest::Result<reqwest::Client> {
    // A build of the whole workspace gives reqwest TLS without a provider of cryptography, and no client is made without
    // one, whatever it is for. An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build()
}

/// Starts a double on any free port.
pub(crate) async fn start<H, F>(handler: H) -> io::Result<Server>
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    Server::start(0, MAX_BODY, |_| {
        move |request| {
            let answer = handler(request);
            async { Ok(answer.await) }
        }
    })
    .await
}

pub(crate) fn xml(status: StatusCode, body: impl std::fmt::Display) -> Answer {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    perch_local::loopback::text(status, "application/xml", document)
}
