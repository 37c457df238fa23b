//! GitHub's errors.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use crate::server::json as json_answer;

/// What the API answers.
pub(super) type Answered = std::result::Result<Response<Bytes>, GitHubError>;

/// GitHub's error object.
pub(super) struct GitHubError {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// The part of the reference's address behind `/rest`.
    pub(super) docs: &'static str,
}

impl GitHubError {
    pub(super) fn new(
        status: StatusCode,
        message: impl Into<String>,
        docs: &'static str,
    ) -> GitHubError {
        GitHubError {
            status,
            message: message.into(),
            docs,
        }
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let body = json!({
            "message": self.message,
            "documentation_url": format!("https://docs.github.com/rest{}", self.docs),
            "status": self.status.as_u16().to_string(),
        });
        json_answer(self.status, &body)
    }
}
