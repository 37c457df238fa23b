//! HTTP APIs as a state declares them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::resources::{Applied, Resources};
use crate::Error;
use crate::arn::{Arn, FunctionRef};
use crate::state::{self, Resource};

/// An HTTP API.
#[derive(Debug)]
pub(crate) struct Api {
    /// The name of the state that declares it.
    pub(crate) state: String,
    pub(crate) id: String,
    /// As applied: `https://<id>.execute-api.<region>.amazonaws.com`.
    pub(crate) endpoint: String,
    pub(crate) stages: Vec<ApiStage>,
    pub(crate) routes: Vec<Route>,
}

impl Api {
    /// The host of the applied URL.
    pub(crate) fn domain(&self) -> &str {
        self.endpoint
            .strip_prefix("https://")
            .unwrap_or(&self.endpoint)
    }
}

#[derive(Debug)]
pub(crate) struct ApiStage {
    pub(crate) name: String,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) access_log: Option<AccessLog>,
    pub(crate) throttle: Option<Throttle>,
    /// By route key.
    pub(crate) route_throttles: BTreeMap<String, Throttle>,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    pub(crate) log_group: String,
    pub(crate) format: String,
}

/// A token bucket: so many requests at once, so many more each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Throttle {
    pub(crate) burst: f64,
    pub(crate) rate: f64,
}

#[derive(Debug)]
pub(crate) struct Route {
    /// `POST /tryo`, `ANY /{proxy+}` or `$default`.
    pub(crate) key: String,
    pub(crate) authorization: Authorization,
    pub(crate) integration: Option<Integration>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Authorization {
    None,
    Iam,
    /// JWT or a function of one's own.
    Token,
}

#[derive(Debug)]
pub(crate) struct Integration {
    pub(crate) address: String,
    /// None where the URI is not a Lambda function's.
    pub(crate) function: Option<FunctionRef>,
    pub(crate) timeout: Duration,
}

pub(super) fn read_all(resources: &Resources) -> Result<Vec<Api>, Error> {
    resources
        .applied("aws_apigatewayv2_api")
        .map(|applied| read_api(resources, applied))
        .collect()
}

fn read_api(resources: &Resources, applied: &Applied) -> Result<Api, Error> {
    let resource = &applied.resource;
    let protocol = resource.text("protocol_type").unwrap_or("HTTP");
    if protocol != "HTTP" {
        return Err(resource.error(&format!(
            "has the protocol_type {protocol}: the local stage runs HTTP only"
        )));
    }
    let id = resource.required("id")?;
    let mut stages = Vec::new();
    for stage in resources.of("aws_apigatewayv2_stage") {
        if stage.required("api_id")? == id {
            stages.push(read_stage(stage)?);
        }
    }
    let mut routes = Vec::new();
    for route in resources.of("aws_apigatewayv2_route") {
        if route.required("api_id")? == id {
            routes.push(read_route(resources, route)?);
        }
    }
    Ok(Api {
        state: applied.state.clone(),
        id: id.to_owned(),
        endpoint: resource.required("api_endpoint")?.to_owned(),
        stages,
        routes,
    })
}

fn read_route(resources: &Resources, resource: &Resource) -> Result<Route, Error> {
    let target = resource
        .text("target")
        .and_then(|target| target.strip_prefix("integrations/"));
    let mut integrations = resources.of("aws_apigatewayv2_integration");
    let integration = target.and_then(|id| integrations.find(|found| found.text("id") == Some(id)));
    let authorization = match resource.text("authorization_type") {
        None | Some("NONE") => Authorization::None,
        Some("AWS_IAM") => Authorization::Iam,
        Some(_) => Authorization::Token,
    };
    Ok(Route {
        key: resource.required("route_key")?.to_owned(),
        authorization,
        integration: integration.map(read_integration).transpose()?,
    })
}

fn read_integration(resource: &Resource) -> Result<Integration, Error> {
    let proxy = resource.text("integration_type") == Some("AWS_PROXY");
    let uri = resource.text("integration_uri").filter(|_| proxy);
    // API Gateway's default for what a configuration leaves out is 1.0.
    let format = resource.text("payload_format_version").unwrap_or("1.0");
    if proxy && format != "2.0" {
        let problem =
            format!("has the payload_format_version {format}: the local stage supports 2.0 only");
        return Err(resource.error(&problem));
    }
    let timeout = resource
        .number("timeout_milliseconds")
        .and_then(|count| u64::try_from(count).ok());
    Ok(Integration {
        address: resource.address.clone(),
        function: uri.and_then(FunctionRef::from_integration_uri),
        timeout: Duration::from_millis(timeout.filter(|&count| count > 0).unwrap_or(30_000)),
    })
}

fn read_stage(resource: &Resource) -> Result<ApiStage, Error> {
    let mut route_throttles = BTreeMap::new();
    for settings in resource.blocks("route_settings") {
        if let (Some(key), Some(throttle)) =
            (state::text(&settings["route_key"]), read_throttle(settings))
        {
            route_throttles.insert(key.to_owned(), throttle);
        }
    }
    let access_log = resource.block("access_log_settings").and_then(|settings| {
        let arn = Arn::parse(state::text(&settings["destination_arn"])?)?;
        let log_group = arn.resource.strip_prefix("log-group:")?;
        Some(AccessLog {
            log_group: log_group.trim_end_matches(":*").to_owned(),
            format: state::text(&settings["format"])?.to_owned(),
        })
    });
    Ok(ApiStage {
        name: resource.required("name")?.to_owned(),
        variables: resource.texts("stage_variables").into_iter().collect(),
        access_log,
        throttle: resource
            .block("default_route_settings")
            .and_then(read_throttle),
        route_throttles,
    })
}

/// Null leaves the account's own limit. 0 is a limit: with a block that sets neither, AWS refuses every request.
fn read_throttle(settings: &Value) -> Option<Throttle> {
    let burst = settings["throttling_burst_limit"].as_f64();
    let rate = settings["throttling_rate_limit"].as_f64();
    if burst.is_none() && rate.is_none() {
        return None;
    }
    // API Gateway's account limits, which a stage's cannot exceed.
    Some(Throttle {
        burst: burst.unwrap_or(5_000.0),
        rate: rate.unwrap_or(10_000.0),
    })
}
