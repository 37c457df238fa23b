//! IAM.

use crate::checks::Check::{self, Arn, Length, Matches, Own, Policy, Range};
use crate::checks::Checks;
use crate::value::Value;

const IAM_NAME: Check = Matches(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]");

const IAM_PATH: Check = Matches("^(/|/[!-~]+/)$", "must begin and end with /");

pub(super) const IAM_POLICY: Checks = &[
    ("name", Length(0, 128)),
    ("name", IAM_NAME),
    ("name_prefix", Length(0, 102)),
    ("path", IAM_PATH),
    ("policy", Policy),
    ("policy", Own(identity_policy)),
];

pub(super) const IAM_ROLE: Checks = &[
    ("inline_policy.name", Length(1, 128)),
    ("name", Length(1, 64)),
    ("name", IAM_NAME),
    ("name_prefix", Length(1, 38)),
    ("name_prefix", IAM_NAME),
    ("description", Length(0, 1000)),
    ("max_session_duration", Range(3600, 43_200)),
    ("path", Length(0, 512)),
    ("path", IAM_PATH),
    ("permissions_boundary", Arn),
    ("assume_role_policy", Policy),
    ("assume_role_policy", Own(trust_policy)),
    ("inline_policy.policy", Policy),
    ("managed_policy_arns", Arn),
];

pub(super) const IAM_ROLE_POLICY: Checks = &[
    ("name", Length(0, 128)),
    ("name", IAM_NAME),
    ("name_prefix", Length(0, 102)),
    ("role", Length(1, 64)),
    ("role", IAM_NAME),
    ("policy", Policy),
    ("policy", Own(identity_policy)),
];

/// IAM, PutRolePolicy: who may do it is said by where the policy is attached.
fn identity_policy(path: &str, value: &Value) -> Option<String> {
    policy_statements(value.as_text()?).into_iter().find_map(|statement| {
        if statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some() {
            return Some(format!("{path:?} is an invalid policy: MalformedPolicyDocument: Policy document should not specify a principal"));
        }
        let resource = statement.get("Resource").is_some() || statement.get("NotResource").is_some();
        (!resource).then(|| {
            format!("{path:?} is an invalid policy: MalformedPolicyDocument: Policy statement must contain resources")
        })
    })
}

/// IAM, CreateRole: what it may be done to is the role.
fn trust_policy(path: &str, value: &Value) -> Option<String> {
    policy_statements(value.as_text()?).into_iter().find_map(|statement| {
        if statement.get("Resource").is_some() || statement.get("NotResource").is_some() {
            return Some(format!("{path:?} is an invalid policy: MalformedPolicyDocument: Has prohibited field Resource"));
        }
        let principal = statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some();
        (!principal).then(|| {
            format!("{path:?} is an invalid policy: MalformedPolicyDocument: AssumeRole policy must specify a principal")
        })
    })
}

fn policy_statements(policy: &str) -> Vec<serde_json::Value> {
    let Ok(mut policy) = serde_json::from_str::<serde_json::Value>(policy) else {
        return Vec::new();
    };
    match policy.get_mut("Statement").map(serde_json::Value::take) {
        Some(serde_json::Value::Array(statements)) => statements,
        Some(statement) => vec![statement],
        None => Vec::new(),
    }
}
