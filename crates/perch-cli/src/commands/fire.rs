//! `perch fire`: fires a schedule, from another terminal, on the running local stage.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use perch_aws::Fired;
use serde_json::{Value, json};

use crate::project::Project;
use crate::{caller, http};

/// Fires a bot's schedule.
///
/// # Errors
/// When no stage runs, or the bot has no schedule.
pub async fn run(project: &Project, stage: &str, bot: &str, at: Option<Timestamp>) -> Result<()> {
    let run = caller::running(project, stage)?;
    let name = if bot.starts_with("perch-") {
        bot.to_owned()
    } else {
        format!("perch-{stage}-{bot}")
    };
    let request = json!({ "schedule": name, "at": at });
    let answer = http::loopback()?
        .post(format!("{}/fire", run.control))
        .body(request.to_string())
        .send()
        .await
        .context("the local stage does not respond")?;
    let status = answer.status();
    let bytes = answer.bytes().await?;
    if !status.is_success() {
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        bail!(
            "{}",
            answer["error"]
                .as_str()
                .unwrap_or("the local stage refused")
        );
    }
    let fired: Fired =
        serde_json::from_slice(&bytes).context("the local stage sent an unexpected response")?;
    println!(
        "fired      {} for {}: {}",
        fired.schedule, fired.scheduled_time, fired.outcome
    );
    Ok(())
}
