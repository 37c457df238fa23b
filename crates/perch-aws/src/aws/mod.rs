//! The APIs of AWS that functions call: SSM and Lambda, on one listener, under the caller's role.

mod lambda_api;
mod sigv4;
mod ssm;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::lambda::{Lambda, MAX_PAYLOAD};
use crate::shared::{Identity, Shared, request_id};
use perch_loopback::{self as loopback, Answer, BodyError};

/// Answers a call of a function to an API of AWS.
pub(crate) async fn handle(lambda: Arc<Lambda>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let is_ssm = parts.headers.contains_key("x-amz-target");
    let body = match loopback::read_body(body, MAX_PAYLOAD + 1024).await {
        Ok(body) => body,
        Err(error) => return too_large_or_broken(error).into_answer(is_ssm),
    };
    let caller = match sigv4::authenticate(
        &lambda.shared,
        &parts,
        &body,
        if is_ssm { "ssm" } else { "lambda" },
    ) {
        Ok(identity) => Caller {
            identity,
            shared: lambda.shared.clone(),
        },
        Err(error) => return error.into_answer(is_ssm),
    };
    let result = if is_ssm {
        ssm::handle(&caller, &parts, &body)
    } else {
        lambda_api::handle(&lambda, &caller, &parts, body).await
    };
    let mut answer = result.unwrap_or_else(|error| error.into_answer(is_ssm));
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        answer.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    answer
}

fn too_large_or_broken(error: BodyError) -> AwsError {
    match error {
        BodyError::TooLarge => {
            let message = format!("Request must be smaller than {MAX_PAYLOAD} bytes");
            AwsError::new(413, "RequestEntityTooLargeException", message)
        }
        BodyError::Broken => AwsError::new(400, "SerializationException", "the body ended early"),
    }
}

/// An execution environment that calls.
struct Caller {
    identity: Identity,
    shared: Arc<Shared>,
}

impl Caller {
    /// Refuses what the role's policies don't allow.
    fn authorize(&self, action: &str, resource: &str) -> Result<(), AwsError> {
        let Identity { role, session, .. } = &self.identity;
        let judge = self.shared.iam.judge(role, session);
        judge
            .may(action, resource, &[])
            .map_err(|message| AwsError::new(0, "AccessDeniedException", message))
    }
}

/// An error in AWS's terms.
#[derive(Debug)]
struct AwsError {
    /// 0 where it depends on the protocol alone: 400 in SSM's, 403 in Lambda's.
    status: u16,
    code: &'static str,
    message: String,
    reason: Option<&'static str>,
}

impl AwsError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        AwsError {
            status,
            code,
            message: message.into(),
            reason: None,
        }
    }

    /// SSM speaks JSON 1.1 with the error in the body; Lambda REST with the error in a header.
    fn into_answer(self, is_ssm: bool) -> Answer {
        let AwsError {
            status,
            code,
            message,
            reason,
        } = self;
        let status = match (status, is_ssm) {
            (0, false) => 403,
            (0, true) => 400,
            (status, _) => status,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let body: Value = match (is_ssm, code) {
            (true, "AccessDeniedException") => json!({"__type": code, "Message": message}),
            (true, _) => json!({"__type": code, "message": message}),
            (false, "AccessDeniedException") => json!({"Message": message}),
            (false, _) => match reason {
                Some(reason) => json!({"Reason": reason, "Type": "User", "message": message}),
                None => json!({"Type": "User", "Message": message}),
            },
        };
        let mut answer = loopback::json(status, &body);
        answer.headers_mut().insert(
            HeaderName::from_static("x-amzn-errortype"),
            HeaderValue::from_static(code),
        );
        answer
    }
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
}

fn parse_json(body: &Bytes) -> Result<Value, AwsError> {
    serde_json::from_slice(body)
        .map_err(|_| AwsError::new(400, "SerializationException", "the body is not JSON"))
}
