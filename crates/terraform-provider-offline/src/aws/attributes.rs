//! What AWS would answer: ids, ARNs and URLs, in AWS's own formats.
//!
//! The formats are those of the AWS documentation ("Service Authorization Reference" for ARNs, "IAM identifiers" for
//! unique ids) and of the real provider's `id`s.

mod api_gateway;
mod cloudwatch;
mod delivery;
mod iam;
mod lambda;
mod messaging;
mod s3;
mod scheduler;

use crate::provider::Made;
use crate::token::{self, HEX, LOWER};
use crate::value::Value;

/// The value of a computed attribute, `None` where its type's empty value will do.
pub fn compute(made: &Made, path: &str) -> Option<Value> {
    match path {
        "name" | "bucket" if made.kind != "aws_lambda_alias" => return Some(generated_name(made)),
        "name_prefix" | "bucket_prefix" => return None,
        _ => {}
    }
    let service = made.kind.strip_prefix("aws_")?;
    match service {
        _ if service.starts_with("apigatewayv2_") => api_gateway::compute(made, path),
        _ if service.starts_with("lambda_") => lambda::compute(made, path),
        _ if service.starts_with("iam_") => iam::compute(made, path),
        _ if service.starts_with("cloudwatch_") => cloudwatch::compute(made, path),
        _ if service.starts_with("sqs_") || service.starts_with("sns_") => {
            messaging::compute(made, path)
        }
        _ if service.starts_with("scheduler_") => scheduler::compute(made, path),
        _ if service.starts_with("s3_") => s3::compute(made, path),
        _ if service.starts_with("code") => delivery::compute(made, path),
        _ => others(made, path),
    }
}

/// What tells a resource from others of its type and region, where that isn't its `id`.
pub fn identity(kind: &str, state: &Value) -> Option<String> {
    let text = |name: &str| state.get(name).as_text().unwrap_or_default();
    Some(match kind {
        "aws_apigatewayv2_integration" => format!("{}/{}", text("api_id"), text("id")),
        "aws_apigatewayv2_route" => format!("{}/{}", text("api_id"), text("route_key")),
        "aws_apigatewayv2_stage" => format!("{}/{}", text("api_id"), text("name")),
        "aws_lambda_permission" => {
            format!(
                "{}:{}/{}",
                text("function_name"),
                text("qualifier"),
                text("statement_id")
            )
        }
        "aws_iam_role_policy_attachment" => format!("{}/{}", text("role"), text("policy_arn")),
        _ => return None,
    })
}

/// The arguments that name a resource: AWS refuses a second of the same, or takes both for one.
pub fn named_by(kind: &str) -> &'static [&'static str] {
    match kind {
        "aws_apigatewayv2_route" => &["api_id", "route_key"],
        "aws_cloudwatch_metric_alarm" => &["alarm_name"],
        "aws_iam_role_policy" => &["role", "name"],
        "aws_iam_role_policy_attachment" => &["role", "policy_arn"],
        "aws_lambda_alias" => &["function_name", "name"],
        "aws_lambda_function" => &["function_name"],
        "aws_lambda_permission" => &["function_name", "qualifier", "statement_id"],
        "aws_s3_bucket" => &["bucket"],
        "aws_scheduler_schedule" => &["group_name", "name"],
        "aws_cloudwatch_log_group"
        | "aws_codebuild_project"
        | "aws_codepipeline"
        | "aws_codestarnotifications_notification_rule"
        | "aws_iam_policy"
        | "aws_iam_role"
        | "aws_scheduler_schedule_group"
        | "aws_sns_topic"
        | "aws_sqs_queue"
        | "aws_ssm_parameter" => &["name"],
        _ => &[],
    }
}

/// A name that the configuration leaves to the provider: its prefix and 26 digits, as the real one makes it of the clock.
fn generated_name(made: &Made) -> Value {
    let prefix = ["name_prefix", "bucket_prefix"]
        .iter()
        .find_map(|name| {
            made.planned
                .get(name)
                .as_text()
                .filter(|prefix| !prefix.is_empty())
        })
        .unwrap_or("terraform-");
    Value::from(format!(
        "{prefix}20260101{}",
        made.token(HEX, 18, &seed(made))
    ))
}

/// What distinguishes this resource's configuration from others of its type.
fn seed(made: &Made) -> String {
    let known = |name: &&str| {
        made.planned
            .get(name)
            .as_text()
            .unwrap_or_default()
            .to_owned()
    };
    let parts: Vec<String> = [
        "name",
        "name_prefix",
        "function_name",
        "api_id",
        "route_key",
        "integration_uri",
        "role",
        "statement_id_prefix",
        "source_arn",
        "principal",
        "bucket",
        "queue_url",
        "topic_arn",
        "endpoint",
        "domain_name",
        "qualifier",
        "description",
        "alias",
        "url",
    ]
    .iter()
    .map(known)
    .collect();
    parts.join(" ")
}

fn text(text: impl Into<String>) -> Option<Value> {
    Some(Value::Text(text.into()))
}

fn others(made: &Made, path: &str) -> Option<Value> {
    let name = || made.text("name");
    match (made.kind, path) {
        ("aws_ssm_parameter", "id") => text(name()),
        ("aws_ssm_parameter", "arn") => text(made.arn(
            "ssm",
            &format!("parameter/{}", name().trim_start_matches('/')),
        )),
        ("aws_ssm_parameter", "version") => {
            let before = made.prior.get("version").as_f64().unwrap_or_default() as i64;
            Some(Value::Int(before + 1))
        }
        ("aws_ssm_parameter", "tier") => text("Standard"),
        ("aws_ssm_parameter", "data_type") => text("text"),
        ("aws_ssm_parameter", "key_id") if made.text("type") == "SecureString" => {
            text("alias/aws/ssm")
        }
        ("aws_kms_key", "id" | "key_id") => text(token::uuid(&[
            made.kind,
            &seed(made),
            &made.twin.to_string(),
        ])),
        ("aws_kms_key", "arn") => text(made.arn("kms", &format!("key/{}", made.text("key_id")))),
        ("aws_kms_alias", "id") => text(name()),
        ("aws_kms_alias", "arn") => text(made.arn("kms", &name())),
        ("aws_kms_alias", "target_key_arn") => {
            text(made.arn("kms", &format!("key/{}", made.text("target_key_id"))))
        }
        ("aws_dynamodb_table", "id") => text(name()),
        ("aws_dynamodb_table", "arn") => text(made.arn("dynamodb", &format!("table/{}", name()))),
        ("aws_secretsmanager_secret", "id" | "arn") => text(made.arn(
            "secretsmanager",
            &format!("secret:{}-{}", name(), made.token(LOWER, 6, &seed(made))),
        )),
        ("aws_resourcegroups_group", "id") => text(name()),
        ("aws_resourcegroups_group", "arn") => {
            text(made.arn("resource-groups", &format!("group/{}", name())))
        }
        ("aws_budgets_budget", "id") => text(format!("{}:{}", made.settings.account, name())),
        ("aws_budgets_budget", "account_id") => text(made.settings.account.clone()),
        ("aws_budgets_budget", "arn") => {
            let settings = made.settings;
            text(format!(
                "arn:{}:budgets::{}:budget/{}",
                settings.partition,
                settings.account,
                name()
            ))
        }
        // Whatever else is made has an id that tells it from others.
        (_, "id") => text(made.token(LOWER, 20, &seed(made))),
        (_, "arn") => {
            let service = made.kind.split('_').nth(1).unwrap_or_default();
            text(made.arn(
                service,
                &format!(
                    "{}/{}",
                    made.kind.rsplit('_').next().unwrap_or_default(),
                    made.text("id")
                ),
            ))
        }
        _ => None,
    }
}
