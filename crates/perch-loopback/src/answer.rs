//! What a request is answered.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;

/// What a request is answered.
pub type Answer = Response<Full<Bytes>>;

/// An answer with a JSON body.
pub fn json(status: StatusCode, body: &Value) -> Answer {
    text(status, "application/json", body.to_string())
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// An answer with a text of this type.
pub fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}

/// An answer with an XML document, without its declaration.
pub fn xml(status: StatusCode, body: impl std::fmt::Display) -> Answer {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    text(status, "application/xml", document)
}
