//! A line of the access log, in the format that the stage declares.
//!
//! Variables after "Customize HTTP API access logs"; one that has no value here is a dash, as in API Gateway.

use std::time::Duration;

use hyper::body::Body as _;

use super::{Exchange, IntegrationTrace, Refusal};
use perch_loopback::Answer;

pub(super) fn line(
    format: &str,
    exchange: &Exchange,
    answer: &Answer,
    refusal: Option<&Refusal>,
    trace: &IntegrationTrace,
    took: Duration,
) -> String {
    let value = |name: &str| value(name, exchange, answer, refusal, trace, took);
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("$context.") {
        line.push_str(before);
        let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let end = after.find(|c| !part_of_name(c)).unwrap_or(after.len());
        // A full stop behind a variable ends the sentence, not the name.
        let name = after[..end].trim_end_matches('.');
        let text = value(name).unwrap_or_else(|| "-".to_owned());
        match name {
            // Its quotes belong to it.
            "error.messageString" => line.push_str(&text),
            _ => line.push_str(&escape(&text)),
        }
        rest = &after[name.len()..];
    }
    line + rest
}

fn value(
    name: &str,
    exchange: &Exchange,
    answer: &Answer,
    refusal: Option<&Refusal>,
    trace: &IntegrationTrace,
    took: Duration,
) -> Option<String> {
    let integrated = trace.request_id.is_some();
    let latency = || integrated.then(|| trace.latency.as_millis().to_string());
    Some(match name {
        "accountId" => exchange.model.scope.account.clone(),
        "apiId" => exchange.api.id.clone(),
        "domainName" => exchange.api.domain().to_owned(),
        "domainPrefix" => exchange.api.domain().split('.').next()?.to_owned(),
        "error.message" => refusal?.message.to_owned(),
        "error.messageString" => format!("\"{}\"", refusal?.message),
        "extendedRequestId" | "requestId" => exchange.request_id.clone(),
        "httpMethod" => exchange.parts.method.to_string(),
        "identity.sourceIp" => "127.0.0.1".to_owned(),
        "identity.userAgent" => {
            let agent = exchange.parts.headers.get(http::header::USER_AGENT)?;
            String::from_utf8_lossy(agent.as_bytes()).into_owned()
        }
        "integration.error" | "integrationErrorMessage" => refusal
            .filter(|_| exchange.matched.is_some())?
            .reason
            .clone(),
        "integration.integrationStatus" | "integrationStatus" => trace.status?.to_string(),
        "integration.status" => trace
            .status
            .filter(|_| refusal.is_none())
            .map(|_| answer.status().as_u16().to_string())?,
        "integration.latency" | "integrationLatency" => latency()?,
        "integration.requestId" => trace.request_id.clone()?,
        "path" => exchange.path.clone(),
        "protocol" => "HTTP/1.1".to_owned(),
        "requestTime" => exchange
            .received
            .strftime("%d/%b/%Y:%H:%M:%S +0000")
            .to_string(),
        "requestTimeEpoch" => exchange.received.as_millisecond().to_string(),
        "responseLatency" => took.as_millis().to_string(),
        "responseLength" => answer.body().size_hint().exact()?.to_string(),
        "routeKey" => exchange.matched.as_ref()?.route.key.clone(),
        "stage" => exchange.stage.name.clone(),
        "status" => answer.status().as_u16().to_string(),
        _ => return None,
    })
}

/// Formats are JSON, mostly, and a caller chooses some of the values.
fn escape(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
