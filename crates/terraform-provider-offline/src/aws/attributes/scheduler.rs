//! EventBridge Scheduler.

use super::text;
use crate::aws::MOMENT;
use crate::provider::Made;
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
    let name = || made.text("name");
    match (made.kind, path) {
        ("aws_scheduler_schedule", "group_name") => text("default"),
        ("aws_scheduler_schedule", "id") => text(format!("{}/{}", made.text("group_name"), name())),
        ("aws_scheduler_schedule", "arn") => text(made.arn(
            "scheduler",
            &format!("schedule/{}/{}", made.text("group_name"), name()),
        )),
        ("aws_scheduler_schedule_group", "id") => text(name()),
        ("aws_scheduler_schedule_group", "arn") => {
            text(made.arn("scheduler", &format!("schedule-group/{}", name())))
        }
        ("aws_scheduler_schedule_group", "creation_date" | "last_modification_date") => {
            text(MOMENT)
        }
        ("aws_scheduler_schedule_group", "state") => text("ACTIVE"),
        _ => None,
    }
}
