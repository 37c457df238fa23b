//! Calls to AWS's APIs as a function makes them: with its variables, signed by the SDK's own signer.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::Value;

use super::client::{self, Reply};

pub fn variable(variables: &Value, name: &str) -> String {
    let pairs: Vec<(String, String)> = serde_json::from_value(variables.clone()).expect("pairs");
    pairs
        .into_iter()
        .find(|(found, _)| found == name)
        .unwrap_or_else(|| panic!("no {name}"))
        .1
}

/// POSTs to a path of a service's endpoint.
pub async fn call(
    variables: &Value,
    service: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    call_at(variables, service, path, headers, body, SystemTime::now()).await
}

pub async fn call_at(
    variables: &Value,
    service: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    time: SystemTime,
) -> Reply {
    let signed = signed(variables, service, path, headers, body, time);
    let signed: Vec<(&str, &str)> = signed
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let endpoint = variable(
        variables,
        &format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()),
    );
    client::send(&endpoint, &format!("POST {path}"), &signed, body).await
}

/// The headers with which to send it.
pub fn signed(
    variables: &Value,
    service: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    time: SystemTime,
) -> Vec<(String, String)> {
    let variable = |name: &str| variable(variables, name);
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        Some(variable("AWS_SESSION_TOKEN")),
        None,
        "test",
    );
    let identity = credentials.into();
    let region = variable("AWS_REGION");
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .expect("parameters")
        .into();
    let endpoint = variable(&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()));
    let url = format!("{endpoint}{path}");
    let request = SignableRequest::new(
        "POST",
        &url,
        headers.iter().copied(),
        SignableBody::Bytes(body),
    )
    .expect("a request");
    let (instructions, _) = sign(request, &parameters)
        .expect("a signature")
        .into_parts();
    let (extra, _) = instructions.into_parts();
    let given = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    given
        .chain(
            extra
                .iter()
                .map(|header| (header.name().to_owned(), header.value().to_owned())),
        )
        .collect()
}

/// A call of SSM's.
pub async fn ssm(variables: &Value, operation: &str, request: &Value) -> Reply {
    let target = format!("AmazonSSM.{operation}");
    let headers = [
        ("x-amz-target", target.as_str()),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    call(
        variables,
        "ssm",
        "/",
        &headers,
        request.to_string().as_bytes(),
    )
    .await
}
