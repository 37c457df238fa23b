//! What is applied to an account, as far as it runs. Built once for each change; nothing in it changes.

mod api;
mod bucket;
mod function;
mod resources;
mod schedule;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::arn::{FunctionRef, Scope};
use crate::judge::Roles;
use crate::{AccountOptions, Error};
use resources::Resources;

pub(crate) use api::{Api, ApiStage, Authorization, Integration, Route, Throttle};
pub(crate) use bucket::Bucket;
pub(crate) use function::{AsyncSettings, Function, Permission, Version, function_attributes};
pub(crate) use resources::States;
pub(crate) use schedule::Schedule;

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Model {
    /// Where it is applied.
    pub(crate) scope: Scope,
    pub(crate) apis: Vec<Api>,
    /// By name.
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) roles: Arc<Roles>,
    /// By name.
    pub(crate) schedules: BTreeMap<String, Schedule>,
    /// The queues by name, each with the name of its state.
    pub(crate) queues: BTreeMap<String, String>,
    /// By name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
}

impl Model {
    /// Takes from the states what runs, and looks up each version's code.
    pub(crate) fn read(states: &States, options: &AccountOptions) -> Result<Model, Error> {
        let resources = Resources::read(states)?;
        let model = Model {
            scope: resources.scope()?.unwrap_or_else(|| options.scope.clone()),
            roles: Arc::new(Roles::read(resources.all())?),
            functions: function::read_all(&resources, options)?,
            permissions: function::read_permissions(&resources)?,
            apis: api::read_all(&resources)?,
            schedules: schedule::read_all(&resources)?,
            queues: queues(&resources)?,
            buckets: bucket::read_all(&resources)?,
        };
        model.check_roles()?;
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
    fn check_roles(&self) -> Result<(), Error> {
        let check = |user: String, role: &str, service: &str| {
            let problem = match self.roles.get(role) {
                Some(found) if found.trusts(service) => return Ok(()),
                Some(_) => format!("its trust policy does not name {service}"),
                None => "the state has no such aws_iam_role".to_owned(),
            };
            Err(Error::new(format!(
                "{user} cannot assume its role {role}: {problem}"
            )))
        };
        for function in self.functions.values() {
            for version in function.versions.values() {
                let user = format!("function {}", function.name);
                check(user, &version.role, "lambda.amazonaws.com")?;
            }
        }
        for schedule in self.schedules.values() {
            let user = format!("schedule {}", schedule.name);
            check(user, &schedule.role, "scheduler.amazonaws.com")?;
        }
        Ok(())
    }
}

fn queues(resources: &Resources) -> Result<BTreeMap<String, String>, Error> {
    let mut queues = BTreeMap::new();
    for queue in resources.applied("aws_sqs_queue") {
        let name = queue.resource.required("name")?;
        queue.insert(&mut queues, name, queue.state.clone())?;
    }
    Ok(queues)
}
