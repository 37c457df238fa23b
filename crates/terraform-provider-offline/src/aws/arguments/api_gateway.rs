//! API Gateway v2.

use crate::checks::Check::{self, Arn, Length, Matches, OneOf, Own, Range};
use crate::checks::{Checks, matches};
use crate::value::Value;

pub(super) const API: Checks = &[
    (
        "api_key_selection_expression",
        OneOf(&[
            "$context.authorizer.usageIdentifierKey",
            "$request.header.x-api-key",
        ]),
    ),
    ("body", Own(json_or_yaml)),
    ("name", Length(1, 128)),
    ("protocol_type", OneOf(&["WEBSOCKET", "HTTP"])),
    ("description", Length(0, 1024)),
    ("version", Length(1, 64)),
    ("credentials_arn", Arn),
    ("cors_configuration.max_age", Range(-1, 86_400)),
];

pub(super) const INTEGRATION: Checks = &[
    ("integration_subtype", Length(1, 128)),
    ("connection_id", Length(1, 1024)),
    ("connection_type", OneOf(&["INTERNET", "VPC_LINK"])),
    (
        "content_handling_strategy",
        OneOf(&["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]),
    ),
    ("credentials_arn", Arn),
    (
        "integration_method",
        OneOf(&[
            "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
        ]),
    ),
    (
        "integration_type",
        OneOf(&["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"]),
    ),
    (
        "passthrough_behavior",
        OneOf(&["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"]),
    ),
    ("payload_format_version", OneOf(&["1.0", "2.0"])),
    ("timeout_milliseconds", Range(50, 30_000)),
];

pub(super) const ROUTE: Checks = &[
    (
        "authorization_type",
        OneOf(&["NONE", "AWS_IAM", "CUSTOM", "JWT"]),
    ),
    ("operation_name", Length(1, 64)),
    ("target", Length(1, 128)),
    ("route_key", Own(route_key)),
];

const LOGGING_LEVEL: Check = OneOf(&["ERROR", "INFO", "OFF"]);

pub(super) const STAGE: Checks = &[
    ("name", Length(1, 128)),
    (
        "name",
        Matches(
            r"^(\$default|[0-9A-Za-z_-]+)$",
            "must be $default, or letters, digits, hyphens and underscores",
        ),
    ),
    ("description", Length(0, 1024)),
    ("access_log_settings.destination_arn", Arn),
    ("default_route_settings.logging_level", LOGGING_LEVEL),
    ("route_settings.logging_level", LOGGING_LEVEL),
];

/// `METHOD /path`, or a name: `$default`, or a WebSocket API's.
fn route_key(path: &str, value: &Value) -> Option<String> {
    let key = value.as_text()?;
    let plain = !key.contains([' ', '/']) && !key.is_empty();
    let http = matches(
        r"^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[^\s?#]*$",
        key,
    );
    (!plain && !http).then(|| {
        format!("invalid value for {path} (must be $default, or a method and a path, as in \"POST /tryo\"): {key:?}")
    })
}

/// An OpenAPI document; YAML is taken as it is.
fn json_or_yaml(path: &str, value: &Value) -> Option<String> {
    let text = value.as_text()?;
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    text.starts_with('{')
        .then(|| format!("{path:?} contains an invalid JSON: {error}"))
}
