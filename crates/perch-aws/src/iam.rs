//! Identity-based policies: may a role do this?
//!
//! As the IAM user guide's "Policy evaluation logic" says: an explicit deny wins, then something must allow, and a
//! permissions boundary, where there is one, must allow as well.

mod condition;

use serde_json::Value;

use crate::arn::{self, Arn, Scope};
use condition::Condition;
pub(crate) use condition::Context;

/// A role of the state.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) trust: Policy,
    /// Inline and attached ones.
    pub(crate) policies: Vec<Policy>,
    pub(crate) boundary: Option<Policy>,
}

/// A policy document.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
struct Statement {
    allow: bool,
    actions: Selector,
    /// Trust policies have none.
    resources: Selector,
    /// Services that a trust policy names.
    services: Vec<String>,
    /// Accounts, roles and sessions that a resource's policy names.
    principals: Vec<String>,
    conditions: Vec<Condition>,
}

/// What an element names, or with `Not…` all but what it names.
#[derive(Clone, Debug)]
enum Selector {
    Only(Vec<String>),
    AllBut(Vec<String>),
}

/// What a role wants to do.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) action: &'a str,
    /// The resource's ARN, or `*` for actions that have none.
    pub(crate) resource: &'a str,
    /// The condition keys of the request.
    pub(crate) context: Context,
}

/// Why not, as the end of AWS's message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denial {
    Explicit,
    ExplicitInBoundary,
    ExplicitInResource,
    NothingAllows,
    BoundaryAllowsNot,
}

impl Denial {
    /// The message of AccessDeniedException, as AWS's services word it.
    pub(crate) fn message(self, principal: &str, action: &str, resource: &str) -> String {
        let why = match self {
            Denial::Explicit => "with an explicit deny in an identity-based policy".to_owned(),
            Denial::ExplicitInBoundary => {
                "with an explicit deny in a permissions boundary".to_owned()
            }
            Denial::ExplicitInResource => {
                "with an explicit deny in a resource-based policy".to_owned()
            }
            Denial::NothingAllows => {
                format!("because no identity-based policy allows the {action} action")
            }
            Denial::BoundaryAllowsNot => {
                format!("because no permissions boundary allows the {action} action")
            }
        };
        format!(
            "User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"
        )
    }
}

impl Role {
    /// Where the role is; a role has no region.
    pub(crate) fn scope(&self) -> Scope {
        let default = Scope::default();
        match Arn::parse(&self.arn) {
            Some(arn) => Scope {
                partition: arn.partition.to_owned(),
                account: arn.account.to_owned(),
                ..default
            },
            None => default,
        }
    }

    /// Whether the role may do it.
    pub(crate) fn may(&self, ask: &Ask) -> Result<(), Denial> {
        if self.policies.iter().any(|policy| policy.says(false, ask)) {
            return Err(Denial::Explicit);
        }
        if self
            .boundary
            .as_ref()
            .is_some_and(|boundary| boundary.says(false, ask))
        {
            return Err(Denial::ExplicitInBoundary);
        }
        if !self.policies.iter().any(|policy| policy.says(true, ask)) {
            return Err(Denial::NothingAllows);
        }
        if self
            .boundary
            .as_ref()
            .is_some_and(|boundary| !boundary.says(true, ask))
        {
            return Err(Denial::BoundaryAllowsNot);
        }
        Ok(())
    }

    /// The same for a thing with a policy of its own. Within an account, that one may deny, and allow as well.
    pub(crate) fn may_on(
        &self,
        ask: &Ask,
        policy: Option<&Policy>,
        session: &str,
    ) -> Result<(), Denial> {
        let says = |allow| policy.is_some_and(|policy| policy.says_to(allow, ask, self, session));
        if says(false) {
            return Err(Denial::ExplicitInResource);
        }
        match self.may(ask) {
            Err(Denial::NothingAllows) if says(true) => Ok(()),
            decision => decision,
        }
    }

    /// Whether a service that brings this context may take on the role.
    pub(crate) fn lets_in(&self, service: &str, context: &Context) -> bool {
        let applies = |statement: &&Statement| {
            let mut names = statement.services.iter();
            names.any(|name| name == service || name == "*")
                && statement.actions.covers_action("sts:AssumeRole")
                && statement
                    .conditions
                    .iter()
                    .all(|condition| condition.holds(context))
        };
        let statements: Vec<&Statement> = self.trust.statements.iter().filter(applies).collect();
        !statements.is_empty() && statements.iter().all(|statement| statement.allow)
    }

    /// Whether a service may take on the role. Conditions are left out: they speak of the caller, which is made up here.
    pub(crate) fn trusts(&self, service: &str) -> bool {
        let named = |statement: &&Statement| {
            statement
                .services
                .iter()
                .any(|name| name == service || name == "*")
        };
        let assumes = |statement: &Statement| statement.actions.covers_action("sts:AssumeRole");
        let mut statements = self
            .trust
            .statements
            .iter()
            .filter(named)
            .filter(|found| assumes(found))
            .peekable();
        statements.peek().is_some() && statements.all(|statement| statement.allow)
    }
}

impl Policy {
    /// Reads a document. The error completes "the policy …".
    pub(crate) fn parse(text: &str) -> Result<Policy, String> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let statements = match &document["Statement"] {
            Value::Array(statements) => statements
                .iter()
                .map(Statement::parse)
                .collect::<Result<_, _>>()?,
            single @ Value::Object(_) => vec![Statement::parse(single)?],
            _ => return Err("has no Statement".to_owned()),
        };
        Ok(Policy { statements })
    }

    fn says(&self, allow: bool, ask: &Ask) -> bool {
        let mut statements = self
            .statements
            .iter()
            .filter(|statement| statement.allow == allow);
        statements.any(|statement| statement.covers(ask))
    }
}

impl Policy {
    /// Whether a resource's policy allows or denies this to a session of a role.
    fn says_to(&self, allow: bool, ask: &Ask, role: &Role, session: &str) -> bool {
        let scope = role.scope();
        let root = format!("arn:{}:iam::{}:root", scope.partition, scope.account);
        let names = ["*", scope.account.as_str(), &root, &role.arn, session];
        let named = |statement: &&Statement| {
            let mut principals = statement.principals.iter();
            statement.allow == allow && principals.any(|name| names.contains(&name.as_str()))
        };
        let mut statements = self.statements.iter().filter(named);
        statements.any(|statement| statement.covers(ask))
    }
}

impl Statement {
    fn parse(value: &Value) -> Result<Statement, String> {
        let allow = match value["Effect"].as_str() {
            Some("Allow") => true,
            Some("Deny") => false,
            other => {
                return Err(format!(
                    "has a statement with the Effect {other:?}: write Allow or Deny"
                ));
            }
        };
        let (services, principals) = match &value["Principal"] {
            Value::String(everyone) => (vec![everyone.clone()], vec![everyone.clone()]),
            principal => (texts(&principal["Service"]), texts(&principal["AWS"])),
        };
        Ok(Statement {
            allow,
            actions: Selector::parse(value, "Action", "NotAction"),
            resources: Selector::parse(value, "Resource", "NotResource"),
            services,
            principals,
            conditions: Condition::parse_all(&value["Condition"])?,
        })
    }

    fn covers(&self, ask: &Ask) -> bool {
        self.actions.covers_action(ask.action)
            && self.resources.covers_resource(ask)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(&ask.context))
    }
}

impl Selector {
    fn parse(statement: &Value, only: &str, all_but: &str) -> Selector {
        match &statement[all_but] {
            Value::Null => Selector::Only(texts(&statement[only])),
            named => Selector::AllBut(texts(named)),
        }
    }

    /// Actions' names do not depend on case.
    fn covers_action(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.covers(|pattern| arn::matches(&pattern.to_ascii_lowercase(), &action))
    }

    /// Variables of the policy are filled in; a name with one that the request lacks is nothing's.
    fn covers_resource(&self, ask: &Ask) -> bool {
        self.covers(|pattern| {
            let pattern = ask.context.fill(pattern);
            pattern.is_some_and(|pattern| condition::arn_like(&pattern, ask.resource))
        })
    }

    fn covers(&self, named: impl Fn(&str) -> bool) -> bool {
        match self {
            Selector::Only(patterns) => patterns.iter().any(|pattern| named(pattern)),
            Selector::AllBut(patterns) => !patterns.iter().any(|pattern| named(pattern)),
        }
    }
}

/// A text, or a list of them. Numbers and booleans stand for their texts.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}
