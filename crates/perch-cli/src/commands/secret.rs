//! `perch secret`: parameters by name, in SSM or on the local stage. A value goes in and never comes out.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::function;
use crate::output;
use crate::place::Place;
use crate::secrets;

pub use crate::secrets::check;

/// SSM's limit of a standard parameter, in bytes.
const MAX_VALUE: usize = 4096;

/// `perch secret set`: asks for the value without echo, or reads it from a pipe, and sets it.
///
/// # Errors
/// A bad name, an empty value, or what SSM answers.
pub async fn set(place: Place<'_>, path: &str) -> Result<()> {
    let stage = place.stage();
    check_path(stage, path)?;
    let name = function::parameter(stage, path);
    let readers = secrets::readers(place.project(), stage)?;
    // Before the prompt for the value: without credentials it would be typed in vain.
    let store = place.parameters().await?;
    let value = read_value(&name)?;
    let version = store.aws.put_secret(&name, &value).await?;
    println!("{name} is set {}, version {version}", store.place);
    match readers.get(&name) {
        Some(bots) => eprintln!("perch: read by {}", bots.join(", ")),
        None => eprintln!(
            "perch: no bot of {stage} reads it; these are read: {}",
            readers.keys().cloned().collect::<Vec<_>>().join(", ")
        ),
    }
    Ok(())
}

/// `perch secret list`: the names that a stage has or needs, and who reads them.
///
/// # Errors
/// What SSM answers.
pub async fn list(place: Place<'_>, json: bool) -> Result<()> {
    let stage = place.stage();
    let mut readers = secrets::readers(place.project(), stage)?;
    let store = place.parameters().await?;
    let below = format!("/perch/{stage}");
    let mut listed = BTreeMap::new();
    for found in store.aws.describe_below(&below).await? {
        let (version, kind) = (found.version, found.kind);
        listed.insert(found.name, State::Set { version, kind });
    }
    for name in readers.keys() {
        listed.entry(name.clone()).or_insert(State::Missing);
    }
    let listed = listed.into_iter().map(|(name, state)| Listed {
        read_by: readers.remove(&name).unwrap_or_default(),
        name,
        state,
    });
    output::print(&AllListed(listed.collect()), json);
    Ok(())
}

/// A parameter that a stage has or needs.
#[derive(Serialize)]
struct Listed {
    /// Its whole name.
    name: String,
    #[serde(flatten)]
    state: State,
    /// Bots.
    read_by: Vec<String>,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    Missing,
    Set {
        version: u64,
        /// SSM's word for how it is kept.
        #[serde(rename = "type")]
        kind: String,
    },
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Missing => f.pad("missing"),
            State::Set { version, kind } if kind == "SecureString" => {
                f.pad(&format!("version {version}"))
            }
            // Anyone who may read parameters can read it, without the key.
            State::Set { version, kind } => f.pad(&format!(
                "version {version}, but {kind}: delete it and set it again to encrypt it"
            )),
        }
    }
}

#[derive(Serialize)]
struct AllListed(Vec<Listed>);

impl fmt::Display for AllListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|one| one.name.len()).max().unwrap_or(0);
        let line = |one: &Listed| {
            let bots = match one.read_by.is_empty() {
                true => "no bot".to_owned(),
                false => one.read_by.join(", "),
            };
            format!("{:<width$}  {:<10}  read by {bots}", one.name, one.state)
        };
        output::lines(f, self.0.iter().map(line))
    }
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

/// The value, from the terminal without echo or from a pipe; a final line ending is not part of it.
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
        bail!("there was no value for {name}, so nothing was set");
    }
    if value.len() > MAX_VALUE {
        bail!(
            "the value of {name} has {} bytes, but SSM accepts {MAX_VALUE}",
            value.len()
        );
    }
    if value.trim() != value {
        eprintln!("perch: the value begins or ends with white space, and was set as it is");
    }
    Ok(value)
}
