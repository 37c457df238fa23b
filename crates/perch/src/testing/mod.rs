//! Bots tested in memory: requests that are signed, verified and dispatched as on Lambda, against a scripted Slack.
//!
//! ```
//! use perch::{App, Command, Context, Reply, Result};
//!
//! async fn ping(_: Command, _: Context) -> Result<Reply> {
//!     Ok(Reply::ephemeral("pong"))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let bot = perch::testing::app(App::new().command("/ping", ping));
//! let reply = bot.command("/ping", "").send().await;
//! assert_eq!(reply.ephemeral_text(), "pong");
//! # }
//! ```
//!
//! Nothing leaves the machine: Slack, `response_url`s and Lambda's own API are a server on 127.0.0.1 that the first
//! request starts. A bot's other services are an [`HttpDouble`].

mod double;
mod reply;
mod request;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::Instant;

pub use double::{HttpAnswer, HttpDouble, HttpRequest};
pub use reply::TestReply;
pub use request::TestRequest;

use crate::app::{App, Blueprint};
use crate::aws::Aws;
use crate::context::{Invocation, Shared};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::http::Http;
use crate::incoming::Incoming;
use crate::respond::Responder;
use crate::secrets::Secrets;
use crate::service::{Outcome, Service};
use crate::slack::{ApiUrl, WebClient};

/// The signing secret of a test, unless [`TestApp::secret`] sets another.
pub const SIGNING_SECRET: &str = "signing-secret-of-a-test";

const FUNCTION_ARN: &str =
    "arn:aws:lambda:ap-northeast-1:123456789012:function:perch-test-bot:live";

/// How long an invocation may take in a test, as `timeout` in `function.yaml`.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Puts an app on the bench.
pub fn app<S: Send + Sync + 'static>(app: App<S>) -> TestApp {
    crate::tls::provide_cryptography();
    let secrets = [
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET),
        ("SLACK_BOT_TOKEN", "xoxb-of-a-test"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let setup = Setup {
        app: Some(app.into_blueprint()),
        environment: Environment::default(),
        secrets: secrets.into_iter().map(owned).collect(),
        now: "2026-01-05T00:00:00Z".parse().unwrap_or_default(),
        script: BTreeMap::new(),
    };
    TestApp(Arc::new(Inner {
        setup: Mutex::new(setup),
        bench: OnceCell::new(),
    }))
}

/// An app under test. Settings come first, then requests.
#[derive(Clone)]
pub struct TestApp(Arc<Inner>);

struct Inner {
    setup: Mutex<Setup>,
    /// The app as it runs, or why Init failed.
    bench: OnceCell<Result<Bench, String>>,
}

struct Setup {
    app: Option<Blueprint>,
    environment: Environment,
    secrets: BTreeMap<String, String>,
    now: Timestamp,
    script: BTreeMap<String, Vec<HttpAnswer>>,
}

/// The app as it runs, and what it talks to.
struct Bench {
    service: Service,
    double: HttpDouble,
}

/// A call of Slack's Web API.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SlackCall {
    /// Such as `chat.postMessage`.
    pub method: String,
    /// Its arguments; those of a form are all texts.
    pub arguments: Value,
    /// The token that it was called with.
    pub token: String,
}

/// A job that the app has queued.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QueuedJob {
    /// [`Job::NAME`](crate::Job::NAME).
    pub name: String,
    /// What it serialized to.
    pub payload: Value,
}

impl TestApp {
    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(self, name: &str, value: impl Into<String>) -> TestApp {
        self.setup().environment.set(name, value.into());
        self
    }

    /// Sets a secret.
    #[must_use]
    pub fn secret(self, name: &str, value: impl Into<String>) -> TestApp {
        self.setup().secrets.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a secret away, as one that `function.yaml` does not declare.
    #[must_use]
    pub fn without_secret(self, name: &str) -> TestApp {
        self.setup().secrets.remove(name);
        self
    }

    /// Sets the clock, which stands still; without it at 2026-01-05T00:00:00Z.
    #[must_use]
    pub fn now(self, now: Timestamp) -> TestApp {
        self.setup().now = now;
        self
    }

    /// Scripts Slack's answer to `method`: several are given in turn, and the last again and again. Unscripted methods
    /// succeed.
    ///
    /// ```
    /// # let app = perch::App::new();
    /// use perch::testing::HttpAnswer;
    /// use serde_json::json;
    ///
    /// let bot = perch::testing::app(app)
    ///     .slack("chat.postMessage", HttpAnswer::new(429).header("retry-after", "1"))
    ///     .slack("chat.postMessage", json!({ "ok": false, "error": "channel_not_found" }));
    /// ```
    #[must_use]
    pub fn slack(self, method: &str, answer: impl Into<HttpAnswer>) -> TestApp {
        self.setup()
            .script
            .entry(method.to_owned())
            .or_default()
            .push(answer.into());
        self
    }

    /// A slash command.
    pub fn command(&self, command: &str, text: &str) -> TestRequest {
        TestRequest::command(self, command, text)
    }

    /// A button press in a message.
    pub fn action(&self, action_id: &str) -> TestRequest {
        TestRequest::payload(self, request::action(action_id))
    }

    /// A submitted modal.
    pub fn view_submission(&self, callback_id: &str) -> TestRequest {
        TestRequest::payload(self, request::view("view_submission", callback_id))
    }

    /// A closed modal.
    pub fn view_closed(&self, callback_id: &str) -> TestRequest {
        TestRequest::payload(self, request::view("view_closed", callback_id))
    }

    /// A global shortcut.
    pub fn shortcut(&self, callback_id: &str) -> TestRequest {
        TestRequest::payload(self, request::shortcut(callback_id))
    }

    /// A shortcut on a message.
    pub fn message_action(&self, callback_id: &str) -> TestRequest {
        TestRequest::payload(self, request::message_action(callback_id))
    }

    /// A select asks for its options, after `typed` was typed.
    pub fn options(&self, action_id: &str, typed: &str) -> TestRequest {
        TestRequest::payload(self, request::suggestion(action_id, typed))
    }

    /// An event of the Events API; `event` is the inner one, with its `type`.
    pub fn event(&self, event: Value) -> TestRequest {
        TestRequest::json(self, request::event(event))
    }

    /// Any interaction payload, such as one recorded from Slack.
    pub fn payload(&self, payload: Value) -> TestRequest {
        TestRequest::payload(self, payload)
    }

    /// Any JSON body.
    pub fn json(&self, body: Value) -> TestRequest {
        TestRequest::json(self, body)
    }

    /// Any body, of any content type.
    pub fn body(&self, content_type: &str, body: impl Into<Vec<u8>>) -> TestRequest {
        TestRequest::body(self, content_type, body.into())
    }

    /// Sends an HTTP API event exactly as it is.
    pub async fn send_event(&self, event: &Value) -> TestReply {
        let outcome = self.outcome(event).await;
        TestReply::new(outcome)
    }

    /// Fires the app's schedule at a planned time such as `2026-01-05T09:00:00+09:00`; the expression is
    /// `rate(10 minutes)`. The error is what Lambda would get, and try again.
    pub async fn fire(&self, scheduled_time: &str) -> Result<()> {
        self.fire_as(scheduled_time, "rate(10 minutes)", "UTC")
            .await
    }

    /// Fires the app's schedule with its expression and time zone.
    pub async fn fire_as(
        &self,
        scheduled_time: &str,
        expression: &str,
        timezone: &str,
    ) -> Result<()> {
        let time: Timestamp = scheduled_time.parse()?;
        self.invoke(json!({ "perch": {
            "kind": "schedule",
            "version": 1,
            "schedule": "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/perch-test/perch-test-bot",
            "scheduled_time": time.to_string(),
            "execution_id": "execution-of-a-test",
            "attempt": "1",
            "expression": expression,
            "timezone": timezone,
        }}))
        .await
        .map(drop)
    }

    /// Runs the jobs that are queued, and those that they queue, in order; answers how many. The first that fails ends
    /// it, and stays out of the queue.
    pub async fn run_jobs(&self) -> Result<usize> {
        let bench = self.bench().await?;
        let mut done = 0;
        while let Some(event) = bench.double.take_job() {
            self.invoke(event).await?;
            done += 1;
        }
        Ok(done)
    }

    /// Asks for the function's health, as a smoke test does.
    pub async fn health(&self) -> Result<Value> {
        self.invoke(json!({ "perch": { "kind": "health", "version": 1 } }))
            .await
    }

    /// Invokes the function with any event, as Lambda would: the answer, or the message of the error.
    pub async fn invoke(&self, event: Value) -> Result<Value> {
        self.outcome(&event).await?.into_json()
    }

    /// The jobs that are queued.
    pub fn jobs(&self) -> Vec<QueuedJob> {
        self.double().map(HttpDouble::jobs).unwrap_or_default()
    }

    /// What the app has called of Slack's Web API.
    pub fn slack_calls(&self) -> Vec<SlackCall> {
        self.double()
            .map(HttpDouble::slack_calls)
            .unwrap_or_default()
    }

    /// What the app has posted to `response_url`s.
    pub fn responses(&self) -> Vec<Value> {
        self.double().map(HttpDouble::responses).unwrap_or_default()
    }

    /// The contents of the files that the app has uploaded.
    pub fn uploads(&self) -> Vec<Bytes> {
        self.double().map(HttpDouble::uploads).unwrap_or_default()
    }

    pub(crate) fn settings(&self) -> (String, Timestamp) {
        let setup = self.setup();
        let secret = setup.secrets.get("SLACK_SIGNING_SECRET");
        (secret.cloned().unwrap_or_default(), setup.now)
    }

    async fn outcome(&self, event: &Value) -> Result<Outcome> {
        let bench = self.bench().await?;
        let event = Incoming::deserialize(event)?;
        let invocation = Invocation {
            request_id: "request-of-a-test".to_owned(),
            function_arn: FUNCTION_ARN.to_owned(),
            deadline: Instant::now() + TIMEOUT,
        };
        Ok(bench.service.invoke(&event, invocation).await)
    }

    async fn bench(&self) -> Result<&Bench> {
        let bench = self.0.bench.get_or_init(async || {
            self.start().await.map_err(|error| {
                tracing::error!(%error, "init failed");
                // A test that fails shows this; it need not have set up a log.
                eprintln!("init failed: {error}");
                error.to_string()
            })
        });
        let bench = bench.await.as_ref();
        bench.map_err(|error| Error::internal(error.as_str()))
    }

    async fn start(&self) -> Result<Bench> {
        let (app, environment, secrets, now, script) = {
            let mut setup = self.setup();
            (
                setup.app.take(),
                setup.environment.clone(),
                setup.secrets.clone(),
                setup.now,
                std::mem::take(&mut setup.script),
            )
        };
        let app = app.ok_or_else(|| Error::internal("the app is started once"))?;
        let (routes, state) = app.build(&environment)?;
        let double = HttpDouble::slack(script).await?;
        let http = Http::new();
        let api = ApiUrl::parse(&format!("{}/api/", double.url()))?;
        let secrets = Secrets::from_values(secrets);
        let url = double.url().to_owned();
        let aws = Aws::from_variables(|name| {
            Some(match name {
                "AWS_REGION" => "ap-northeast-1".to_owned(),
                "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE".to_owned(),
                "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => "of-a-test".to_owned(),
                "AWS_ENDPOINT_URL" => url.clone(),
                _ => return None,
            })
        });
        let shared = Shared {
            state,
            environment,
            slack: WebClient::new(http.clone(), secrets.clone(), api.clone()),
            responder: Responder::new(http.clone(), api),
            secrets,
            http,
            aws,
            clock: Arc::new(move || now),
            hooks: Some(format!("{}/hooks/", double.url())),
        };
        let service = Service::new(routes, shared).await?;
        Ok(Bench { service, double })
    }

    fn double(&self) -> Option<&HttpDouble> {
        let bench = self.0.bench.get()?.as_ref();
        bench.ok().map(|bench| &bench.double)
    }

    fn setup(&self) -> MutexGuard<'_, Setup> {
        self.0.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
