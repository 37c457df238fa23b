//! API Gateway v2.

use super::{seed, text};
use crate::provider::Made;
use crate::token::LOWER;
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
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
