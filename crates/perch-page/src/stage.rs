//! What runs beside the conversations: functions, schedules, failure queues, secrets and alarms.

use jiff::{SignedDuration, Timestamp};
use perch_aws::NextFires;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::page::Core;
pub(crate) use crate::story::short;

/// How many of a schedule's next times are shown.
const NEXT: usize = 3;

/// How long an alarm rings: its period.
const RINGS: SignedDuration = SignedDuration::from_secs(60);

/// Everything of the stage.
///
/// # Errors
/// When declarations or queues cannot be read.
pub(crate) fn overview(core: &Core) -> Result<Value, String> {
    let bots = core.bots()?;
    let queues = core.stage.queues().map_err(|error| error.to_string())?;
    let mut shown_queues = Vec::new();
    for (name, count) in &queues {
        let messages = core.stage.queue(name).map_err(|error| error.to_string())?;
        let latest: Vec<Value> = messages
            .iter()
            .rev()
            .take(20)
            .map(|message| json!({"id": message.message_id, "sent": message.sent, "body": message.body}))
            .collect();
        shown_queues.push(json!({"name": name, "count": count, "messages": latest}));
    }
    let schedules: Vec<Value> = core.stage.next_fires(NEXT).iter().map(schedule).collect();
    let functions = core.stage.functions();
    let functions = functions.iter().map(|function| {
        json!({
            "name": function.name,
            "bot": short(&function.name),
            "live": function.aliases.get("live"),
            "routes": function.routes,
            "schedules": function.schedules,
            "log": function.log,
        })
    });
    let apis = core.stage.apis();
    Ok(json!({
        "stage": core.stage.name(),
        "functions": functions.collect::<Vec<_>>(),
        "apis": apis,
        "schedules": schedules,
        "queues": shown_queues,
        "secrets": bots.iter().map(secrets).collect::<Vec<_>>(),
        "alarms": alarms(core, &bots, |queue| queues.get(queue).is_some_and(|count| *count > 0)),
    }))
}

fn schedule(next: &NextFires) -> Value {
    let at = next.at.iter().map(|at| {
        let local = at.in_tz(&next.timezone);
        local.map_or_else(
            |_| at.to_string(),
            |at| at.strftime("%a %Y-%m-%d %H:%M").to_string(),
        )
    });
    json!({
        "name": next.schedule,
        "bot": short(&next.function),
        "function": next.function,
        "expression": next.expression,
        "timezone": next.timezone,
        "enabled": next.enabled,
        "at": at.collect::<Vec<_>>(),
    })
}

fn secrets(bot: &Bot) -> Value {
    json!({ "bot": bot.name, "secrets": bot.secrets })
}

/// The alarms of `modules/function`, and whether each would ring now.
fn alarms(core: &Core, bots: &[Bot], is_filled: impl Fn(&str) -> bool) -> Vec<Value> {
    let ledger = core.ledger();
    let now = Timestamp::now();
    let mut all = Vec::new();
    for bot in bots {
        let limit = f64::from(bot.timeout) * 900.0;
        let runs = ledger.newest().flat_map(|one| &one.runs);
        let slow = runs
            .filter(|run| run.function == bot.function && run.duration_ms >= limit)
            .filter_map(|run| run.ended)
            .max();
        let name = |kind: &str| format!("{}-{kind}", bot.function);
        let mut alarm = |kind: &str, last: Option<Timestamp>, rings: bool, why: &str| {
            all.push(json!({
                "name": name(kind), "bot": bot.name, "rings": rings, "last": last, "why": why,
            }));
        };
        let within =
            |last: Option<Timestamp>| last.is_some_and(|at| now.duration_since(at) < RINGS);
        let failed = ledger.alarms.get(&name("errors")).copied();
        alarm("errors", failed, within(failed), "an invocation failed");
        alarm(
            "duration",
            slow,
            within(slow),
            "nine tenths of the timeout were used",
        );
        let queue = name("failed");
        let last = ledger.alarms.get(&queue).copied();
        alarm(
            "failed",
            last,
            is_filled(&queue),
            "the failure queue is not empty",
        );
    }
    all
}
