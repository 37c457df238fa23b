//! The server under what a rehearsal simulates.

use std::future::Future;
use std::io;

use bytes::Bytes;
use http::Request;
pub(crate) use perch_loopback::{Answer, Server, header_text, json};

/// The largest body taken: GitHub's largest delivery is 25 MB, a state is smaller.
const MAX_BODY: usize = 64 << 20; // bytes

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
