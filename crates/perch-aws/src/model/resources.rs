//! The resources of all that is applied to one account, each with the name under which its state was applied.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Error;
use crate::arn::Scope;
use crate::state::{self, Resource};

/// The states of an account, by the name that each was applied under.
pub(crate) type States = BTreeMap<String, Value>;

pub(super) struct Resources(Vec<Applied>);

/// A resource of one of the states.
pub(super) struct Applied {
    /// The name of its state.
    pub(super) state: String,
    pub(super) resource: Resource,
}

impl Resources {
    pub(super) fn read(states: &States) -> Result<Resources, Error> {
        let mut all = Vec::new();
        for (name, state) in states {
            let applied = state::resources(state)?.into_iter();
            all.extend(applied.map(|resource| Applied {
                state: name.clone(),
                resource,
            }));
        }
        Ok(Resources(all))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Resource> + Clone {
        self.0.iter().map(|applied| &applied.resource)
    }

    pub(super) fn of(&self, kind: &'static str) -> impl Iterator<Item = &Resource> {
        self.all().filter(move |resource| resource.kind == kind)
    }

    /// The resources of a kind with their states.
    pub(super) fn applied(&self, kind: &'static str) -> impl Iterator<Item = &Applied> {
        self.0
            .iter()
            .filter(move |applied| applied.resource.kind == kind)
    }

    /// Where it was all applied: region and account stand in the ARNs. `None` where nothing was.
    pub(super) fn scope(&self) -> Result<Option<Scope>, Error> {
        let mut found: Option<(&Applied, Scope)> = None;
        for applied in &self.0 {
            let resource = &applied.resource;
            let arn = match resource.kind.as_str() {
                "aws_apigatewayv2_api" => resource.text("execution_arn"),
                _ => resource.text("arn"),
            };
            let Some(scope) = arn.and_then(Scope::of) else {
                continue;
            };
            match &found {
                None => found = Some((applied, scope)),
                Some((first, one)) if *one != scope && first.state != applied.state => {
                    return Err(Error::new(format!(
                        "{} is applied to account {} in {}, and {} to account {} in {}: one account and region is \
                         simulated, so apply them to one",
                        first.state,
                        one.account,
                        one.region,
                        applied.state,
                        scope.account,
                        scope.region
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(found.map(|(_, scope)| scope))
    }
}

impl Applied {
    /// Adds what was read of this resource; two states may not declare the same name.
    pub(super) fn insert<T>(
        &self,
        all: &mut BTreeMap<String, T>,
        name: &str,
        value: T,
    ) -> Result<(), Error> {
        if all.insert(name.to_owned(), value).is_none() {
            return Ok(());
        }
        Err(Error::new(format!(
            "{} of {} is called {name}, and so is another {} of this account",
            self.resource.address, self.state, self.resource.kind
        )))
    }
}
