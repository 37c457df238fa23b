//! What the arguments of AWS's resources may be.
//!
//! Most is what the real provider itself checks before it calls AWS. Where only AWS would refuse, on apply, and a bot's
//! configuration is likely to trip over it (names, schedule expressions, environments), it is refused here as well: the
//! limits are those of each service's API reference.

use perch_schedule::Schedule;

use crate::checks::Check::{
    self, Arn, Json, Length, Matches, OneOf, OneOfNumbers, Own, Policy, Range,
};
use crate::checks::matches;
use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

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

type Checks = &'static [(&'static str, Check)];

const ACCOUNT_ID: Check = Matches(r"^\d{12}$", "must be a 12-digit account ID");

const API: Checks = &[
    (
        "api_key_selection_expression",
        OneOf(&[
            "$context.authorizer.usageIdentifierKey",
            "$request.header.x-api-key",
        ]),
    ),
    ("body", Own(json_or_yaml)),
    ("name", Length(1, 128)),
    ("protocol_type", OneOf(&["WEBSOCKET", "HTTP"])),
    ("description", Length(0, 1024)),
    ("version", Length(1, 64)),
    ("credentials_arn", Arn),
    ("cors_configuration.max_age", Range(-1, 86_400)),
];

const INTEGRATION: Checks = &[
    ("integration_subtype", Length(1, 128)),
    ("connection_id", Length(1, 1024)),
    ("connection_type", OneOf(&["INTERNET", "VPC_LINK"])),
    (
        "content_handling_strategy",
        OneOf(&["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]),
    ),
    ("credentials_arn", Arn),
    (
        "integration_method",
        OneOf(&[
            "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
        ]),
    ),
    (
        "integration_type",
        OneOf(&["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"]),
    ),
    (
        "passthrough_behavior",
        OneOf(&["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"]),
    ),
    ("payload_format_version", OneOf(&["1.0", "2.0"])),
    ("timeout_milliseconds", Range(50, 30_000)),
];

const ROUTE: Checks = &[
    (
        "authorization_type",
        OneOf(&["NONE", "AWS_IAM", "CUSTOM", "JWT"]),
    ),
    ("operation_name", Length(1, 64)),
    ("target", Length(1, 128)),
    ("route_key", Own(route_key)),
];

const LOGGING_LEVEL: Check = OneOf(&["ERROR", "INFO", "OFF"]);

const STAGE: Checks = &[
    ("name", Length(1, 128)),
    (
        "name",
        Matches(
            r"^(\$default|[0-9A-Za-z_-]+)$",
            "must be $default, or letters, digits, hyphens and underscores",
        ),
    ),
    ("description", Length(0, 1024)),
    ("access_log_settings.destination_arn", Arn),
    ("default_route_settings.logging_level", LOGGING_LEVEL),
    ("route_settings.logging_level", LOGGING_LEVEL),
];

const LOG_GROUP_NAME: Check = Matches(
    r"^[\.\-_/#A-Za-z0-9]+$",
    "isn't a valid log group name (alphanumeric characters, underscores, hyphens, slashes, hash signs and dots are allowed)",
);

const LOG_GROUP: Checks = &[
    ("name", Length(1, 512)),
    ("name", LOG_GROUP_NAME),
    ("name_prefix", LOG_GROUP_NAME),
    ("log_group_class", OneOf(&["STANDARD", "INFREQUENT_ACCESS"])),
    (
        "retention_in_days",
        OneOfNumbers(&[
            0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
            2557, 2922, 3288, 3653,
        ]),
    ),
    ("kms_key_id", Arn),
];

const METRIC_FILTER: Checks = &[
    ("name", Length(1, 512)),
    ("log_group_name", LOG_GROUP_NAME),
    ("pattern", Length(0, 1024)),
    ("metric_transformation.name", Length(1, 255)),
    ("metric_transformation.namespace", Length(1, 255)),
    ("metric_transformation.value", Length(1, 100)),
];

const UNIT: Check = OneOf(&[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
]);

const METRIC_ALARM: Checks = &[
    (
        "extended_statistic",
        Matches(
            r"^((p|(tm)|(tc)|(ts)|(wm)|(pr)|(TM)|(TC)|(TS)|(WM)|(PR)|(IQM))[\d.:%()]*)$",
            "must be a percentile or trimmed statistic, as in p99",
        ),
    ),
    ("threshold_metric_id", Length(1, 255)),
    ("unit", UNIT),
    ("metric_query.account_id", Length(1, 255)),
    ("metric_query.expression", Length(1, 1024)),
    ("metric_query.period", Own(alarm_period)),
    ("metric_query.metric.metric_name", Length(1, 255)),
    ("metric_query.metric.namespace", Length(1, 255)),
    ("metric_query.metric.period", Own(alarm_period)),
    ("metric_query.metric.stat", Length(1, 100)),
    ("metric_query.metric.unit", UNIT),
    ("alarm_name", Length(0, 255)),
    ("alarm_description", Length(0, 1024)),
    (
        "comparison_operator",
        OneOf(&[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ]),
    ),
    ("evaluation_periods", Range(1, i64::MAX)),
    ("datapoints_to_alarm", Range(1, i64::MAX)),
    (
        "evaluate_low_sample_count_percentiles",
        OneOf(&["evaluate", "ignore"]),
    ),
    ("metric_name", Length(1, 255)),
    ("namespace", Length(1, 255)),
    (
        "namespace",
        Matches("^[^:].*$", "must not contain colon characters"),
    ),
    ("period", Own(alarm_period)),
    (
        "statistic",
        OneOf(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
    ),
    (
        "treat_missing_data",
        OneOf(&["breaching", "notBreaching", "ignore", "missing"]),
    ),
    ("metric_query.id", Length(1, 255)),
    ("alarm_actions", Arn),
    ("ok_actions", Arn),
    ("insufficient_data_actions", Arn),
];

const DASHBOARD: Checks = &[
    ("dashboard_body", Json),
    ("dashboard_name", Length(1, 255)),
    (
        "dashboard_name",
        Matches(
            "^[-_A-Za-z0-9]+$",
            "must contain only alphanumeric characters, hyphens and underscores",
        ),
    ),
];

const EVENT_RULE: Checks = &[
    ("name", Length(1, 64)),
    (
        "name",
        Matches(
            r"^[0-9A-Za-z_.-]+$",
            "must contain only alphanumeric characters, periods, hyphens and underscores",
        ),
    ),
    ("description", Length(0, 512)),
    ("event_pattern", Json),
    ("role_arn", Arn),
    ("schedule_expression", Length(0, 256)),
    (
        "state",
        OneOf(&[
            "ENABLED",
            "DISABLED",
            "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ]),
    ),
];

const LOGS_STATUS: Check = OneOf(&["ENABLED", "DISABLED"]);

const CODEBUILD_PROJECT: Checks = &[
    (
        "name",
        Matches("^[A-Za-z0-9]", "must begin with a letter or digit"),
    ),
    (
        "name",
        Matches(
            "^[A-Za-z0-9_-]*$",
            "only alphanumeric characters, hyphens and underscores allowed",
        ),
    ),
    ("name", Length(2, 255)),
    ("description", Length(0, 255)),
    ("build_timeout", Range(5, 480)),
    ("queued_timeout", Range(5, 480)),
    ("concurrent_build_limit", Range(1, i64::MAX)),
    ("service_role", Arn),
    ("project_visibility", OneOf(&["PUBLIC_READ", "PRIVATE"])),
    (
        "artifacts.type",
        OneOf(&["CODEPIPELINE", "S3", "NO_ARTIFACTS"]),
    ),
    ("artifacts.namespace_type", OneOf(&["NONE", "BUILD_ID"])),
    ("artifacts.packaging", OneOf(&["NONE", "ZIP"])),
    ("cache.type", OneOf(&["NO_CACHE", "S3", "LOCAL"])),
    (
        "cache.modes",
        OneOf(&[
            "LOCAL_DOCKER_LAYER_CACHE",
            "LOCAL_SOURCE_CACHE",
            "LOCAL_CUSTOM_CACHE",
        ]),
    ),
    (
        "environment.compute_type",
        OneOf(&[
            "BUILD_GENERAL1_SMALL",
            "BUILD_GENERAL1_MEDIUM",
            "BUILD_GENERAL1_LARGE",
            "BUILD_GENERAL1_XLARGE",
            "BUILD_GENERAL1_2XLARGE",
            "BUILD_LAMBDA_1GB",
            "BUILD_LAMBDA_2GB",
            "BUILD_LAMBDA_4GB",
            "BUILD_LAMBDA_8GB",
            "BUILD_LAMBDA_10GB",
        ]),
    ),
    (
        "environment.type",
        OneOf(&[
            "WINDOWS_CONTAINER",
            "LINUX_CONTAINER",
            "LINUX_GPU_CONTAINER",
            "ARM_CONTAINER",
            "WINDOWS_SERVER_2019_CONTAINER",
            "LINUX_LAMBDA_CONTAINER",
            "ARM_LAMBDA_CONTAINER",
        ]),
    ),
    (
        "environment.image_pull_credentials_type",
        OneOf(&["CODEBUILD", "SERVICE_ROLE"]),
    ),
    (
        "environment.environment_variable.type",
        OneOf(&["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]),
    ),
    ("logs_config.cloudwatch_logs.status", LOGS_STATUS),
    ("logs_config.s3_logs.status", LOGS_STATUS),
    (
        "source.type",
        OneOf(&[
            "CODECOMMIT",
            "CODEPIPELINE",
            "GITHUB",
            "S3",
            "BITBUCKET",
            "GITHUB_ENTERPRISE",
            "NO_SOURCE",
        ]),
    ),
    ("source.git_clone_depth", Range(0, i64::MAX)),
];

const PIPELINE_NAME: Check = Matches(
    "^[0-9A-Za-z_.@-]{1,100}$",
    "must be 1 to 100 letters, digits or any of . @ - _",
);

const CODEPIPELINE: Checks = &[
    ("name", PIPELINE_NAME),
    (
        "execution_mode",
        OneOf(&["QUEUED", "SUPERSEDED", "PARALLEL"]),
    ),
    ("pipeline_type", OneOf(&["V1", "V2"])),
    ("role_arn", Arn),
    ("artifact_store.type", OneOf(&["S3"])),
    ("artifact_store.encryption_key.type", OneOf(&["KMS"])),
    ("stage.name", PIPELINE_NAME),
    (
        "stage.action.category",
        OneOf(&["Source", "Build", "Deploy", "Test", "Invoke", "Approval"]),
    ),
    ("stage.action.name", PIPELINE_NAME),
    ("stage.action.namespace", PIPELINE_NAME),
    (
        "stage.action.owner",
        OneOf(&["AWS", "ThirdParty", "Custom"]),
    ),
    (
        "stage.action.provider",
        Matches(
            "^[0-9A-Za-z_-]{1,35}$",
            "must be 1 to 35 letters, digits, hyphens or underscores",
        ),
    ),
    ("stage.action.role_arn", Arn),
    ("stage.action.run_order", Range(1, 999)),
    (
        "stage.action.version",
        Matches(
            "^[0-9A-Za-z_-]{1,9}$",
            "must be 1 to 9 letters, digits, hyphens or underscores",
        ),
    ),
    (
        "trigger.provider_type",
        OneOf(&["CodeStarSourceConnection"]),
    ),
];

const CODEPIPELINE_WEBHOOK: Checks = &[
    (
        "authentication",
        OneOf(&["GITHUB_HMAC", "IP", "UNAUTHENTICATED"]),
    ),
    ("authentication_configuration.secret_token", Length(1, 100)),
    ("name", PIPELINE_NAME),
    ("filter.json_path", Length(1, 150)),
    ("filter.match_equals", Length(1, 150)),
];

const CODESTAR_CONNECTION: Checks = &[
    ("host_arn", Arn),
    ("name", Length(1, 32)),
    (
        "provider_type",
        OneOf(&[
            "Bitbucket",
            "GitHub",
            "GitHubEnterpriseServer",
            "GitLab",
            "GitLabSelfManaged",
        ]),
    ),
];

const IAM_NAME: Check = Matches(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]");
const IAM_PATH: Check = Matches("^(/|/[!-~]+/)$", "must begin and end with /");

const IAM_POLICY: Checks = &[
    ("name", Length(0, 128)),
    ("name", IAM_NAME),
    ("name_prefix", Length(0, 102)),
    ("path", IAM_PATH),
    ("policy", Policy),
    ("policy", Own(identity_policy)),
];

const IAM_ROLE: Checks = &[
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

const IAM_ROLE_POLICY: Checks = &[
    ("name", Length(0, 128)),
    ("name", IAM_NAME),
    ("name_prefix", Length(0, 102)),
    ("role", Length(1, 64)),
    ("role", IAM_NAME),
    ("policy", Policy),
    ("policy", Own(identity_policy)),
];

const LAMBDA_ALIAS: Checks = &[
    ("name", Length(1, 128)),
    ("name", Own(alias_name)),
    ("description", Length(0, 256)),
    ("function_name", Own(function_name)),
    (
        "function_version",
        Matches(r"^(\$LATEST|[0-9]+)$", "must be $LATEST or a number"),
    ),
];

const EVENT_SOURCE_MAPPING: Checks = &[
    ("function_name", Own(function_name)),
    ("maximum_record_age_in_seconds", Range(-1, 604_800)),
    ("maximum_retry_attempts", Range(-1, 10_000)),
    ("parallelization_factor", Range(1, 10)),
    ("tumbling_window_in_seconds", Range(0, 900)),
    ("scaling_config.maximum_concurrency", Range(2, 1000)),
    ("destination_config.on_failure.destination_arn", Arn),
    (
        "starting_position",
        OneOf(&["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]),
    ),
];

const LAMBDA_FUNCTION: Checks = &[
    ("file_system_config.arn", Arn),
    (
        "file_system_config.local_mount_path",
        Matches("^/mnt/[0-9A-Za-z_.-]+$", "must start with '/mnt/'"),
    ),
    ("function_name", Own(function_name)),
    ("architectures", OneOf(&["x86_64", "arm64"])),
    ("code_signing_config_arn", Arn),
    ("dead_letter_config.target_arn", Arn),
    ("description", Length(0, 256)),
    ("environment.variables", Own(environment)),
    ("ephemeral_storage.size", Range(512, 10_240)),
    ("handler", Length(1, 128)),
    ("kms_key_arn", Arn),
    ("layers", Arn),
    ("logging_config.log_format", OneOf(&["JSON", "Text"])),
    (
        "logging_config.application_log_level",
        OneOf(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]),
    ),
    (
        "logging_config.system_log_level",
        OneOf(&["DEBUG", "INFO", "WARN"]),
    ),
    ("logging_config.log_group", LOG_GROUP_NAME),
    ("memory_size", Range(128, 10_240)),
    ("package_type", OneOf(&["Zip", "Image"])),
    ("reserved_concurrent_executions", Range(-1, i64::MAX)),
    ("role", Arn),
    (
        "runtime",
        OneOf(&[
            "nodejs",
            "nodejs4.3",
            "nodejs6.10",
            "nodejs8.10",
            "nodejs10.x",
            "nodejs12.x",
            "nodejs14.x",
            "nodejs16.x",
            "java8",
            "java8.al2",
            "java11",
            "python2.7",
            "python3.6",
            "python3.7",
            "python3.8",
            "python3.9",
            "dotnetcore1.0",
            "dotnetcore2.0",
            "dotnetcore2.1",
            "dotnetcore3.1",
            "dotnet6",
            "dotnet8",
            "nodejs4.3-edge",
            "go1.x",
            "ruby2.5",
            "ruby2.7",
            "provided",
            "provided.al2",
            "nodejs18.x",
            "python3.10",
            "java17",
            "ruby3.2",
            "ruby3.3",
            "python3.11",
            "nodejs20.x",
            "provided.al2023",
            "python3.12",
            "java21",
        ]),
    ),
    ("snap_start.apply_on", OneOf(&["PublishedVersions"])),
    ("timeout", Range(1, 900)),
    ("tracing_config.mode", OneOf(&["Active", "PassThrough"])),
];

const EVENT_INVOKE_CONFIG: Checks = &[
    ("destination_config.on_failure.destination", Arn),
    ("destination_config.on_success.destination", Arn),
    ("function_name", Own(function_name)),
    ("maximum_event_age_in_seconds", Range(60, 21_600)),
    ("maximum_retry_attempts", Range(0, 2)),
    ("qualifier", Length(1, 128)),
];

const LAMBDA_PERMISSION: Checks = &[
    (
        "action",
        Matches(
            r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$",
            "must be lambda: and the name of an action",
        ),
    ),
    (
        "event_source_token",
        Matches(
            "^[0-9A-Za-z._-]{1,256}$",
            "must be 1 to 256 letters, digits or any of . _ -",
        ),
    ),
    ("function_name", Own(function_name)),
    ("function_url_auth_type", OneOf(&["NONE", "AWS_IAM"])),
    ("principal", Matches(r"^\S+$", "must not contain spaces")),
    (
        "qualifier",
        Matches(
            "^[0-9A-Za-z$_-]{1,128}$",
            "must be 1 to 128 letters, digits or any of $ _ -",
        ),
    ),
    ("source_account", ACCOUNT_ID),
    ("source_arn", Arn),
    (
        "statement_id",
        Matches(
            "^[0-9A-Za-z_-]{1,100}$",
            "must be 1 to 100 letters, digits, hyphens or underscores",
        ),
    ),
    (
        "statement_id_prefix",
        Matches(
            "^[0-9A-Za-z_-]{1,74}$",
            "must be 1 to 74 letters, digits, hyphens or underscores",
        ),
    ),
];

const LIFECYCLE: Checks = &[
    ("rule.id", Length(1, 255)),
    ("rule.status", OneOf(&["Enabled", "Disabled"])),
    (
        "rule.noncurrent_version_expiration.noncurrent_days",
        Range(1, i64::MAX),
    ),
];

const SCHEDULE_NAME: Check = Matches(
    r"^[0-9A-Za-z_.-]{1,64}$",
    "must be 1 to 64 alphanumeric characters or any of _ . -",
);

const MOMENT: Check = Matches(
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$",
    "must be a valid RFC3339 timestamp, as in 2026-01-05T00:00:00Z",
);

const SCHEDULE: Checks = &[
    ("end_date", MOMENT),
    ("start_date", MOMENT),
    ("target.sqs_parameters.message_group_id", Length(1, 128)),
    ("description", Length(0, 512)),
    (
        "flexible_time_window.maximum_window_in_minutes",
        Range(1, 1440),
    ),
    ("flexible_time_window.mode", OneOf(&["OFF", "FLEXIBLE"])),
    ("group_name", SCHEDULE_NAME),
    ("kms_key_arn", Arn),
    ("name", SCHEDULE_NAME),
    ("name_prefix", Length(1, 38)),
    ("schedule_expression", Length(1, 256)),
    ("schedule_expression_timezone", Length(1, 50)),
    ("state", OneOf(&["ENABLED", "DISABLED"])),
    ("target.arn", Arn),
    ("target.role_arn", Arn),
    ("target.input", Length(1, 256 * 1024)),
    ("target.dead_letter_config.arn", Arn),
    (
        "target.retry_policy.maximum_event_age_in_seconds",
        Range(60, 86_400),
    ),
    ("target.retry_policy.maximum_retry_attempts", Range(0, 185)),
];

const TOPIC_NAME: Check = Matches(
    r"^[0-9A-Za-z_-]{1,256}(\.fifo)?$",
    "must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long",
);

const SNS_TOPIC: Checks = &[
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

const SNS_SUBSCRIPTION: Checks = &[
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

const SQS_QUEUE: Checks = &[
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

const SSM_PARAMETER: Checks = &[
    ("name", Own(parameter_name)),
    ("type", OneOf(&["String", "StringList", "SecureString"])),
    (
        "tier",
        OneOf(&["Standard", "Advanced", "Intelligent-Tiering"]),
    ),
    (
        "data_type",
        OneOf(&["aws:ec2:image", "aws:ssm:integration", "text"]),
    ),
    ("description", Length(0, 1024)),
    ("allowed_pattern", Length(0, 1024)),
];

/// `METHOD /path`, or a name: `$default`, or a WebSocket API's.
fn route_key(path: &str, value: &Value) -> Option<String> {
    let key = value.as_text()?;
    let plain = !key.contains([' ', '/']) && !key.is_empty();
    let http = matches(
        r"^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[^\s?#]*$",
        key,
    );
    (!plain && !http).then(|| {
        format!("invalid value for {path} (must be $default, or a method and a path, as in \"POST /tryo\"): {key:?}")
    })
}

/// An OpenAPI document; YAML is taken as it is.
fn json_or_yaml(path: &str, value: &Value) -> Option<String> {
    let text = value.as_text()?;
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    text.starts_with('{')
        .then(|| format!("{path:?} contains an invalid JSON: {error}"))
}

/// CloudWatch, PutMetricAlarm: 10, 30 or any multiple of 60 seconds.
fn alarm_period(path: &str, value: &Value) -> Option<String> {
    let &Value::Int(seconds) = value else {
        return None;
    };
    let valid = matches!(seconds, 10 | 30) || (seconds > 0 && seconds % 60 == 0);
    (!valid).then(|| format!("{path:?} must be 10, 30, or any multiple of 60, got {seconds}"))
}

/// S3 User Guide, "General purpose bucket naming rules".
fn bucket_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let valid = matches("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name)
        && !name.contains("..")
        && !matches(r"^\d+\.\d+\.\d+\.\d+$", name);
    (!valid).then(|| {
        format!(
            "{path:?} ({name}) isn't a bucket name: 3 to 63 lowercase letters, digits, hyphens and periods, beginning \
             and ending with a letter or digit"
        )
    })
}

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

/// A name, or an ARN, with or without a qualifier (AWS Lambda API, "FunctionName").
fn function_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let pattern = r"^(arn:[a-zA-Z0-9-]+:lambda:)?([a-z]{2}(-[a-z]+)+-\d{1,2}:)?(\d{12}:)?(function:)?[a-zA-Z0-9_-]+(:(\$LATEST|[a-zA-Z0-9_-]+))?$";
    if name.len() > 140 {
        return Some(format!(
            "{path:?} cannot be longer than 140 characters: {name:?}"
        ));
    }
    if !matches(pattern, name) {
        return Some(format!(
            "{path:?} must be a valid function name or ARN, with letters, digits, hyphens and underscores: {name:?}"
        ));
    }
    (!name.contains(':') && name.len() > 64)
        .then(|| format!("{path:?} cannot be longer than 64 characters: {name:?}"))
}

fn alias_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let valid = matches("^[a-zA-Z0-9_-]+$", name) && !matches("^[0-9]+$", name);
    (!valid).then(|| {
        format!("invalid value for {path} (must be letters, digits, hyphens and underscores, and not a number): {name:?}")
    })
}

/// Variables that Lambda sets itself (AWS Lambda Developer Guide, "Defined runtime environment variables").
const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Names, what is Lambda's own, and 4 KB in all. Values stay out of the message.
fn environment(path: &str, value: &Value) -> Option<String> {
    let variables = value.fields()?;
    let mut bytes = 0;
    for (name, value) in variables {
        if !matches("^[a-zA-Z][a-zA-Z0-9_]+$", name) {
            return Some(format!(
                "InvalidParameterValueException: {path}: {name:?} isn't a variable's name (a letter, then at least one \
                 letter, digit or underscore)"
            ));
        }
        if RESERVED_VARIABLES.contains(&name.as_str()) {
            return Some(format!(
                "InvalidParameterValueException: {path}: Lambda was unable to configure your environment variables \
                 because the environment variables you have provided contains reserved keys that are currently not \
                 supported for modification. Reserved keys used in this request: {name}"
            ));
        }
        bytes += name.len() + value.as_text().map_or(0, str::len);
    }
    (bytes > 4096).then(|| {
        format!("InvalidParameterValueException: {path}: {bytes} bytes of environment variables, Lambda takes 4096")
    })
}

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

/// Systems Manager, PutParameter.
fn parameter_name(path: &str, value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let refusal = |why: &str| Some(format!("ValidationException: {path} {name:?}: {why}"));
    if name.is_empty() || name.len() > 1011 {
        return refusal("it must have 1 to 1011 characters");
    }
    if !matches("^[a-zA-Z0-9_./-]+$", name) {
        return refusal(
            "only a mix of letters, numbers and the following symbols is allowed: . - _ /",
        );
    }
    if name.contains('/') && !name.starts_with('/') {
        return refusal("Parameter name must be a fully qualified name: begin it with a slash");
    }
    if name.contains("//") || name.ends_with('/') {
        return refusal("a level of the hierarchy has no name");
    }
    if name.matches('/').count() > 15 {
        return refusal("the hierarchy has more than 15 levels");
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return refusal("it must not begin with aws or ssm");
    }
    None
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

fn lambda_function(config: &Value) -> Vec<Diagnostic> {
    let zip = match config.get("package_type") {
        Value::Null => true,
        package => package.as_text() == Some("Zip"),
    };
    let missing = zip && (config.get("handler").is_null() || config.get("runtime").is_null());
    missing
        .then(|| {
            Diagnostic::error(
                "handler and runtime must be set when PackageType is Zip",
                "",
            )
        })
        .into_iter()
        .collect()
}

/// EventBridge Scheduler, CreateSchedule.
fn schedule(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let zone = match config.get("schedule_expression_timezone") {
        Value::Null => Some("UTC"),
        zone => zone.as_text(),
    };
    if let (Some(expression), Some(zone)) = (config.get("schedule_expression").as_text(), zone)
        && let Err(error) = Schedule::parse(expression, zone)
    {
        let summary = format!("ValidationException: invalid schedule: {error}");
        found.push(Diagnostic::error(summary, "").at(Path::root("schedule_expression")));
    }
    for (index, window) in config
        .get("flexible_time_window")
        .items()
        .iter()
        .enumerate()
    {
        let minutes = window.get("maximum_window_in_minutes");
        let why = match window.get("mode").as_text() {
            Some("OFF") if !minutes.is_null() => {
                "maximum_window_in_minutes must not be set when mode is OFF"
            }
            Some("FLEXIBLE") if minutes.is_null() => {
                "maximum_window_in_minutes must be set when mode is FLEXIBLE"
            }
            _ => continue,
        };
        let at = Path::root("flexible_time_window").index(index);
        found.push(Diagnostic::error(format!("ValidationException: {why}"), "").at(at));
    }
    found
}

/// The suffix and the flag go together.
fn fifo(config: &Value, flag: &str) -> Vec<Diagnostic> {
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

fn secure_string(config: &Value) -> Vec<Diagnostic> {
    let wrong = config.get("type").as_text() == Some("SecureString")
        && !config.get("insecure_value").is_null();
    wrong
        .then(|| {
            Diagnostic::error(
                "invalid configuration, cannot set type = SecureString and insecure_value",
                "",
            )
        })
        .into_iter()
        .collect()
}

fn metric_alarm(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let unset = |name: &str| config.get(name).is_null();
    let no_query = matches!(config.get("metric_query"), Value::Null)
        || config.get("metric_query").items().is_empty();
    if unset("metric_name") && no_query && !config.get("metric_query").is_unknown() {
        found.push(Diagnostic::error(
            "one of `metric_name` or `metric_query` must be set for a cloudwatch metric alarm",
            "",
        ));
    }
    if !unset("metric_name") && unset("statistic") && unset("extended_statistic") {
        found.push(Diagnostic::error(
            "one of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm",
            "",
        ));
    }
    found
}

/// AWS CodePipeline User Guide, "Pipeline structure reference".
fn pipeline(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, stage) in config.get("stage").items().iter().enumerate() {
        let source = |action: &Value| action.get("category").as_text() == Some("Source");
        let actions = stage.get("action").items();
        let known = actions
            .iter()
            .all(|action| !action.get("category").is_unknown());
        let why = match index {
            0 if known && !actions.iter().all(source) => {
                "The first stage must contain source actions alone"
            }
            1.. if actions.iter().any(source) => "Only the first stage may contain source actions",
            _ => continue,
        };
        let at = Path::root("stage").index(index);
        found
            .push(Diagnostic::error(format!("InvalidStageDeclarationException: {why}"), "").at(at));
    }
    found
}
