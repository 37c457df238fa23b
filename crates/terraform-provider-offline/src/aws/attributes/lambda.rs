//! Lambda.

use super::{seed, text};
use crate::aws::{MOMENT, function};
use crate::provider::Made;
use crate::token::{self, HEX};
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
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
