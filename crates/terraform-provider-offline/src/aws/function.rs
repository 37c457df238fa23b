//! Lambda functions: their code, their versions, and where both are kept.
//!
//! AWS takes the code at apply and keeps it: the file that a configuration names may change or go afterwards. A local
//! stage runs what was applied, so that each version is kept as `perch_aws::published` describes.
//!
//! An alias can be moved without Terraform, as a roll back does. Where it points is kept there, too, and read at refresh:
//! the next plan shows that it was moved.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use perch_aws::Error;
use perch_aws::published::{LATEST, Published};
use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Path as At};
use crate::provider::{Made, Places};
use crate::schema::Block;
use crate::value::{self, Fields, Value};

/// Lambda's limit of a zip that is uploaded in the request (AWS Lambda Developer Guide, "Lambda quotas").
const MOST_ZIP_BYTES: u64 = 50 * 1024 * 1024;

/// What makes a new version when it changes: the code …
const CODE: [&str; 7] = [
    "architectures",
    "filename",
    "image_uri",
    "s3_bucket",
    "s3_key",
    "s3_object_version",
    "source_code_hash",
];

/// … or the configuration.
const CONFIGURATION: [&str; 18] = [
    "code_signing_config_arn",
    "dead_letter_config",
    "description",
    "environment",
    "ephemeral_storage",
    "file_system_config",
    "handler",
    "image_config",
    "kms_key_arn",
    "layers",
    "logging_config",
    "memory_size",
    "role",
    "runtime",
    "snap_start",
    "timeout",
    "tracing_config",
    "vpc_config",
];

/// An update publishes a version if it changes code or configuration, or turns publishing on.
pub fn plan_update(prior: &Value, planned: &mut Fields) {
    let changed = |name: &str| {
        planned
            .get(name)
            .is_some_and(|value| value != prior.get(name))
    };
    let code = CODE.iter().any(|name| changed(name));
    let configuration = CONFIGURATION.iter().any(|name| changed(name));
    let publish = planned.get("publish").is_some_and(Value::is_true);
    let mut unknown = Vec::new();
    if code || configuration {
        unknown.push("last_modified");
    }
    if code {
        unknown.push("source_code_size");
    }
    if publish && (code || configuration || changed("publish")) {
        unknown.extend(["version", "qualified_arn", "qualified_invoke_arn"]);
    }
    for name in unknown {
        planned.insert(name.to_owned(), Value::Unknown);
    }
}

/// The file of the code, if it is one.
fn zip(made: &Made) -> Option<(String, PathBuf)> {
    let name = made.planned.get("filename").as_text()?;
    Some((name.to_owned(), made.places.resolve(name)))
}

/// Refuses code that can't be read, and what Lambda wouldn't take.
pub fn check_code(made: &Made) -> Result<(), Diagnostic> {
    let Some((name, path)) = zip(made) else {
        return Ok(());
    };
    let refusal = |why: String| {
        let function = made.text("function_name");
        Diagnostic::error(format!("creating Lambda Function ({function}): {why}"), "")
            .at(At::root("filename"))
    };
    let length = match fs::metadata(&path) {
        Ok(file) if file.is_file() => file.len(),
        Ok(_) => return Err(refusal(format!("reading ZIP file ({name}): not a file"))),
        Err(error) => return Err(refusal(format!("reading ZIP file ({name}): {error}"))),
    };
    if length == 0 {
        return Err(refusal(
            "InvalidParameterValueException: Uploaded file must be a non-empty zip".to_owned(),
        ));
    }
    if length > MOST_ZIP_BYTES {
        return Err(refusal(format!(
            "RequestEntityTooLargeException: {name} has {length} bytes; Lambda accepts {MOST_ZIP_BYTES} in a request"
        )));
    }
    Ok(())
}

/// `source_code_size`, in bytes.
pub fn code_size(made: &Made) -> Option<Value> {
    let (_, path) = zip(made)?;
    i64::try_from(fs::metadata(path).ok()?.len())
        .ok()
        .map(Value::Int)
}

/// `source_code_hash`: SHA-256 in base 64.
pub fn code_hash(made: &Made) -> Option<Value> {
    let (_, path) = zip(made)?;
    Some(Value::from(
        STANDARD.encode(Sha256::digest(fs::read(path).ok()?)),
    ))
}

/// The version after this change: one more than the last that was published, by an apply or, on a local stage, without.
pub fn version(made: &Made) -> String {
    if made.planned.get("publish").is_true() {
        let kept = kept(made.planned.get("function_name"), made.places);
        let kept = kept.and_then(|(published, function)| published.versions(function).ok());
        let last = kept.and_then(|versions| i64::try_from(*versions.last()?).ok());
        // A function that is made anew starts from 1, whatever was kept of one that is gone.
        let last = last.filter(|_| !made.prior.is_null());
        (made.last_version.max(last.unwrap_or(0)) + 1).to_string()
    } else {
        LATEST.to_owned()
    }
}

/// Keeps what was applied.
pub fn keep(made: &Made, state: &Value, block: &Block) -> Result<(), Error> {
    let Some((published, function)) = kept(state.get("function_name"), made.places) else {
        return Ok(());
    };
    let code = zip(made).map(|(_, path)| path);
    let attributes = value::object_to_json(state, block);
    published.keep(function, LATEST, code.as_deref(), &attributes)?;
    match state.get("version").as_text() {
        Some(version) if version != LATEST && state.get("version") != made.prior.get("version") => {
            published.keep(function, version, code.as_deref(), &attributes)
        }
        _ => Ok(()),
    }
}

/// Removes all that was kept of a function.
pub fn forget(state: &Value, places: &Places) -> Result<(), Error> {
    match kept(state.get("function_name"), places) {
        Some((published, function)) if !state.get("skip_destroy").is_true() => {
            published.forget_function(function)
        }
        _ => Ok(()),
    }
}

/// Keeps where an alias points.
pub fn keep_alias(state: &Value, places: &Places) -> Result<(), Error> {
    let text = |name| state.get(name).as_text().unwrap_or_default();
    match kept(state.get("function_name"), places) {
        Some((published, function)) => {
            published.keep_alias(function, text("name"), text(ALIAS_VERSION))
        }
        None => Ok(()),
    }
}

/// Puts in where an alias points now.
pub fn refresh_alias(state: &mut Fields, places: &Places) -> Result<(), Error> {
    let null = Value::Null;
    let field = |name: &str| state.get(name).unwrap_or(&null);
    let Some((published, function)) = kept(field("function_name"), places) else {
        return Ok(());
    };
    let alias = field("name").as_text().unwrap_or_default();
    if let Some(version) = published.alias(function, alias)? {
        state.insert(ALIAS_VERSION.to_owned(), Value::from(version));
    }
    Ok(())
}

/// Removes what was kept of an alias.
pub fn forget_alias(state: &Value, places: &Places) -> Result<(), Error> {
    match kept(state.get("function_name"), places) {
        Some((published, function)) => {
            published.forget_alias(function, state.get("name").as_text().unwrap_or_default())
        }
        None => Ok(()),
    }
}

const ALIAS_VERSION: &str = "function_version";

/// Where a function is kept, if anything is, and the name that it has there: an alias may name it by its ARN.
fn kept<'a>(function: &'a Value, places: &'a Places) -> Option<(&'a Published, &'a str)> {
    let function = function.as_text()?.rsplit(':').next()?;
    Some((places.published.as_ref()?, function))
}
