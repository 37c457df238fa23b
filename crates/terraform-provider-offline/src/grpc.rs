//! gRPC over HTTP/2, as much of it as Terraform's unary calls need.
//!
//! A message is a flag byte (compressed or not), its length in four bytes, and the protobuf. The outcome travels in the
//! `grpc-status` trailer. See the gRPC documentation, "gRPC over HTTP2".

use std::convert::Infallible;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Status codes of gRPC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// The request isn't what the method takes.
    InvalidArgument = 3,
    /// No such method.
    Unimplemented = 12,
}

/// Why a call has no answer.
#[derive(Debug)]
pub struct Status {
    /// For the program.
    pub code: Code,
    /// For the person; ASCII.
    pub message: String,
}

/// The body of an answer: one message, then the trailer that says it went well.
pub struct Answer {
    message: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = match self.message.take() {
            Some(message) => Some(Frame::data(message)),
            None => self.trailers.take().map(Frame::trailers),
        };
        Poll::Ready(frame.map(Ok))
    }
}

/// The message of a request.
///
/// # Errors
/// If the connection breaks, or the body isn't one uncompressed message.
pub async fn read(request: Request<Incoming>) -> Result<Bytes, Status> {
    let invalid = |message: String| Status {
        code: Code::InvalidArgument,
        message,
    };
    let body = request
        .into_body()
        .collect()
        .await
        .map_err(|error| invalid(error.to_string()))?
        .to_bytes();
    let Some((&[compressed, a, b, c, d], _)) = body.split_first_chunk::<5>() else {
        return Err(invalid("no message".to_owned()));
    };
    if compressed != 0 {
        return Err(invalid("compressed message".to_owned()));
    }
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if body.len() != 5 + length {
        return Err(invalid(format!(
            "message of {} bytes, {length} announced",
            body.len() - 5
        )));
    }
    Ok(body.slice(5..))
}

/// Frames an encoded message, so that it can be sent as often as needed.
pub fn frame(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    framed.freeze()
}

/// The response of a call.
pub fn respond(outcome: Result<Bytes, Status>) -> Response<Answer> {
    let mut status = HeaderMap::new();
    let answer = match outcome {
        Ok(message) => {
            status.insert("grpc-status", HeaderValue::from_static("0"));
            Answer {
                message: Some(message),
                trailers: Some(status),
            }
        }
        Err(error) => {
            status.insert("grpc-status", HeaderValue::from(error.code as u16));
            if let Ok(message) = HeaderValue::from_str(&error.message) {
                status.insert("grpc-message", message);
            }
            Answer {
                message: None,
                trailers: Some(status),
            }
        }
    };
    let mut response = Response::new(answer);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    response
}
