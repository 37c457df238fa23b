//! What a state declares, as far as the stage runs it. Built once for each state; nothing in it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::arn::{Arn, FunctionRef, Scope};
use crate::judge::Roles;
use crate::lambda::code;
use crate::published::{LATEST, Published};
use crate::schedule_model::Schedule;
use crate::state::{self, Resource};
use crate::{Error, Options};

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Model {
    /// Where it was applied.
    pub(crate) scope: Scope,
    pub(crate) apis: Vec<Api>,
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) roles: Arc<Roles>,
    /// By name.
    pub(crate) schedules: BTreeMap<String, Schedule>,
    /// Names of the queues.
    pub(crate) queues: BTreeSet<String>,
}

/// An HTTP API.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) id: String,
    /// As applied: `https://<id>.execute-api.<region>.amazonaws.com`.
    pub(crate) endpoint: String,
    pub(crate) stages: Vec<ApiStage>,
    pub(crate) routes: Vec<Route>,
}

impl Api {
    /// The host of the applied URL.
    pub(crate) fn domain(&self) -> &str {
        self.endpoint
            .strip_prefix("https://")
            .unwrap_or(&self.endpoint)
    }
}

#[derive(Debug)]
pub(crate) struct ApiStage {
    pub(crate) name: String,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) access_log: Option<AccessLog>,
    pub(crate) throttle: Option<Throttle>,
    /// By route key.
    pub(crate) route_throttles: BTreeMap<String, Throttle>,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    pub(crate) log_group: String,
    pub(crate) format: String,
}

/// A token bucket: so many requests at once, so many more each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Throttle {
    pub(crate) burst: f64,
    pub(crate) rate: f64,
}

#[derive(Debug)]
pub(crate) struct Route {
    /// `POST /tryo`, `ANY /{proxy+}` or `$default`.
    pub(crate) key: String,
    pub(crate) authorization: Authorization,
    pub(crate) integration: Option<Integration>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Authorization {
    None,
    Iam,
    /// JWT or a function of one's own.
    Token,
}

#[derive(Debug)]
pub(crate) struct Integration {
    pub(crate) address: String,
    /// None where the URI is not a Lambda function's.
    pub(crate) function: Option<FunctionRef>,
    pub(crate) timeout: Duration,
}

/// A Lambda function with all that is set on it as a whole.
#[derive(Debug)]
pub(crate) struct Function {
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

impl Model {
    /// Takes from a state what the stage runs, and looks up each version's code.
    pub(crate) fn read(state: &Value, options: &Options) -> Result<Model, Error> {
        let resources = Resources(state::resources(state)?);
        let scope = resources.scope()?;
        let roles = Arc::new(Roles::read(&resources.0)?);
        let functions = resources.functions(options)?;
        let apis = resources.apis()?;
        let model = Model {
            permissions: resources.permissions()?,
            schedules: resources.schedules()?,
            queues: resources.queues()?,
            scope,
            apis,
            functions,
            roles,
        };
        model.check_roles(&resources)?;
        Ok(model)
    }

    /// The function, and the version that a qualifier stands for.
    pub(crate) fn resolve(&self, wanted: &FunctionRef) -> Option<(&Function, &Arc<Version>)> {
        let function = self.functions.get(&wanted.name)?;
        let qualifier = wanted.qualifier.as_deref().unwrap_or("$LATEST");
        let number = function
            .aliases
            .get(qualifier)
            .map_or(qualifier, String::as_str);
        Some((function, function.versions.get(number)?))
    }

    /// The ARN that an invocation by this name is on, for policies and for the function's context.
    pub(crate) fn function_arn(&self, wanted: &FunctionRef) -> String {
        let qualifier = wanted.qualifier.as_deref();
        self.scope.function(&wanted.name, qualifier)
    }

    /// AWS refuses these when a function or schedule is created, so a state never holds them for long.
    fn check_roles(&self, resources: &Resources) -> Result<(), Error> {
        let check = |kind: &str, role: &str, service: &str| match self.roles.get(role) {
            Some(found) if found.trusts(service) => Ok(()),
            Some(_) => Err(resources.role_error(
                kind,
                role,
                &format!("its trust policy does not name {service}"),
            )),
            None => Err(resources.role_error(kind, role, "the state has no such aws_iam_role")),
        };
        for function in self.functions.values() {
            for version in function.versions.values() {
                check(
                    &format!("function {}", function.name),
                    &version.role,
                    "lambda.amazonaws.com",
                )?;
            }
        }
        for schedule in self.schedules.values() {
            check(
                &format!("schedule {}", schedule.name),
                &schedule.role,
                "scheduler.amazonaws.com",
            )?;
        }
        Ok(())
    }
}

struct Resources(Vec<Resource>);

impl Resources {
    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.0.iter().filter(move |resource| resource.kind == kind)
    }

    fn role_error(&self, user: &str, role: &str, problem: &str) -> Error {
        Error::new(format!("{user} cannot assume its role {role}: {problem}"))
    }

    /// Region and account stand in the ARNs.
    fn scope(&self) -> Result<Scope, Error> {
        let kinds = [
            ("aws_lambda_function", "arn"),
            ("aws_apigatewayv2_api", "execution_arn"),
        ];
        for (kind, attribute) in kinds {
            if let Some(resource) = self.of(kind).next() {
                let arn = resource.required(attribute)?;
                return Scope::of(arn).ok_or_else(|| {
                    resource.error(&format!("has a malformed {attribute}: {arn:?}"))
                });
            }
        }
        Err(Error::new(
            "the state has neither an aws_lambda_function nor an aws_apigatewayv2_api: run `terraform apply` first",
        ))
    }

    fn queues(&self) -> Result<BTreeSet<String>, Error> {
        self.of("aws_sqs_queue")
            .map(|queue| Ok(queue.required("name")?.to_owned()))
            .collect()
    }

    fn schedules(&self) -> Result<BTreeMap<String, Schedule>, Error> {
        let read =
            |resource| Schedule::read(resource).map(|schedule| (schedule.name.clone(), schedule));
        self.of("aws_scheduler_schedule").map(read).collect()
    }

    fn permissions(&self) -> Result<Vec<Permission>, Error> {
        self.of("aws_lambda_permission")
            .map(read_permission)
            .collect()
    }
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

/// Functions, their versions and their asynchronous settings.
impl Resources {
    fn functions(&self, options: &Options) -> Result<BTreeMap<String, Function>, Error> {
        let mut functions = BTreeMap::new();
        for resource in self.of("aws_lambda_function") {
            let function = self.function(resource, options)?;
            functions.insert(function.name.clone(), function);
        }
        Ok(functions)
    }

    fn function(&self, resource: &Resource, options: &Options) -> Result<Function, Error> {
        let name = resource.required("function_name")?;
        let published = Published::in_dir(&options.cloud_dir);
        let mut aliases = self.aliases(name)?;
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
            name: name.to_owned(),
            // -1 is Terraform's word for unreserved.
            reserved_concurrency: reserved.and_then(|count| usize::try_from(count).ok()),
            aliases,
            versions,
            async_settings: self.async_settings(name)?,
            dead_letter: dead_letter
                .and_then(|block| state::text(&block["target_arn"]))
                .map(str::to_owned),
        })
    }

    fn aliases(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        let mut aliases = BTreeMap::new();
        for alias in self.of("aws_lambda_alias") {
            if names(alias, function)? {
                let version = alias.required("function_version")?;
                aliases.insert(alias.required("name")?.to_owned(), version.to_owned());
            }
        }
        Ok(aliases)
    }

    fn async_settings(&self, function: &str) -> Result<BTreeMap<String, AsyncSettings>, Error> {
        let mut all = BTreeMap::new();
        for config in self.of("aws_lambda_function_event_invoke_config") {
            if names(config, function)? {
                let qualifier = config.text("qualifier").unwrap_or("$LATEST");
                all.insert(qualifier.to_owned(), read_async_settings(config));
            }
        }
        Ok(all)
    }
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

fn read_version(function: &Resource, number: &str, options: &Options) -> Result<Version, Error> {
    let name = function.required("function_name")?;
    // What was published counts; the state's values are those of the last apply.
    let published = Published::in_dir(&options.cloud_dir).version(name, number)?;
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
        role: role_name(&record, "role")?,
        log_group: logging("log_group")
            .map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
        json_logs: logging("log_format") == Some("JSON"),
        code: package,
    })
}

fn seconds(count: i64) -> Option<Duration> {
    u64::try_from(count).ok().map(Duration::from_secs)
}

/// A role's name from its ARN, which may hold a path before it.
pub(crate) fn role_name(resource: &Resource, attribute: &str) -> Result<String, Error> {
    let arn = resource.required(attribute)?;
    role_name_of(arn)
        .ok_or_else(|| resource.error(&format!("has a {attribute} that is no role's ARN: {arn:?}")))
}

pub(crate) fn role_name_of(arn: &str) -> Option<String> {
    let path = Arn::parse(arn)?.resource.strip_prefix("role/")?;
    Some(path.rsplit('/').next()?.to_owned())
}

/// HTTP APIs.
impl Resources {
    fn apis(&self) -> Result<Vec<Api>, Error> {
        self.of("aws_apigatewayv2_api")
            .map(|resource| self.api(resource))
            .collect()
    }

    fn api(&self, resource: &Resource) -> Result<Api, Error> {
        let protocol = resource.text("protocol_type").unwrap_or("HTTP");
        if protocol != "HTTP" {
            return Err(resource.error(&format!(
                "has the protocol_type {protocol}: the local stage runs HTTP only"
            )));
        }
        let id = resource.required("id")?;
        let mut stages = Vec::new();
        for stage in self.of("aws_apigatewayv2_stage") {
            if stage.required("api_id")? == id {
                stages.push(read_stage(stage)?);
            }
        }
        let mut routes = Vec::new();
        for route in self.of("aws_apigatewayv2_route") {
            if route.required("api_id")? == id {
                routes.push(self.route(route)?);
            }
        }
        Ok(Api {
            id: id.to_owned(),
            endpoint: resource.required("api_endpoint")?.to_owned(),
            stages,
            routes,
        })
    }

    fn route(&self, resource: &Resource) -> Result<Route, Error> {
        let target = resource
            .text("target")
            .and_then(|target| target.strip_prefix("integrations/"));
        let mut integrations = self.of("aws_apigatewayv2_integration");
        let integration =
            target.and_then(|id| integrations.find(|found| found.text("id") == Some(id)));
        let authorization = match resource.text("authorization_type") {
            None | Some("NONE") => Authorization::None,
            Some("AWS_IAM") => Authorization::Iam,
            Some(_) => Authorization::Token,
        };
        Ok(Route {
            key: resource.required("route_key")?.to_owned(),
            authorization,
            integration: integration.map(read_integration).transpose()?,
        })
    }
}

fn read_integration(resource: &Resource) -> Result<Integration, Error> {
    let proxy = resource.text("integration_type") == Some("AWS_PROXY");
    let uri = resource.text("integration_uri").filter(|_| proxy);
    // API Gateway's default for what a configuration leaves out is 1.0.
    let format = resource.text("payload_format_version").unwrap_or("1.0");
    if proxy && format != "2.0" {
        let problem =
            format!("has the payload_format_version {format}: the local stage speaks 2.0 only");
        return Err(resource.error(&problem));
    }
    let timeout = resource
        .number("timeout_milliseconds")
        .and_then(|count| u64::try_from(count).ok());
    Ok(Integration {
        address: resource.address.clone(),
        function: uri.and_then(FunctionRef::from_integration_uri),
        timeout: Duration::from_millis(timeout.filter(|&count| count > 0).unwrap_or(30_000)),
    })
}

fn read_stage(resource: &Resource) -> Result<ApiStage, Error> {
    let mut route_throttles = BTreeMap::new();
    for settings in resource.blocks("route_settings") {
        if let (Some(key), Some(throttle)) =
            (state::text(&settings["route_key"]), read_throttle(settings))
        {
            route_throttles.insert(key.to_owned(), throttle);
        }
    }
    let access_log = resource.block("access_log_settings").and_then(|settings| {
        let arn = Arn::parse(state::text(&settings["destination_arn"])?)?;
        let log_group = arn.resource.strip_prefix("log-group:")?;
        Some(AccessLog {
            log_group: log_group.trim_end_matches(":*").to_owned(),
            format: state::text(&settings["format"])?.to_owned(),
        })
    });
    Ok(ApiStage {
        name: resource.required("name")?.to_owned(),
        variables: resource.texts("stage_variables").into_iter().collect(),
        access_log,
        throttle: resource
            .block("default_route_settings")
            .and_then(read_throttle),
        route_throttles,
    })
}

/// Null leaves the account's own limit. 0 is a limit: with a block that sets neither, AWS refuses every request.
fn read_throttle(settings: &Value) -> Option<Throttle> {
    let burst = settings["throttling_burst_limit"].as_f64();
    let rate = settings["throttling_rate_limit"].as_f64();
    if burst.is_none() && rate.is_none() {
        return None;
    }
    // API Gateway's account limits, which a stage's cannot exceed.
    Some(Throttle {
        burst: burst.unwrap_or(5_000.0),
        rate: rate.unwrap_or(10_000.0),
    })
}
