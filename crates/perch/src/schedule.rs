//! What a scheduled handler gets.

use jiff::Timestamp;
use serde::Deserialize;

use crate::error::{Error, Result};

/// One firing of the function's schedule, as EventBridge Scheduler sent it.
///
/// ```
/// use perch::{Context, Result, Scheduled};
///
/// async fn digest(scheduled: Scheduled, _: Context) -> Result<()> {
///     // The planned moment, not the clock: a repeated or late delivery computes the same.
///     tracing::info!(until = %scheduled.scheduled_time, "digest");
///     Ok(())
/// }
///
/// let app = perch::App::new().schedule(digest);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scheduled {
    /// The schedule's name, such as `perch-staging-mendes`.
    pub name: String,
    /// When it was to fire. Deliveries repeat and come late; this stays.
    pub scheduled_time: Timestamp,
    /// The schedule's expression, such as `cron(*/10 9-19 ? * MON-FRI *)`.
    pub expression: String,
    /// The IANA time zone in which the expression is read, such as `Asia/Tokyo`.
    pub timezone: String,
    /// Scheduler's id of this delivery; the same on a retry.
    pub execution_id: String,
    /// Scheduler's number of this attempt.
    pub attempt: u32,
}

impl Scheduled {
    /// When the schedule was to fire before this time: together with
    /// [`scheduled_time`](Scheduled::scheduled_time) the window that this run covers. `None` for a schedule that never
    /// fired before.
    ///
    /// An error means that expression or time zone cannot be read.
    pub fn previous_time(&self) -> Result<Option<Timestamp>> {
        let schedule = perch_schedule::Schedule::parse(&self.expression, &self.timezone)?;
        Ok(schedule.previous_before(self.scheduled_time))
    }
}

/// The input that `modules/schedule` gives to the schedule's target.
#[derive(Deserialize)]
pub(crate) struct Input {
    /// The schedule's ARN: `arn:aws:scheduler:<region>:<account>:schedule/<group>/<name>`.
    schedule: String,
    scheduled_time: String,
    #[serde(default)]
    execution_id: String,
    #[serde(default)]
    attempt: Attempt,
    expression: String,
    timezone: String,
}

/// Scheduler puts its attributes into the input as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Attempt {
    Number(u32),
    Text(String),
}

impl Default for Attempt {
    fn default() -> Attempt {
        Attempt::Number(1)
    }
}

impl Input {
    pub(crate) fn read(self) -> Result<Scheduled> {
        let scheduled_time = self.scheduled_time.parse().map_err(|error| {
            Error::internal(format!(
                "the schedule's input has scheduled_time {:?}, which is not a time such as 2026-01-05T00:00:00Z: the target's input must hold <aws.scheduler.scheduled-time>",
                self.scheduled_time
            ))
            .caused_by(Box::<dyn std::error::Error + Send + Sync>::from(error))
        });
        let name = self.schedule.rsplit('/').next().unwrap_or_default();
        Ok(Scheduled {
            name: name.to_owned(),
            scheduled_time: scheduled_time?,
            expression: self.expression,
            timezone: self.timezone,
            execution_id: self.execution_id,
            attempt: match self.attempt {
                Attempt::Number(number) => number,
                Attempt::Text(text) => text.parse().unwrap_or(1),
            },
        })
    }
}
