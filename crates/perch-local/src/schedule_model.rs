//! A schedule as the state declares it.

use std::time::Duration;

use jiff::Timestamp;

use crate::Error;
use crate::arn::FunctionRef;
use crate::model::role_name_of;
use crate::state::{self, Resource};

/// An `aws_scheduler_schedule` whose target is a Lambda function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) expression: String,
    pub(crate) timezone: String,
    pub(crate) enabled: bool,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) target: FunctionRef,
    /// The role that EventBridge Scheduler invokes the target under, by name.
    pub(crate) role: String,
    /// What the target gets, context attributes not yet put in.
    pub(crate) input: String,
    pub(crate) retries: u32,
    pub(crate) max_age: Duration,
    /// The dead-letter queue's ARN.
    pub(crate) dead_letter: Option<String>,
}

impl Schedule {
    pub(crate) fn read(resource: &Resource) -> Result<Schedule, Error> {
        let Some(target) = resource.block("target") else {
            return Err(resource.error("has no target: apply again"));
        };
        let arn = state::text(&target["arn"]).unwrap_or_default();
        let Some(function) = FunctionRef::parse(arn).filter(|_| arn.contains(":lambda:")) else {
            return Err(resource.error(&format!(
                "has the target {arn:?}: the local stage runs Lambda functions only"
            )));
        };
        let role = state::text(&target["role_arn"]).unwrap_or_default();
        let Some(role) = role_name_of(role) else {
            return Err(resource.error(&format!(
                "has a target.role_arn that is no role's ARN: {role:?}"
            )));
        };
        let retry = state::block(target, "retry_policy");
        let retry = |name| retry.and_then(|block| state::integer(&block[name]));
        let dead_letter =
            state::block(target, "dead_letter_config").and_then(|block| state::text(&block["arn"]));
        Ok(Schedule {
            name: resource.required("name")?.to_owned(),
            arn: resource.required("arn")?.to_owned(),
            expression: resource.required("schedule_expression")?.to_owned(),
            timezone: resource
                .text("schedule_expression_timezone")
                .unwrap_or("UTC")
                .to_owned(),
            enabled: resource.text("state") != Some("DISABLED"),
            start: time(resource, "start_date")?,
            end: time(resource, "end_date")?,
            target: function,
            role,
            input: state::text(&target["input"]).unwrap_or("{}").to_owned(),
            // AWS's defaults, which are also its limits: 185 retries within a day.
            retries: retry("maximum_retry_attempts")
                .and_then(|count| count.try_into().ok())
                .unwrap_or(185),
            max_age: Duration::from_secs(
                retry("maximum_event_age_in_seconds")
                    .and_then(|count| count.try_into().ok())
                    .unwrap_or(86_400),
            ),
            dead_letter: dead_letter.map(str::to_owned),
        })
    }
}

fn time(resource: &Resource, attribute: &str) -> Result<Option<Timestamp>, Error> {
    let parse = |text: &str| {
        text.parse::<Timestamp>()
            .map_err(|_| resource.error(&format!("has a malformed {attribute}: {text:?}")))
    };
    resource.text(attribute).map(parse).transpose()
}
