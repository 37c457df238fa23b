//! Asynchronous invocations: queued, retried, and in the end told to a destination.
//!
//! After AWS's "How Lambda handles errors and retries with asynchronous invocation" and "Capturing records of Lambda
//! asynchronous invocations".

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::{Invocation, InvokeError, Lambda, Outcome};
use crate::Event;
use crate::arn::{Arn, FunctionRef};
use crate::model::AsyncSettings;
use crate::queues::MAX_MESSAGE;
use crate::request_id::{request_id, trace_root};

/// The largest event of an asynchronous invocation, in bytes.
const MAX_ASYNC_PAYLOAD: usize = 1024 * 1024;

/// Lambda's longest wait between two tries to get an event to a function that is throttled.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// An event that Lambda has taken on.
pub(crate) struct AsyncEvent {
    pub(crate) request_id: String,
    /// What becomes of the first attempt.
    pub(crate) first_attempt: oneshot::Receiver<Result<Outcome, InvokeError>>,
}

/// What the destination record tells of the last attempt.
struct Ending {
    condition: &'static str,
    attempts: u32,
    outcome: Option<Outcome>,
}

impl Lambda {
    /// Queues an event. What is checked here is what Lambda answers at once; the rest goes to the destination.
    pub(crate) fn invoke_async(
        self: &Arc<Self>,
        wanted: &FunctionRef,
        payload: Bytes,
        client_context: Option<String>,
    ) -> Result<AsyncEvent, InvokeError> {
        let model = self.shared.model();
        let function_arn = model.function_arn(wanted);
        if model.resolve(wanted).is_none() {
            return Err(InvokeError::NotFound { arn: function_arn });
        }
        let (size, limit) = (payload.len(), MAX_ASYNC_PAYLOAD);
        if size > limit {
            return Err(InvokeError::TooLarge { size, limit });
        }
        let invocation = Invocation {
            request_id: request_id(),
            function_arn,
            trace_id: trace_root(Timestamp::now()),
            client_context,
            payload,
        };
        let request_id = invocation.request_id.clone();
        let (first, first_attempt) = oneshot::channel();
        let (lambda, wanted) = (self.clone(), wanted.clone());
        self.shared.tasks.spawn(async move {
            let ending = lambda.attempt(&wanted, &invocation, first).await;
            lambda.conclude(&wanted, &invocation, ending);
        });
        Ok(AsyncEvent {
            request_id,
            first_attempt,
        })
    }

    fn settings(&self, wanted: &FunctionRef) -> AsyncSettings {
        let model = self.shared.model();
        let qualifier = wanted.qualifier.as_deref().unwrap_or("$LATEST");
        let function = model.functions.get(&wanted.name);
        function
            .and_then(|function| function.async_settings.get(qualifier))
            .cloned()
            .unwrap_or_default()
    }

    /// A function's error uses up a retry; a throttle only takes time.
    async fn attempt(
        &self,
        wanted: &FunctionRef,
        invocation: &Invocation,
        first: oneshot::Sender<Result<Outcome, InvokeError>>,
    ) -> Ending {
        let queued = Instant::now();
        let mut first = Some(first);
        let mut attempts = 0;
        let mut backoff = self.shared.options.backoff;
        let mut last = None;
        loop {
            let result = self.invoke(wanted, invocation.clone()).await;
            if let Some(first) = first.take() {
                let _ = first.send(result.clone());
            }
            let settings = self.settings(wanted);
            let end = move |condition, outcome| Ending {
                condition,
                attempts,
                outcome,
            };
            let delay = match result {
                Ok(outcome) => {
                    attempts += 1;
                    if outcome.error.is_none() {
                        return Ending {
                            condition: "Success",
                            attempts,
                            outcome: Some(outcome),
                        };
                    }
                    if attempts > settings.retries {
                        return Ending {
                            condition: "RetriesExhausted",
                            attempts,
                            outcome: Some(outcome),
                        };
                    }
                    last = Some(outcome);
                    let delays = self.shared.options.retry_delays;
                    let delay = if attempts == 1 { delays[0] } else { delays[1] };
                    self.shared.tell(Event::Retry {
                        function: wanted.name.clone(),
                        request_id: invocation.request_id.clone(),
                        number: attempts,
                        of: settings.retries,
                        wait_s: delay.as_secs(),
                    });
                    delay
                }
                // "Lambda immediately sends any new events to the dead-letter queue … without any retries."
                Err(InvokeError::Throttled) if self.is_switched_off(wanted) => {
                    return end("RetriesExhausted", last);
                }
                Err(InvokeError::Throttled) => {
                    let delay = backoff;
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                    delay
                }
                Err(_) => return end("RetriesExhausted", last),
            };
            if queued.elapsed() + delay > settings.max_age {
                return Ending {
                    condition: "EventAgeExceeded",
                    attempts,
                    outcome: last,
                };
            }
            sleep(delay).await;
        }
    }

    fn is_switched_off(&self, wanted: &FunctionRef) -> bool {
        let model = self.shared.model();
        model
            .functions
            .get(&wanted.name)
            .is_some_and(|function| function.reserved_concurrency == Some(0))
    }

    /// Tells the destination, and the dead-letter queue of a failure.
    fn conclude(&self, wanted: &FunctionRef, invocation: &Invocation, ending: Ending) {
        let settings = self.settings(wanted);
        let succeeded = ending.condition == "Success";
        let destination = if succeeded {
            settings.on_success
        } else {
            settings.on_failure
        };
        if let Some(destination) = destination {
            let record = destination_record(invocation, &ending);
            self.send(wanted, &destination, record.to_string(), BTreeMap::new());
        }
        let model = self.shared.model();
        let dead_letter = model
            .functions
            .get(&wanted.name)
            .and_then(|function| function.dead_letter.clone());
        if let (false, Some(queue)) = (succeeded, dead_letter) {
            let attributes = dead_letter_attributes(invocation, &ending);
            let event = String::from_utf8_lossy(&invocation.payload).into_owned();
            self.send(wanted, &queue, event, attributes);
        }
        self.shared.tell(Event::AsyncDone {
            function: wanted.name.clone(),
            request_id: invocation.request_id.clone(),
            condition: ending.condition.to_owned(),
        });
    }

    /// Sends to a queue under the function's role. AWS drops what the role may not send; the log of the stage says so.
    fn send(
        &self,
        wanted: &FunctionRef,
        queue_arn: &str,
        body: String,
        attributes: BTreeMap<String, String>,
    ) {
        let model = self.shared.model();
        let Some((function, version)) = model.resolve(wanted) else {
            return;
        };
        let told = |problem: &str| {
            self.shared
                .logs
                .write(&version.log_group, &format!("perch: {problem}"))
        };
        let judge = self.shared.iam.judge(&version.role, &function.name);
        if let Err(message) = judge.may("sqs:SendMessage", queue_arn, &[]) {
            return told(&format!("nothing was sent to the destination: {message}"));
        }
        // SQS counts the attributes, too.
        let attributes_size = attributes
            .iter()
            .map(|(name, value)| name.len() + value.len());
        let size = body.len() + attributes_size.sum::<usize>();
        if size > MAX_MESSAGE {
            return told(&format!(
                "nothing was sent to the destination {queue_arn}: the message has {size} bytes and SQS takes {MAX_MESSAGE} (DestinationDeliveryFailures)"
            ));
        }
        match Arn::parse(queue_arn)
            .filter(|arn| arn.service == "sqs" && model.queues.contains_key(arn.resource))
        {
            Some(arn) => self.shared.queues.send(arn.resource, body, attributes),
            None => told(&format!(
                "the destination {queue_arn} is not an aws_sqs_queue in the state"
            )),
        }
    }
}

fn destination_record(invocation: &Invocation, ending: &Ending) -> Value {
    let mut record = json!({
        "version": "1.0",
        "timestamp": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": invocation.function_arn,
            "condition": ending.condition,
            "approximateInvokeCount": ending.attempts,
        },
        "requestPayload": json_or_text(&invocation.payload),
    });
    if let Some(outcome) = &ending.outcome {
        let mut context = json!({"statusCode": 200, "executedVersion": outcome.executed_version});
        if outcome.error.is_some() {
            context["functionError"] = "Unhandled".into();
        }
        record["responseContext"] = context;
        record["responsePayload"] = json_or_text(&outcome.payload);
    }
    record
}

/// What AWS puts beside an event in a dead-letter queue.
fn dead_letter_attributes(invocation: &Invocation, ending: &Ending) -> BTreeMap<String, String> {
    let message = ending.outcome.as_ref().map(|outcome| {
        let report: Value = serde_json::from_slice(&outcome.payload).unwrap_or_default();
        report["errorMessage"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    let code = if ending.outcome.is_some() {
        "200"
    } else {
        "429"
    };
    BTreeMap::from([
        ("RequestID".to_owned(), invocation.request_id.clone()),
        ("ErrorCode".to_owned(), code.to_owned()),
        ("ErrorMessage".to_owned(), message.unwrap_or_default()),
    ])
}

fn json_or_text(payload: &[u8]) -> Value {
    serde_json::from_slice(payload)
        .unwrap_or_else(|_| String::from_utf8_lossy(payload).into_owned().into())
}
