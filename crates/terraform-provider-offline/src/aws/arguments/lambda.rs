//! Lambda.

use super::monitoring::LOG_GROUP_NAME;
use crate::checks::Check::{self, Arn, Length, Matches, OneOf, Own, Range};
use crate::checks::{Checks, matches};
use crate::diagnostic::Diagnostic;
use crate::value::Value;

const ACCOUNT_ID: Check = Matches(r"^\d{12}$", "must be a 12-digit account ID");

pub(super) const LAMBDA_ALIAS: Checks = &[
    ("name", Length(1, 128)),
    ("name", Own(alias_name)),
    ("description", Length(0, 256)),
    ("function_name", Own(function_name)),
    (
        "function_version",
        Matches(r"^(\$LATEST|[0-9]+)$", "must be $LATEST or a number"),
    ),
];

pub(super) const EVENT_SOURCE_MAPPING: Checks = &[
    ("function_name", Own(function_name)),
    ("maximum_record_age_in_seconds", Range(-1, 604_800)),
    ("maximum_retry_attempts", Range(-1, 10_000)),
    ("parallelization_factor", Range(1, 10)),
    ("tumbling_window_in_seconds", Range(0, 900)),
    ("scaling_config.maximum_concurrency", Range(2, 1000)),
    ("destination_config.on_failure.destination_arn", Arn),
    (
        "starting_position",
        OneOf(&["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]),
    ),
];

pub(super) const LAMBDA_FUNCTION: Checks = &[
    ("file_system_config.arn", Arn),
    (
        "file_system_config.local_mount_path",
        Matches("^/mnt/[0-9A-Za-z_.-]+$", "must start with '/mnt/'"),
    ),
    ("function_name", Own(function_name)),
    ("architectures", OneOf(&["x86_64", "arm64"])),
    ("code_signing_config_arn", Arn),
    ("dead_letter_config.target_arn", Arn),
    ("description", Length(0, 256)),
    ("environment.variables", Own(environment)),
    ("ephemeral_storage.size", Range(512, 10_240)),
    ("handler", Length(1, 128)),
    ("kms_key_arn", Arn),
    ("layers", Arn),
    ("logging_config.log_format", OneOf(&["JSON", "Text"])),
    (
        "logging_config.application_log_level",
        OneOf(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]),
    ),
    (
        "logging_config.system_log_level",
        OneOf(&["DEBUG", "INFO", "WARN"]),
    ),
    ("logging_config.log_group", LOG_GROUP_NAME),
    ("memory_size", Range(128, 10_240)),
    ("package_type", OneOf(&["Zip", "Image"])),
    ("reserved_concurrent_executions", Range(-1, i64::MAX)),
    ("role", Arn),
    (
        "runtime",
        OneOf(&[
            "nodejs",
            "nodejs4.3",
            "nodejs6.10",
            "nodejs8.10",
            "nodejs10.x",
            "nodejs12.x",
            "nodejs14.x",
            "nodejs16.x",
            "java8",
            "java8.al2",
            "java11",
            "python2.7",
            "python3.6",
            "python3.7",
            "python3.8",
            "python3.9",
            "dotnetcore1.0",
            "dotnetcore2.0",
            "dotnetcore2.1",
            "dotnetcore3.1",
            "dotnet6",
            "dotnet8",
            "nodejs4.3-edge",
            "go1.x",
            "ruby2.5",
            "ruby2.7",
            "provided",
            "provided.al2",
            "nodejs18.x",
            "python3.10",
            "java17",
            "ruby3.2",
            "ruby3.3",
            "python3.11",
            "nodejs20.x",
            "provided.al2023",
            "python3.12",
            "java21",
        ]),
    ),
    ("snap_start.apply_on", OneOf(&["PublishedVersions"])),
    ("timeout", Range(1, 900)),
    ("tracing_config.mode", OneOf(&["Active", "PassThrough"])),
];

pub(super) const EVENT_INVOKE_CONFIG: Checks = &[
    ("destination_config.on_failure.destination", Arn),
    ("destination_config.on_success.destination", Arn),
    ("function_name", Own(function_name)),
    ("maximum_event_age_in_seconds", Range(60, 21_600)),
    ("maximum_retry_attempts", Range(0, 2)),
    ("qualifier", Length(1, 128)),
];

pub(super) const LAMBDA_PERMISSION: Checks = &[
    (
        "action",
        Matches(
            r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$",
            "must be lambda: and the name of an action",
        ),
    ),
    (
        "event_source_token",
        Matches(
            "^[0-9A-Za-z._-]{1,256}$",
            "must be 1 to 256 letters, digits or any of . _ -",
        ),
    ),
    ("function_name", Own(function_name)),
    ("function_url_auth_type", OneOf(&["NONE", "AWS_IAM"])),
    ("principal", Matches(r"^\S+$", "must not contain spaces")),
    (
        "qualifier",
        Matches(
            "^[0-9A-Za-z$_-]{1,128}$",
            "must be 1 to 128 letters, digits or any of $ _ -",
        ),
    ),
    ("source_account", ACCOUNT_ID),
    ("source_arn", Arn),
    (
        "statement_id",
        Matches(
            "^[0-9A-Za-z_-]{1,100}$",
            "must be 1 to 100 letters, digits, hyphens or underscores",
        ),
    ),
    (
        "statement_id_prefix",
        Matches(
            "^[0-9A-Za-z_-]{1,74}$",
            "must be 1 to 74 letters, digits, hyphens or underscores",
        ),
    ),
];

/// A name, or an ARN, with or without a qualifier (AWS Lambda API, "FunctionName").
fn function_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let pattern = r"^(arn:[a-zA-Z0-9-]+:lambda:)?([a-z]{2}(-[a-z]+)+-\d{1,2}:)?(\d{12}:)?(function:)?[a-zA-Z0-9_-]+(:(\$LATEST|[a-zA-Z0-9_-]+))?$";
    if name.len() > 140 {
        return Some(format!(
            "{path:?} cannot be longer than 140 characters: {name:?}"
        ));
    }
    if !matches(pattern, name) {
        return Some(format!(
            "{path:?} must be a valid function name or ARN, with letters, digits, hyphens and underscores: {name:?}"
        ));
    }
    (!name.contains(':') && name.len() > 64)
        .then(|| format!("{path:?} cannot be longer than 64 characters: {name:?}"))
}

fn alias_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let valid = matches("^[a-zA-Z0-9_-]+$", name) && !matches("^[0-9]+$", name);
    (!valid).then(|| {
        format!("invalid value for {path} (must be letters, digits, hyphens and underscores, and not a number): {name:?}")
    })
}

/// Variables that Lambda sets itself (AWS Lambda Developer Guide, "Defined runtime environment variables").
const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Names, what is Lambda's own, and 4 KB in all. Values stay out of the message.
fn environment(path: &str, value: &Value) -> Option<String> {
    let variables = value.fields()?;
    let mut bytes = 0;
    for (name, value) in variables {
        if !matches("^[a-zA-Z][a-zA-Z0-9_]+$", name) {
            return Some(format!(
                "InvalidParameterValueException: {path}: {name:?} isn't a valid variable name (a letter, then at least one letter, digit or underscore)"
            ));
        }
        if RESERVED_VARIABLES.contains(&name.as_str()) {
            return Some(format!(
                "InvalidParameterValueException: {path}: Lambda was unable to configure your environment variables \
                 because the environment variables you have provided contains reserved keys that are currently not \
                 supported for modification. Reserved keys used in this request: {name}"
            ));
        }
        bytes += name.len() + value.as_text().map_or(0, str::len);
    }
    (bytes > 4096).then(|| {
        format!("InvalidParameterValueException: {path}: {bytes} bytes of environment variables; Lambda allows 4096")
    })
}

pub(super) fn lambda_function(config: &Value) -> Vec<Diagnostic> {
    let zip = match config.get("package_type") {
        Value::Null => true,
        package => package.as_text() == Some("Zip"),
    };
    let missing = zip && (config.get("handler").is_null() || config.get("runtime").is_null());
    missing
        .then(|| {
            Diagnostic::error(
                "handler and runtime must be set when PackageType is Zip",
                "",
            )
        })
        .into_iter()
        .collect()
}
