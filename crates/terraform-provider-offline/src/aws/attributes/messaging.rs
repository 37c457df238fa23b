//! SNS and SQS.

use super::{seed, text};
use crate::provider::Made;
use crate::token::{self};
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
    match (made.kind, path) {
        ("aws_sqs_queue", "id" | "url") => {
            let settings = made.settings;
            text(format!(
                "https://sqs.{}.{}/{}/{}",
                settings.region,
                settings.dns_suffix,
                settings.account,
                made.text("name")
            ))
        }
        ("aws_sqs_queue", "arn") => text(made.arn("sqs", &made.text("name"))),
        ("aws_sqs_queue", "kms_data_key_reuse_period_seconds") => Some(Value::Int(300)),
        // SQS encrypts with its own key unless it is told otherwise.
        ("aws_sqs_queue", "sqs_managed_sse_enabled") => {
            Some(Value::Bool(made.text("kms_master_key_id").is_empty()))
        }
        ("aws_sqs_queue", "deduplication_scope") if made.planned.get("fifo_queue").is_true() => {
            text("queue")
        }
        ("aws_sqs_queue", "fifo_throughput_limit") if made.planned.get("fifo_queue").is_true() => {
            text("perQueue")
        }
        (kind, "id") if kind.starts_with("aws_sqs_queue_") => text(made.text("queue_url")),
        ("aws_sns_topic", "id" | "arn") => text(made.arn("sns", &made.text("name"))),
        ("aws_sns_topic" | "aws_sns_topic_policy", "owner")
        | ("aws_sns_topic_subscription", "owner_id") => text(made.settings.account.clone()),
        ("aws_sns_topic", "policy") => text(own_account_policy(made)),
        ("aws_sns_topic_policy", "id") => text(made.text("arn")),
        ("aws_sns_topic_subscription", "id" | "arn") => {
            let unique = token::uuid(&[
                made.kind,
                &seed(made),
                &made.text("protocol"),
                &made.twin.to_string(),
            ]);
            text(format!("{}:{unique}", made.text("topic_arn")))
        }
        // A person confirms an e-mail or web hook; AWS's own services need none.
        ("aws_sns_topic_subscription", "pending_confirmation") => Some(Value::Bool(matches!(
            made.text("protocol").as_str(),
            "email" | "email-json" | "http" | "https"
        ))),
        ("aws_sns_topic_subscription", "confirmation_was_authenticated") => {
            Some(Value::Bool(matches!(
                made.text("protocol").as_str(),
                "lambda" | "sqs" | "firehose"
            )))
        }
        _ => None,
    }
}

/// The policy that SNS gives a topic which has none: all within the owner's account.
fn own_account_policy(made: &Made) -> String {
    serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": made.text("arn"),
            "Condition": { "StringEquals": { "AWS:SourceOwner": made.settings.account } },
        }],
    })
    .to_string()
}
