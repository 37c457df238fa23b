//! What the real provider, or AWS, would refuse; each with a twin that is accepted.

use crate::harness::{PROVIDER, Root};

/// A resource type, what it needs besides, the argument that is refused, the one that is accepted, and what is said.
type Pair = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const TRUST: &str = r#"assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = "*" }] })"#;

const FUNCTION: &str = r#"
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  filename      = "f.zip""#;

const ALARM: &str = r#"
  alarm_name         = "a"
  evaluation_periods = 1
  metric_name        = "Errors"
  namespace          = "AWS/Lambda""#;

const PERIOD: &str = r#"
  alarm_name          = "a"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  statistic           = "Sum""#;

const TARGET: &str = r#"
  target {
    arn      = "arn:aws:lambda:ap-northeast-1:123456789012:function:f"
    role_arn = "arn:aws:iam::123456789012:role/f"
  }"#;

const SCHEDULE: &str = r#"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:lambda:ap-northeast-1:123456789012:function:f"
    role_arn = "arn:aws:iam::123456789012:role/f"
  }"#;

const INVOKE: &str = r#"function_name = "f""#;

const PAIRS: &[Pair] = &[
    (
        "aws_iam_role",
        TRUST,
        r#"name = "a234567890123456789012345678901234567890123456789012345678901234-""#,
        r#"name = "a23456789012345678901234567890123456789012345678901234567890123""#,
        "expected length of name to be in the range (1 - 64)",
    ),
    (
        "aws_iam_role",
        TRUST,
        r#"name = "perch/tryo""#,
        r#"name = "perch-tryo""#,
        "invalid value for name",
    ),
    (
        "aws_iam_role",
        TRUST,
        r#"name = "a", name_prefix = "b""#,
        r#"name_prefix = "b""#,
        "conflicts with name_prefix",
    ),
    (
        "aws_iam_role",
        "",
        r#"assume_role_policy = "[]""#,
        TRUST,
        "contains an invalid JSON policy",
    ),
    (
        "aws_iam_role",
        "",
        r#"assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole" }] })"#,
        TRUST,
        "AssumeRole policy must specify a principal",
    ),
    (
        "aws_iam_role",
        TRUST,
        r#"max_session_duration = 60"#,
        r#"max_session_duration = 3600"#,
        "expected max_session_duration to be in the range (3600 - 43200), got 60",
    ),
    (
        "aws_iam_role_policy",
        r#"role = "r""#,
        r#"policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*" }] })"#,
        r#"policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })"#,
        "Policy statement must contain resources",
    ),
    (
        "aws_iam_role_policy",
        r#"role = "r""#,
        r#"policy = jsonencode({ Statement = [{ Effect = "allow", Action = "s3:*", Resource = "*" }] })"#,
        r#"policy = jsonencode({ Statement = { Effect = "Allow", Action = "s3:*", Resource = "*" } })"#,
        "Effect must be Allow or Deny",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "memory_size = 64",
        "memory_size = 128",
        "expected memory_size to be in the range (128 - 10240), got 64",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "timeout = 901",
        "timeout = 900",
        "expected timeout to be in the range (1 - 900), got 901",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        r#"architectures = ["arm"]"#,
        r#"architectures = ["arm64"]"#,
        r#"expected architectures.0 to be one of ["x86_64" "arm64"], got arm"#,
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "reserved_concurrent_executions = -2",
        "reserved_concurrent_executions = 0",
        "expected reserved_concurrent_executions",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "environment { variables = { AWS_REGION = \"a\" } }",
        "environment { variables = { TZ = \"a\" } }",
        "reserved keys",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "environment { variables = { \"A-B\" = \"a\" } }",
        "environment { variables = { A_B = \"a\" } }",
        "isn't a valid variable name",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        r#"s3_bucket = "b", s3_key = "k""#,
        r#"description = "b""#,
        "only one of `filename,image_uri,s3_bucket` can be specified, but `filename,s3_bucket` were specified.",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "tags = { \"aws:a\" = \"b\" }",
        "tags = { \"a\" = \"b\" }",
        "aws: is reserved",
    ),
    (
        "aws_lambda_function",
        FUNCTION,
        "layers = [\"layer\"]",
        "layers = [\"arn:aws:lambda:ap-northeast-1:123456789012:layer:l:1\"]",
        "(layer) is an invalid ARN: arn: invalid prefix",
    ),
    (
        "aws_lambda_function",
        r#"function_name = "f", role = "arn:aws:iam::123456789012:role/f", filename = "f.zip", handler = "h""#,
        r#"runtime = "rust""#,
        r#"runtime = "provided.al2023""#,
        "expected runtime to be one of",
    ),
    (
        "aws_lambda_function",
        r#"function_name = "f", role = "arn:aws:iam::123456789012:role/f", filename = "f.zip", handler = "h""#,
        r#"description = "d""#,
        r#"runtime = "provided.al2023""#,
        "handler and runtime must be set",
    ),
    (
        "aws_lambda_function",
        r#"role = "arn:aws:iam::123456789012:role/f", filename = "f.zip", handler = "h", runtime = "provided.al2023""#,
        r#"function_name = "a b""#,
        r#"function_name = "a-b""#,
        "must be a valid function name",
    ),
    (
        "aws_lambda_function",
        r#"role = "arn:aws:iam::123456789012:role/f", filename = "f.zip", handler = "h", runtime = "provided.al2023""#,
        r#"function_name = "a2345678901234567890123456789012345678901234567890123456789012345""#,
        r#"function_name = "a234567890123456789012345678901234567890123456789012345678901234""#,
        "cannot be longer than 64 characters",
    ),
    (
        "aws_lambda_function_event_invoke_config",
        INVOKE,
        "maximum_retry_attempts = 3",
        "maximum_retry_attempts = 2",
        "expected maximum_retry_attempts to be in the range (0 - 2), got 3",
    ),
    (
        "aws_lambda_function_event_invoke_config",
        INVOKE,
        "maximum_event_age_in_seconds = 59",
        "maximum_event_age_in_seconds = 60",
        "(60 - 21600)",
    ),
    (
        "aws_lambda_permission",
        r#"function_name = "f", principal = "p""#,
        r#"action = "InvokeFunction""#,
        r#"action = "lambda:InvokeFunction""#,
        "invalid value for action",
    ),
    (
        "aws_lambda_permission",
        r#"function_name = "f", principal = "p", action = "lambda:InvokeFunction""#,
        r#"statement_id = "a b""#,
        r#"statement_id = "a-b""#,
        "invalid value for statement_id",
    ),
    (
        "aws_lambda_alias",
        r#"function_name = "f", name = "live""#,
        r#"function_version = "latest""#,
        r#"function_version = "$LATEST""#,
        "invalid value for function_version",
    ),
    (
        "aws_cloudwatch_log_group",
        "",
        "retention_in_days = 31",
        "retention_in_days = 30",
        "expected retention_in_days to be one of [0 1 3 5",
    ),
    (
        "aws_cloudwatch_log_group",
        "",
        "name = \"a b\"",
        "name = \"/aws/lambda/a\"",
        "isn't a valid log group name",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        ALARM,
        "statistic = \"Sum\", comparison_operator = \"MoreThan\"",
        "statistic = \"Sum\", comparison_operator = \"GreaterThanThreshold\"",
        "expected comparison_operator to be one of",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        PERIOD,
        "period = 45",
        "period = 120",
        "must be 10, 30, or any multiple of 60",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        PERIOD,
        "alarm_actions = [\"me\"]",
        "alarm_actions = [\"arn:aws:sns:ap-northeast-1:123456789012:t\"]",
        "(me) is an invalid ARN",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        PERIOD,
        "treat_missing_data = \"fine\"",
        "treat_missing_data = \"notBreaching\"",
        "expected treat_missing_data to be one of",
    ),
    (
        "aws_sqs_queue",
        "",
        "name = \"a.b\"",
        "name = \"a-b\"",
        "invalid queue name",
    ),
    (
        "aws_sqs_queue",
        "fifo_queue = true",
        "name = \"a\"",
        "name = \"a.fifo\"",
        "must end with .fifo",
    ),
    (
        "aws_sqs_queue",
        "",
        "message_retention_seconds = 1209601",
        "message_retention_seconds = 1209600",
        "(60 - 1209600)",
    ),
    (
        "aws_sqs_queue",
        "",
        "redrive_policy = \"a\"",
        "redrive_policy = \"{}\"",
        "contains an invalid JSON",
    ),
    (
        "aws_sns_topic",
        "",
        "name = \"a b\"",
        "name = \"a-b\"",
        "must be made up of only",
    ),
    (
        "aws_sns_topic_subscription",
        "topic_arn = \"arn:aws:sns:ap-northeast-1:123456789012:t\", endpoint = \"a@b.c\"",
        "protocol = \"mail\"",
        "protocol = \"email\"",
        "expected protocol to be one of",
    ),
    (
        "aws_ssm_parameter",
        "type = \"String\", value = \"v\"",
        "name = \"perch/a\"",
        "name = \"/perch/a\"",
        "begin it with a slash",
    ),
    (
        "aws_ssm_parameter",
        "type = \"String\", name = \"/a\"",
        "value = \"v\", insecure_value = \"v\"",
        "value = \"v\"",
        "only one of `insecure_value,value` can be specified",
    ),
    (
        "aws_ssm_parameter",
        "type = \"String\", name = \"/a\"",
        "description = \"d\"",
        "value = \"v\"",
        "one of `insecure_value,value` must be specified",
    ),
    (
        "aws_apigatewayv2_api",
        "name = \"a\"",
        "protocol_type = \"REST\"",
        "protocol_type = \"HTTP\"",
        r#"expected protocol_type to be one of ["WEBSOCKET" "HTTP"], got REST"#,
    ),
    (
        "aws_apigatewayv2_integration",
        "api_id = \"a\"",
        "integration_type = \"LAMBDA\"",
        "integration_type = \"AWS_PROXY\"",
        "expected integration_type to be one of",
    ),
    (
        "aws_apigatewayv2_integration",
        "api_id = \"a\", integration_type = \"AWS_PROXY\"",
        "payload_format_version = \"2\"",
        "payload_format_version = \"2.0\"",
        "expected payload_format_version to be one of",
    ),
    (
        "aws_apigatewayv2_route",
        "api_id = \"a\"",
        "route_key = \"post /a\"",
        "route_key = \"POST /a\"",
        "must be $default, or a method and a path",
    ),
    (
        "aws_apigatewayv2_stage",
        "api_id = \"a\"",
        "name = \"a b\"",
        "name = \"$default\"",
        "invalid value for name",
    ),
    (
        "aws_scheduler_schedule",
        SCHEDULE,
        "schedule_expression = \"cron(*/10 9-19 * * MON-FRI)\"",
        "schedule_expression = \"cron(*/10 9-19 ? * MON-FRI *)\"",
        "invalid schedule",
    ),
    (
        "aws_scheduler_schedule",
        SCHEDULE,
        "schedule_expression = \"rate(5 minute)\", schedule_expression_timezone = \"Asia/Edo\"",
        "schedule_expression = \"rate(5 minutes)\", schedule_expression_timezone = \"Asia/Tokyo\"",
        "invalid schedule",
    ),
    (
        "aws_scheduler_schedule",
        "schedule_expression = \"rate(5 minutes)\"\n  flexible_time_window { mode = \"OFF\" }",
        "target {\n arn = \"f\"\n role_arn = \"arn:aws:iam::123456789012:role/f\"\n }",
        TARGET,
        "\"target.0.arn\" (f) is an invalid ARN",
    ),
    (
        "aws_scheduler_schedule_group",
        "",
        "name = \"a b\"",
        "name = \"a-b\"",
        "invalid value for name",
    ),
    (
        "aws_s3_bucket",
        "",
        "bucket = \"Perch_State\"",
        "bucket = \"perch-state\"",
        "isn't a bucket name",
    ),
    (
        "aws_codepipeline_webhook",
        "name = \"w\", target_action = \"Source\", target_pipeline = \"p\"\n  filter {\n json_path = \"$.ref\"\n match_equals = \"refs/heads/main\"\n }",
        "authentication = \"HMAC\"",
        "authentication = \"GITHUB_HMAC\"",
        "expected authentication to be one of",
    ),
    (
        "aws_codebuild_project",
        "name = \"perch\", service_role = \"arn:aws:iam::123456789012:role/f\"\n  artifacts { type = \"CODEPIPELINE\" }\n  source { type = \"CODEPIPELINE\" }",
        "environment {\n compute_type = \"SMALL\"\n image = \"i\"\n type = \"ARM_CONTAINER\"\n }",
        "environment {\n compute_type = \"BUILD_GENERAL1_SMALL\"\n image = \"i\"\n type = \"ARM_CONTAINER\"\n }",
        "expected environment.0.compute_type to be one of",
    ),
];

/// Outside of braces, brackets and parentheses a comma stands for a new line, which Terraform wants between arguments.
fn lines(arguments: &str) -> String {
    let mut depth = 0;
    let mut text = String::new();
    for character in arguments.chars() {
        match character {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            _ => {}
        }
        text.push(if character == ',' && depth == 0 {
            '\n'
        } else {
            character
        });
    }
    text
}

fn configuration(choose: fn(&Pair) -> &'static str) -> String {
    let mut text = PROVIDER.to_owned();
    for (index, pair) in PAIRS.iter().enumerate() {
        let (kind, rest, chosen) = (pair.0, lines(pair.1), lines(choose(pair)));
        text += &format!("\nresource \"{kind}\" \"p{index}\" {{\n  {rest}\n  {chosen}\n}}\n");
    }
    text
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let found = Root::new(&configuration(|pair| pair.2)).validate();
    for (index, (kind, _, refused, _, words)) in PAIRS.iter().enumerate() {
        let address = format!("{kind}.p{index}");
        let said: Vec<&str> = found
            .iter()
            .filter(|(severity, at, _)| severity == "error" && *at == address)
            .map(|(_, _, words)| words.as_str())
            .collect();
        assert!(
            said.iter().any(|said| said.contains(words)),
            "{address} with {refused}: {said:?} lacks {words:?}"
        );
    }
}

#[test]
fn each_accepted_twin_is_accepted() {
    let found = Root::new(&configuration(|pair| pair.3)).validate();
    let errors: Vec<_> = found
        .iter()
        .filter(|(severity, ..)| severity == "error")
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}
