//! Who calls, once the signature is verified, and what it may do.

use std::sync::Arc;

use super::error::ApiError;
use crate::iam::Policy;
use crate::identities::{Identity, Principal};
use crate::shared::Shared;

/// A caller with its rights.
pub(super) struct Caller {
    shared: Arc<Shared>,
    principal: Principal,
    access_key_id: String,
}

impl Caller {
    pub(super) fn new(shared: Arc<Shared>, identity: Identity) -> Self {
        Caller {
            shared,
            principal: identity.principal,
            access_key_id: identity.credentials.access_key_id,
        }
    }

    pub(super) fn account(&self) -> String {
        self.shared.model().scope.account.clone()
    }

    /// What `GetCallerIdentity` calls the caller: its ARN, and its unique id.
    pub(super) fn identity(&self) -> (String, String) {
        let scope = self.shared.model().scope.clone();
        // An id of the right format that belongs to the key alone.
        let id = |kind: &str| format!("{kind}{}", self.access_key_id.get(4..).unwrap_or_default());
        match &self.principal {
            Principal::Administrator => {
                let (partition, account) = (&scope.partition, &scope.account);
                let name = Principal::administrator();
                (
                    format!("arn:{partition}:iam::{account}:user/{name}"),
                    id("AIDA"),
                )
            }
            Principal::Session { role, session } => (
                scope.assumed_role(role, session),
                format!("{}:{session}", id("AROA")),
            ),
        }
    }

    /// Refuses what the role's policies don't allow. The administrator may do everything.
    pub(super) fn authorize(&self, action: &str, resource: &str) -> Result<(), ApiError> {
        self.authorize_on(action, resource, &[], None)
    }

    /// The same with condition keys of the call, and with the policy that the thing has itself.
    pub(super) fn authorize_on(
        &self,
        action: &str,
        resource: &str,
        context: &[(String, String)],
        policy: Option<&Policy>,
    ) -> Result<(), ApiError> {
        let Principal::Session { role, session } = &self.principal else {
            return Ok(());
        };
        let judge = self.shared.iam.judge(role, session);
        let decision = judge.decide(action, resource, context, policy);
        decision.map_err(|denial| ApiError::Denied {
            denial,
            principal: judge.principal(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        })
    }
}
