//! Lambda functions: their code, their versions, and where both are kept.
//!
//! AWS takes the code at apply and keeps it: the file that a configuration names may change or go afterwards. A local
//! stage runs what was applied, so that the code is kept here too, as `lambda/<function name>/<version>.zip`, with the
//! function's attributes beside it (`<version>.json`). `$LATEST` is what was applied last, published or not.
//!
//! An alias can be moved without Terraform, as a way back is. Where it points is kept in `aliases/<alias>.json`, as
//! `{"function_version":"3"}`, and read at refresh: the next plan shows that it was moved.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
            "RequestEntityTooLargeException: {name} has {length} bytes, Lambda takes {MOST_ZIP_BYTES} in a request"
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

/// The version after this change.
pub fn version(made: &Made) -> String {
    if made.planned.get("publish").is_true() {
        (made.last_version + 1).to_string()
    } else {
        "$LATEST".to_owned()
    }
}

/// Keeps what was applied.
pub fn keep(made: &Made, state: &Value, block: &Block) -> io::Result<()> {
    let Some(dir) = function_dir(state, made.places) else {
        return Ok(());
    };
    fs::create_dir_all(&dir)?;
    let version = state.get("version").as_text().unwrap_or_default();
    let published = version != "$LATEST" && state.get("version") != made.prior.get("version");
    let mut json = serde_json::to_vec_pretty(&value::object_to_json(state, block))?;
    json.push(b'\n');
    for version in [Some("$LATEST"), published.then_some(version)]
        .into_iter()
        .flatten()
    {
        if let Some((_, zip)) = zip(made) {
            write(&dir.join(format!("{version}.zip")), |to| {
                fs::copy(&zip, to).map(drop)
            })?;
        }
        write(&dir.join(format!("{version}.json")), |to| {
            fs::write(to, &json)
        })?;
    }
    Ok(())
}

/// Removes all that was kept of a function.
pub fn forget(state: &Value, places: &Places) -> io::Result<()> {
    let skip = state.get("skip_destroy").is_true();
    match function_dir(state, places) {
        Some(dir) if !skip => match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Keeps where an alias points.
pub fn keep_alias(state: &Value, places: &Places) -> io::Result<()> {
    let Some(path) = alias_file(state.get("function_name"), state.get("name"), places) else {
        return Ok(());
    };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let version = state.get("function_version").as_text().unwrap_or_default();
    let json = serde_json::json!({ ALIAS_VERSION: version });
    write(&path, |to| fs::write(to, format!("{json}\n")))
}

/// Puts in where an alias points now.
pub fn refresh_alias(state: &mut Fields, places: &Places) -> io::Result<()> {
    let null = Value::Null;
    let field = |name: &str| state.get(name).unwrap_or(&null);
    let Some(path) = alias_file(field("function_name"), field("name"), places) else {
        return Ok(());
    };
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let kept: serde_json::Value = serde_json::from_slice(&text)?;
    let Some(version) = kept[ALIAS_VERSION].as_str() else {
        let problem = format!("{} names no {ALIAS_VERSION}", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    };
    state.insert(ALIAS_VERSION.to_owned(), Value::from(version));
    Ok(())
}

/// Removes what was kept of an alias.
pub fn forget_alias(state: &Value, places: &Places) -> io::Result<()> {
    let path = alias_file(state.get("function_name"), state.get("name"), places);
    match path.map(fs::remove_file) {
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The attribute, and the key of the file.
const ALIAS_VERSION: &str = "function_version";

fn alias_file(function: &Value, alias: &Value, places: &Places) -> Option<PathBuf> {
    let alias = alias
        .as_text()
        .filter(|name| !name.is_empty() && !name.contains(['/', '\\', '.']))?;
    let dir = named_dir(function.as_text()?, places)?;
    Some(dir.join("aliases").join(format!("{alias}.json")))
}

fn function_dir(state: &Value, places: &Places) -> Option<PathBuf> {
    named_dir(state.get("function_name").as_text()?, places)
}

fn named_dir(name: &str, places: &Places) -> Option<PathBuf> {
    // A name with a slash is refused earlier; this is what a path is made of.
    let name = name
        .rsplit(':')
        .next()
        .filter(|name| !name.is_empty() && !name.contains(['/', '\\', '.']))?;
    Some(places.cloud_dir.as_ref()?.join("lambda").join(name))
}

/// Writes beside, then renames: who reads sees the old file or the new one, whole.
fn write(path: &Path, content: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    content(&beside)?;
    fs::rename(&beside, path)
}
