//! The body of an answer: whole, or written as things happen.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::mpsc;

/// The body of an answer.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    /// Ends when whoever writes it drops the other end.
    Live(mpsc::Receiver<Bytes>),
}

impl From<Full<Bytes>> for Body {
    fn from(whole: Full<Bytes>) -> Body {
        Body::Whole(whole)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Body::Whole(whole) => Pin::new(whole).poll_frame(context),
            Body::Live(parts) => {
                let part = parts.poll_recv(context);
                part.map(|part| part.map(|part| Ok(Frame::data(part))))
            }
        }
    }
}
