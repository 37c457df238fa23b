//! A schedule as the state declares it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::resources::{Applied, Resources};
use crate::Error;
use crate::arn::{FunctionRef, role_name};
use crate::state::{self, Resource};

/// An `aws_scheduler_schedule` whose target is a Lambda function.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The name of the state that declares it.
    pub(crate) state: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) enabled: bool,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) target: FunctionRef,
    /// The role that EventBridge Scheduler invokes the target under, by name.
    pub(crate) role: String,
    /// As EventBridge Scheduler reads it.
    pub(crate) times: perch_schedule::Schedule,
    /// What the target gets, context attributes not yet put in.
    pub(crate) input: String,
    /// The dead-letter queue's ARN.
    pub(crate) dead_letter: Option<String>,
}

pub(super) fn read_all(resources: &Resources) -> Result<BTreeMap<String, Schedule>, Error> {
    let mut schedules = BTreeMap::new();
    for applied in resources.applied("aws_scheduler_schedule") {
        let schedule = Schedule::read(applied)?;
        applied.insert(&mut schedules, &schedule.name.clone(), schedule)?;
    }
    Ok(schedules)
}

impl Schedule {
    fn read(applied: &Applied) -> Result<Schedule, Error> {
        let resource = &applied.resource;
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
        let Some(role) = role_name(role) else {
            return Err(resource.error(&format!(
                "has a target.role_arn that is not a role's ARN: {role:?}"
            )));
        };
        let dead_letter =
            state::block(target, "dead_letter_config").and_then(|block| state::text(&block["arn"]));
        let start = time(resource, "start_date")?;
        Ok(Schedule {
            state: applied.state.clone(),
            name: resource.required("name")?.to_owned(),
            arn: resource.required("arn")?.to_owned(),
            times: times(resource, start)?,
            enabled: resource.text("state") != Some("DISABLED"),
            start,
            end: time(resource, "end_date")?,
            target: function,
            role,
            input: state::text(&target["input"]).unwrap_or("{}").to_owned(),
            dead_letter: dead_letter.map(str::to_owned),
        })
    }

    /// The next time after another one; none when the schedule is over.
    pub(crate) fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let a_moment = jiff::SignedDuration::from_nanos(1);
        let after = match self.start {
            Some(start) if start > time => start.checked_sub(a_moment).ok()?,
            _ => time,
        };
        self.times
            .next_after(after)
            .filter(|next| self.end.is_none_or(|end| *next <= end))
    }

    /// Whether it fires as the other does, so that its clock may go on.
    pub(crate) fn fires_like(&self, other: &Schedule) -> bool {
        let key = |schedule: &Schedule| {
            let times = &schedule.times;
            let times = (times.expression().to_owned(), times.timezone().to_owned());
            (times, schedule.enabled, schedule.start, schedule.end)
        };
        key(self) == key(other)
    }
}

fn times(resource: &Resource, start: Option<Timestamp>) -> Result<perch_schedule::Schedule, Error> {
    let expression = resource.required("schedule_expression")?;
    let timezone = resource
        .text("schedule_expression_timezone")
        .unwrap_or("UTC");
    let times = perch_schedule::Schedule::parse(expression, timezone).map_err(|error| {
        resource.error(&format!(
            "has a schedule_expression that AWS would refuse: {error}"
        ))
    })?;
    Ok(match start {
        Some(start) => times.starting_at(start),
        None => times,
    })
}

fn time(resource: &Resource, attribute: &str) -> Result<Option<Timestamp>, Error> {
    let parse = |text: &str| {
        text.parse::<Timestamp>()
            .map_err(|_| resource.error(&format!("has a malformed {attribute}: {text:?}")))
    };
    resource.text(attribute).map(parse).transpose()
}
