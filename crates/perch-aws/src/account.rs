//! One simulated account of AWS: what starts it, what is applied to it, and what ends it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc};

use perch_loopback as loopback;

use crate::arn::Scope;
use crate::gateways::Gateways;
use crate::iam::Context;
use crate::identities::Credentials;
use crate::judge::Judge;
use crate::lambda::Lambda;
use crate::model::{Api, Function, Model, Route, Schedule, States};
use crate::s3::{self, ObjectWrite};
use crate::services::Services;
use crate::shared::Shared;
use crate::{
    AccountOptions, Error, Event, Fired, FunctionInfo, Message, NextFires, Parameters, Returned,
    api,
};

/// A running account. Dropping it ends what it started, as `shutdown` does in order.
pub struct Account {
    services: Arc<Services>,
    gateways: Gateways,
    /// One state is applied at a time.
    applying: tokio::sync::Mutex<()>,
}

/// The service that takes on a role, and on whose behalf.
#[derive(Clone, Copy, Debug)]
pub struct Assuming<'a> {
    /// Such as `codebuild.amazonaws.com`.
    pub service: &'a str,
    /// The ARN of the thing that the service does it for, such as a CodeBuild project: `aws:SourceArn`.
    pub source_arn: &'a str,
}

impl Account {
    /// Starts an account to which nothing is applied yet. AWS's APIs answer already.
    ///
    /// # Errors
    /// When a folder cannot be made, or the port is taken.
    pub async fn start(options: AccountOptions) -> Result<Account, Error> {
        let options = absolute(options)?;
        for folder in [&options.data_dir, &options.data_dir.join("s3")] {
            fs::create_dir_all(folder).map_err(|error| {
                let message = format!("cannot create the folder {}", folder.display());
                Error::with_source(message, error)
            })?;
        }
        let port = options.port;
        let (listener, api_port) = loopback::listen(0)
            .await
            .map_err(|error| Error::with_source("cannot listen on 127.0.0.1", error))?;
        let model = Model::read(&States::default(), &options)?;
        let endpoint = format!("http://127.0.0.1:{api_port}");
        let shared = Arc::new(Shared::new(options, model, endpoint));
        let lambda = Lambda::new(shared.clone()).map_err(|error| {
            let message = "cannot start /bin/sh, which watches over the functions";
            Error::with_source(message, error)
        })?;
        let services = Arc::new(Services::new(shared.clone(), lambda));
        // Weak, as this task belongs to what it would keep alive.
        let weak = Arc::downgrade(&services);
        shared
            .tasks
            .spawn(loopback::serve(listener, move |request| {
                let services = weak.clone();
                async move {
                    Ok(match services.upgrade() {
                        Some(services) => api::handle(services, request).await,
                        None => loopback::empty(http::StatusCode::SERVICE_UNAVAILABLE),
                    })
                }
            }));
        let account = Account {
            services,
            gateways: Gateways::new(),
            applying: tokio::sync::Mutex::default(),
        };
        account.gateways.open(&account.services, port).await?;
        Ok(account)
    }

    /// Runs a state, as `terraform show -json` prints it, under a name such as `staging`; in place of the one that had the
    /// name before. What did not change keeps running, warm environments included.
    ///
    /// # Errors
    /// When the state lacks something that AWS would need (the error names the resource), when a function's zip is missing
    /// or for another machine, or when it does not fit with what else is applied. The account then goes on as it was.
    pub async fn apply(&self, name: &str, state: Value) -> Result<(), Error> {
        let _one = self.applying.lock().await;
        let model = self.services.read_with(name, &state)?;
        self.gateways.open_for(&self.services, &model).await?;
        self.services.put_in_force(name, state, model)?;
        self.gateways.assign(&self.model());
        Ok(())
    }

    /// Publishes a version of a function with this zip as its code, and moves an alias to it: Lambda's UpdateFunctionCode and
    /// UpdateAlias. Requests that are under way get the answer of the code that they reached. The next apply publishes a version of
    /// its own. Returns the version's number.
    ///
    /// # Errors
    /// When there is no such function or alias, or the zip cannot be read. The function then goes on as it was.
    pub async fn publish(&self, function: &str, alias: &str, zip: &Path) -> Result<String, Error> {
        let _one = self.applying.lock().await;
        self.services.publish(function, alias, zip)
    }

    /// Where AWS's APIs answer: SSM, Lambda, STS and S3, at `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> &str {
        &self.services.shared().endpoint
    }

    /// Account, region and partition.
    pub fn scope(&self) -> Scope {
        self.model().scope.clone()
    }

    /// The access key of the account's administrator: of a person's own commands, who may do everything.
    pub fn administrator(&self) -> &Credentials {
        self.services.shared().identities.administrator()
    }

    /// The credentials of a session of a role, which a service takes on.
    ///
    /// # Errors
    /// When there is no such role, or its trust policy does not let the service in, with what it does it for.
    pub fn assume(
        &self,
        role: &str,
        session: &str,
        by: Assuming<'_>,
    ) -> Result<Credentials, Error> {
        let model = self.model();
        let mut context = Context::default();
        context.add("aws:SourceArn", by.source_arn);
        context.add("aws:SourceAccount", &model.scope.account);
        let found = model.roles.get(role);
        if found.is_some_and(|role| role.lets_in(by.service, &context)) {
            return Ok(self.services.shared().identities.add(role, session));
        }
        let why = match found {
            Some(_) => "its trust policy does not allow it",
            None => "there is no such role",
        };
        Err(Error::new(format!(
            "{} is not authorized to perform: sts:AssumeRole on resource: {} for {}: {why}",
            by.service,
            model.scope.role(role),
            by.source_arn
        )))
    }

    /// Ends a session: its credentials are good for nothing any more.
    pub fn forget(&self, credentials: &Credentials) {
        let identities = &self.services.shared().identities;
        identities.remove(&credentials.access_key_id);
    }

    /// Answers for a session of a role, by its name, what it may do; always by what is applied at the time.
    pub fn judge(&self, role: &str, session: &str) -> Judge {
        self.services.shared().iam.judge(role, session)
    }

    /// The one store of SSM's parameters.
    pub fn parameters(&self) -> Parameters {
        Parameters::in_data_dir(&self.services.shared().options.data_dir)
    }

    /// The folder of the logs.
    pub fn logs(&self) -> PathBuf {
        self.services.shared().options.data_dir.join("logs")
    }

    /// What happens from now on. A reader that lags loses the oldest events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.services.shared().subscribe()
    }

    /// Every object that is stored or deleted from now on. Who called S3 waits until what is received here is dropped.
    pub fn writes(&self) -> mpsc::UnboundedReceiver<ObjectWrite> {
        self.services.s3().watch()
    }

    /// Makes a bucket of S3; nothing if it is there. A bucket of a state is made when the state is applied.
    ///
    /// # Errors
    /// When it is no bucket's name, or its folder cannot be made.
    pub fn create_bucket(&self, name: &str) -> Result<(), Error> {
        if !s3::is_bucket_name(name) {
            return Err(Error::new(format!(
                "{name:?} is not a bucket's name: use 3 to 63 small letters, digits, - and ."
            )));
        }
        self.services
            .s3()
            .create_bucket(name)
            .map_err(|error| Error::with_source(format!("cannot make the bucket {name}"), error))
    }

    /// An object's content; none if there is no such object.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let found = self.services.s3().object(bucket, key).map_err(|error| {
            Error::with_source(format!("cannot read the object {bucket}/{key}"), error)
        })?;
        Ok(found.map(|object| object.content))
    }

    /// The applied URL of each HTTP API of a state, and where it answers locally.
    pub fn apis(&self, name: &str) -> BTreeMap<String, String> {
        let model = self.model();
        let local = |api: &Api| Some((api.endpoint.clone(), self.gateways.url(api)?));
        let of_state = model.apis.iter().filter(|api| api.state == name);
        of_state.filter_map(local).collect()
    }

    /// The functions of a state that run, by name.
    pub fn functions(&self, name: &str) -> Vec<FunctionInfo> {
        let model = self.model();
        let info = |function: &Function| FunctionInfo {
            name: function.name.clone(),
            aliases: function.aliases.clone(),
            routes: model
                .apis
                .iter()
                .flat_map(|api| routes_to(api, &function.name))
                .collect(),
            schedules: schedules_of(&model, &function.name),
            log: self.services.shared().logs.path(&log_group(function)),
        };
        let functions = model.functions.values();
        functions
            .filter(|function| function.state == name)
            .map(info)
            .collect()
    }

    /// The next times of every schedule of a state, at most `count` each.
    pub fn next_fires(&self, name: &str, count: usize) -> Vec<NextFires> {
        self.services.scheduler().next_fires(name, count)
    }

    /// The queues of a state, and how many messages each holds.
    ///
    /// # Errors
    /// When a queue's file cannot be read.
    pub fn queues(&self, name: &str) -> Result<BTreeMap<String, usize>, Error> {
        let model = self.model();
        let of_state = model.queues.iter().filter(|(_, state)| *state == name);
        of_state
            .map(|(queue, _)| Ok((queue.clone(), self.queue(queue)?.len())))
            .collect()
    }

    /// What lies in a queue, oldest first.
    ///
    /// # Errors
    /// When there is no queue of that name, or its file cannot be read.
    pub fn queue(&self, queue: &str) -> Result<Vec<Message>, Error> {
        self.services.queue(queue)
    }

    /// Fires a schedule for a time (now, when none is given) and waits for the first attempt.
    ///
    /// # Errors
    /// When there is no schedule of that name.
    pub async fn fire(&self, schedule: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        self.services.fire(schedule, at).await
    }

    /// Invokes a function and waits for it, as the administrator would. The name may have a qualifier behind it:
    /// `perch-staging-tryo:live`.
    ///
    /// # Errors
    /// When Lambda does not run it: no such function or version, throttled, too large. A function that ran and failed is no
    /// error here.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned, Error> {
        self.services.invoke(function, payload).await
    }

    /// Ends everything that the account started: listeners, schedules, execution environments.
    pub async fn shutdown(&self) {
        self.services.shared().tasks.end().await;
    }

    fn model(&self) -> Arc<Model> {
        self.services.shared().model()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.services.shared().tasks.abort();
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("endpoint", &self.endpoint())
            .finish_non_exhaustive()
    }
}

/// Functions run in a directory of their own, from where a relative path would lead elsewhere.
fn absolute(mut options: AccountOptions) -> Result<AccountOptions, Error> {
    for path in [
        &mut options.root_dir,
        &mut options.published_dir,
        &mut options.data_dir,
    ] {
        *path = std::path::absolute(&*path).map_err(|error| {
            Error::with_source(format!("{} is not a path", path.display()), error)
        })?;
    }
    Ok(options)
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
