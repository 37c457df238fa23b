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

/// Whether everything that the stage's bots read is there. Asks for names, never for values.
///
/// # Errors
/// Names each missing parameter, the bots that read it, and the command that sets it.
pub async fn check(place: Place<'_>) -> Result<()> {
    let stage = place.stage();
    let readers = readers(place.project(), stage)?;
    let wanted: Vec<String> = readers.keys().cloned().collect();
    if wanted.is_empty() {
        println!("no bot of {stage} reads a secret");
        return Ok(());
    }
    let store = place.parameters().await?;
    let found = store.aws.describe(&wanted).await?;
    let found: Vec<String> = found.into_iter().map(|found| found.name).collect();
    let missing: Vec<&String> = wanted.iter().filter(|name| !found.contains(name)).collect();
    if missing.is_empty() {
        println!("{} secrets of {stage} are {}", wanted.len(), store.place);
        return Ok(());
    }
    bail!(missing_message(&missing, &readers, place, &store.place))
}

fn missing_message(
    missing: &[&String],
    readers: &BTreeMap<String, Vec<String>>,
    place: Place<'_>,
    store: &str,
) -> String {
    let mut text = match missing.len() {
        1 => format!("a secret is missing {store}; nothing was changed"),
        count => format!("{count} secrets are missing {store}; nothing was changed"),
    };
    let (stage, here) = (place.stage(), place.make_argument());
    let prefix = function::parameter(stage, "");
    for name in missing {
        let path = name.strip_prefix(&prefix).unwrap_or(name);
        let bots = readers
            .get(*name)
            .map(|bots| bots.join(", "))
            .unwrap_or_default();
        let _ = write!(
            text,
            "\n  {name}  read by {bots}\n      make secret STAGE={stage} NAME={path}{here}"
        );
    }
    text
}
