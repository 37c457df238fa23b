//! S3 and Systems Manager parameters.

use crate::checks::Check::{Length, OneOf, Own, Range};
use crate::checks::{Checks, matches};
use crate::diagnostic::Diagnostic;
use crate::value::Value;

pub(super) const LIFECYCLE: Checks = &[
    ("rule.id", Length(1, 255)),
    ("rule.status", OneOf(&["Enabled", "Disabled"])),
    (
        "rule.noncurrent_version_expiration.noncurrent_days",
        Range(1, i64::MAX),
    ),
];

pub(super) const SSM_PARAMETER: Checks = &[
    ("name", Own(parameter_name)),
    ("type", OneOf(&["String", "StringList", "SecureString"])),
    (
        "tier",
        OneOf(&["Standard", "Advanced", "Intelligent-Tiering"]),
    ),
    (
        "data_type",
        OneOf(&["aws:ec2:image", "aws:ssm:integration", "text"]),
    ),
    ("description", Length(0, 1024)),
    ("allowed_pattern", Length(0, 1024)),
];

/// S3 User Guide, "General purpose bucket naming rules".
pub(super) fn bucket_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let valid = matches("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name)
        && !name.contains("..")
        && !matches(r"^\d+\.\d+\.\d+\.\d+$", name);
    (!valid).then(|| {
        format!(
            "{path:?} ({name}) isn't a bucket name: 3 to 63 lowercase letters, digits, hyphens and periods, beginning \
             and ending with a letter or digit"
        )
    })
}

/// Systems Manager, PutParameter.
fn parameter_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let refusal = |why: &str| Some(format!("ValidationException: {path} {name:?}: {why}"));
    if name.is_empty() || name.len() > 1011 {
        return refusal("it must have 1 to 1011 characters");
    }
    if !matches("^[a-zA-Z0-9_./-]+$", name) {
        return refusal(
            "only a mix of letters, numbers and the following symbols is allowed: . - _ /",
        );
    }
    if name.contains('/') && !name.starts_with('/') {
        return refusal("Parameter name must be a fully qualified name: begin it with a slash");
    }
    if name.contains("//") || name.ends_with('/') {
        return refusal("a level of the hierarchy is empty");
    }
    if name.matches('/').count() > 15 {
        return refusal("the hierarchy has more than 15 levels");
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return refusal("it must not begin with aws or ssm");
    }
    None
}

pub(super) fn secure_string(config: &Value) -> Vec<Diagnostic> {
    let wrong = config.get("type").as_text() == Some("SecureString")
        && !config.get("insecure_value").is_null();
    wrong
        .then(|| {
            Diagnostic::error(
                "invalid configuration, cannot set type = SecureString and insecure_value",
                "",
            )
        })
        .into_iter()
        .collect()
}
