//! `functions/<name>/function.yaml`, typed.
//!
//! Terraform reads the same files with `yamldecode` and validates them (`terraform/modules/stage`); an editor does
//! with `docs/function.schema.json`. This reader serves the commands that need to know a bot's secrets, route and
//! schedule before Terraform runs; it refuses what it does not know, so that a misspelt key is found by whichever
//! comes first.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::project::{Project, STAGES};
use crate::{reading, yaml};

/// The file's name in a bot's folder.
pub const FILE: &str = "function.yaml";

/// A bot's declaration as written: its general settings, and the overrides of each stage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// What the bot is for, in a sentence.
    pub description: Option<String>,
    /// `METHOD /path`.
    pub route: Option<String>,
    /// When EventBridge Scheduler starts it.
    pub schedule: Option<Schedule>,
    /// Whether its trigger calls it; `None` is yes.
    pub enabled: Option<bool>,
    /// MiB.
    pub memory: Option<u32>,
    /// Seconds.
    pub timeout: Option<u32>,
    /// How many environments may run at once.
    pub concurrency: Option<u32>,
    /// Plain variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Variable: SSM parameter below `/perch/<stage>/`.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Any of the above again, for one stage.
    #[serde(default)]
    pub stages: BTreeMap<String, Settings>,
}

/// One stage's settings: the keys of [`Declaration`], each optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "as in Declaration")]
pub struct Settings {
    pub description: Option<String>,
    pub route: Option<String>,
    pub schedule: Option<Schedule>,
    pub enabled: Option<bool>,
    pub memory: Option<u32>,
    pub timeout: Option<u32>,
    pub concurrency: Option<u32>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// A schedule of EventBridge Scheduler.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Six fields, as EventBridge Scheduler takes them.
    pub cron: String,
    /// An IANA name.
    pub timezone: String,
}

impl Schedule {
    /// Whether it does not fire any more, as on 31 February or in a year that is over. An expression that cannot be read
    /// is for Terraform's rules to refuse.
    pub fn never_fires(&self) -> bool {
        let expression = format!("cron({})", self.cron);
        let schedule = perch_schedule::Schedule::parse(&expression, &self.timezone);
        schedule.is_ok_and(|schedule| schedule.next_after(jiff::Timestamp::now()).is_none())
    }
}

/// A bot as one stage has it: its general settings with the stage's over them.
#[derive(Clone, Debug)]
pub struct Bot {
    /// The folder's name.
    pub name: String,
    /// `METHOD /path`, if Slack calls the bot.
    pub route: Option<String>,
    /// The schedule, if the bot has one.
    pub schedule: Option<Schedule>,
    /// Whether its trigger calls it: `enabled: false` switches a bot off.
    pub enabled: bool,
    /// Seconds that its function may run, if that is said.
    pub timeout: Option<u32>,
    /// Variable: whole parameter name, `/perch/<stage>/…`.
    pub secrets: BTreeMap<String, String>,
}

/// Reads the text of a `function.yaml`.
///
/// # Errors
/// What YAML's readers do not read alike, each with its line and in the words of Terraform's rules; not YAML, an unknown key, a
/// value of the wrong type, or an unknown stage.
pub fn parse(text: &str) -> Result<Declaration> {
    refuse(&reading::problems(text))?;
    refuse(&reading::mistyped(&yaml::read(text)?))?;
    let declaration: Declaration = yaml::read(text)?;
    for stage in declaration.stages.keys() {
        if !STAGES.contains(&stage.as_str()) {
            bail!(
                "stages.{stage}: unknown stage; write {}",
                STAGES.join(" or ")
            );
        }
    }
    Ok(declaration)
}

fn refuse(problems: &[String]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}", problems.join("\n"))
}

impl Declaration {
    /// The bot `name` as `stage` has it: secrets merge by variable, a stage's trigger replaces the general one.
    pub fn for_stage(&self, name: &str, stage: &str) -> Bot {
        let over = self.stages.get(stage).cloned().unwrap_or_default();
        let (route, schedule) = if over.route.is_some() || over.schedule.is_some() {
            (over.route, over.schedule)
        } else {
            (self.route.clone(), self.schedule.clone())
        };
        let mut secrets = self.secrets.clone();
        secrets.extend(over.secrets);
        Bot {
            name: name.to_owned(),
            route,
            schedule,
            enabled: over.enabled.or(self.enabled).unwrap_or(true),
            timeout: over.timeout.or(self.timeout),
            secrets: secrets
                .into_iter()
                .map(|(variable, path)| (variable, parameter(stage, &path)))
                .collect(),
        }
    }
}

/// The whole name of a stage's parameter.
pub fn parameter(stage: &str, path: &str) -> String {
    format!("/perch/{stage}/{path}")
}

/// All bots as `stage` has them, by name.
///
/// # Errors
/// The first file that is missing or invalid.
pub fn bots(project: &Project, stage: &str) -> Result<Vec<Bot>> {
    project
        .bots()?
        .into_iter()
        .map(|name| {
            let path = path(project, &name);
            // Shown from the project's folder: shorter, and what a person would open.
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", project.relative(&path)))?;
            let declaration = parse(&text).with_context(|| project.relative(&path).to_string())?;
            Ok(declaration.for_stage(&name, stage))
        })
        .collect()
}

/// `functions/<name>/function.yaml`.
pub fn path(project: &Project, name: &str) -> PathBuf {
    project.functions().join(name).join(FILE)
}

/// Checks a bot's name: it becomes part of names on AWS. The same rules as in `terraform/modules/stage`.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_name(name: &str, scheduled: bool) -> Result<()> {
    let good =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !name.starts_with(|first: char| first.is_ascii_lowercase())
        || !name.chars().all(good)
        || name.ends_with('-')
    {
        bail!(
            "`{name}` cannot be a bot's name: use lower-case letters, digits and hyphens, with a letter first and no hyphen last"
        );
    }
    let role = format!(
        "perch-production-{name}{}",
        if scheduled { "-schedule" } else { "" }
    );
    if role.len() > MAX_ROLE_NAME {
        bail!(
            "`{name}` is too long: its role {role} would have {} characters, but IAM allows {MAX_ROLE_NAME}",
            role.len()
        );
    }
    Ok(())
}

/// Characters in a role's name (IAM user guide, "IAM and AWS STS quotas").
const MAX_ROLE_NAME: usize = 64;

impl Declaration {
    /// Whether the bot has a schedule on any stage.
    pub fn is_scheduled(&self) -> bool {
        self.schedule.is_some() || self.stages.values().any(|stage| stage.schedule.is_some())
    }
}
