//! Init: what the function needs before its first event, and how Lambda hears what is missing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::json;
use tokio::time::Instant;

use crate::app::{App, Blueprint};
use crate::aws::Aws;
use crate::context::{Invocation, Shared};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::http::Http;
use crate::incoming::Incoming;
use crate::log;
use crate::respond::Responder;
use crate::secrets::Secrets;
use crate::service::Service;
use crate::slack::{ApiUrl, WebClient};
use crate::tls;

impl<S: Send + Sync + 'static> App<S> {
    /// Runs the function: reads its secrets, then handles invocations until Lambda ends the environment.
    ///
    /// An error is one of Init, logged and reported to Lambda as well: a setting or a secret that cannot be read, by
    /// its name; no `SLACK_SIGNING_SECRET` although the app has handlers of requests; a name with two handlers.
    pub async fn serve(self) -> Result<()> {
        log::init();
        tls::provide_cryptography();
        let http = Http::new();
        let runtime_api = std::env::var("AWS_LAMBDA_RUNTIME_API").ok();
        match init(self.into_blueprint(), &http, runtime_api.is_some()).await {
            Ok(service) => run(service).await,
            Err(error) => {
                tracing::error!(%error, "init failed");
                if let Some(runtime_api) = runtime_api {
                    report_init_error(&http, &runtime_api, &error).await;
                }
                Err(error)
            }
        }
    }
}

async fn run(service: Service) -> Result<()> {
    let service = &service;
    let handler = service_fn(move |event: LambdaEvent<Incoming>| async move {
        let context = event.context;
        let invocation = Invocation {
            request_id: context.request_id,
            function_arn: context.invoked_function_arn,
            deadline: instant(context.deadline),
        };
        let outcome = service.invoke(&event.payload, invocation).await;
        outcome.result
    });
    Runtime::new(handler)
        .run()
        .await
        .map_err(|error| Error::internal("the Lambda runtime ended").caused_by(error))
}

/// The monotonic time of a moment given in milliseconds since 1970.
fn instant(epoch_ms: u64) -> Instant {
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(epoch_ms);
    Instant::now() + moment.duration_since(SystemTime::now()).unwrap_or_default()
}

/// Tells Lambda why Init failed, so that the invoker and the log have it under `errorMessage`.
async fn report_init_error(http: &Http, runtime_api: &str, error: &Error) {
    let url = format!("http://{runtime_api}/2018-06-01/runtime/init/error");
    let body =
        json!({ "errorType": "Perch.Init", "errorMessage": error.to_string(), "stackTrace": [] });
    // Should this fail, `main` still returns the error, and Lambda logs that.
    let _ = http
        .client()
        .post(url)
        .header("lambda-runtime-function-error-type", "Perch.Init")
        .body(body.to_string())
        .timeout(Duration::from_secs(1))
        .send()
        .await;
}

/// Everything that an invocation needs. Settings come first: they cost nothing, and a program that is started by hand
/// says what is wrong with them.
async fn init(blueprint: Blueprint, http: &Http, is_on_lambda: bool) -> Result<Service> {
    let environment = Environment::of_process();
    let (routes, state) = blueprint.build(&environment)?;
    if !is_on_lambda {
        return Err(Error::internal(
            "AWS_LAMBDA_RUNTIME_API is not set: this program runs on Lambda. Run it locally with `make up`",
        ));
    }
    let secrets = Secrets::from_env(http).await?;
    let api = ApiUrl::from_env()?;
    let shared = Shared {
        state,
        environment,
        slack: WebClient::new(http.clone(), secrets.clone(), api.clone()),
        responder: Responder::new(http.clone(), api),
        secrets,
        http: http.clone(),
        aws: Aws::from_env(),
        clock: Arc::new(Timestamp::now),
        hooks: None,
    };
    Service::new(routes, shared).await
}
