//! The one listener of AWS's APIs: it verifies the signature, then judges the caller's rights, then acts.
//!
//! SSM, Lambda, STS and S3 answer at one address. Which of them is called is told by what only it looks like.

mod caller;
mod error;
mod lambda;
mod payload;
mod s3;
mod signing;
mod sigv4;
mod ssm;
mod sts;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, header};
use hyper::body::Incoming;
use perch_loopback::{self as loopback, Answer, BodyError};

use crate::event::{Call, Event};
use crate::identities::Principal;
use crate::lambda::MAX_PAYLOAD;
use crate::request_id::request_id;
use crate::services::Services;
use caller::Caller;
use error::ApiError;

/// The largest object that S3 takes here, in bytes: S3 itself takes 5 GB, a state is smaller.
const MAX_OBJECT: usize = 64 << 20;

/// Which API is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Service {
    Ssm,
    Lambda,
    Sts,
    S3,
}

impl Service {
    fn of(parts: &Parts) -> Service {
        let form = text(parts, "content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let path = parts.uri.path();
        if parts.headers.contains_key("x-amz-target") {
            Service::Ssm
        } else if path.starts_with("/2015-03-31/") {
            Service::Lambda
        } else if form && parts.method == Method::POST && path == "/" {
            Service::Sts
        } else {
            Service::S3
        }
    }

    /// As it stands in the scope of a signature.
    fn name(self) -> &'static str {
        match self {
            Service::Ssm => "ssm",
            Service::Lambda => "lambda",
            Service::Sts => "sts",
            Service::S3 => "s3",
        }
    }

    fn limit(self) -> usize {
        match self {
            Service::S3 => MAX_OBJECT,
            _ => MAX_PAYLOAD + 1024,
        }
    }
}

/// Answers a call to an API of AWS.
pub(crate) async fn handle(services: Arc<Services>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let service = Service::of(&parts);
    let id = request_id();
    let begun = Instant::now();
    let mut told = told(&services, service, &parts);
    let mut answer = match call(&services, service, &parts, body).await {
        Ok(answer) => answer,
        Err(error) => {
            told.refused = Some(error.told());
            error.into_answer(service, &parts, &id)
        }
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        let name = match service {
            Service::S3 => "x-amz-request-id",
            _ => "x-amzn-requestid",
        };
        answer.headers_mut().entry(name).or_insert(id);
    }
    let given = ["x-amzn-requestid", "x-amz-request-id"]
        .iter()
        .find_map(|name| loopback::header_text(answer.headers(), name));
    told.request_id = given.unwrap_or_default().to_owned();
    told.status = answer.status().as_u16();
    told.duration_ms = begun.elapsed().as_secs_f64() * 1000.0;
    services.shared().tell(Event::Call(told));
    answer
}

/// What is known of a call before it is answered. Nothing of it is verified: it is for people to read.
fn told(services: &Services, service: Service, parts: &Parts) -> Call {
    let named = text(parts, "x-amz-target").and_then(|target| target.rsplit('.').next());
    let operation = match (service, named) {
        (_, Some(named)) => named.to_owned(),
        (Service::Lambda, None) if parts.uri.path().ends_with("/invocations") => {
            "Invoke".to_owned()
        }
        (_, None) => format!("{} {}", parts.method, parts.uri.path()),
    };
    let key = text(parts, "authorization")
        .and_then(|header| header.split_once("Credential="))
        .and_then(|(_, rest)| rest.split('/').next());
    let identity = key.and_then(|key| services.shared().identities.find(key));
    let (role, session) = match identity.map(|identity| identity.principal) {
        Some(Principal::Session { role, session }) => (Some(role), Some(session)),
        Some(Principal::Administrator) | None => (None, None),
    };
    Call {
        service: service.name().to_owned(),
        operation,
        access_key_id: key.map(str::to_owned),
        role,
        session,
        refused: None,
        status: 0,
        request_id: String::new(),
        duration_ms: 0.0,
    }
}

async fn call(
    services: &Arc<Services>,
    service: Service,
    parts: &Parts,
    body: Incoming,
) -> Result<Answer, ApiError> {
    let body = loopback::read_body(body, service.limit()).await;
    let body = body.map_err(|error| unread(service, error))?;
    let (identity, body) = sigv4::authenticate(services.shared(), service, parts, body)?;
    let caller = Caller::new(services.shared().clone(), identity);
    match service {
        Service::Ssm => ssm::handle(services, &caller, parts, &body),
        Service::Lambda => lambda::handle(services, &caller, parts, body).await,
        Service::Sts => sts::handle(&caller, parts, &body),
        Service::S3 => s3::handle(services, &caller, parts, body).await,
    }
}

fn unread(service: Service, error: BodyError) -> ApiError {
    let limit = service.limit();
    match (error, service) {
        (BodyError::TooLarge, Service::S3) => {
            let message = "Your proposed upload exceeds the maximum allowed size";
            ApiError::new(400, "EntityTooLarge", message)
        }
        (BodyError::TooLarge, _) => {
            let message = format!("Request must be smaller than {limit} bytes");
            ApiError::new(413, "RequestEntityTooLargeException", message)
        }
        (BodyError::Broken, Service::S3) => {
            let message = "You did not provide the number of bytes specified by the Content-Length HTTP header.";
            ApiError::new(400, "IncompleteBody", message)
        }
        (BodyError::Broken, _) => {
            ApiError::new(400, "SerializationException", "the body ended early")
        }
    }
}

/// A header's text.
fn text<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    loopback::header_text(&parts.headers, name)
}

fn parse_json(body: &Bytes) -> Result<serde_json::Value, ApiError> {
    serde_json::from_slice(body)
        .map_err(|_| ApiError::new(400, "SerializationException", "the body is not JSON"))
}

fn set_header(answer: &mut Answer, name: header::HeaderName, value: &str) {
    // Ids, digits, dates and digests are all fit for a header.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
