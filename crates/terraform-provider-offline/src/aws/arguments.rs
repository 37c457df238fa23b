//! What the arguments of AWS's resources may be.
//!
//! Most is what the real provider itself checks before it calls AWS. Where only AWS would refuse, on apply, and a bot's
//! configuration is likely to trip over it (names, schedule expressions, environments), it is refused here as well: the
//! limits are those of each service's API reference.

mod api_gateway;
mod delivery;
mod iam;
mod lambda;
mod messaging;
mod monitoring;
mod schedules;
mod storage;

use crate::checks::Check::{self, Arn, Json, Length, Matches, OneOf, Own, Policy, Range};
use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

use api_gateway::{API, INTEGRATION, ROUTE, STAGE};
use delivery::{
    CODEBUILD_PROJECT, CODEPIPELINE, CODEPIPELINE_WEBHOOK, CODESTAR_CONNECTION, pipeline,
};
use iam::{IAM_POLICY, IAM_ROLE, IAM_ROLE_POLICY};
use lambda::{
    EVENT_INVOKE_CONFIG, EVENT_SOURCE_MAPPING, LAMBDA_ALIAS, LAMBDA_FUNCTION, LAMBDA_PERMISSION,
    lambda_function,
};
use messaging::{SNS_SUBSCRIPTION, SNS_TOPIC, SQS_QUEUE, fifo};
use monitoring::{DASHBOARD, EVENT_RULE, LOG_GROUP, METRIC_ALARM, METRIC_FILTER, metric_alarm};
use schedules::{SCHEDULE, SCHEDULE_NAME, schedule};
use storage::{LIFECYCLE, SSM_PARAMETER, bucket_name, secure_string};

/// The checks of a resource type's arguments.
pub fn checks(kind: &str) -> &'static [(&'static str, Check)] {
    match kind {
        "aws_apigatewayv2_api" => API,
        "aws_apigatewayv2_integration" => INTEGRATION,
        "aws_apigatewayv2_route" => ROUTE,
        "aws_apigatewayv2_stage" => STAGE,
        "aws_cloudwatch_log_group" => LOG_GROUP,
        "aws_cloudwatch_log_metric_filter" => METRIC_FILTER,
        "aws_cloudwatch_metric_alarm" => METRIC_ALARM,
        "aws_cloudwatch_dashboard" => DASHBOARD,
        "aws_cloudwatch_event_rule" => EVENT_RULE,
        "aws_codebuild_project" => CODEBUILD_PROJECT,
        "aws_codepipeline" => CODEPIPELINE,
        "aws_codepipeline_webhook" => CODEPIPELINE_WEBHOOK,
        "aws_codestarconnections_connection" => CODESTAR_CONNECTION,
        "aws_iam_policy" => IAM_POLICY,
        "aws_iam_role" => IAM_ROLE,
        "aws_iam_role_policy" => IAM_ROLE_POLICY,
        "aws_iam_role_policy_attachment" => &[("policy_arn", Arn)],
        "aws_kms_alias" => &[(
            "name",
            Matches(
                "^alias/[a-zA-Z0-9/_-]+$",
                "must begin with 'alias/' and be comprised of only [a-zA-Z0-9/_-]",
            ),
        )],
        "aws_kms_key" => &[
            ("policy", Policy),
            ("deletion_window_in_days", Range(7, 30)),
        ],
        "aws_lambda_alias" => LAMBDA_ALIAS,
        "aws_lambda_event_source_mapping" => EVENT_SOURCE_MAPPING,
        "aws_lambda_function" => LAMBDA_FUNCTION,
        "aws_lambda_function_event_invoke_config" => EVENT_INVOKE_CONFIG,
        "aws_lambda_permission" => LAMBDA_PERMISSION,
        "aws_lambda_provisioned_concurrency_config" => {
            &[("provisioned_concurrent_executions", Range(1, i64::MAX))]
        }
        "aws_s3_bucket" => &[
            ("bucket", Own(bucket_name)),
            ("bucket_prefix", Length(0, 37)),
            ("policy", Policy),
        ],
        "aws_s3_bucket_lifecycle_configuration" => LIFECYCLE,
        "aws_s3_bucket_ownership_controls" => &[(
            "rule.object_ownership",
            OneOf(&[
                "BucketOwnerPreferred",
                "ObjectWriter",
                "BucketOwnerEnforced",
            ]),
        )],
        "aws_s3_bucket_policy" => &[("policy", Policy)],
        "aws_s3_bucket_server_side_encryption_configuration" => &[(
            "rule.apply_server_side_encryption_by_default.sse_algorithm",
            OneOf(&["AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"]),
        )],
        "aws_s3_bucket_versioning" => &[
            (
                "versioning_configuration.status",
                OneOf(&["Enabled", "Suspended", "Disabled"]),
            ),
            (
                "versioning_configuration.mfa_delete",
                OneOf(&["Enabled", "Disabled"]),
            ),
        ],
        "aws_scheduler_schedule" => SCHEDULE,
        "aws_scheduler_schedule_group" => {
            &[("name", SCHEDULE_NAME), ("name_prefix", Length(1, 38))]
        }
        "aws_sns_topic" => SNS_TOPIC,
        "aws_sns_topic_policy" => &[("arn", Arn), ("policy", Policy)],
        "aws_sns_topic_subscription" => SNS_SUBSCRIPTION,
        "aws_sqs_queue" => SQS_QUEUE,
        "aws_sqs_queue_policy" => &[("policy", Policy)],
        "aws_sqs_queue_redrive_allow_policy" => &[("redrive_allow_policy", Json)],
        "aws_sqs_queue_redrive_policy" => &[("redrive_policy", Json)],
        "aws_ssm_parameter" => SSM_PARAMETER,
        _ => &[],
    }
}

/// What no single argument shows to be wrong.
pub fn validate(kind: &str, config: &Value) -> Vec<Diagnostic> {
    let mut found = tags(config);
    match kind {
        "aws_lambda_function" => found.extend(lambda_function(config)),
        "aws_scheduler_schedule" => found.extend(schedule(config)),
        "aws_sqs_queue" => found.extend(fifo(config, "fifo_queue")),
        "aws_sns_topic" => found.extend(fifo(config, "fifo_topic")),
        "aws_ssm_parameter" => found.extend(secure_string(config)),
        "aws_cloudwatch_metric_alarm" => found.extend(metric_alarm(config)),
        "aws_codepipeline" => found.extend(pipeline(config)),
        _ => {}
    }
    found
}

/// "Tag naming limits and requirements", AWS General Reference.
fn tags(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (key, value) in config.get("tags").fields().into_iter().flatten() {
        let long = value
            .as_text()
            .is_some_and(|value| value.chars().count() > 256);
        let why = if key.is_empty() || key.chars().count() > 128 {
            "its key must have 1 to 128 characters"
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            "aws: is reserved for AWS"
        } else if long {
            "its value must have at most 256 characters"
        } else {
            continue;
        };
        found.push(
            Diagnostic::error(format!("invalid tag {key:?}: {why}"), "").at(Path::root("tags")),
        );
    }
    found
}
