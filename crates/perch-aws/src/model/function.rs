//! Lambda functions as a state declares them: versions, aliases, settings, and who may invoke them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::resources::{Applied, Resources, States};
use crate::arn::{FunctionRef, role_name};
use crate::code;
use crate::published::{LATEST, Published};
use crate::state::{self, Resource};
use crate::{AccountOptions, Error};

/// A Lambda function with all that is set on it as a whole.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name of the state that declares it.
    pub(crate) state: String,
    pub(crate) name: String,
    /// None is unreserved.
    pub(crate) reserved_concurrency: Option<usize>,
    /// Alias to version.
    pub(crate) aliases: BTreeMap<String, String>,
    /// By number, and `$LATEST`.
    pub(crate) versions: BTreeMap<String, Arc<Version>>,
    /// By qualifier; `$LATEST` where none was given.
    pub(crate) async_settings: BTreeMap<String, AsyncSettings>,
    /// The dead-letter queue's ARN.
    pub(crate) dead_letter: Option<String>,
}

/// Code and configuration that never change once published: an execution environment is of one version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version {
    pub(crate) function: String,
    pub(crate) number: String,
    pub(crate) handler: String,
    pub(crate) memory_mb: u64,
    pub(crate) timeout: Duration,
    pub(crate) environment: BTreeMap<String, String>,
    /// The role's name.
    pub(crate) role: String,
    pub(crate) log_group: String,
    pub(crate) json_logs: bool,
    pub(crate) code: code::Package,
}

/// An `aws_lambda_function_event_invoke_config`.
#[derive(Clone, Debug)]
pub(crate) struct AsyncSettings {
    pub(crate) retries: u32,
    pub(crate) max_age: Duration,
    /// The ARN of the destination.
    pub(crate) on_failure: Option<String>,
    pub(crate) on_success: Option<String>,
}

impl Default for AsyncSettings {
    fn default() -> Self {
        AsyncSettings {
            retries: 2,
            max_age: Duration::from_secs(6 * 60 * 60),
            on_failure: None,
            on_success: None,
        }
    }
}

/// A statement of a function's resource-based policy.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) function: FunctionRef,
    pub(crate) action: String,
    pub(crate) principal: String,
    pub(crate) source_arn: Option<String>,
    pub(crate) source_account: Option<String>,
}

pub(super) fn read_all(
    resources: &Resources,
    options: &AccountOptions,
) -> Result<BTreeMap<String, Function>, Error> {
    let mut functions = BTreeMap::new();
    for applied in resources.applied("aws_lambda_function") {
        let function = read_function(resources, applied, options)?;
        applied.insert(&mut functions, &function.name.clone(), function)?;
    }
    Ok(functions)
}

/// A function's attributes as its state has them.
pub(crate) fn function_attributes(states: &States, name: &str) -> Result<Value, Error> {
    let resources = Resources::read(states)?;
    for function in resources.of("aws_lambda_function") {
        if function.required("function_name")? == name {
            return Ok(function.values().clone());
        }
    }
    Err(Error::new(format!("Function not found: {name}")))
}

pub(super) fn read_permissions(resources: &Resources) -> Result<Vec<Permission>, Error> {
    resources
        .of("aws_lambda_permission")
        .map(read_permission)
        .collect()
}

fn read_function(
    resources: &Resources,
    applied: &Applied,
    options: &AccountOptions,
) -> Result<Function, Error> {
    let resource = &applied.resource;
    let name = resource.required("function_name")?;
    let published = Published::in_dir(&options.published_dir);
    let mut aliases = read_aliases(resources, name)?;
    for (alias, version) in &mut aliases {
        if let Some(moved) = published.alias(name, alias)? {
            *version = moved;
        }
    }
    let mut wanted: BTreeSet<&str> = aliases.values().map(String::as_str).collect();
    wanted.insert(LATEST);
    wanted.extend(resource.text("version"));
    let mut versions = BTreeMap::new();
    for number in wanted {
        let version = read_version(resource, number, options)?;
        versions.insert(number.to_owned(), Arc::new(version));
    }
    let reserved = resource.number("reserved_concurrent_executions");
    let dead_letter = resource.block("dead_letter_config");
    Ok(Function {
        state: applied.state.clone(),
        name: name.to_owned(),
        // -1 is Terraform's word for unreserved.
        reserved_concurrency: reserved.and_then(|count| usize::try_from(count).ok()),
        aliases,
        versions,
        async_settings: read_async(resources, name)?,
        dead_letter: dead_letter
            .and_then(|block| state::text(&block["target_arn"]))
            .map(str::to_owned),
    })
}

fn read_aliases(resources: &Resources, function: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut aliases = BTreeMap::new();
    for alias in resources.of("aws_lambda_alias") {
        if names(alias, function)? {
            let version = alias.required("function_version")?;
            aliases.insert(alias.required("name")?.to_owned(), version.to_owned());
        }
    }
    Ok(aliases)
}

fn read_async(
    resources: &Resources,
    function: &str,
) -> Result<BTreeMap<String, AsyncSettings>, Error> {
    let mut all = BTreeMap::new();
    for config in resources.of("aws_lambda_function_event_invoke_config") {
        if names(config, function)? {
            let qualifier = config.text("qualifier").unwrap_or("$LATEST");
            all.insert(qualifier.to_owned(), read_async_settings(config));
        }
    }
    Ok(all)
}

/// Whether a resource's `function_name`, a name or an ARN, means this function.
fn names(resource: &Resource, function: &str) -> Result<bool, Error> {
    let found = FunctionRef::parse(resource.required("function_name")?);
    Ok(found.is_some_and(|found| found.name == function))
}

fn read_async_settings(config: &Resource) -> AsyncSettings {
    let default = AsyncSettings::default();
    let destinations = config.block("destination_config");
    let destination = |name| {
        let block = state::block(destinations?, name)?;
        state::text(&block["destination"]).map(str::to_owned)
    };
    let retries = config.number("maximum_retry_attempts");
    // An age of 0 is what Terraform's provider keeps where none was declared; AWS's least is 60 seconds.
    let age = config
        .number("maximum_event_age_in_seconds")
        .filter(|&age| age > 0);
    AsyncSettings {
        retries: retries
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(default.retries),
        max_age: age.and_then(seconds).unwrap_or(default.max_age),
        on_failure: destination("on_failure"),
        on_success: destination("on_success"),
    }
}

fn read_version(
    function: &Resource,
    number: &str,
    options: &AccountOptions,
) -> Result<Version, Error> {
    let name = function.required("function_name")?;
    // What was published counts; the state's values are those of the last apply.
    let published = Published::in_dir(&options.published_dir).version(name, number)?;
    let (zip, record) = match published {
        Some(kept) => {
            let attributes = Resource::new(kept.path.display().to_string(), kept.attributes);
            (kept.zip, attributes)
        }
        None => (None, function.clone()),
    };
    let zip = match zip {
        Some(zip) => zip,
        None => options
            .root_dir
            .join(
                function
                    .text("filename")
                    .map(PathBuf::from)
                    .ok_or_else(|| {
                        function.error(
                            "has no filename: the local stage runs functions from zip files only",
                        )
                    })?,
            ),
    };
    let runtime = record.text("runtime").unwrap_or_default();
    if !runtime.starts_with("provided") {
        return Err(function.error(&format!(
            "has the runtime {runtime:?}: the local stage runs provided.* only"
        )));
    }
    let architecture = record
        .blocks("architectures")
        .first()
        .and_then(Value::as_str)
        .unwrap_or("x86_64");
    let package =
        code::Package::find(zip, architecture).map_err(|problem| function.error(&problem))?;
    let environment = record
        .block("environment")
        .map(|block| state::text_pairs(&block["variables"]));
    let logging = record.block("logging_config");
    let logging = |name| logging.and_then(|block| state::text(&block[name]));
    Ok(Version {
        function: name.to_owned(),
        number: number.to_owned(),
        handler: record.text("handler").unwrap_or("bootstrap").to_owned(),
        memory_mb: record
            .number("memory_size")
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or(128),
        timeout: record
            .number("timeout")
            .and_then(seconds)
            .unwrap_or(Duration::from_secs(3)),
        environment: environment.unwrap_or_default().into_iter().collect(),
        role: role_of(&record)?,
        log_group: logging("log_group")
            .map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
        json_logs: logging("log_format") == Some("JSON"),
        code: package,
    })
}

fn role_of(record: &Resource) -> Result<String, Error> {
    let arn = record.required("role")?;
    role_name(arn)
        .ok_or_else(|| record.error(&format!("has a role that is no role's ARN: {arn:?}")))
}

fn seconds(count: i64) -> Option<Duration> {
    u64::try_from(count).ok().map(Duration::from_secs)
}

fn read_permission(resource: &Resource) -> Result<Permission, Error> {
    let name = resource.required("function_name")?;
    let Some(mut function) = FunctionRef::parse(name) else {
        return Err(resource.error(&format!("has a malformed function_name: {name:?}")));
    };
    if let Some(qualifier) = resource.text("qualifier") {
        function.qualifier = Some(qualifier.to_owned());
    }
    Ok(Permission {
        function,
        action: resource.required("action")?.to_owned(),
        principal: resource.required("principal")?.to_owned(),
        source_arn: resource.text("source_arn").map(str::to_owned),
        source_account: resource.text("source_account").map(str::to_owned),
    })
}
