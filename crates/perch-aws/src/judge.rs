//! Who may do what: the roles of all that is applied, and the judge of one session of one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use crate::Error;
use crate::arn::Scope;
use crate::iam::{Ask, Context, Denial, Policy, Role};
use crate::state::{self, Resource};

/// The roles that are applied, by name, with all their policies.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<String, Role>);

/// What is in force: replaced as a whole when something is applied.
#[derive(Clone, Debug)]
pub(crate) struct Iam(Arc<RwLock<Arc<InForce>>>);

#[derive(Debug)]
struct InForce {
    scope: Scope,
    roles: Arc<Roles>,
}

/// Answers for one session of one role whether it may do something. A clone is cheap, and always judges by what is in force.
#[derive(Clone, Debug)]
pub struct Judge {
    iam: Iam,
    role: String,
    session: String,
}

impl Judge {
    /// A judge by a state alone, as `terraform show -json` prints it.
    ///
    /// # Errors
    /// When it is not a state, a policy cannot be read, or it has no such role.
    pub fn of_state(state: &Value, role: &str, session: &str) -> Result<Judge, Error> {
        let resources = state::resources(state)?;
        let roles = Roles::read(resources.iter())?;
        let Some(found) = roles.get(role) else {
            return Err(Error::new(format!(
                "the state has no aws_iam_role {role}; it has {}",
                roles.0.keys().cloned().collect::<Vec<_>>().join(", ")
            )));
        };
        // A role's ARN has no region: what is applied beside it has.
        let beside = resources
            .iter()
            .find_map(|resource| Scope::of(resource.text("arn")?));
        let scope = beside.unwrap_or_else(|| found.scope());
        Ok(Iam::new(scope, Arc::new(roles)).judge(role, session))
    }

    /// The ARN that the session goes by: `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
    pub fn principal(&self) -> String {
        self.iam
            .in_force()
            .scope
            .assumed_role(&self.role, &self.session)
    }

    /// Whether the session may do this.
    ///
    /// `action` is such as `lambda:CreateFunction`, `resource` an ARN or `*`. `context` holds the condition keys that the
    /// call has besides those that every call has; a key with several values, such as `aws:TagKeys`, is given once for each.
    ///
    /// # Errors
    /// AWS's whole message, such as `User: arn:… is not authorized to perform: … because no identity-based policy allows …`.
    pub fn may(
        &self,
        action: &str,
        resource: &str,
        context: &[(String, String)],
    ) -> Result<(), String> {
        self.decide(action, resource, context, None)
            .map_err(|denial| denial.message(&self.principal(), action, resource))
    }

    /// The same, with the bare reason, and with the policy that the resource has itself.
    pub(crate) fn decide(
        &self,
        action: &str,
        resource: &str,
        context: &[(String, String)],
        policy: Option<&Policy>,
    ) -> Result<(), Denial> {
        let in_force = self.iam.in_force();
        let Some(role) = in_force.roles.get(&self.role) else {
            // What is in force now has the role no longer.
            return Err(Denial::NothingAllows);
        };
        let ask = Ask {
            action,
            resource,
            context: self.context(&in_force.scope, role, context),
        };
        let session = in_force.scope.assumed_role(&self.role, &self.session);
        role.may_on(&ask, policy, &session)
    }

    /// The condition keys of every call, and those of this one.
    fn context(&self, scope: &Scope, role: &Role, own: &[(String, String)]) -> Context {
        let mut context = Context::default();
        for (key, value) in [
            ("aws:PrincipalArn", role.arn.as_str()),
            ("aws:PrincipalAccount", &scope.account),
            ("aws:RequestedRegion", &scope.region),
            ("aws:ResourceAccount", &scope.account),
            ("aws:SecureTransport", "true"),
            ("aws:SourceIp", "127.0.0.1"),
            ("aws:userid", &self.session),
        ] {
            context.add(key, value);
        }
        for (key, value) in own {
            context.add(key, value);
        }
        context
    }
}

impl Iam {
    pub(crate) fn new(scope: Scope, roles: Arc<Roles>) -> Self {
        Iam(Arc::new(RwLock::new(Arc::new(InForce { scope, roles }))))
    }

    pub(crate) fn replace(&self, scope: Scope, roles: Arc<Roles>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(InForce { scope, roles });
    }

    pub(crate) fn judge(&self, role: &str, session: &str) -> Judge {
        Judge {
            iam: self.clone(),
            role: role.to_owned(),
            session: session.to_owned(),
        }
    }

    fn in_force(&self) -> Arc<InForce> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Roles {
    pub(crate) fn get(&self, name: &str) -> Option<&Role> {
        self.0.get(name)
    }

    /// Takes the roles from what is applied.
    pub(crate) fn read<'a>(
        resources: impl Iterator<Item = &'a Resource> + Clone,
    ) -> Result<Roles, Error> {
        let of = |kind: &'static str| resources.clone().filter(move |one| one.kind == kind);
        let mut managed = BTreeMap::new();
        for resource in of("aws_iam_policy") {
            let policy = read_policy(resource, resource.required("policy")?, "policy")?;
            managed.insert(resource.required("arn")?.to_owned(), policy);
        }
        let mut roles = BTreeMap::new();
        for resource in of("aws_iam_role") {
            let role = read_role(resource, &managed)?;
            roles.insert(role.name.clone(), role);
        }
        for resource in of("aws_iam_role_policy") {
            let policy = read_policy(resource, resource.required("policy")?, "policy")?;
            if let Some(role) = roles.get_mut(resource.required("role")?) {
                role.policies.push(policy);
            }
        }
        for resource in of("aws_iam_role_policy_attachment") {
            let policy = managed.get(resource.required("policy_arn")?);
            let role = roles.get_mut(resource.required("role")?);
            if let (Some(role), Some(policy)) = (role, policy) {
                role.policies.push(policy.clone());
            }
        }
        Ok(Roles(roles))
    }
}

fn read_role(resource: &Resource, managed: &BTreeMap<String, Policy>) -> Result<Role, Error> {
    let trust = read_policy(
        resource,
        resource.required("assume_role_policy")?,
        "assume_role_policy",
    )?;
    let mut policies = Vec::new();
    for inline in resource.blocks("inline_policy") {
        if let Some(policy) = state::text(&inline["policy"]) {
            policies.push(read_policy(resource, policy, "inline_policy")?);
        }
    }
    for arn in resource.blocks("managed_policy_arns") {
        policies.extend(arn.as_str().and_then(|arn| managed.get(arn)).cloned());
    }
    let boundary = resource.text("permissions_boundary");
    Ok(Role {
        name: resource.required("name")?.to_owned(),
        arn: resource.required("arn")?.to_owned(),
        trust,
        policies,
        // A boundary whose text no state holds is not applied: docs/local-stage.md says so.
        boundary: boundary.and_then(|arn| managed.get(arn)).cloned(),
    })
}

fn read_policy(resource: &Resource, text: &str, attribute: &str) -> Result<Policy, Error> {
    Policy::parse(text)
        .map_err(|problem| resource.error(&format!("has a {attribute} that {problem}")))
}
