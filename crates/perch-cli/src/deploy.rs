//! Which versions an apply changed: where each bot's alias `live` pointed before, and where it points after.
//!
//! `perch apply` writes it to `.perch/deploy/<stage>.json`, an apply offline to `.perch/local/<stage>/deploy.json`.
//! `perch smoke` and `perch rollback` read it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use perch_aws::Published;
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::project::Project;

/// The alias that routes, schedules and jobs call a function by.
pub const ALIAS: &str = "live";

/// What to say after a rollback.
pub const NEXT: &str = "the next apply moves `live` forward again, so revert the change first";

/// Where `live` points, by function; functions without it are left out.
pub type Versions = BTreeMap<String, String>;

/// What one apply changed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Record {
    /// By function.
    pub functions: BTreeMap<String, Change>,
}

/// A function's alias before and after.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `None` for a new function.
    pub before: Option<String>,
    /// Where it points after the apply.
    pub after: String,
}

impl Record {
    /// The record of an apply between these.
    pub fn between(before: &Versions, after: &Versions) -> Record {
        let change = |(function, version): (&String, &String)| {
            let change = Change {
                before: before.get(function).cloned(),
                after: version.clone(),
            };
            (function.clone(), change)
        };
        Record {
            functions: after.iter().map(change).collect(),
        }
    }

    /// The functions that the apply changed.
    pub fn changed(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.functions
            .iter()
            .filter(|(_, change)| change.before.as_ref() != Some(&change.after))
            .map(|(function, change)| (function.as_str(), change))
    }

    /// The record of a stage's last apply from here; `None` when there was none.
    ///
    /// # Errors
    /// When the file is not what an apply writes.
    pub fn read(place: Place<'_>) -> Result<Option<Record>> {
        let (path, project) = (place.record_file(), place.project());
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{}: apply again", project.relative(&path))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("{} cannot be read", project.relative(&path)))
            }
        }
    }

    /// Writes it for later commands.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, place: Place<'_>) -> Result<()> {
        let (path, project) = (place.record_file(), place.project());
        let attempt = || -> Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            Ok(std::fs::write(&path, serde_json::to_string_pretty(self)?)?)
        };
        attempt().with_context(|| format!("{} cannot be written", project.relative(&path)))
    }
}

/// A bot's function, by the bot's name.
pub fn function_name(stage: &str, bot: &str) -> String {
    format!("perch-{stage}-{bot}")
}

/// Where the aliases of a stage that was applied offline point, according to the simulated AWS.
///
/// # Errors
/// When what is kept cannot be read.
pub fn offline_versions(project: &Project, stage: &str) -> Result<Versions> {
    let published = Published::in_dir(project.simulated_aws());
    let mut versions = Versions::new();
    for function in published.functions()? {
        if function.starts_with(&function_name(stage, ""))
            && let Some(version) = published.alias(&function, ALIAS)?
        {
            versions.insert(function, version);
        }
    }
    Ok(versions)
}
