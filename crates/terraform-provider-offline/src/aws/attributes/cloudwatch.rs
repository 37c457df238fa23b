//! CloudWatch and CloudWatch Logs.

use super::{seed, text};
use crate::provider::Made;
use crate::token::{self, DIGITS, HEX};
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
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
