//! The event that a function gets: payload format version 2.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::Exchange;
use super::route::Match;

/// Media types whose bodies arrive as text. Everything else arrives in base64, also forms and bodies without a type: the
/// guide says no more than "binary", and this is what the service does.
const TEXT_TYPES: [&str; 3] = [
    "application/json",
    "application/javascript",
    "application/xml",
];

/// API Gateway's ids: sixteen characters of base64, one of them padding.
pub(super) fn gateway_request_id() -> String {
    STANDARD
        .encode(&uuid::Uuid::new_v4().as_bytes()[..11])
        .replace(['+', '/'], "A")
}

pub(super) fn build(exchange: &Exchange, matched: &Match, body: &Bytes, trace_id: &str) -> Value {
    let (headers, cookies) = headers(exchange, trace_id);
    let raw_query = exchange.parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.route.key,
        "rawPath": exchange.path,
        "rawQueryString": raw_query,
        "headers": headers,
        "requestContext": context(exchange, matched, &headers),
        "isBase64Encoded": false,
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let query = query(raw_query);
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query);
    }
    if !matched.parameters.is_empty() {
        event["pathParameters"] = json!(matched.parameters);
    }
    if !exchange.stage.variables.is_empty() {
        event["stageVariables"] = json!(exchange.stage.variables);
    }
    if !body.is_empty() {
        let text = is_text(&exchange.parts.headers)
            .then(|| std::str::from_utf8(body).ok())
            .flatten();
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text
            .map_or_else(|| STANDARD.encode(body), str::to_owned)
            .into();
    }
    event
}

fn context(exchange: &Exchange, matched: &Match, headers: &BTreeMap<String, String>) -> Value {
    let api = exchange.api;
    json!({
        "accountId": exchange.model.scope.account,
        "apiId": api.id,
        "domainName": api.domain(),
        "domainPrefix": api.domain().split('.').next().unwrap_or_default(),
        "http": {
            "method": exchange.parts.method.as_str(),
            "path": exchange.path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": headers.get("user-agent").map(String::as_str).unwrap_or_default(),
        },
        "requestId": exchange.request_id,
        "routeKey": matched.route.key,
        "stage": exchange.stage.name,
        "time": exchange.received.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": exchange.received.as_millisecond(),
    })
}

/// Headers in lower case, several of a name joined by commas; and the cookies, which are not among them.
fn headers(exchange: &Exchange, trace_id: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in &exchange.parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        match name.as_str() {
            "cookie" => cookies.extend(value.split(';').map(|cookie| cookie.trim().to_owned())),
            // They belong to the connection and end at the gateway.
            "connection" | "keep-alive" | "te" | "transfer-encoding" | "upgrade" => {}
            name => match headers.get_mut(name) {
                Some(values) => {
                    values.push(',');
                    values.push_str(&value);
                }
                None => drop(headers.insert(name.to_owned(), value.into_owned())),
            },
        }
    }
    let mut set = |name: &str, value: &str| headers.insert(name.to_owned(), value.to_owned());
    // As the applied URL would have it: that is where the request would have arrived.
    set("host", exchange.api.domain());
    set("x-amzn-trace-id", trace_id);
    set("x-forwarded-for", "127.0.0.1");
    set("x-forwarded-port", "443");
    set("x-forwarded-proto", "https");
    (headers, cookies)
}

/// Decoded, several of a name joined by commas.
fn query(raw: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let joined = match parameters.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(name, joined.into());
    }
    parameters
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned()
}

fn is_text(headers: &HeaderMap) -> bool {
    let value = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type.starts_with("text/") || TEXT_TYPES.contains(&media_type.as_str())
}
