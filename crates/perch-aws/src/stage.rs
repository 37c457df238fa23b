//! The running stage: what starts it, steers it and ends it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::arn::FunctionRef;
use crate::control::{self, Status};
use crate::http_api::HttpApis;
use crate::lambda::{Invocation, Lambda};
use crate::model::{Api, Function, Model, Route};
use crate::published::Published;
use crate::schedule_model::Schedule;
use crate::scheduler::Scheduler;
use crate::shared::Shared;
use crate::{Error, Event, Options, Parameters, RunFile, aws, shared};
use perch_loopback as loopback;

/// A running local stage. Dropping it ends what it started, as `shutdown` does in order.
pub struct Stage {
    services: Arc<Services>,
}

/// A function as the stage runs it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FunctionInfo {
    /// The function's name.
    pub name: String,
    /// The version behind each alias.
    pub aliases: BTreeMap<String, String>,
    /// The routes that lead to it: method and applied URL, such as `POST https://….amazonaws.com/tryo`.
    pub routes: Vec<String>,
    /// The schedules that fire it.
    pub schedules: Vec<String>,
    /// Where its log is written.
    pub log: PathBuf,
}

/// When a schedule fires next.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NextFires {
    /// The schedule's name.
    pub schedule: String,
    /// The function that it invokes.
    pub function: String,
    /// As declared, such as `cron(*/10 9-19 ? * MON-FRI *)`.
    pub expression: String,
    /// The timezone that the expression is in.
    pub timezone: String,
    /// Disabled schedules fire only when told to.
    pub enabled: bool,
    /// The next times, soonest first.
    pub at: Vec<Timestamp>,
}

/// What came of firing a schedule.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Fired {
    /// The schedule's name.
    pub schedule: String,
    /// The time that the firing stood for.
    pub scheduled_time: Timestamp,
    /// EventBridge Scheduler's id of this firing.
    pub execution_id: String,
    /// The invocation's request id; none when the target took no event.
    pub request_id: Option<String>,
    /// What became of the first attempt: `success`, or why not. Lambda's retries go on after it.
    pub outcome: String,
}

/// What a function returned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Returned {
    /// The version that ran.
    pub version: String,
    /// The request id of the function's log.
    pub request_id: String,
    /// The error's type, where the function failed; the payload then tells of it.
    pub error: Option<String>,
    /// As the function gave it; a text where it is not JSON.
    pub payload: Value,
}

/// A message in a queue of the state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Message {
    /// Made up for each message.
    pub message_id: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// The text.
    pub body: String,
    /// Text attributes, by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Runs an applied state, as `terraform show -json` prints it.
///
/// # Errors
/// When the state lacks something that AWS would need (the error names the resource), when a function's zip is missing or
/// for another machine, when the port is taken, or when another stage runs with the same data directory.
pub async fn start(state: Value, options: Options) -> Result<Stage, Error> {
    let options = absolute(options)?;
    let model = Model::read(&state, &options)?;
    let data_dir = options.data_dir.clone();
    fs::create_dir_all(&data_dir).map_err(|error| {
        Error::with_source(
            format!("cannot make the folder {}", data_dir.display()),
            error,
        )
    })?;
    if let Some(running) = RunFile::find(&data_dir)? {
        let message = format!(
            "a local stage runs already with {}: it is process {}, end that one first",
            data_dir.display(),
            running.pid
        );
        return Err(Error::new(message));
    }
    let port = options.port;
    let (gateway, gateway_port) = loopback::listen(port).await.map_err(|error| {
        let message = format!(
            "cannot listen on port {port} of 127.0.0.1: choose another, or 0 for any free one"
        );
        Error::with_source(message, error)
    })?;
    let taken = |error| Error::with_source("cannot listen on 127.0.0.1", error);
    let (aws, aws_port) = loopback::listen(0).await.map_err(taken)?;
    let (control, control_port) = loopback::listen(0).await.map_err(taken)?;
    let shared = Arc::new(Shared::new(
        options,
        model,
        format!("http://127.0.0.1:{aws_port}"),
    ));
    let lambda = Lambda::new(shared.clone()).map_err(|error| {
        Error::with_source(
            "cannot start /bin/sh, which watches over the functions",
            error,
        )
    })?;
    let services = Arc::new(Services {
        state: Mutex::new(state),
        scheduler: Scheduler::new(lambda.clone()),
        gateway_port,
        control: format!("http://127.0.0.1:{control_port}"),
        lambda,
        shared,
    });
    let stage = Stage { services };
    stage.services.write_run_file()?;
    stage.services.serve(gateway, aws, control);
    stage.services.scheduler.follow_state();
    Ok(stage)
}

/// Functions run in a directory of their own, from where a relative path would lead elsewhere.
fn absolute(mut options: Options) -> Result<Options, Error> {
    for path in [
        &mut options.root_dir,
        &mut options.cloud_dir,
        &mut options.data_dir,
    ] {
        *path = std::path::absolute(&*path)
            .map_err(|error| Error::with_source(format!("{} is no path", path.display()), error))?;
    }
    Ok(options)
}

/// All services of a stage, as the `Stage` and the control API use them.
pub(crate) struct Services {
    /// What was applied, as it came: an alias that is moved is read from it anew.
    state: Mutex<Value>,
    shared: Arc<Shared>,
    lambda: Arc<Lambda>,
    scheduler: Arc<Scheduler>,
    gateway_port: u16,
    control: String,
}

impl Services {
    fn serve(self: &Arc<Self>, gateway: TcpListener, aws: TcpListener, control: TcpListener) {
        let tasks = &self.shared.tasks;
        let apis = Arc::new(HttpApis::new(self.lambda.clone()));
        tasks.spawn(loopback::serve_any_host(gateway, move |request| {
            let apis = apis.clone();
            async move { Ok(apis.handle(request).await) }
        }));
        let lambda = self.lambda.clone();
        tasks.spawn(loopback::serve(aws, move |request| {
            let lambda = lambda.clone();
            async move { Ok(aws::handle(lambda, request).await) }
        }));
        // Weak, as these tasks belong to what they would keep alive.
        let services = Arc::downgrade(self);
        tasks.spawn(loopback::serve(control, move |request| {
            let services = services.clone();
            async move {
                Ok(match services.upgrade() {
                    Some(services) => control::handle(services, request).await,
                    None => loopback::empty(http::StatusCode::SERVICE_UNAVAILABLE),
                })
            }
        }));
    }

    fn apis(&self) -> BTreeMap<String, String> {
        let model = self.shared.model();
        let single = model.apis.len() == 1;
        let local = |api: &Api| {
            // Several APIs on one port are told apart by their host.
            let host = if single {
                "127.0.0.1".to_owned()
            } else {
                format!("{}.localhost", api.id)
            };
            (
                api.endpoint.clone(),
                format!("http://{host}:{}", self.gateway_port),
            )
        };
        model.apis.iter().map(local).collect()
    }

    fn functions(&self) -> Vec<FunctionInfo> {
        let model = self.shared.model();
        let info = |function: &Function| FunctionInfo {
            name: function.name.clone(),
            aliases: function.aliases.clone(),
            routes: model
                .apis
                .iter()
                .flat_map(|api| routes_to(api, &function.name))
                .collect(),
            schedules: schedules_of(&model, &function.name),
            log: self.shared.logs.path(&log_group(function)),
        };
        model.functions.values().map(info).collect()
    }

    pub(crate) fn status(&self, next_times: usize) -> Result<Status, Error> {
        let model = self.shared.model();
        let mut queues = BTreeMap::new();
        for name in &model.queues {
            queues.insert(name.clone(), self.queue(name)?.len());
        }
        let data_dir = &self.shared.options.data_dir;
        Ok(Status {
            pid: std::process::id(),
            apis: self.apis(),
            functions: self.functions(),
            schedules: self.scheduler.next_fires(next_times),
            queues,
            logs: data_dir.join("logs"),
            parameters: Parameters::in_data_dir(data_dir).path().to_owned(),
        })
    }

    pub(crate) fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        let model = self.shared.model();
        if !model.queues.contains(name) {
            let names: Vec<&str> = model.queues.iter().map(String::as_str).collect();
            return Err(Error::new(format!(
                "the state has no queue {name}; it has {}",
                names.join(", ")
            )));
        }
        self.shared.queues.read(name)
    }

    pub(crate) async fn fire(&self, name: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        self.scheduler
            .fire(name, at.unwrap_or_else(Timestamp::now))
            .await
    }

    pub(crate) async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned, Error> {
        let Some(wanted) = FunctionRef::parse(function) else {
            return Err(Error::new(format!("{function:?} is no function's name")));
        };
        let invocation = Invocation {
            request_id: shared::request_id(),
            function_arn: self.shared.model().function_arn(&wanted),
            trace_id: shared::trace_root(Timestamp::now()),
            client_context: None,
            payload: payload.to_string().into(),
        };
        let request_id = invocation.request_id.clone();
        let outcome = self.lambda.invoke(&wanted, invocation).await;
        let outcome = outcome.map_err(|error| Error::new(error.to_string()))?;
        let text = || {
            String::from_utf8_lossy(&outcome.payload)
                .into_owned()
                .into()
        };
        Ok(Returned {
            version: outcome.executed_version,
            request_id,
            error: outcome.error,
            payload: serde_json::from_slice(&outcome.payload).unwrap_or_else(|_| text()),
        })
    }

    pub(crate) fn reload(&self, state: Value) -> Result<(), Error> {
        let model = Model::read(&state, &self.shared.options)?;
        *shared::lock(&self.state) = state;
        self.shared.replace_model(model);
        self.lambda.retire_changed();
        self.scheduler.follow_state();
        self.write_run_file()
    }

    /// Moves an alias to another published version, as Lambda's UpdateAlias does.
    pub(crate) fn move_alias(
        &self,
        function: &str,
        alias: &str,
        version: &str,
    ) -> Result<(), Error> {
        let model = self.shared.model();
        let found = model.functions.get(function);
        if found.is_none_or(|found| !found.aliases.contains_key(alias)) {
            let message = format!("Function not found: {function}:{alias}");
            return Err(Error::new(message));
        }
        Published::in_dir(&self.shared.options.cloud_dir).move_alias(function, alias, version)?;
        let state = shared::lock(&self.state).clone();
        self.reload(state)
    }

    fn write_run_file(&self) -> Result<(), Error> {
        let file = RunFile {
            pid: std::process::id(),
            control: self.control.clone(),
            apis: self.apis(),
        };
        file.write(&self.shared.options.data_dir)
    }
}

fn routes_to(api: &Api, function: &str) -> Vec<String> {
    let leads = |route: &&Route| {
        let integration = route.integration.as_ref();
        integration
            .and_then(|found| found.function.as_ref())
            .is_some_and(|found| found.name == function)
    };
    let url = |route: &Route| match route.key.split_once(' ') {
        Some((method, path)) => format!("{method} {}{path}", api.endpoint),
        None => format!("ANY {}/", api.endpoint),
    };
    api.routes.iter().filter(leads).map(url).collect()
}

fn schedules_of(model: &Model, function: &str) -> Vec<String> {
    let fires = |schedule: &&Schedule| schedule.target.name == function;
    model
        .schedules
        .values()
        .filter(fires)
        .map(|schedule| schedule.name.clone())
        .collect()
}

/// Of the version that was published last, as all versions of a function share one unless that was changed.
fn log_group(function: &Function) -> String {
    let latest = function.versions.get("$LATEST");
    latest.map_or_else(
        || format!("/aws/lambda/{}", function.name),
        |version| version.log_group.clone(),
    )
}

impl Stage {
    /// The applied URL of each HTTP API, and where it answers locally.
    pub fn apis(&self) -> BTreeMap<String, String> {
        self.services.apis()
    }

    /// The control API's URL.
    pub fn control_url(&self) -> String {
        self.services.control.clone()
    }

    /// What happens from now on. A reader that lags loses the oldest events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.services.shared.subscribe()
    }

    /// The functions that run, by name.
    pub fn functions(&self) -> Vec<FunctionInfo> {
        self.services.functions()
    }

    /// The next times of every schedule, at most `count` each.
    pub fn next_fires(&self, count: usize) -> Vec<NextFires> {
        self.services.scheduler.next_fires(count)
    }

    /// Fires a schedule for a time (now, when none is given) and waits for the first attempt.
    ///
    /// # Errors
    /// When the state has no schedule of that name.
    pub async fn fire(&self, name: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        self.services.fire(name, at).await
    }

    /// Invokes a function and waits for it, as an administrator of the account would. The name may have a qualifier behind
    /// it: `perch-staging-tryo:live`.
    ///
    /// # Errors
    /// When Lambda does not run it: no such function or version, throttled, too large. A function that ran and failed is no
    /// error here.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned, Error> {
        self.services.invoke(function, payload).await
    }

    /// What lies in a queue, oldest first.
    ///
    /// # Errors
    /// When the state has no queue of that name, or its file cannot be read.
    pub fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        self.services.queue(name)
    }

    /// Runs another state instead. What did not change keeps running, warm environments included.
    ///
    /// # Errors
    /// As for `start`; the stage then goes on with the state that it had.
    pub async fn reload(&self, state: Value) -> Result<(), Error> {
        self.services.reload(state)
    }

    /// Ends everything that the stage started: listeners, schedules, execution environments.
    pub async fn shutdown(self) {
        self.services.shared.tasks.end().await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.services.shared.tasks.abort();
        RunFile::remove(&self.services.shared.options.data_dir);
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("control", &self.services.control)
            .finish_non_exhaustive()
    }
}
