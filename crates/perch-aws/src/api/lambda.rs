//! Lambda's own API: Invoke, as a function calls it to invoke another or itself, and what a smoke test and a rollback take.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, Method, Response, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::{parse_json, set_header, text as header};
use crate::Published;
use crate::arn::FunctionRef;
use crate::lambda::{Invocation, InvokeError, Lambda, Outcome};
use crate::model::Model;
use crate::published::LATEST;
use crate::request_id::{request_id, trace_root};
use crate::services::Services;
use perch_loopback::{self as loopback, Answer};

/// ListVersionsByFunction gives at most this many at once.
const VERSIONS_PER_PAGE: usize = 50;

pub(super) async fn handle(
    services: &Arc<Services>,
    caller: &Caller,
    parts: &Parts,
    body: Bytes,
) -> Result<Answer, ApiError> {
    let path: Vec<&str> = parts
        .uri
        .path()
        .trim_start_matches('/')
        .split('/')
        .collect();
    match (&parts.method, path.as_slice()) {
        (&Method::POST, ["2015-03-31", "functions", name, "invocations"]) => {
            let wanted = function(name, parts)?;
            invoke(services.lambda(), caller, parts, &wanted, body).await
        }
        (&Method::GET, ["2015-03-31", "functions", name, "aliases", alias]) => {
            let wanted = function(name, parts)?;
            get_alias(services, caller, &wanted.name, &decoded(alias))
        }
        (&Method::PUT, ["2015-03-31", "functions", name, "aliases", alias]) => {
            let wanted = function(name, parts)?;
            update_alias(services, caller, &wanted.name, &decoded(alias), &body)
        }
        (&Method::GET, ["2015-03-31", "functions", name, "versions"]) => {
            let wanted = function(name, parts)?;
            list_versions(services, caller, &wanted.name, parts)
        }
        _ => {
            let message = format!(
                "{} {} is not simulated: see docs/local-stage.md",
                parts.method,
                parts.uri.path()
            );
            Err(ApiError::new(404, "UnknownOperationException", message))
        }
    }
}

/// Name and qualifier, which may be in the name or in the query.
fn function(name: &str, parts: &Parts) -> Result<FunctionRef, ApiError> {
    let name = decoded(name);
    let Some(mut wanted) = FunctionRef::parse(&name) else {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'functionName' is not a function name"
        );
        return Err(ApiError::new(400, "ValidationException", message));
    };
    if let Some(qualifier) = parameter(parts, "Qualifier") {
        if wanted
            .qualifier
            .as_ref()
            .is_some_and(|named| *named != qualifier)
        {
            let message = "The derived qualifier from the function name does not match the specified qualifier.";
            return Err(ApiError::new(
                400,
                "InvalidParameterValueException",
                message,
            ));
        }
        wanted.qualifier = Some(qualifier);
    }
    Ok(wanted)
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// A parameter of the query.
fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}

/// The version behind an alias of a function that is there.
fn alias_of(model: &Model, function: &str, alias: &str) -> Result<String, ApiError> {
    let found = model.functions.get(function);
    let version = found.and_then(|found| found.aliases.get(alias));
    version.cloned().ok_or_else(|| {
        let arn = model.scope.function(function, Some(alias));
        let message = match found {
            Some(_) => format!("Cannot find alias arn: {arn}"),
            None => format!("Function not found: {arn}"),
        };
        ApiError::new(404, "ResourceNotFoundException", message)
    })
}

fn alias_answer(model: &Model, function: &str, alias: &str, version: &str) -> Answer {
    let body = json!({
        "AliasArn": model.scope.function(function, Some(alias)),
        "Description": "",
        "FunctionVersion": version,
        "Name": alias,
        "RevisionId": revision(function, alias, version),
    });
    loopback::json(StatusCode::OK, &body)
}

/// An id that changes with what it stands for, and with nothing else.
fn revision(function: &str, alias: &str, version: &str) -> String {
    let name = format!("{function}:{alias}:{version}");
    let digest = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        name,
    ));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}

fn get_alias(
    services: &Services,
    caller: &Caller,
    function: &str,
    alias: &str,
) -> Result<Answer, ApiError> {
    let model = services.shared().model();
    caller.authorize("lambda:GetAlias", &model.scope.function(function, None))?;
    let version = alias_of(&model, function, alias)?;
    Ok(alias_answer(&model, function, alias, &version))
}

fn update_alias(
    services: &Services,
    caller: &Caller,
    function: &str,
    alias: &str,
    body: &Bytes,
) -> Result<Answer, ApiError> {
    let model = services.shared().model();
    caller.authorize("lambda:UpdateAlias", &model.scope.function(function, None))?;
    let request = parse_json(body)?;
    let now = alias_of(&model, function, alias)?;
    let Some(version) = request["FunctionVersion"].as_str() else {
        return Ok(alias_answer(&model, function, alias, &now));
    };
    if !versions(services, &model, function)?.contains(&version.to_owned()) {
        let arn = model.scope.function(function, Some(version));
        let message = format!("Function not found: {arn}");
        return Err(ApiError::new(404, "ResourceNotFoundException", message));
    }
    services
        .move_alias(function, alias, version)
        .map_err(ApiError::internal)?;
    Ok(alias_answer(&model, function, alias, version))
}

/// `$LATEST` and the numbers of what was published, oldest first.
fn versions(services: &Services, model: &Model, function: &str) -> Result<Vec<String>, ApiError> {
    let published = Published::in_dir(&services.shared().options.published_dir);
    let mut numbers = published.versions(function).map_err(ApiError::internal)?;
    if let Some(found) = model.functions.get(function) {
        numbers.extend(
            found
                .versions
                .keys()
                .filter_map(|one| one.parse::<u64>().ok()),
        );
    }
    numbers.sort_unstable();
    numbers.dedup();
    let numbers = numbers.into_iter().map(|number| number.to_string());
    Ok([LATEST.to_owned()].into_iter().chain(numbers).collect())
}

fn list_versions(
    services: &Services,
    caller: &Caller,
    function: &str,
    parts: &Parts,
) -> Result<Answer, ApiError> {
    let model = services.shared().model();
    let arn = model.scope.function(function, None);
    caller.authorize("lambda:ListVersionsByFunction", &arn)?;
    if !model.functions.contains_key(function) {
        let message = format!("Function not found: {arn}");
        return Err(ApiError::new(404, "ResourceNotFoundException", message));
    }
    let all = versions(services, &model, function)?;
    // The marker is how many were given already.
    let from: usize = parameter(parts, "Marker").map_or(Ok(0), |marker| {
        marker
            .parse()
            .map_err(|_| ApiError::new(400, "InvalidParameterValueException", "Invalid Marker"))
    })?;
    let most = parameter(parts, "MaxItems")
        .and_then(|count| count.parse().ok())
        .unwrap_or(VERSIONS_PER_PAGE)
        .clamp(1, VERSIONS_PER_PAGE);
    let described: Vec<Value> = all
        .iter()
        .skip(from)
        .take(most)
        .map(|version| {
            json!({
                "FunctionArn": model.scope.function(function, Some(version)),
                "FunctionName": function,
                "Version": version,
            })
        })
        .collect();
    let mut answer = json!({ "Versions": described });
    if from + most < all.len() {
        answer["NextMarker"] = (from + most).to_string().into();
    }
    Ok(loopback::json(StatusCode::OK, &answer))
}

async fn invoke(
    lambda: &Arc<Lambda>,
    caller: &Caller,
    parts: &Parts,
    wanted: &FunctionRef,
    mut payload: Bytes,
) -> Result<Answer, ApiError> {
    let function_arn = lambda.shared.model().function_arn(wanted);
    caller.authorize("lambda:InvokeFunction", &function_arn)?;
    if payload.is_empty() {
        payload = Bytes::from_static(b"{}");
    } else if parse_json(&payload).is_err() {
        let message = "Could not parse request body into json: the payload is not JSON";
        return Err(ApiError::new(
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
            Err(ApiError::new(
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
    set_header(answer, HeaderName::from_static(name), value);
}

/// The header carries base64, the runtime gets the text.
fn decode_context(header: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(header)
        .ok()?;
    String::from_utf8(bytes).ok()
}

fn refused(error: InvokeError) -> ApiError {
    match error {
        InvokeError::NotFound { arn } => ApiError::new(
            404,
            "ResourceNotFoundException",
            format!("Function not found: {arn}"),
        ),
        InvokeError::Throttled => ApiError::Refused {
            status: 429,
            code: "TooManyRequestsException",
            message: "Rate Exceeded.".to_owned(),
            reason: Some("ReservedFunctionConcurrentInvocationLimitExceeded"),
        },
        InvokeError::TooLarge { size, limit } => {
            let message = format!(
                "{size} byte payload is too large for this invocation type (limit {limit} bytes)"
            );
            ApiError::new(413, "RequestTooLargeException", message)
        }
        InvokeError::Ending => ApiError::new(500, "ServiceException", "the account is ending"),
    }
}
