//! All services of an account, as its listeners and its owner use them: what changes when something is applied or moved.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::Value;

use crate::arn::FunctionRef;
use crate::code;
use crate::http_api::HttpApis;
use crate::lambda::{Invocation, Lambda};
use crate::lock::lock;
use crate::model::{Model, States};
use crate::published::{LATEST, Published};
use crate::request_id::{request_id, trace_root};
use crate::s3::S3;
use crate::scheduler::Scheduler;
use crate::shared::Shared;
use crate::{Error, Event, Fired, Message, Returned};

/// How many published versions of a function are kept when one is published without an apply: enough to go back to.
const KEPT_VERSIONS: usize = 10;

pub(crate) struct Services {
    /// What was applied, as it came: an alias that is moved is read from it anew.
    states: Mutex<States>,
    shared: Arc<Shared>,
    lambda: Arc<Lambda>,
    scheduler: Arc<Scheduler>,
    apis: Arc<HttpApis>,
    s3: S3,
    /// Parameters are read, changed and written back: one write at a time.
    pub(crate) writing_parameters: Mutex<()>,
}

impl Services {
    pub(crate) fn new(shared: Arc<Shared>, lambda: Arc<Lambda>) -> Self {
        Services {
            states: Mutex::default(),
            scheduler: Scheduler::new(lambda.clone()),
            apis: Arc::new(HttpApis::new(lambda.clone())),
            s3: S3::new(shared.options.data_dir.join("s3")),
            writing_parameters: Mutex::default(),
            lambda,
            shared,
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn lambda(&self) -> &Arc<Lambda> {
        &self.lambda
    }

    pub(crate) fn scheduler(&self) -> &Arc<Scheduler> {
        &self.scheduler
    }

    pub(crate) fn apis(&self) -> &Arc<HttpApis> {
        &self.apis
    }

    pub(crate) fn s3(&self) -> &S3 {
        &self.s3
    }

    /// What the account would be with this state under this name, in place of the one that it has.
    pub(crate) fn read_with(&self, name: &str, state: &Value) -> Result<Model, Error> {
        let mut states = lock(&self.states).clone();
        states.insert(name.to_owned(), state.clone());
        Model::read(&states, &self.shared.options)
    }

    /// Puts in force what was read of a state.
    pub(crate) fn put_in_force(&self, name: &str, state: Value, model: Model) -> Result<(), Error> {
        for bucket in model.buckets.keys() {
            self.s3.create_bucket(bucket).map_err(|error| {
                Error::with_source(format!("cannot make the bucket {bucket}"), error)
            })?;
        }
        lock(&self.states).insert(name.to_owned(), state);
        self.follow(model);
        self.shared.tell(Event::Applied {
            name: name.to_owned(),
        });
        Ok(())
    }

    fn follow(&self, model: Model) {
        self.shared.replace_model(model);
        self.lambda.retire_changed();
        self.scheduler.follow_state();
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
        let states = lock(&self.states);
        Published::in_dir(&self.shared.options.published_dir)
            .move_alias(function, alias, version)?;
        let model = Model::read(&states, &self.shared.options)?;
        self.follow(model);
        drop(states);
        self.shared.tell(Event::AliasMoved {
            function: function.to_owned(),
            alias: alias.to_owned(),
            version: version.to_owned(),
        });
        Ok(())
    }

    /// Publishes a version of a function with this zip as its code, its settings being those of the last apply, and moves an alias to
    /// it, as Lambda's UpdateFunctionCode and UpdateAlias do. Returns the version's number.
    pub(crate) fn publish(&self, function: &str, alias: &str, zip: &Path) -> Result<String, Error> {
        let model = self.shared.model();
        let found = model.functions.get(function);
        let before = found.and_then(|found| found.aliases.get(alias));
        let Some(before) = before else {
            let message = format!("Function not found: {function}:{alias}");
            return Err(Error::new(message));
        };
        let states = lock(&self.states);
        let options = &self.shared.options;
        let published = Published::in_dir(&options.published_dir);
        let attributes = match published.version(function, LATEST)? {
            Some(kept) => kept.attributes,
            None => crate::model::function_attributes(&states, function)?,
        };
        let version = published.publish(function, zip, attributes)?;
        let moved = published
            .move_alias(function, alias, &version)
            .and_then(|()| Model::read(&states, options));
        let model = moved.inspect_err(|_| {
            // The error says why; what was there goes on.
            let _ = published.keep_alias(function, alias, before);
            let _ = published.forget(function, &version);
        })?;
        self.follow(model);
        drop(states);
        self.shared.tell(Event::AliasMoved {
            function: function.to_owned(),
            alias: alias.to_owned(),
            version: version.clone(),
        });
        self.tidy_up(function, &published);
        Ok(version)
    }

    /// Forgets versions that nobody goes back to. What cannot be removed stays.
    fn tidy_up(&self, function: &str, published: &Published) {
        let model = self.shared.model();
        let named = |version: &u64| {
            let found = model.functions.get(function);
            found.is_some_and(|found| found.versions.contains_key(&version.to_string()))
        };
        let versions = published.versions(function).unwrap_or_default();
        let old = versions.len().saturating_sub(KEPT_VERSIONS);
        for version in versions[..old].iter().filter(|version| !named(version)) {
            let _ = published.forget(function, &version.to_string());
        }
        let versions = model
            .functions
            .values()
            .flat_map(|one| one.versions.values());
        let used: BTreeSet<&str> = versions.map(|one| one.code.folder_name()).collect();
        code::remove_unused(&self.shared.options.data_dir, &used);
    }

    /// Tells of a write to S3, and waits until those who watch have done what follows from it.
    pub(crate) async fn object_written(&self, bucket: &str, key: &str, deleted: bool) {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        self.s3.told(&bucket, &key, deleted).await;
        self.shared.tell(if deleted {
            Event::ObjectDeleted { bucket, key }
        } else {
            Event::ObjectStored { bucket, key }
        });
    }

    pub(crate) fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        let model = self.shared.model();
        if !model.queues.contains_key(name) {
            let names: Vec<&str> = model.queues.keys().map(String::as_str).collect();
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
            return Err(Error::new(format!("{function:?} is not a function name")));
        };
        let invocation = Invocation {
            request_id: request_id(),
            function_arn: self.shared.model().function_arn(&wanted),
            trace_id: trace_root(Timestamp::now()),
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
}
