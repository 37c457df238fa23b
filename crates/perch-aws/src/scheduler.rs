//! EventBridge Scheduler: fires schedules by the clock, or when told to.
//!
//! After the user guide's "Adding context attributes" and "Configuring a dead-letter queue for a schedule". Lambda takes on
//! every event that the schedule's role may send it and then retries by itself, so that there is nothing for the schedule's
//! own retry policy to do; a missing permission or target is an error that is not retried.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::arn::Arn;
use crate::event::{Event, ScheduleFired};
use crate::lambda::{AsyncEvent, InvokeError, Lambda, Outcome};
use crate::lock::lock;
use crate::model::Schedule;
use crate::{Error, Fired, NextFires};

/// The longest sleep between two looks at the clock: a laptop may be suspended, and its clock set.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);

/// Scheduler names the session of its role after itself.
const SESSION: &str = "scheduler";

/// The service.
pub(crate) struct Scheduler {
    lambda: Arc<Lambda>,
    /// The clocks that run, by the schedule's name.
    clocks: Mutex<HashMap<String, Clock>>,
}

struct Clock {
    schedule: Schedule,
    task: AbortHandle,
}

/// Why the target took no event.
struct Undelivered {
    code: &'static str,
    message: String,
}

type FirstAttempt = oneshot::Receiver<Result<Outcome, InvokeError>>;

impl Scheduler {
    pub(crate) fn new(lambda: Arc<Lambda>) -> Arc<Self> {
        Arc::new(Scheduler {
            lambda,
            clocks: Mutex::default(),
        })
    }

    /// Lets the clocks run as the state says. Call it when the state has changed.
    pub(crate) fn follow_state(self: &Arc<Self>) {
        let shared = &self.lambda.shared;
        if !shared.options.run_schedules {
            return;
        }
        let model = shared.model();
        let mut clocks = lock(&self.clocks);
        clocks.retain(|name, clock| {
            let same = model
                .schedules
                .get(name)
                .is_some_and(|schedule| schedule.fires_like(&clock.schedule));
            if !same {
                clock.task.abort();
            }
            same
        });
        for (name, schedule) in &model.schedules {
            if schedule.enabled && !clocks.contains_key(name) {
                let schedule = schedule.clone();
                let task = shared.tasks.spawn(run(self.clone(), schedule.clone()));
                clocks.insert(name.clone(), Clock { schedule, task });
            }
        }
    }

    /// Fires a schedule and waits for the first attempt of its target.
    pub(crate) async fn fire(&self, name: &str, at: Timestamp) -> Result<Fired, Error> {
        let model = self.lambda.shared.model();
        let Some(schedule) = model.schedules.get(name) else {
            let names: Vec<&str> = model.schedules.keys().map(String::as_str).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            return Err(Error::new(format!(
                "the state has no schedule {name}; it has {names}"
            )));
        };
        let (fired, first_attempt) = self.deliver(schedule, at);
        let outcome = match (first_attempt, fired.error) {
            (Some(first_attempt), _) => describe(first_attempt.await),
            (None, error) => error.unwrap_or_default(),
        };
        Ok(Fired {
            schedule: fired.schedule,
            scheduled_time: fired.scheduled_time,
            execution_id: fired.execution_id,
            request_id: fired.request_id,
            outcome,
        })
    }

    /// The next times of a state's schedules.
    pub(crate) fn next_fires(&self, state: &str, count: usize) -> Vec<NextFires> {
        let model = self.lambda.shared.model();
        let next = |schedule: &Schedule| {
            let mut at = Vec::new();
            let mut time = Timestamp::now();
            while let Some(next) = schedule.next_after(time).filter(|_| at.len() < count) {
                at.push(next);
                time = next;
            }
            NextFires {
                schedule: schedule.name.clone(),
                function: schedule.target.name.clone(),
                expression: schedule.times.expression().to_owned(),
                timezone: schedule.times.timezone().to_owned(),
                enabled: schedule.enabled,
                at,
            }
        };
        let schedules = model.schedules.values();
        schedules
            .filter(|schedule| schedule.state == state)
            .map(next)
            .collect()
    }

    /// Hands the input to the target, or to the dead-letter queue.
    fn deliver(&self, schedule: &Schedule, at: Timestamp) -> (ScheduleFired, Option<FirstAttempt>) {
        let execution_id = uuid::Uuid::new_v4().to_string();
        let input = fill_in(schedule, at, &execution_id);
        let mut fired = ScheduleFired {
            schedule: schedule.name.clone(),
            scheduled_time: at,
            execution_id,
            request_id: None,
            error: None,
        };
        let mut first_attempt = None;
        match self.invoke(schedule, &input) {
            Ok(event) => {
                fired.request_id = Some(event.request_id);
                first_attempt = Some(event.first_attempt);
            }
            Err(undelivered) => {
                fired.error = Some(undelivered.message.clone());
                self.bury(schedule, input, &fired, undelivered);
            }
        }
        self.lambda.shared.tell(Event::Schedule(fired.clone()));
        (fired, first_attempt)
    }

    fn invoke(&self, schedule: &Schedule, input: &str) -> Result<AsyncEvent, Undelivered> {
        let arn = self.lambda.shared.model().function_arn(&schedule.target);
        self.authorize(schedule, "lambda:InvokeFunction", &arn)?;
        let event = self
            .lambda
            .invoke_async(&schedule.target, input.to_owned().into(), None);
        event.map_err(|error| match error {
            InvokeError::NotFound { arn } => Undelivered {
                code: "ResourceNotFoundException",
                message: format!("Function not found: {arn}"),
            },
            error => Undelivered {
                code: "InvalidRequest",
                message: describe(Ok(Err(error))),
            },
        })
    }

    fn authorize(
        &self,
        schedule: &Schedule,
        action: &str,
        resource: &str,
    ) -> Result<(), Undelivered> {
        let judge = self.lambda.shared.iam.judge(&schedule.role, SESSION);
        judge
            .may(action, resource, &[])
            .map_err(|message| Undelivered {
                code: "AccessDeniedException",
                message,
            })
    }

    /// Sends what could not be delivered to the dead-letter queue, where there is one and the role may.
    fn bury(&self, schedule: &Schedule, input: String, fired: &ScheduleFired, why: Undelivered) {
        let Some(queue_arn) = &schedule.dead_letter else {
            return;
        };
        if let Err(denied) = self.authorize(schedule, "sqs:SendMessage", queue_arn) {
            eprintln!(
                "perch: the schedule {} lost an event: {}",
                schedule.name, denied.message
            );
            return;
        }
        let shared = &self.lambda.shared;
        let model = shared.model();
        let Some(queue) =
            Arn::parse(queue_arn).filter(|arn| model.queues.contains_key(arn.resource))
        else {
            eprintln!(
                "perch: the schedule {} lost an event: {queue_arn} is not in the state",
                schedule.name
            );
            return;
        };
        let attributes = [
            ("ERROR_CODE", why.code.to_owned()),
            ("ERROR_MESSAGE", why.message),
            ("EXECUTION_ID", fired.execution_id.clone()),
            ("IS_PAYLOAD_TRUNCATED", "false".to_owned()),
            ("RETRY_ATTEMPTS", "0".to_owned()),
            ("SCHEDULED_TIME", scheduled_time(fired.scheduled_time)),
            ("SCHEDULE_ARN", schedule.arn.clone()),
            ("TARGET_ARN", model.function_arn(&schedule.target)),
        ];
        let attributes: BTreeMap<String, String> = attributes
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        shared.queues.send(queue.resource, input, attributes);
    }
}

/// One schedule's clock. Times that passed while the machine slept are left out but for the first.
async fn run(scheduler: Arc<Scheduler>, schedule: Schedule) {
    let mut last = Timestamp::now();
    while let Some(next) = schedule.next_after(last) {
        loop {
            let now = Timestamp::now();
            let Ok(left) = Duration::try_from(next.duration_since(now)) else {
                break;
            };
            if left.is_zero() {
                break;
            }
            sleep(left.min(LONGEST_SLEEP)).await;
        }
        // Input and target may have changed since; expression and state have not, or this clock would have ended.
        let model = scheduler.lambda.shared.model();
        if let Some(schedule) = model.schedules.get(&schedule.name) {
            let _ = scheduler.deliver(schedule, next);
        }
        last = Timestamp::now().max(next);
    }
}

/// Puts the context attributes into the input.
fn fill_in(schedule: &Schedule, at: Timestamp, execution_id: &str) -> String {
    let attributes = [
        ("<aws.scheduler.schedule-arn>", schedule.arn.as_str()),
        ("<aws.scheduler.scheduled-time>", &scheduled_time(at)),
        ("<aws.scheduler.execution-id>", execution_id),
        ("<aws.scheduler.attempt-number>", "1"),
    ];
    let mut input = schedule.input.clone();
    for (name, value) in attributes {
        input = input.replace(name, value);
    }
    input
}

/// Such as `2026-01-05T00:00:00Z`.
fn scheduled_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn describe(result: Result<Result<Outcome, InvokeError>, oneshot::error::RecvError>) -> String {
    match result {
        Ok(Ok(Outcome { error: None, .. })) => "success".to_owned(),
        Ok(Ok(Outcome {
            error: Some(error), ..
        })) => format!("the function failed: {error}"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the local stage is stopping".to_owned(),
    }
}
