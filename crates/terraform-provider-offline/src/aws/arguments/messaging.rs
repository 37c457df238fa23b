//! SNS and SQS.

use crate::checks::Check::{self, Arn, Json, Length, Matches, OneOf, Own, Policy, Range};
use crate::checks::{Checks, matches};
use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

const TOPIC_NAME: Check = Matches(
    r"^[0-9A-Za-z_-]{1,256}(\.fifo)?$",
    "must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long",
);

pub(super) const SNS_TOPIC: Checks = &[
    ("application_failure_feedback_role_arn", Arn),
    ("application_success_feedback_role_arn", Arn),
    ("firehose_failure_feedback_role_arn", Arn),
    ("firehose_success_feedback_role_arn", Arn),
    ("http_failure_feedback_role_arn", Arn),
    ("http_success_feedback_role_arn", Arn),
    ("lambda_failure_feedback_role_arn", Arn),
    ("lambda_success_feedback_role_arn", Arn),
    ("sqs_failure_feedback_role_arn", Arn),
    ("sqs_success_feedback_role_arn", Arn),
    ("application_success_feedback_sample_rate", Range(0, 100)),
    ("firehose_success_feedback_sample_rate", Range(0, 100)),
    ("http_success_feedback_sample_rate", Range(0, 100)),
    ("lambda_success_feedback_sample_rate", Range(0, 100)),
    ("sqs_success_feedback_sample_rate", Range(0, 100)),
    ("archive_policy", Json),
    ("name", TOPIC_NAME),
    (
        "name_prefix",
        Matches(
            "^[0-9A-Za-z_-]{1,230}$",
            "must be at most 230 letters, digits, hyphens or underscores",
        ),
    ),
    ("display_name", Length(0, 100)),
    ("policy", Policy),
    ("delivery_policy", Json),
    ("signature_version", Range(1, 2)),
    ("tracing_config", OneOf(&["PassThrough", "Active"])),
];

pub(super) const SNS_SUBSCRIPTION: Checks = &[
    ("replay_policy", Json),
    (
        "protocol",
        OneOf(&[
            "application",
            "email-json",
            "email",
            "firehose",
            "http",
            "https",
            "lambda",
            "sms",
            "sqs",
        ]),
    ),
    ("topic_arn", Arn),
    ("delivery_policy", Json),
    ("filter_policy", Json),
    (
        "filter_policy_scope",
        OneOf(&["MessageAttributes", "MessageBody"]),
    ),
    ("redrive_policy", Json),
    ("subscription_role_arn", Arn),
];

pub(super) const SQS_QUEUE: Checks = &[
    ("name", Own(queue_name)),
    (
        "name_prefix",
        Matches(
            "^[0-9A-Za-z_-]{1,54}$",
            "must be at most 54 letters, digits, hyphens or underscores",
        ),
    ),
    ("deduplication_scope", OneOf(&["messageGroup", "queue"])),
    ("delay_seconds", Range(0, 900)),
    (
        "fifo_throughput_limit",
        OneOf(&["perMessageGroupId", "perQueue"]),
    ),
    ("kms_data_key_reuse_period_seconds", Range(60, 86_400)),
    ("max_message_size", Range(1024, 262_144)),
    ("message_retention_seconds", Range(60, 1_209_600)),
    ("policy", Policy),
    ("receive_wait_time_seconds", Range(0, 20)),
    ("redrive_allow_policy", Json),
    ("redrive_policy", Json),
    ("visibility_timeout_seconds", Range(0, 43_200)),
];

fn queue_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let valid = name.len() <= 80 && matches(r"^[0-9A-Za-z_-]+(\.fifo)?$", name);
    (!valid).then(|| {
        format!(
            "invalid queue name for {path}: {name:?}; it must be 1 to 80 letters, digits, hyphens or underscores, and \
             end in .fifo only if the queue is one"
        )
    })
}

/// The suffix and the flag go together.
pub(super) fn fifo(config: &Value, flag: &str) -> Vec<Diagnostic> {
    let (Some(name), false) = (config.get("name").as_text(), config.get(flag).is_unknown()) else {
        return Vec::new();
    };
    let fifo = config.get(flag).is_true();
    (name.ends_with(".fifo") != fifo)
        .then(|| {
            let why = if fifo {
                "must end with .fifo"
            } else {
                "must not contain a period"
            };
            Diagnostic::error(
                format!("invalid name {name:?}: it {why} when {flag} is {fifo}"),
                "",
            )
            .at(Path::root("name"))
        })
        .into_iter()
        .collect()
}
