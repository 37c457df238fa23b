//! API Gateway's HTTP APIs: from a request to a function and back.
//!
//! After the guides "Working with HTTP APIs" and "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway".
//! What they leave open is as observed of the service; `docs/local-stage.md` lists it.

mod access_log;
mod event;
mod response;
mod route;
mod throttle;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::timeout;

use crate::arn::{FunctionRef, arn_like};
use crate::lambda::{Invocation, InvokeError, Lambda, Outcome};
use crate::model::{Api, ApiStage, Authorization, Integration, Model};
use crate::request_id::{request_id, trace_root};
use crate::{Event, event as happening};
use perch_loopback::{self as loopback, Answer, BodyError};
use route::Match;
use throttle::Throttles;

/// The largest request, in bytes.
const MAX_REQUEST: usize = 10 * 1024 * 1024;

/// The service.
pub(crate) struct HttpApis {
    lambda: Arc<Lambda>,
    throttles: Throttles,
}

/// One request on its way.
pub(crate) struct Exchange<'a> {
    model: &'a Model,
    api: &'a Api,
    stage: &'a ApiStage,
    parts: &'a Parts,
    /// The path with its percent-encoding undone, as HTTP APIs pass it on; the stage's name included.
    path: String,
    received: Timestamp,
    /// API Gateway's own kind of id.
    request_id: String,
    /// None where no route matches.
    matched: Option<Match<'a>>,
}

/// Why the gateway answers in the function's place.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: &'static str,
    /// For the access log and whoever watches the stage; the caller does not see it.
    reason: String,
}

/// What the access log tells of the integration.
#[derive(Debug, Default)]
pub(crate) struct IntegrationTrace {
    latency: Duration,
    /// Of Lambda's API, not of the function.
    status: Option<u16>,
    request_id: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, message: &'static str, reason: impl Into<String>) -> Self {
        Refusal {
            status,
            message,
            reason: reason.into(),
        }
    }

    fn internal(reason: impl Into<String>) -> Self {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
            reason,
        )
    }

    fn unavailable(reason: impl Into<String>) -> Self {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable",
            reason,
        )
    }
}

impl HttpApis {
    pub(crate) fn new(lambda: Arc<Lambda>) -> Self {
        HttpApis {
            lambda,
            throttles: Throttles::default(),
        }
    }

    /// Answers at the port of the API with this id.
    pub(crate) async fn handle(&self, request: Request<Incoming>, id: Option<&str>) -> Answer {
        let (parts, body) = request.into_parts();
        let model = self.lambda.shared.model();
        let Some(api) = find_api(&model, &parts, id) else {
            return loopback::json(StatusCode::FORBIDDEN, &json!({"message": "Forbidden"}));
        };
        let path = percent_encoding::percent_decode_str(parts.uri.path())
            .decode_utf8_lossy()
            .into_owned();
        let Some((stage, below)) = find_stage(api, &path) else {
            return loopback::json(StatusCode::NOT_FOUND, &json!({"message": "Not Found"}));
        };
        let exchange = Exchange {
            matched: route::find(&api.routes, parts.method.as_str(), below),
            model: &model,
            api,
            stage,
            parts: &parts,
            received: Timestamp::now(),
            request_id: event::gateway_request_id(),
            path,
        };
        let began = Instant::now();
        let mut trace = IntegrationTrace::default();
        // Read in any case: a client that is refused has to get to the answer.
        let body = loopback::read_body(body, MAX_REQUEST).await;
        let result = self.answer(&exchange, body, &mut trace).await;
        let (answer, refusal) = match result {
            Ok(answer) => (answer, None),
            Err(refusal) => (
                loopback::json(refusal.status, &json!({"message": refusal.message})),
                Some(refusal),
            ),
        };
        self.finish(&exchange, answer, refusal, &trace, began.elapsed())
    }

    async fn answer(
        &self,
        exchange: &Exchange<'_>,
        body: Result<Bytes, BodyError>,
        trace: &mut IntegrationTrace,
    ) -> Result<Answer, Refusal> {
        let Some(matched) = &exchange.matched else {
            return Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "Not Found",
                "no route matches",
            ));
        };
        let route = matched.route;
        if !self
            .throttles
            .admit(exchange.api, exchange.stage, &route.key)
        {
            let reason = format!("{} exceeds its rate or burst limit", route.key);
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too Many Requests",
                reason,
            ));
        }
        match route.authorization {
            Authorization::None => {}
            Authorization::Iam => {
                return Err(Refusal::new(
                    StatusCode::FORBIDDEN,
                    "Forbidden",
                    "the route requires an IAM signature",
                ));
            }
            Authorization::Token => {
                return Err(Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "Unauthorized",
                    "the route requires a token",
                ));
            }
        }
        let body = match body {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let reason = "the request is larger than 10 MB";
                return Err(Refusal::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "Request Entity Too Large",
                    reason,
                ));
            }
            Err(BodyError::Broken) => {
                return Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "Bad Request",
                    "the body ended early",
                ));
            }
        };
        let Some(integration) = &route.integration else {
            return Err(Refusal::internal(format!(
                "the route {} has no integration in the state",
                route.key
            )));
        };
        let function = permitted(exchange, matched, integration)?;
        let outcome = self
            .integrate(exchange, matched, integration, function, &body, trace)
            .await?;
        response::map(&outcome.payload).map_err(Refusal::internal)
    }

    /// Invokes the function, and waits as long as the integration may take.
    async fn integrate(
        &self,
        exchange: &Exchange<'_>,
        matched: &Match<'_>,
        integration: &Integration,
        function: &FunctionRef,
        body: &Bytes,
        trace: &mut IntegrationTrace,
    ) -> Result<Outcome, Refusal> {
        let trace_id = trace_root(exchange.received);
        let payload = event::build(exchange, matched, body, &trace_id).to_string();
        let invocation = Invocation {
            request_id: request_id(),
            function_arn: exchange.model.function_arn(function),
            trace_id,
            client_context: None,
            payload: payload.into(),
        };
        trace.request_id = Some(invocation.request_id.clone());
        let began = Instant::now();
        let result = timeout(
            integration.timeout,
            self.lambda.invoke(function, invocation),
        )
        .await;
        trace.latency = began.elapsed();
        let (status, result) = match result {
            Err(_) => {
                let limit = integration.timeout.as_millis();
                return Err(Refusal::unavailable(format!(
                    "the integration took longer than {limit} ms"
                )));
            }
            Ok(Err(error)) => lambda_refused(error),
            Ok(Ok(outcome)) => match &outcome.error {
                Some(error) => (
                    200,
                    Err(Refusal::internal(format!(
                        "the Lambda function failed: {error}"
                    ))),
                ),
                None => (200, Ok(outcome)),
            },
        };
        trace.status = Some(status);
        result
    }

    fn finish(
        &self,
        exchange: &Exchange<'_>,
        mut answer: Answer,
        refusal: Option<Refusal>,
        trace: &IntegrationTrace,
        took: Duration,
    ) -> Answer {
        if let Ok(id) = http::HeaderValue::from_str(&exchange.request_id) {
            answer.headers_mut().insert("apigw-requestid", id);
        }
        let shared = &self.lambda.shared;
        if let Some(log) = &exchange.stage.access_log {
            let line = access_log::line(
                &log.format,
                exchange,
                &answer,
                refusal.as_ref(),
                trace,
                took,
            );
            shared.logs.write(&log.log_group, &line);
        }
        shared.tell(Event::Request(happening::Request {
            api_id: exchange.api.id.clone(),
            request_id: exchange.request_id.clone(),
            method: exchange.parts.method.to_string(),
            path: exchange.path.clone(),
            status: answer.status().as_u16(),
            duration_ms: took.as_secs_f64() * 1000.0,
            invocation: trace.request_id.clone(),
            error: refusal.map(|refusal| refusal.reason),
        }));
        answer
    }
}

/// The status of Lambda's API, and what API Gateway makes of it.
fn lambda_refused(error: InvokeError) -> (u16, Result<Outcome, Refusal>) {
    let reason = error.to_string();
    let (status, refusal) = match error {
        InvokeError::NotFound { .. } => (404, Refusal::internal(reason)),
        InvokeError::Throttled => (429, Refusal::unavailable(reason)),
        InvokeError::TooLarge { .. } => {
            let message = "Request Entity Too Large";
            (
                413,
                Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message, reason),
            )
        }
        InvokeError::Ending => (500, Refusal::unavailable(reason)),
    };
    (status, Err(refusal))
}

/// By the host of the applied URL; by the port, where the host is the loopback address.
fn find_api<'a>(model: &'a Model, parts: &Parts, at_port: Option<&str>) -> Option<&'a Api> {
    let header = parts
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = header.or(parts.uri.host()).unwrap_or_default();
    let host = host
        .rsplit_once(':')
        .map_or(host, |(name, _)| name)
        .to_ascii_lowercase();
    if let Some(api) = model
        .apis
        .iter()
        .find(|api| api.domain() == host || host == format!("{}.localhost", api.id))
    {
        return Some(api);
    }
    let local = host == "127.0.0.1" || host == "localhost";
    let id = at_port.filter(|_| local)?;
    model.apis.iter().find(|api| api.id == id)
}

/// The stage that the path names first, else `$default`; and the path that routes are matched with.
fn find_stage<'a, 'p>(api: &'a Api, path: &'p str) -> Option<(&'a ApiStage, &'p str)> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (first, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if let Some(stage) = api.stages.iter().find(|stage| stage.name == first) {
        return Some((stage, if below.is_empty() { "/" } else { below }));
    }
    let default = api.stages.iter().find(|stage| stage.name == "$default")?;
    Some((default, path))
}

/// The function, when its resource-based policy lets API Gateway invoke it for this route.
fn permitted<'a>(
    exchange: &Exchange,
    matched: &Match,
    integration: &'a Integration,
) -> Result<&'a FunctionRef, Refusal> {
    let Some(function) = &integration.function else {
        let problem = format!(
            "{} does not lead to a Lambda function: the local stage runs nothing else",
            integration.address
        );
        return Err(Refusal::internal(problem));
    };
    let scope = &exchange.model.scope;
    let path = matched.permission_path(exchange.parts.method.as_str());
    let source = scope.arn(
        "execute-api",
        &format!("{}/{}/{path}", exchange.api.id, exchange.stage.name),
    );
    let allows = |permission: &&crate::model::Permission| {
        permission.function == *function
            && ["lambda:InvokeFunction", "lambda:*", "*"].contains(&permission.action.as_str())
            && ["apigateway.amazonaws.com", "*"].contains(&permission.principal.as_str())
            && permission
                .source_arn
                .as_deref()
                .is_none_or(|pattern| arn_like(pattern, &source))
            && permission
                .source_account
                .as_deref()
                .is_none_or(|account| account == scope.account)
    };
    if exchange
        .model
        .permissions
        .iter()
        .any(|permission| allows(&permission))
    {
        return Ok(function);
    }
    let arn = exchange.model.function_arn(function);
    Err(Refusal::internal(format!(
        "no aws_lambda_permission lets API Gateway invoke {arn} for {source}"
    )))
}
