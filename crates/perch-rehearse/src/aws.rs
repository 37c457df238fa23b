//! AWS's own APIs for builds, which hold a deploy role: STS, SSM's names, and Lambda's Invoke, GetAlias and UpdateAlias.
//!
//! One address for all of them. STS is told by its form, SSM by its target header, Lambda by its path. Calls have to
//! be signed; whose role would be allowed what is not judged here, but by the roles' policies on AWS.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::loopback::{self, Answer, Server, header_text as header};

/// A refusal in AWS's terms: status, code, message.
struct Refusal(StatusCode, &'static str, String);

/// Starts the APIs on any free port.
pub(crate) async fn start(cloud: Arc<Cloud>) -> Result<Server> {
    let server = loopback::start(move |request| {
        let cloud = cloud.clone();
        async move { answer(&cloud, &request).await }
    });
    server.await.context("cannot listen on 127.0.0.1")
}

async fn answer(cloud: &Cloud, request: &Request<Bytes>) -> Answer {
    let called = if header(request.headers(), "authorization")
        .is_none_or(|value| !value.starts_with("AWS4-HMAC-SHA256 "))
    {
        Err(Refusal(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token".to_owned(),
        ))
    } else if let Some(target) = header(request.headers(), "x-amz-target") {
        ssm(cloud, target, request.body())
    } else if request.uri().path() == "/" {
        sts(cloud, request)
    } else {
        lambda(cloud, request).await
    };
    called.unwrap_or_else(|Refusal(status, code, message)| {
        let mut answer = loopback::json(
            status,
            &json!({ "__type": code, "message": message, "Message": message }),
        );
        answer.headers_mut().insert(
            HeaderName::from_static("x-amzn-errortype"),
            HeaderValue::from_static(code),
        );
        answer
    })
}

/// `GetCallerIdentity`, in XML, or in JSON where that is asked for.
fn sts(cloud: &Cloud, request: &Request<Bytes>) -> Result<Answer, Refusal> {
    let asked = form_urlencoded::parse(request.body())
        .any(|(name, value)| name == "Action" && value == "GetCallerIdentity");
    if !asked {
        return Err(unknown("STS: only GetCallerIdentity is simulated"));
    }
    let account = cloud.account();
    let arn = format!("arn:aws:sts::{account}:assumed-role/rehearsal/build");
    if header(request.headers(), "accept").is_some_and(|accept| accept.contains("json")) {
        let identity = json!({ "Account": account, "Arn": arn, "UserId": "AROAREHEARSAL:build" });
        let body = json!({ "GetCallerIdentityResponse": { "GetCallerIdentityResult": identity, "ResponseMetadata": { "RequestId": "rehearsal" } } });
        return Ok(loopback::json(StatusCode::OK, &body));
    }
    Ok(loopback::xml(
        StatusCode::OK,
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn>\
             <UserId>AROAREHEARSAL:build</UserId><Account>{account}</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>rehearsal</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        ),
    ))
}

/// `DescribeParameters`: names of any stage, never values.
fn ssm(cloud: &Cloud, target: &str, body: &[u8]) -> Result<Answer, Refusal> {
    if target != "AmazonSSM.DescribeParameters" {
        return Err(unknown(&format!(
            "{target} is not simulated: builds only read names of parameters"
        )));
    }
    let request = parse(body)?;
    let filters = request["ParameterFilters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut names = cloud.parameter_names().map_err(|error| internal(&error))?;
    for filter in &filters {
        let values: Vec<&str> = filter["Values"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match (filter["Key"].as_str(), filter["Option"].as_str()) {
            (Some("Name"), None | Some("Equals")) => {
                names.retain(|name| values.contains(&name.as_str()))
            }
            (Some("Path"), Some("Recursive")) => names.retain(|name| {
                values
                    .iter()
                    .any(|path| name.starts_with(&format!("{}/", path.trim_end_matches('/'))))
            }),
            _ => {
                return Err(Refusal(
                    StatusCode::BAD_REQUEST,
                    "InvalidFilterKey",
                    format!("the filter {filter} is not simulated"),
                ));
            }
        }
    }
    let described: Vec<Value> = names
        .iter()
        .map(|name| json!({ "Name": name, "Type": "SecureString", "Version": 1 }))
        .collect();
    Ok(loopback::json(
        StatusCode::OK,
        &json!({ "Parameters": described }),
    ))
}

async fn lambda(cloud: &Cloud, request: &Request<Bytes>) -> Result<Answer, Refusal> {
    let path: Vec<String> = request
        .uri()
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let qualifier = query
        .iter()
        .find(|(name, _)| name == "Qualifier")
        .map(|(_, value)| value.as_str());
    match (request.method().clone(), &path[..]) {
        (Method::POST, ["2015-03-31", "functions", function, "invocations"]) => {
            let function = qualifier.map_or_else(
                || (*function).to_owned(),
                |qualifier| format!("{function}:{qualifier}"),
            );
            let payload = if request.body().is_empty() {
                Value::Null
            } else {
                parse(request.body())?
            };
            let returned = cloud
                .invoke(&function, &payload)
                .await
                .map_err(|error| not_found(&error))?;
            let mut answer = loopback::json(StatusCode::OK, &returned.payload);
            set(&mut answer, "x-amz-executed-version", &returned.version);
            set(&mut answer, "x-amzn-requestid", &returned.request_id);
            if returned.error.is_some() {
                set(&mut answer, "x-amz-function-error", "Unhandled");
            }
            Ok(answer)
        }
        (Method::GET, ["2015-03-31", "functions", function, "aliases", alias]) => {
            let version = cloud
                .alias(function, alias)
                .map_err(|error| not_found(&error))?;
            Ok(loopback::json(
                StatusCode::OK,
                &alias_json(cloud, function, alias, &version),
            ))
        }
        (Method::PUT, ["2015-03-31", "functions", function, "aliases", alias]) => {
            let body = parse(request.body())?;
            let Some(version) = body["FunctionVersion"].as_str() else {
                return Err(Refusal(
                    StatusCode::BAD_REQUEST,
                    "InvalidParameterValueException",
                    "FunctionVersion is missing".to_owned(),
                ));
            };
            cloud
                .set_alias(function, alias, version)
                .await
                .map_err(|error| not_found(&error))?;
            Ok(loopback::json(
                StatusCode::OK,
                &alias_json(cloud, function, alias, version),
            ))
        }
        (method, _) => Err(unknown(&format!(
            "{method} {} is not simulated",
            request.uri().path()
        ))),
    }
}

fn alias_json(cloud: &Cloud, function: &str, alias: &str, version: &str) -> Value {
    json!({
        "AliasArn": format!("arn:aws:lambda:{}:{}:function:{function}:{alias}", cloud.region(), cloud.account()),
        "Name": alias, "FunctionVersion": version, "Description": "", "RevisionId": version,
    })
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| {
        Refusal(
            StatusCode::BAD_REQUEST,
            "SerializationException",
            "the body is not JSON".to_owned(),
        )
    })
}

fn set(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

fn unknown(message: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "UnknownOperationException",
        message.to_owned(),
    )
}

fn not_found(error: &anyhow::Error) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundException",
        format!("{error:#}"),
    )
}

fn internal(error: &anyhow::Error) -> Refusal {
    Refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        format!("{error:#}"),
    )
}
