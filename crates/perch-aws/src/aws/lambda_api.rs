//! Lambda's own API: Invoke, as a function calls it to invoke another or itself.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::{AwsError, Caller, header, parse_json};
use crate::arn::FunctionRef;
use crate::lambda::{Invocation, InvokeError, Lambda, Outcome};
use crate::shared::{request_id, trace_root};
use perch_loopback::{self as loopback, Answer};

pub(super) async fn handle(
    lambda: &Arc<Lambda>,
    caller: &Caller,
    parts: &Parts,
    body: Bytes,
) -> Result<Answer, AwsError> {
    let path: Vec<&str> = parts
        .uri
        .path()
        .trim_start_matches('/')
        .split('/')
        .collect();
    match (&parts.method, path.as_slice()) {
        (&Method::POST, ["2015-03-31", "functions", name, "invocations"]) => {
            let wanted = function(name, parts)?;
            invoke(lambda, caller, parts, &wanted, body).await
        }
        _ => {
            let message = format!(
                "the local stage does not know {} {}",
                parts.method,
                parts.uri.path()
            );
            Err(AwsError::new(404, "UnknownOperationException", message))
        }
    }
}

/// Name and qualifier, which may be in the name or in the query.
fn function(name: &str, parts: &Parts) -> Result<FunctionRef, AwsError> {
    let name = percent_decode_str(name).decode_utf8_lossy();
    let Some(mut wanted) = FunctionRef::parse(&name) else {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'functionName' is not a function's name"
        );
        return Err(AwsError::new(400, "ValidationException", message));
    };
    let query = parts.uri.query().unwrap_or_default().split('&');
    let qualifier = query
        .filter_map(|pair| pair.strip_prefix("Qualifier="))
        .next();
    if let Some(qualifier) = qualifier {
        let qualifier = percent_decode_str(qualifier)
            .decode_utf8_lossy()
            .into_owned();
        if wanted
            .qualifier
            .as_ref()
            .is_some_and(|named| *named != qualifier)
        {
            let message = "The derived qualifier from the function name does not match the specified qualifier.";
            return Err(AwsError::new(
                400,
                "InvalidParameterValueException",
                message,
            ));
        }
        wanted.qualifier = Some(qualifier);
    }
    Ok(wanted)
}

async fn invoke(
    lambda: &Arc<Lambda>,
    caller: &Caller,
    parts: &Parts,
    wanted: &FunctionRef,
    mut payload: Bytes,
) -> Result<Answer, AwsError> {
    let function_arn = lambda.shared.model().function_arn(wanted);
    caller.authorize("lambda:InvokeFunction", &function_arn)?;
    if payload.is_empty() {
        payload = Bytes::from_static(b"{}");
    } else if parse_json(&payload).is_err() {
        let message = "Could not parse request body into json: the payload is not JSON";
        return Err(AwsError::new(
            400,
            "InvalidRequestContentException",
            message,
        ));
    }
    let client_context = header(parts, "x-amz-client-context").and_then(decode_context);
    match header(parts, "x-amz-invocation-type").unwrap_or("RequestResponse") {
        "DryRun" if lambda.shared.model().resolve(wanted).is_none() => {
            Err(refused(InvokeError::NotFound { arn: function_arn }))
        }
        "DryRun" => Ok(loopback::empty(StatusCode::NO_CONTENT)),
        "Event" => {
            let event = lambda
                .invoke_async(wanted, payload, client_context)
                .map_err(refused)?;
            let mut answer = loopback::empty(StatusCode::ACCEPTED);
            insert(&mut answer, "x-amzn-requestid", &event.request_id);
            Ok(answer)
        }
        "RequestResponse" => {
            let invocation = Invocation {
                request_id: request_id(),
                function_arn,
                trace_id: trace_root(Timestamp::now()),
                client_context,
                payload,
            };
            let id = invocation.request_id.clone();
            let outcome = lambda.invoke(wanted, invocation).await.map_err(refused)?;
            Ok(returned(outcome, &id))
        }
        other => {
            let message =
                format!("{other} is not an invocation type: RequestResponse, Event or DryRun");
            Err(AwsError::new(
                400,
                "InvalidParameterValueException",
                message,
            ))
        }
    }
}

fn returned(outcome: Outcome, request_id: &str) -> Answer {
    let mut answer = Response::new(Full::new(outcome.payload));
    insert(&mut answer, "content-type", "application/json");
    insert(&mut answer, "x-amzn-requestid", request_id);
    insert(
        &mut answer,
        "x-amz-executed-version",
        &outcome.executed_version,
    );
    if outcome.error.is_some() {
        insert(&mut answer, "x-amz-function-error", "Unhandled");
    }
    answer
}

fn insert(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// The header carries base64, the runtime gets the text.
fn decode_context(header: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(header)
        .ok()?;
    String::from_utf8(bytes).ok()
}

fn refused(error: InvokeError) -> AwsError {
    match error {
        InvokeError::NotFound { arn } => AwsError::new(
            404,
            "ResourceNotFoundException",
            format!("Function not found: {arn}"),
        ),
        InvokeError::Throttled => AwsError {
            reason: Some("ReservedFunctionConcurrentInvocationLimitExceeded"),
            ..AwsError::new(429, "TooManyRequestsException", "Rate Exceeded.")
        },
        InvokeError::TooLarge { size, limit } => {
            let message = format!(
                "{size} byte payload is too large for this invocation type (limit {limit} bytes)"
            );
            AwsError::new(413, "RequestTooLargeException", message)
        }
        InvokeError::Ending => AwsError::new(500, "ServiceException", "the local stage is ending"),
    }
}
