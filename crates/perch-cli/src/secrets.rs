//! The parameters that a stage's bots read: who reads which, and whether all are there.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;

use anyhow::{Context, Result, bail};

use crate::function;
use crate::place::Place;
use crate::project::Project;

/// Who reads each parameter of a stage: whole name to bots.
///
/// # Errors
/// A `function.yaml` that is invalid.
pub fn readers(project: &Project, stage: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let mut readers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for bot in function::bots(project, stage)? {
        for name in bot.secrets.into_values() {
            let bots = readers.entry(name).or_default();
            if !bots.contains(&bot.name) {
                bots.push(bot.name.clone());
            }
        }
    }
    Ok(readers)
}

/// A value for a parameter of a local stage, which the doubles of Slack and GitHub accept.
///
/// # Errors
/// When the system has no random numbers.
pub fn made_up(parameter: &str) -> Result<String> {
    let random = random_hex()?;
    Ok(if parameter.ends_with("token") {
        format!("demo-token-{random}")
    } else {
        random
    })
}

/// 128 random bits, of which Slack's signing secrets have as many.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read random numbers from /dev/urandom")?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// What the stage's bots that are switched on read: a bot that nothing calls needs nothing yet.
fn needed(project: &Project, stage: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let bots = function::bots(project, stage)?;
    let on: Vec<String> = bots
        .into_iter()
        .filter(|bot| bot.enabled)
        .map(|bot| bot.name)
        .collect();
    let mut readers = readers(project, stage)?;
    readers.retain(|_, bots| bots.iter().any(|bot| on.contains(bot)));
    Ok(readers)
}

/// Secrets that are not there, of those that a stage's bots need.
pub struct Missing {
    /// Whole names.
    pub names: Vec<String>,
    readers: BTreeMap<String, Vec<String>>,
    store: String,
    needed: usize,
}

impl Missing {
    /// Asks for names, never for values.
    ///
    /// # Errors
    /// No credentials, what AWS answers, or a `function.yaml` that is invalid.
    pub async fn find(place: Place<'_>) -> Result<Missing> {
        let readers = needed(place.project(), place.stage())?;
        let wanted: Vec<String> = readers.keys().cloned().collect();
        let needed = wanted.len();
        if wanted.is_empty() {
            let (names, store) = (Vec::new(), String::new());
            return Ok(Missing {
                names,
                readers,
                store,
                needed,
            });
        }
        let store = place.parameters().await?;
        let found = store.aws.describe(&wanted).await?;
        let is_there = |name: &String| found.iter().any(|found| found.name == *name);
        Ok(Missing {
            names: wanted.into_iter().filter(|name| !is_there(name)).collect(),
            readers,
            store: store.place,
            needed,
        })
    }

    /// Each name, the bots that read it, and the command that sets it.
    pub fn told(&self, place: Place<'_>, consequence: &str) -> String {
        let mut text = match self.names.len() {
            1 => format!("a secret is missing {}; {consequence}", self.store),
            count => format!("{count} secrets are missing {}; {consequence}", self.store),
        };
        let (stage, here) = (place.stage(), place.make_argument());
        let prefix = function::parameter(stage, "");
        for name in &self.names {
            let path = name.strip_prefix(&prefix).unwrap_or(name);
            let bots = self.readers.get(name).map(|bots| bots.join(", "));
            let bots = bots.unwrap_or_default();
            let _ = write!(
                text,
                "\n  {name}  read by {bots}\n      make secret STAGE={stage} NAME={path}{here}"
            );
        }
        text
    }
}

/// Whether everything that the stage's bots need is there. Asks for names, never for values.
///
/// # Errors
/// Names each missing parameter, the bots that read it, and the command that sets it.
pub async fn check(place: Place<'_>) -> Result<()> {
    let stage = place.stage();
    let missing = Missing::find(place).await?;
    if missing.needed == 0 {
        println!("no bot of {stage} reads a secret");
        return Ok(());
    }
    if missing.names.is_empty() {
        let Missing { needed, store, .. } = &missing;
        println!("{needed} secrets of {stage} are {store}");
        return Ok(());
    }
    bail!(missing.told(place, "nothing was changed"))
}
