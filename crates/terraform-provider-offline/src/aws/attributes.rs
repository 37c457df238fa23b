//! What AWS would answer: ids, ARNs and URLs, in AWS's own formats.
//!
//! The formats are those of the AWS documentation ("Service Authorization Reference" for ARNs, "IAM identifiers" for
//! unique ids) and of the real provider's `id`s.

use super::{MOMENT, function};
use crate::provider::Made;
use crate::token::{self, DIGITS, HEX, LOWER, UPPER};
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
        _ if service.starts_with("apigatewayv2_") => api_gateway(made, path),
        _ if service.starts_with("lambda_") => lambda(made, path),
        _ if service.starts_with("iam_") => iam(made, path),
        _ if service.starts_with("cloudwatch_") => cloudwatch(made, path),
        _ if service.starts_with("sqs_") || service.starts_with("sns_") => messaging(made, path),
        _ if service.starts_with("scheduler_") => scheduler(made, path),
        _ if service.starts_with("s3_") => s3(made, path),
        _ if service.starts_with("code") => delivery(made, path),
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

fn api_gateway(made: &Made, path: &str) -> Option<Value> {
    let settings = made.settings;
    let (region, partition) = (&settings.region, settings.partition);
    let api_arn = |api: &str| format!("arn:{partition}:apigateway:{region}::/apis/{api}");
    let endpoint =
        |api: &str| format!("https://{api}.execute-api.{region}.{}", settings.dns_suffix);
    match (made.kind, path) {
        ("aws_apigatewayv2_api", "id") => text(made.token(LOWER, 10, &seed(made))),
        ("aws_apigatewayv2_api", "arn") => text(api_arn(&made.text("id"))),
        ("aws_apigatewayv2_api", "api_endpoint") => match made.text("protocol_type").as_str() {
            "WEBSOCKET" => text(endpoint(&made.text("id")).replacen("https", "wss", 1)),
            _ => text(endpoint(&made.text("id"))),
        },
        ("aws_apigatewayv2_api", "execution_arn") => {
            text(made.arn("execute-api", &made.text("id")))
        }
        ("aws_apigatewayv2_integration" | "aws_apigatewayv2_route", "id") => {
            text(made.token(LOWER, 7, &seed(made)))
        }
        // The longest that each kind of API waits (API Gateway, "Quotas").
        ("aws_apigatewayv2_integration", "timeout_milliseconds") => Some(Value::Int(30_000)),
        ("aws_apigatewayv2_stage", "id") => text(made.text("name")),
        ("aws_apigatewayv2_stage", "arn") => text(format!(
            "{}/stages/{}",
            api_arn(&made.text("api_id")),
            made.text("name")
        )),
        ("aws_apigatewayv2_stage", "execution_arn") => text(made.arn(
            "execute-api",
            &format!("{}/{}", made.text("api_id"), made.text("name")),
        )),
        ("aws_apigatewayv2_stage", "invoke_url") => match made.text("name").as_str() {
            "$default" => text(format!("{}/", endpoint(&made.text("api_id")))),
            name => text(format!("{}/{name}", endpoint(&made.text("api_id")))),
        },
        ("aws_apigatewayv2_stage", "deployment_id") => text(made.token(LOWER, 6, &seed(made))),
        ("aws_apigatewayv2_domain_name", "id") => text(made.text("domain_name")),
        ("aws_apigatewayv2_domain_name", "arn") => text(format!(
            "arn:{partition}:apigateway:{region}::/domainnames/{}",
            made.text("domain_name")
        )),
        ("aws_apigatewayv2_domain_name", "domain_name_configuration.target_domain_name") => {
            let target = made.token(LOWER, 10, &seed(made));
            text(format!(
                "d-{target}.execute-api.{region}.{}",
                settings.dns_suffix
            ))
        }
        ("aws_apigatewayv2_api_mapping", "id") => text(made.token(LOWER, 6, &seed(made))),
        _ => None,
    }
}

fn lambda(made: &Made, path: &str) -> Option<Value> {
    let settings = made.settings;
    let invoke = |arn: &str| {
        let (partition, region) = (settings.partition, &settings.region);
        format!(
            "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        )
    };
    // A function can be named by its ARN.
    let function_arn = || match made.text("function_name") {
        name if name.starts_with("arn:") => name,
        name => made.arn("lambda", &format!("function:{name}")),
    };
    let qualified = |suffix: &str| match made.text("qualifier") {
        qualifier if qualifier.is_empty() => made.text("function_name"),
        qualifier => format!("{}{suffix}{qualifier}", made.text("function_name")),
    };
    match (made.kind, path) {
        ("aws_lambda_function", "id") => text(made.text("function_name")),
        ("aws_lambda_function", "arn") => text(function_arn()),
        ("aws_lambda_function", "invoke_arn") => text(invoke(&made.text("arn"))),
        ("aws_lambda_function", "qualified_arn") => {
            text(format!("{}:{}", made.text("arn"), made.text("version")))
        }
        ("aws_lambda_function", "qualified_invoke_arn") => {
            text(invoke(&made.text("qualified_arn")))
        }
        ("aws_lambda_function", "version") => text(function::version(made)),
        ("aws_lambda_function", "architectures") => Some(Value::List(vec![Value::from("x86_64")])),
        ("aws_lambda_function", "last_modified") => text(MOMENT.replace('Z', ".000+0000")),
        ("aws_lambda_function", "source_code_size") => function::code_size(made),
        ("aws_lambda_function", "source_code_hash") => function::code_hash(made),
        ("aws_lambda_function", "logging_config.log_group") => {
            text(format!("/aws/lambda/{}", made.text("function_name")))
        }
        ("aws_lambda_function", "ephemeral_storage.size") => Some(Value::Int(512)),
        ("aws_lambda_function", "snap_start.optimization_status") => text("Off"),
        ("aws_lambda_alias", "id" | "arn") => {
            text(format!("{}:{}", function_arn(), made.text("name")))
        }
        ("aws_lambda_alias", "invoke_arn") => text(invoke(&made.text("arn"))),
        ("aws_lambda_permission", "id") => text(made.text("statement_id")),
        ("aws_lambda_permission", "statement_id") => {
            let prefix = made
                .planned
                .get("statement_id_prefix")
                .as_text()
                .unwrap_or("terraform-");
            text(format!(
                "{prefix}20260101{}",
                made.token(HEX, 18, &seed(made))
            ))
        }
        ("aws_lambda_function_event_invoke_config", "id") => text(qualified(":")),
        ("aws_lambda_provisioned_concurrency_config", "id") => text(qualified(",")),
        ("aws_lambda_event_source_mapping", "id" | "uuid") => text(token::uuid(&[
            made.kind,
            &seed(made),
            &made.text("event_source_arn"),
            &made.twin.to_string(),
        ])),
        ("aws_lambda_event_source_mapping", "function_arn") => text(function_arn()),
        ("aws_lambda_event_source_mapping", "last_modified") => text(MOMENT),
        ("aws_lambda_event_source_mapping", "state") => text("Enabled"),
        ("aws_lambda_layer_version", "layer_arn") => {
            text(made.arn("lambda", &format!("layer:{}", made.text("layer_name"))))
        }
        ("aws_lambda_layer_version", "id" | "arn") => text(format!(
            "{}:{}",
            made.text("layer_arn"),
            made.text("version")
        )),
        ("aws_lambda_layer_version", "version") => text((made.last_version + 1).to_string()),
        ("aws_lambda_layer_version", "created_date") => text(MOMENT.replace('Z', ".000+0000")),
        ("aws_lambda_layer_version", "source_code_size") => function::code_size(made),
        ("aws_lambda_layer_version", "source_code_hash") => function::code_hash(made),
        _ => None,
    }
}

fn iam(made: &Made, path: &str) -> Option<Value> {
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

fn cloudwatch(made: &Made, path: &str) -> Option<Value> {
    match (made.kind, path) {
        ("aws_cloudwatch_log_group", "id") => text(made.text("name")),
        ("aws_cloudwatch_log_group", "arn") => {
            text(made.arn("logs", &format!("log-group:{}", made.text("name"))))
        }
        ("aws_cloudwatch_log_group", "log_group_class") => text("STANDARD"),
        ("aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm", "id") => {
            text(made.text("alarm_name"))
        }
        ("aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm", "arn") => {
            text(made.arn("cloudwatch", &format!("alarm:{}", made.text("alarm_name"))))
        }
        ("aws_cloudwatch_dashboard", "id") => text(made.text("dashboard_name")),
        ("aws_cloudwatch_dashboard", "dashboard_arn") => {
            let settings = made.settings;
            let name = made.text("dashboard_name");
            text(format!(
                "arn:{}:cloudwatch::{}:dashboard/{name}",
                settings.partition, settings.account
            ))
        }
        ("aws_cloudwatch_event_bus" | "aws_cloudwatch_log_metric_filter", "id") => {
            text(made.text("name"))
        }
        ("aws_cloudwatch_event_bus", "arn") => {
            text(made.arn("events", &format!("event-bus/{}", made.text("name"))))
        }
        ("aws_cloudwatch_event_rule", "id") => match made.text("event_bus_name").as_str() {
            "default" => text(made.text("name")),
            bus => text(format!("{bus}/{}", made.text("name"))),
        },
        ("aws_cloudwatch_event_rule", "arn") => {
            text(made.arn("events", &format!("rule/{}", made.text("id"))))
        }
        ("aws_cloudwatch_event_target", "target_id") => text(format!(
            "terraform-20260101{}",
            made.token(
                HEX,
                18,
                &format!("{} {}", made.text("rule"), made.text("arn"))
            )
        )),
        ("aws_cloudwatch_event_target", "id") => {
            text(format!("{}-{}", made.text("rule"), made.text("target_id")))
        }
        ("aws_cloudwatch_log_resource_policy", "id") => text(made.text("policy_name")),
        ("aws_cloudwatch_log_subscription_filter", "id") => text(format!(
            "cwlsf-{}",
            made.token(
                DIGITS,
                10,
                &format!("{} {}", seed(made), made.text("log_group_name"))
            )
        )),
        ("aws_cloudwatch_query_definition", "id" | "query_definition_id") => text(token::uuid(&[
            made.kind,
            &seed(made),
            &made.twin.to_string(),
        ])),
        _ => None,
    }
}

fn messaging(made: &Made, path: &str) -> Option<Value> {
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

fn scheduler(made: &Made, path: &str) -> Option<Value> {
    let name = || made.text("name");
    match (made.kind, path) {
        ("aws_scheduler_schedule", "group_name") => text("default"),
        ("aws_scheduler_schedule", "id") => text(format!("{}/{}", made.text("group_name"), name())),
        ("aws_scheduler_schedule", "arn") => text(made.arn(
            "scheduler",
            &format!("schedule/{}/{}", made.text("group_name"), name()),
        )),
        ("aws_scheduler_schedule_group", "id") => text(name()),
        ("aws_scheduler_schedule_group", "arn") => {
            text(made.arn("scheduler", &format!("schedule-group/{}", name())))
        }
        ("aws_scheduler_schedule_group", "creation_date" | "last_modification_date") => {
            text(MOMENT)
        }
        ("aws_scheduler_schedule_group", "state") => text("ACTIVE"),
        _ => None,
    }
}

fn s3(made: &Made, path: &str) -> Option<Value> {
    let settings = made.settings;
    let bucket = || made.text("bucket");
    match (made.kind, path) {
        ("aws_s3_object", "id") => text(made.text("key")),
        ("aws_s3_object", "arn") => text(format!(
            "arn:{}:s3:::{}/{}",
            settings.partition,
            bucket(),
            made.text("key")
        )),
        ("aws_s3_object", "storage_class") => text("STANDARD"),
        ("aws_s3_object", "content_type") => text("application/octet-stream"),
        ("aws_s3_object", "server_side_encryption") => text("AES256"),
        ("aws_s3_object", "etag") => {
            text(made.token(HEX, 32, &format!("{} {}", bucket(), made.text("key"))))
        }
        (_, "id") => text(bucket()),
        ("aws_s3_bucket", "arn") => text(format!("arn:{}:s3:::{}", settings.partition, bucket())),
        ("aws_s3_bucket", "bucket_domain_name") => {
            text(format!("{}.s3.{}", bucket(), settings.dns_suffix))
        }
        ("aws_s3_bucket", "bucket_regional_domain_name") => text(format!(
            "{}.s3.{}.{}",
            bucket(),
            settings.region,
            settings.dns_suffix
        )),
        ("aws_s3_bucket", "region") => text(settings.region.clone()),
        ("aws_s3_bucket", "request_payer") => text("BucketOwner"),
        _ => None,
    }
}

fn delivery(made: &Made, path: &str) -> Option<Value> {
    let name = || made.text("name");
    match (made.kind, path) {
        ("aws_codepipeline", "id") => text(name()),
        ("aws_codepipeline", "arn") => text(made.arn("codepipeline", &name())),
        ("aws_codepipeline", "stage.action.run_order") => Some(Value::Int(1)),
        ("aws_codepipeline_webhook", "id" | "arn") => {
            text(made.arn("codepipeline", &format!("webhook:{}", name())))
        }
        ("aws_codepipeline_webhook", "url") => {
            let settings = made.settings;
            let token = made.token(LOWER, 40, &seed(made));
            text(format!(
                "https://{}.webhooks.aws/trigger?t={token}&v=1",
                settings.region
            ))
        }
        ("aws_codebuild_project", "id" | "arn") => {
            text(made.arn("codebuild", &format!("project/{}", name())))
        }
        ("aws_codebuild_project", "encryption_key") => text(made.arn("kms", "alias/aws/s3")),
        ("aws_codebuild_report_group", "id" | "arn") => {
            text(made.arn("codebuild", &format!("report-group/{}", name())))
        }
        ("aws_codebuild_report_group", "created") => text(MOMENT),
        ("aws_codestarconnections_connection", "id" | "arn") => {
            let unique = token::uuid(&[made.kind, &seed(made), &made.twin.to_string()]);
            text(made.arn("codestar-connections", &format!("connection/{unique}")))
        }
        // A person completes it in the console.
        ("aws_codestarconnections_connection", "connection_status") => text("PENDING"),
        ("aws_codestarnotifications_notification_rule", "id" | "arn") => {
            let unique = token::uuid(&[made.kind, &seed(made), &made.twin.to_string()]);
            text(made.arn(
                "codestar-notifications",
                &format!("notificationrule/{unique}"),
            ))
        }
        _ => others(made, path),
    }
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
