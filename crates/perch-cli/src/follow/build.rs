//! The bots built for `perch up`: by plain cargo, for this machine, in the dev profile.
//!
//! One run of cargo builds all that are asked for. It selects the whole workspace, and `--examples` makes it count the features that
//! tests need as well: so nothing is compiled that `cargo test --workspace` has compiled already, nor the other way round.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::package::archive;
use crate::package::elf::Binary;
use crate::package::replace;
use crate::project::Project;
use crate::steps::{self, Step};

/// Which binary each zip was made of, beside the zips.
const MADE_OF: &str = ".made-of.json";

/// What came of a build.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The bots whose zips are up to date, and whether they are others than before.
    pub built: BTreeMap<String, bool>,
    /// The bots that could not be built.
    pub failed: Vec<String>,
    /// The compiler's words, whole.
    pub words: String,
}

/// A binary as it was when it was zipped: bytes and time of its last change.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct MadeOf {
    size: u64,
    nanoseconds: u128,
}

/// Builds the bots `names` and zips those that have changed, into [`Project::dev_zips`].
///
/// # Errors
/// When cargo cannot be run, or a zip cannot be written. Code that doesn't compile is no error: the outcome tells of it.
pub fn build(project: &Project, names: &[String], step: &mut Step) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    if names.is_empty() {
        return Ok(outcome);
    }
    let (executables, words) = compile(project, names, step)?;
    let mut made_of = read_made_of(project);
    for name in names {
        match executables.get(name) {
            Some(executable) => {
                let changed = pack(project, name, executable, &mut made_of)?;
                outcome.built.insert(name.clone(), changed);
            }
            None => outcome.failed.push(name.clone()),
        }
    }
    outcome.words = words;
    let bytes = serde_json::to_vec_pretty(&made_of)?;
    std::fs::create_dir_all(project.dev_zips()).context(".perch/dev cannot be created")?;
    replace(&project.dev_zips().join(MADE_OF), &bytes, 0o644)
        .context(".perch/dev cannot be written")?;
    Ok(outcome)
}

/// Runs cargo. The executables by name, and what cargo and the compiler said.
fn compile(
    project: &Project,
    names: &[String],
    step: &mut Step,
) -> Result<(BTreeMap<String, PathBuf>, String)> {
    let color = if std::io::stdout().is_terminal() {
        "always"
    } else {
        "never"
    };
    let mut command = Command::new("cargo");
    command
        .current_dir(project.root())
        .args([
            "build",
            "--workspace",
            "--examples",
            "--keep-going",
            "--quiet",
        ])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--color",
            color,
        ]);
    for name in names {
        command.args(["--bin", name]);
    }
    let mut executables = BTreeMap::new();
    let mut compiled = 0;
    let output = steps::run(step, &mut command, |line| {
        let message: Value = serde_json::from_str(line).ok()?;
        if message["fresh"] == false {
            compiled += 1;
        }
        let name = message["target"]["name"].as_str()?;
        if let Some(path) = message["executable"].as_str() {
            executables.insert(name.to_owned(), PathBuf::from(path));
        }
        Some(format!("{compiled} crates, now {name}"))
    })?;
    let words = output
        .text
        .lines()
        .filter(|line| !line.starts_with("{\"reason\":"));
    let words: Vec<&str> = words.collect();
    Ok((executables, words.join("\n")))
}

/// Zips one binary unless that is what the zip was made of. Says whether the code is another.
fn pack(
    project: &Project,
    name: &str,
    executable: &Path,
    made_of: &mut BTreeMap<String, MadeOf>,
) -> Result<bool> {
    let unreadable = || format!("{} cannot be read", project.relative(executable));
    let found = std::fs::metadata(executable).with_context(unreadable)?;
    let changed = found.modified().with_context(unreadable)?;
    let now = MadeOf {
        size: found.len(),
        nanoseconds: changed
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos(),
    };
    let target = project.dev_zips().join(format!("{name}.zip"));
    if made_of.get(name) == Some(&now) && target.is_file() {
        return Ok(false);
    }
    let binary = std::fs::read(executable).with_context(unreadable)?;
    let architecture = Binary::read(&binary).with_context(|| format!("functions/{name}"))?;
    let zip = archive::zip_fast(&binary, architecture.architecture)?;
    let changed = std::fs::read(&target).map_or(true, |old| old != zip);
    if changed {
        std::fs::create_dir_all(project.dev_zips()).context(".perch/dev cannot be created")?;
        replace(&target, &zip, 0o644)
            .with_context(|| format!("{} cannot be written", project.relative(&target)))?;
    }
    made_of.insert(name.to_owned(), now);
    Ok(changed)
}

/// Only to save work: whatever cannot be read is as if it had not been there.
fn read_made_of(project: &Project) -> BTreeMap<String, MadeOf> {
    let bytes = std::fs::read(project.dev_zips().join(MADE_OF)).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

impl Outcome {
    /// What a start needs: every bot.
    ///
    /// # Errors
    /// The compiler's words, whole.
    pub fn all(self) -> Result<Outcome> {
        if self.failed.is_empty() {
            return Ok(self);
        }
        let folders: Vec<String> = self
            .failed
            .iter()
            .map(|name| format!("functions/{name}"))
            .collect();
        bail!("{} could not be built\n{}", folders.join(", "), self.words)
    }
}
