//! `perch secret`: parameters by name, in SSM or in the local stage. A value goes in and never comes out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use perch_aws::Parameters;

use crate::aws::Aws;
use crate::function;
use crate::project::Project;

/// SSM's limit of a standard parameter, in bytes.
const MAX_VALUE: usize = 4096;

/// Who reads each parameter of a stage: whole name to bots.
///
/// # Errors
/// A `function.yaml` that is not understood.
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

/// A value for a parameter of a local stage, which Slack's and GitHub's doubles take.
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
fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no random numbers can be had from /dev/urandom")?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// `perch secret set`: asks for the value without echo, or reads it from a pipe, and sets it.
///
/// # Errors
/// A bad name, an empty value, or what SSM answers.
pub async fn set(project: &Project, stage: &str, path: &str, local: bool) -> Result<()> {
    check_path(stage, path)?;
    let name = function::parameter(stage, path);
    let readers = readers(project, stage)?;
    // Before the value is asked for: without credentials it would be typed in vain.
    let aws = if local { None } else { Some(Aws::new()?) };
    let value = read_value(&name)?;
    match aws {
        None => {
            Parameters::in_data_dir(&project.local(stage)).set(&name, &value)?;
            println!("{name} is set for the local stage");
        }
        Some(aws) => {
            let version = aws.put_secret(&name, &value).await?;
            println!("{name} is set in SSM ({}), version {version}", aws.region());
        }
    }
    match readers.get(&name) {
        Some(bots) => eprintln!("perch: read by {}", bots.join(", ")),
        None => eprintln!(
            "perch: no bot of {stage} reads it; those that are read: {}",
            readers.keys().cloned().collect::<Vec<_>>().join(", ")
        ),
    }
    Ok(())
}

/// `perch secret list`: the names that a stage has or needs, and who reads them.
///
/// # Errors
/// What SSM answers.
pub async fn list(project: &Project, stage: &str, local: bool) -> Result<()> {
    let readers = readers(project, stage)?;
    let mut names: BTreeMap<String, String> = if local {
        let parameters = Parameters::in_data_dir(&project.local(stage));
        let names = parameters.names()?;
        names
            .into_iter()
            .map(|name| (name, "set".to_owned()))
            .collect()
    } else {
        let found = Aws::new()?
            .describe_below(&format!("/perch/{stage}"))
            .await?;
        let shown = |kind: &str, version: u64| match kind {
            "SecureString" => format!("version {version}"),
            // Readable by whoever may read parameters, without the key.
            other => format!("version {version}, but {other}: set it again to encrypt it"),
        };
        found
            .into_iter()
            .map(|found| (found.name, shown(&found.kind, found.version)))
            .collect()
    };
    for name in readers.keys() {
        names
            .entry(name.clone())
            .or_insert_with(|| "missing".to_owned());
    }
    let width = names.keys().map(String::len).max().unwrap_or(0);
    for (name, state) in names {
        let bots = readers
            .get(&name)
            .map_or("no bot".to_owned(), |bots| bots.join(", "));
        println!("{name:<width$}  {state:<10}  read by {bots}");
    }
    Ok(())
}

/// `perch secret check`: whether everything that the stage's bots read is there. Asks for names, never for values.
///
/// # Errors
/// Names each missing parameter, the bots that read it, and the command that sets it.
pub async fn check(project: &Project, stage: &str, local: bool) -> Result<()> {
    let readers = readers(project, stage)?;
    let wanted: Vec<String> = readers.keys().cloned().collect();
    if wanted.is_empty() {
        println!("no bot of {stage} reads a secret");
        return Ok(());
    }
    let (found, place) = if local {
        let names = Parameters::in_data_dir(&project.local(stage)).names()?;
        (names, "the local stage".to_owned())
    } else {
        let aws = Aws::new()?;
        let found = aws.describe(&wanted).await?;
        let names = found.into_iter().map(|found| found.name).collect();
        (names, format!("SSM ({})", aws.region()))
    };
    let missing: Vec<&String> = wanted.iter().filter(|name| !found.contains(name)).collect();
    if missing.is_empty() {
        println!("{} secrets of {stage} are in {place}", wanted.len());
        return Ok(());
    }
    bail!(missing_message(&missing, &readers, stage, &place, local))
}

fn missing_message(
    missing: &[&String],
    readers: &BTreeMap<String, Vec<String>>,
    stage: &str,
    place: &str,
    local: bool,
) -> String {
    let mut text = match missing.len() {
        1 => format!("a secret is missing in {place}; nothing was changed"),
        count => format!("{count} secrets are missing in {place}; nothing was changed"),
    };
    let prefix = function::parameter(stage, "");
    for name in missing {
        let path = name.strip_prefix(&prefix).unwrap_or(name);
        let bots = readers
            .get(*name)
            .map(|bots| bots.join(", "))
            .unwrap_or_default();
        let local = if local { " LOCAL=1" } else { "" };
        let _ = write!(
            text,
            "\n  {name}  read by {bots}\n      make secret STAGE={stage} NAME={path}{local}"
        );
    }
    text
}

/// A path below the stage, by SSM's rule for names.
fn check_path(stage: &str, path: &str) -> Result<()> {
    let below = function::parameter(stage, "");
    if let Some(rest) = path.strip_prefix(&below) {
        bail!("{path}: name it below the stage, as `{rest}`");
    }
    let good = path.split('/').all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter))
    });
    if !good {
        bail!(
            "`{path}` is not a parameter's path: letters, digits and . - _ with / between, as in slack-bot-token or tryo/slack-signing-secret"
        );
    }
    Ok(())
}

/// The value, from the terminal without echo or from what is piped in; one line end at its end is not part of it.
fn read_value(name: &str) -> Result<String> {
    let mut value = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("value of {name} (not shown): "))
            .context("the value cannot be read from the terminal")?
    } else {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("the value cannot be read: is it text?")?;
        text
    };
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    if value.is_empty() {
        bail!("no value was given for {name}, so nothing was set");
    }
    if value.len() > MAX_VALUE {
        bail!(
            "the value of {name} has {} bytes, and SSM takes {MAX_VALUE}",
            value.len()
        );
    }
    if value.trim() != value {
        eprintln!("perch: the value begins or ends with white space, and is set as it is");
    }
    Ok(value)
}
