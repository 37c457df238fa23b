//! `perch status`: which version each bot is at on AWS, or what runs on the local stage.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use anyhow::{Context, Result};
use perch_aws::{FunctionInfo, NextFires};
use perch_local::Status;
use serde::Serialize;

use crate::caller;
use crate::deploy::{ALIAS, function_name};
use crate::function::{self, Bot, Schedule};
use crate::http;
use crate::local::in_zone;
use crate::output;
use crate::place::Place;
use crate::project::Project;

/// How many of a schedule's next times are told.
pub const NEXT_TIMES: usize = 3;

/// Prints the state of a stage: on AWS, or of the local stage where `local`.
///
/// # Errors
/// No credentials, what AWS answers, or no local stage that runs.
pub async fn run(project: &Project, stage: &str, local: bool, json: bool) -> Result<()> {
    if local {
        output::print(&LocalStage::of(project, stage).await?, json);
    } else {
        output::print(&Deployed::of(project, stage).await?, json);
    }
    Ok(())
}

/// A stage on AWS.
#[derive(Serialize)]
struct Deployed {
    stage: String,
    /// Those of `functions/`, applied or not.
    bots: Vec<DeployedBot>,
}

#[derive(Serialize)]
struct DeployedBot {
    bot: String,
    function: String,
    /// Where the alias `live` points; none while the bot is not applied.
    version: Option<String>,
    /// `METHOD /path`, if Slack calls the bot.
    route: Option<String>,
    /// AWS's expression and its time zone, of a bot that the clock calls.
    schedule: Option<String>,
    /// Whether its trigger calls it, as its `function.yaml` says.
    enabled: bool,
    /// Whether its schedule never fires (again), so that it waits in vain.
    never_fires: bool,
}

impl Deployed {
    async fn of(project: &Project, stage: &str) -> Result<Deployed> {
        let bots = function::bots(project, stage)?;
        let aws = Place::on_aws(project, stage).aws()?;
        let mut deployed = Vec::new();
        for bot in bots {
            let function = function_name(stage, &bot.name);
            let version = aws.alias(&function, ALIAS).await?;
            deployed.push(DeployedBot::of(bot, function, version));
        }
        Ok(Deployed {
            stage: stage.to_owned(),
            bots: deployed,
        })
    }
}

impl DeployedBot {
    fn of(bot: Bot, function: String, version: Option<String>) -> DeployedBot {
        let never_fires = bot.schedule.as_ref().is_some_and(Schedule::never_fires);
        let schedule = bot
            .schedule
            .map(|at| format!("cron({}), {}", at.cron, at.timezone));
        DeployedBot {
            bot: bot.name,
            function,
            version,
            route: bot.route,
            schedule,
            enabled: bot.enabled,
            never_fires,
        }
    }
}

impl fmt::Display for Deployed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bots.is_empty() {
            return f.write_str("functions/ has no bot");
        }
        let names = self.bots.iter().map(|bot| bot.function.len());
        let width = names.max().unwrap_or(0);
        let line = |bot: &DeployedBot| {
            let version = match &bot.version {
                Some(version) => format!("version {version}"),
                None => "not applied".to_owned(),
            };
            let trigger = bot.route.as_deref().or(bot.schedule.as_deref());
            let trigger = trigger.unwrap_or_default();
            let note = match bot {
                DeployedBot { enabled: false, .. } => ", off (enabled: false)",
                DeployedBot {
                    never_fires: true, ..
                } => ", which never fires: correct it, or write enabled: false",
                _ => "",
            };
            format!("{:<width$}  {version:<12}  {trigger}{note}", bot.function)
        };
        output::lines(f, self.bots.iter().map(line))
    }
}

/// A local stage that runs.
#[derive(Serialize)]
struct LocalStage<'a> {
    stage: String,
    #[serde(flatten)]
    status: Status,
    #[serde(skip)]
    project: &'a Project,
}

impl LocalStage<'_> {
    async fn of<'a>(project: &'a Project, stage: &str) -> Result<LocalStage<'a>> {
        let run = caller::running(project, stage)?;
        let answer = http::loopback()?
            .get(format!("{}/status", run.control))
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .context("the local stage does not respond")?;
        let bytes = answer.bytes().await?;
        let status = serde_json::from_slice(&bytes)
            .context("the local stage sent an unexpected response")?;
        Ok(LocalStage {
            stage: stage.to_owned(),
            status,
            project,
        })
    }
}

impl fmt::Display for LocalStage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Status {
            apis,
            functions,
            schedules,
            queues,
            ..
        } = &self.status;
        writeln!(f, "{} runs in process {}", self.stage, self.status.pid)?;
        f.write_str(&bots(self.project, functions, schedules, apis))?;
        writeln!(f)?;
        for (queue, messages) in queues {
            writeln!(f, "queue        {queue}: {messages} messages")?;
        }
        let secrets = self.project.relative(&self.status.parameters);
        write!(f, "secrets      {secrets}")
    }
}

/// What a person needs to know of each function of a local stage: its version, addresses, next times and log.
pub fn bots(
    project: &Project,
    functions: &[FunctionInfo],
    schedules: &[NextFires],
    apis: &BTreeMap<String, String>,
) -> String {
    let mut text = String::new();
    for function in functions {
        let version = function.aliases.get(ALIAS);
        let version = version.map(|version| format!(", version {version}"));
        let _ = writeln!(text, "\n{}{}", function.name, version.unwrap_or_default());
        let mut of_it = schedules.iter().filter(|one| one.function == function.name);
        if function.routes.is_empty() && !of_it.any(|schedule| schedule.enabled) {
            let _ = writeln!(text, "  off        nothing calls it: enabled: false");
        }
        for route in &function.routes {
            let _ = writeln!(text, "  route      {route}");
            if let Some(local) = local_url(route, apis) {
                let _ = writeln!(text, "  local      {local}");
            }
        }
        for fires in schedules
            .iter()
            .filter(|fires| fires.function == function.name)
        {
            let next = fires.at.iter().take(NEXT_TIMES);
            let next: Vec<String> = next.map(|at| in_zone(*at, &fires.timezone)).collect();
            let next = match (fires.enabled, next.as_slice()) {
                (false, _) => "none: it is disabled".to_owned(),
                (true, []) => "none: it never fires".to_owned(),
                (true, next) => next.join(", "),
            };
            let _ = writeln!(
                text,
                "  schedule   {}, {}",
                fires.expression, fires.timezone
            );
            let _ = writeln!(text, "  next       {next}");
        }
        let _ = writeln!(text, "  log        {}", project.relative(&function.log));
    }
    text
}

/// A route's local address: `POST https://….amazonaws.com/tryo` with the API's local address in place.
pub(crate) fn local_url(route: &str, apis: &BTreeMap<String, String>) -> Option<String> {
    apis.iter().find_map(|(applied, local)| {
        route
            .contains(applied.as_str())
            .then(|| route.replace(applied.as_str(), local))
    })
}
