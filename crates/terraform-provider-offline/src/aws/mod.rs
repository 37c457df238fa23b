//! `hashicorp/aws`: what it makes up, and what it refuses.

mod arguments;
mod attributes;
mod data;
mod document;
mod function;

use std::io;

use crate::checks::{self, Check};
use crate::diagnostic::{Diagnostic, Path};
use crate::provider::{self, Made, Places, Provider, Settings};
use crate::schema::{self, ProviderSchema};
use crate::value::{Fields, Value};

const ADDRESS: &str = "registry.terraform.io/hashicorp/aws";

/// The account that AWS's documentation uses for examples.
const ACCOUNT: &str = "123456789012";

/// When everything here happened, as far as AWS would say: a plan must not change with the clock.
const MOMENT: &str = "2026-01-01T00:00:00Z";

/// Stands in for `hashicorp/aws`.
pub struct Aws {
    schema: ProviderSchema,
}

impl Aws {
    /// Reads its schema.
    ///
    /// # Errors
    /// If the data in this crate can't be read.
    pub fn new(strict: bool) -> io::Result<Aws> {
        let mut schema = schema::load(
            ADDRESS,
            include_str!("../../data/aws-5.46.json"),
            include_str!("../../data/aws-5.46-behaviour.json"),
        )?;
        if strict {
            schema::without_tolerance(&mut schema);
        }
        Ok(Aws { schema })
    }
}

impl Provider for Aws {
    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn configure(&self, config: &Value) -> Result<Settings, Diagnostic> {
        let region = match config.get("region") {
            Value::Text(region) if !region.is_empty() => region.clone(),
            Value::Unknown => {
                return Err(Diagnostic::error(
                    "the region isn't known yet",
                    "Give provider \"aws\" a region that doesn't depend on a resource.",
                )
                .at(Path::root("region")));
            }
            _ => {
                return Err(Diagnostic::error(
                    "invalid AWS Region: \"\"",
                    "The offline provider takes it only from the configuration: set region in provider \"aws\".",
                )
                .at(Path::root("region")));
            }
        };
        if !checks::matches(r"^[a-z]{2}(-[a-z]+)+-\d{1,2}$", &region) {
            return Err(
                Diagnostic::error(format!("invalid AWS Region: {region:?}"), "")
                    .at(Path::root("region")),
            );
        }
        let (partition, dns_suffix) = partition(&region);
        // A configuration that accepts one account alone is meant for that one.
        let account = match config.get("allowed_account_ids").items() {
            [Value::Text(account)] => account.clone(),
            _ => ACCOUNT.to_owned(),
        };
        let default_tags = config
            .get("default_tags")
            .items()
            .first()
            .and_then(|block| block.get("tags").fields());
        Ok(Settings {
            region,
            account,
            partition,
            dns_suffix,
            default_tags: default_tags.cloned().unwrap_or_default(),
            owner: String::new(),
        })
    }

    fn checks(&self, kind: &str) -> &'static [(&'static str, Check)] {
        arguments::checks(kind)
    }

    fn validate(&self, kind: &str, config: &Value) -> Vec<Diagnostic> {
        arguments::validate(kind, config)
    }

    fn plan_update(&self, kind: &str, prior: &Value, planned: &mut Fields) {
        match kind {
            "aws_lambda_function" => function::plan_update(prior, planned),
            "aws_ssm_parameter" => {
                planned.insert("version".to_owned(), Value::Unknown);
            }
            _ => {}
        }
    }

    fn compute(&self, made: &Made, path: &str) -> Option<Value> {
        attributes::compute(made, path)
    }

    fn identity(&self, kind: &str, state: &Value) -> Option<String> {
        attributes::identity(kind, state)
    }

    fn named_by(&self, kind: &str) -> &'static [&'static str] {
        attributes::named_by(kind)
    }

    fn before_apply(&self, made: &Made) -> Result<(), Diagnostic> {
        match made.kind {
            "aws_lambda_function" => function::check_code(made),
            _ => Ok(()),
        }
    }

    fn reported(&self, kind: &str, state: &mut Fields) {
        if kind == "aws_lambda_function_event_invoke_config" {
            // Six hours, Lambda's default.
            let age = state
                .entry("maximum_event_age_in_seconds".to_owned())
                .or_default();
            if age.is_null() {
                *age = Value::Int(21_600);
            }
        }
    }

    fn refresh(
        &self,
        kind: &str,
        state: &mut Fields,
        places: &Places,
    ) -> Result<(), perch_aws::Error> {
        match kind {
            "aws_lambda_alias" => function::refresh_alias(state, places),
            _ => Ok(()),
        }
    }

    fn after_apply(&self, made: &Made, state: &Value) -> Result<(), perch_aws::Error> {
        match made.kind {
            "aws_lambda_alias" => function::keep_alias(state, made.places),
            "aws_lambda_function" => {
                let schema = &self.schema.resource_schemas[made.kind];
                function::keep(made, state, &schema.block)
            }
            _ => Ok(()),
        }
    }

    fn after_destroy(
        &self,
        kind: &str,
        state: &Value,
        places: &Places,
    ) -> Result<(), perch_aws::Error> {
        match kind {
            "aws_lambda_alias" => function::forget_alias(state, places),
            "aws_lambda_function" => function::forget(state, places),
            _ => Ok(()),
        }
    }

    fn read_data(&self, kind: &str, config: &Value, settings: &Settings) -> provider::Answer {
        data::read(self, kind, config, settings)
    }
}

/// A region's partition and domain (AWS General Reference, "AWS partitions").
fn partition(region: &str) -> (&'static str, &'static str) {
    match region {
        region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
        region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
        _ => ("aws", "amazonaws.com"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Block;

    fn walk(block: &Block, prefix: &str, see: &mut impl FnMut(String, &schema::Rule)) {
        for (name, attribute) in &block.attributes {
            see(format!("{prefix}{name}"), &attribute.rule);
        }
        for (name, nested) in &block.block_types {
            see(format!("{prefix}{name}"), &nested.rule);
            walk(&nested.block, &format!("{prefix}{name}."), see);
        }
    }

    /// A path with a typing error would check nothing, silently.
    #[test]
    fn every_check_has_an_argument() {
        let aws = Aws::new(false).unwrap();
        for (kind, schema) in &aws.schema.resource_schemas {
            let mut paths = Vec::new();
            walk(&schema.block, "", &mut |path, _| paths.push(path));
            for (path, _) in aws.checks(kind) {
                assert!(
                    paths.iter().any(|known| known == path),
                    "{kind}.{path} is not an argument"
                );
            }
        }
    }

    /// What the real provider looks at in a bot's own resources, this one looks at too.
    #[test]
    fn what_the_real_provider_checks_in_a_bot_is_checked() {
        let aws = Aws::new(false).unwrap();
        let bot = [
            "aws_apigatewayv2_api",
            "aws_apigatewayv2_integration",
            "aws_apigatewayv2_route",
            "aws_apigatewayv2_stage",
            "aws_cloudwatch_log_group",
            "aws_cloudwatch_metric_alarm",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_lambda_alias",
            "aws_lambda_function",
            "aws_lambda_function_event_invoke_config",
            "aws_lambda_permission",
            "aws_scheduler_schedule",
            "aws_scheduler_schedule_group",
            "aws_sns_topic",
            "aws_sns_topic_subscription",
            "aws_sqs_queue",
            "aws_sqs_queue_policy",
            "aws_ssm_parameter",
        ];
        // Targets other than a function.
        let other_targets = [
            "ecs_parameters",
            "eventbridge_parameters",
            "kinesis_parameters",
            "sagemaker_pipeline_parameters",
        ];
        let mut unchecked = Vec::new();
        for kind in bot {
            let checks = aws.checks(kind);
            walk(
                &aws.schema.resource_schemas[kind].block,
                "",
                &mut |path, rule| {
                    let other = other_targets.iter().any(|target| path.contains(target));
                    if rule.validated
                        && !other
                        && !checks.iter().any(|(checked, _)| *checked == path)
                    {
                        unchecked.push(format!("{kind}.{path}"));
                    }
                },
            );
        }
        assert_eq!(unchecked, Vec::<String>::new());
    }
}
