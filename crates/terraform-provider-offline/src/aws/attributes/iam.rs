//! IAM.

use super::{seed, text};
use crate::aws::MOMENT;
use crate::provider::Made;
use crate::token::{HEX, UPPER};
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
    // IAM is global: its ARNs name no region.
    let arn = |resource: &str, name: &str| {
        let path = match made.text("path") {
            path if path.is_empty() => "/".to_owned(),
            path => path,
        };
        let settings = made.settings;
        format!(
            "arn:{}:iam::{}:{resource}{path}{name}",
            settings.partition, settings.account
        )
    };
    let unique = |prefix: &str| text(format!("{prefix}{}", made.token(UPPER, 17, &seed(made))));
    match (made.kind, path) {
        ("aws_iam_role" | "aws_iam_instance_profile", "id") => text(made.text("name")),
        ("aws_iam_role", "arn") => text(arn("role", &made.text("name"))),
        ("aws_iam_role", "unique_id") => unique("AROA"),
        (_, "create_date") => text(MOMENT),
        ("aws_iam_instance_profile", "arn") => text(arn("instance-profile", &made.text("name"))),
        ("aws_iam_instance_profile", "unique_id") => unique("AIPA"),
        ("aws_iam_policy", "id" | "arn") => text(arn("policy", &made.text("name"))),
        ("aws_iam_policy", "policy_id") => unique("ANPA"),
        ("aws_iam_role_policy", "id") => {
            text(format!("{}:{}", made.text("role"), made.text("name")))
        }
        ("aws_iam_role_policy_attachment", "id") => {
            let unique = made.token(
                HEX,
                18,
                &format!("{} {}", made.text("role"), made.text("policy_arn")),
            );
            text(format!("{}-20260101{unique}", made.text("role")))
        }
        ("aws_iam_openid_connect_provider", "id" | "arn") => {
            let url = made.text("url");
            let settings = made.settings;
            let host = url.strip_prefix("https://").unwrap_or(&url);
            text(format!(
                "arn:{}:iam::{}:oidc-provider/{host}",
                settings.partition, settings.account
            ))
        }
        _ => None,
    }
}
