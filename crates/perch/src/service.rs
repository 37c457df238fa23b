//! One invocation: what an event is, who handles it, what Lambda gets back and what the log says.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::Instrument;

use crate::context::{Context, Invocation, Shared};
use crate::dispatch::{Failure, guarded};
use crate::error::{Error, Result};
use crate::incoming::Incoming;
use crate::job::Envelope;
use crate::reply::Response;
use crate::request::{self, Request};
use crate::routes::{Handled, Routes};
use crate::schedule;
use crate::verify::{Refusal, SigningSecret, Unverified, Verified};

const SIGNING_SECRET: &str = "SLACK_SIGNING_SECRET";
const VERIFICATION_TOKEN: &str = "SLACK_VERIFICATION_TOKEN";
const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";

/// How long a handler of a Slack request may take. Slack waits 3 s, the network on both sides included.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// What a handler gets at least, however late its request came out of a cold start.
const ANSWER_AT_LEAST: Duration = Duration::from_millis(500);

/// An app with all that it needs to take invocations.
pub(crate) struct Service {
    routes: Routes,
    shared: Arc<Shared>,
}

/// How an invocation ended.
pub(crate) struct Outcome {
    pub(crate) result: Result<Answer, Diagnostic>,
    /// Slack's name for what a verified request was.
    pub(crate) kind: Option<String>,
}

impl Outcome {
    /// What Lambda would get, for a test: the answer, or the message of the error.
    pub(crate) fn into_json(self) -> Result<Value> {
        let answer = self
            .result
            .map_err(|error| Error::internal(error.error_message))?;
        Ok(serde_json::to_value(answer)?)
    }
}

/// What Lambda hands back. Written as it is: no tree of its values is built.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Http(Box<ApiGatewayV2httpResponse>),
    /// Of an event that Perch itself sends.
    Own(Value),
}

/// Why a request does not reach a handler.
enum Unaccepted {
    /// By its sender's doing: the status to answer, and the reason for the log.
    Refused(u16, String),
    /// By ours.
    Failed(Error),
}

impl From<Refusal> for Unaccepted {
    fn from(refusal: Refusal) -> Unaccepted {
        Unaccepted::Refused(refusal.status(), refusal.to_string())
    }
}

impl From<Error> for Unaccepted {
    fn from(error: Error) -> Unaccepted {
        Unaccepted::Failed(error)
    }
}

/// What the log says of an invocation.
#[derive(Default)]
struct Record {
    /// What arrived.
    event: String,
    /// What was answered.
    outcome: String,
    kind: Option<String>,
    /// What went wrong on our side.
    error: Option<String>,
    /// Why the request was turned away.
    refusal: Option<String>,
    /// What an operator should look at, although nothing failed here.
    warning: Option<String>,
    /// What an operator may want to know although nothing went wrong, such as what the person was told.
    note: Option<String>,
}

/// `{"perch": …}` in an event: what Perch's own modules and functions send.
#[derive(Deserialize)]
struct Marker {
    kind: String,
    version: u32,
}

impl Service {
    pub(crate) async fn new(routes: Routes, shared: Shared) -> Result<Service> {
        if routes.takes_requests() {
            signing_secret(&shared).await?;
        }
        Ok(Service {
            routes,
            shared: Arc::new(shared),
        })
    }

    /// Handles one event, and logs one line on it.
    pub(crate) async fn invoke(&self, event: &Incoming, invocation: Invocation) -> Outcome {
        let started = Instant::now();
        let span = tracing::info_span!("invocation", request_id = invocation.request_id);
        async {
            let mut record = Record::default();
            let result = self.handle(event, invocation, &mut record).await;
            record.log(started.elapsed());
            Outcome {
                result: result.map_err(|message| Diagnostic {
                    error_type: "Perch.InvocationFailed".to_owned(),
                    error_message: message,
                }),
                kind: record.kind,
            }
        }
        .instrument(span)
        .await
    }

    /// The error is what Lambda gets, and with it the invoker or the dead-letter queue: the log has the reason.
    async fn handle(
        &self,
        event: &Incoming,
        invocation: Invocation,
        record: &mut Record,
    ) -> Result<Answer, String> {
        let Some(perch) = &event.perch else {
            return self.http(event, invocation, record).await;
        };
        let request_id = invocation.request_id.clone();
        let done = match Marker::deserialize(perch) {
            Ok(marker) if marker.version != 1 => Err(Error::internal(format!(
                "the event has version {} and this code reads version 1: deploy the same Perch everywhere",
                marker.version
            ))),
            Ok(marker) => self.own(&marker.kind, perch, invocation, record).await,
            Err(error) => {
                Err(Error::internal("the event's `perch` has no kind and version").caused_by(error))
            }
        };
        done.map(Answer::Own).map_err(|error| {
            record.error = Some(error.to_string());
            record.outcome = "error".to_owned();
            format!(
                "{} failed; the log has the reason under request id {request_id}",
                record.event
            )
        })
    }

    /// An event that Perch itself sends.
    async fn own(
        &self,
        kind: &str,
        perch: &Value,
        invocation: Invocation,
        record: &mut Record,
    ) -> Result<Value> {
        record.event = kind.to_owned();
        let deadline = invocation.stop();
        let context = Context::new(&self.shared, invocation, deadline);
        match kind {
            "schedule" => {
                let input: schedule::Input = Deserialize::deserialize(perch)?;
                let scheduled = input.read()?;
                record.event = format!("schedule {}", scheduled.name);
                let handler = self.routes.schedule.as_ref().ok_or_else(|| {
                    Error::internal(
                        "the app has no handler for schedules: register one with App::schedule",
                    )
                })?;
                finished(guarded(handler, scheduled, &context).await)?;
            }
            "job" => {
                let envelope: Envelope = Deserialize::deserialize(perch)?;
                record.event = format!("job {}", envelope.job);
                let handler = self.routes.jobs.find(&envelope.job);
                let (handler, _) = handler.ok_or_else(|| {
                    Error::internal(format!(
                        "the app has no handler for the job {}: register one with App::job",
                        envelope.job
                    ))
                })?;
                finished(guarded(handler, envelope, &context).await)?;
            }
            "health" => {
                record.outcome = "health".to_owned();
                return Ok(self.health(&context).await);
            }
            _ => {
                return Err(Error::internal(
                    "Perch sends schedule, job and health events, and this is another kind",
                ));
            }
        }
        record.outcome = "done".to_owned();
        Ok(Value::Null)
    }

    /// What a smoke test asks: Init is done, and does Slack take the token?
    async fn health(&self, context: &Context) -> Value {
        let variable = |name| context.env(name).unwrap_or_default();
        let names = self.shared.secrets.names();
        let mut slack = Value::Null;
        let mut error = None;
        if names.iter().any(|name| name == BOT_TOKEN) {
            let answer = context.slack().call::<Value>("auth.test", &json!({})).await;
            error = answer.err().map(|error| Error::from(error).to_string());
            slack = json!({ "ok": error.is_none() });
        }
        json!({
            "ok": error.is_none(),
            "function": variable("AWS_LAMBDA_FUNCTION_NAME"),
            "version": variable("AWS_LAMBDA_FUNCTION_VERSION"),
            "secrets": names,
            "slack": slack,
            "error": error,
        })
    }

    /// An event of API Gateway.
    async fn http(
        &self,
        event: &Incoming,
        invocation: Invocation,
        record: &mut Record,
    ) -> Result<Answer, String> {
        if !event.is_http() {
            record.event = "unknown event".to_owned();
            record.outcome = "error".to_owned();
            let text = "this event is neither an HTTP API request (payload format 2.0) nor a schedule, job or health of Perch";
            record.error = Some(text.to_owned());
            return Err(text.to_owned());
        }
        record.event = "request".to_owned();
        let response = self.respond(event, invocation, record).await;
        record.outcome = format!("{} {}", response.status, record.outcome)
            .trim_end()
            .to_owned();
        Ok(Answer::Http(Box::new(response.into_event())))
    }

    async fn respond(
        &self,
        event: &Incoming,
        invocation: Invocation,
        record: &mut Record,
    ) -> Response {
        let unverified = Unverified::new(event);
        if unverified.method().is_some_and(|method| method != "POST") {
            record.refusal =
                Some("Slack sends POST, and this request has another method".to_owned());
            return Response::method_not_allowed();
        }
        if !self.routes.takes_requests() {
            record.refusal = Some("the app handles no requests".to_owned());
            return Response::empty(404);
        }
        if unverified.is_ssl_check() {
            record.event = "ssl_check".to_owned();
            record.kind = Some("ssl_check".to_owned());
            record.note = Some("not signed, as Slack sends it; nothing was called".to_owned());
            return Response::empty(200);
        }
        let waited = self.waited(&unverified);
        let request = match self.accept(unverified).await {
            Ok(request) => request,
            Err(Unaccepted::Refused(status, reason)) => {
                record.refusal = Some(reason);
                return Response::empty(status);
            }
            Err(Unaccepted::Failed(error)) => {
                record.error = Some(error.to_string());
                return Response::empty(500);
            }
        };
        record.event = request.label();
        record.kind = Some(request.kind().to_owned());
        let left = ANSWER_WITHIN.saturating_sub(waited).max(ANSWER_AT_LEAST);
        let deadline = (Instant::now() + left).min(invocation.stop());
        let context = Context::new(&self.shared, invocation, deadline);
        self.answer(request, &context, record).await
    }

    /// Verifies and parses; the only way to a [`Request`].
    async fn accept(&self, unverified: Unverified<'_>) -> Result<Request, Unaccepted> {
        let verified = self.verify(unverified).await?;
        let parsed = request::parse(&verified)
            .map_err(|unreadable| Unaccepted::Refused(400, unreadable.to_string()))?;
        let secrets = &self.shared.secrets;
        if secrets
            .names()
            .iter()
            .any(|name| name == VERIFICATION_TOKEN)
        {
            let token = secrets.get(VERIFICATION_TOKEN).await;
            let token = token.map_err(|error| Unaccepted::Failed(error.into()))?;
            Verified::check_token(parsed.token.as_deref(), &token)?;
        }
        Ok(parsed.request)
    }

    /// A signature that does not match may be the first by a new secret: that is read again then, though not more often
    /// than [`Secrets::newer`](crate::secrets::Secrets::newer) asks, whatever strangers send.
    async fn verify<'a>(&self, unverified: Unverified<'a>) -> Result<Verified<'a>, Unaccepted> {
        let secret = signing_secret(&self.shared).await?;
        let now = (self.shared.clock)().as_second();
        match unverified.verify(&secret, now) {
            Err(Refusal::WrongSignature) => {}
            done => return Ok(done?),
        }
        let newer = self.shared.secrets.newer(SIGNING_SECRET, secret.secret());
        let newer = newer.await.and_then(SigningSecret::new);
        let newer = newer.ok_or(Refusal::WrongSignature)?;
        tracing::info!("signing secret was rotated, trying the new one");
        Ok(unverified.verify(&newer, now)?)
    }

    async fn answer(&self, request: Request, context: &Context, record: &mut Record) -> Response {
        match request {
            Request::UrlVerification(handshake) => {
                record.outcome = "challenge".to_owned();
                Response::text(handshake.challenge)
            }
            Request::SslCheck(_) => Response::empty(200),
            Request::AppRateLimited(limited) => {
                record.warning = Some(format!(
                    "slack leaves out events of the minute from {} on: more than 30,000 within an hour in one workspace",
                    limited.minute_rate_limited.unwrap_or_default()
                ));
                Response::empty(200)
            }
            request if self.routes.is_to_be_dropped(&request) => {
                record.outcome = "dropped".to_owned();
                record.note = Some("the app itself caused the event".to_owned());
                Response::empty(200)
            }
            request => {
                let started = Instant::now();
                let answer = self.routes.answer(request, context).await;
                record.outcome = answer.said;
                match &answer.failure {
                    Some(failure @ Failure::User(_)) => record.note = Some(failure.reason()),
                    Some(failure) => record.error = Some(failure.reason()),
                    None => {}
                }
                if let Some(error) = answer.undelivered {
                    let earlier = record.error.take().map(|text| format!("{text}; "));
                    record.error = Some(format!(
                        "{}the answer did not reach the person: {error}",
                        earlier.unwrap_or_default()
                    ));
                }
                self.after(record, started.elapsed(), context).await;
                answer.response
            }
        }
    }

    /// Runs the hook after a request, if there is one.
    async fn after(&self, record: &Record, duration: Duration, context: &Context) {
        let Some(hook) = &self.routes.after else {
            return;
        };
        let handled = Handled {
            event: record.event.clone(),
            outcome: record.outcome.clone(),
            error: record.error.clone(),
            duration,
        };
        if let Err(failure) = guarded(hook, handled, context).await {
            tracing::error!(
                error = failure.reason(),
                "the hook after the handler failed"
            );
        }
    }

    /// How long the request has waited since API Gateway got it: a cold start, mostly. Zero where the clocks disagree.
    fn waited(&self, unverified: &Unverified<'_>) -> Duration {
        let now = (self.shared.clock)().as_millisecond();
        let waited = unverified.received_ms().map(|received| now - received);
        match waited {
            Some(waited @ 0..=10_000) => Duration::from_millis(waited.unsigned_abs()),
            _ => Duration::ZERO,
        }
    }
}

impl Record {
    fn log(&self, took: Duration) {
        let Record { event, outcome, .. } = self;
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if let Some(error) = &self.error {
            tracing::error!(event, outcome, duration_ms, error, "failed");
        } else if let Some(reason) = &self.refusal {
            tracing::warn!(event, outcome, duration_ms, reason, "refused");
        } else if let Some(warning) = &self.warning {
            tracing::warn!(event, outcome, duration_ms, warning, "rate limited");
        } else {
            tracing::info!(event, outcome, duration_ms, note = self.note, "handled");
        }
    }
}

async fn signing_secret(shared: &Shared) -> Result<SigningSecret> {
    let secret = shared.secrets.get(SIGNING_SECRET).await.map_err(|error| {
        Error::internal(format!(
            "the app handles requests and has no {SIGNING_SECRET} to verify them with"
        ))
        .caused_by(error)
    })?;
    SigningSecret::new(secret).ok_or_else(|| {
        Error::internal(format!(
            "{SIGNING_SECRET} is blank: copy it from the Slack app's Basic Information"
        ))
    })
}

fn finished(outcome: Result<(), Failure>) -> Result<()> {
    outcome.map_err(|failure| match failure {
        Failure::User(error) | Failure::Internal(error) => error,
        other => Error::internal(other.reason()),
    })
}
