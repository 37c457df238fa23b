//! What was built before the rehearsal, handed over in place of the first execution's Package build; and the comparison with
//! what the next execution builds.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use crate::archive;

/// The zips and the `perch` command, built from the last commit.
#[derive(Clone, Debug)]
pub struct Prebuilt {
    /// The folder of the zips, `dist/`.
    pub zips: PathBuf,
    /// The `perch` command.
    pub command: PathBuf,
}

/// Bots that were built a second time, elsewhere: those whose zips have the same bytes, and those whose don't.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub same: Vec<String>,
    pub changed: Vec<String>,
}

impl fmt::Display for Rebuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |names: &[String]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        write!(
            f,
            "with the same bytes: {}; with others: {}",
            names(&self.same),
            names(&self.changed)
        )
    }
}

impl Prebuilt {
    /// Makes the artifact that Package would: `make handover` in `checkout`, a clean one of the commit, after the zips and the
    /// command were put there.
    ///
    /// # Errors
    /// When a zip or the command is missing, or `make handover` fails; with what it printed.
    pub(crate) async fn hand_over(
        &self,
        checkout: &Path,
        environment: &BTreeMap<String, String>,
        artifact: &Path,
    ) -> Result<()> {
        let dist = checkout.join("dist");
        fs::create_dir_all(&dist).with_context(|| format!("{} cannot be made", dist.display()))?;
        let entries = fs::read_dir(&self.zips)
            .with_context(|| format!("{} cannot be read: make package", self.zips.display()))?;
        for entry in entries {
            let path = entry?.path();
            if let Some(name) = path
                .file_name()
                .filter(|_| path.extension().is_some_and(|it| it == "zip"))
            {
                copy(&path, &dist.join(name))?;
            }
        }
        let bin = checkout.join(".perch/bin");
        fs::create_dir_all(&bin).with_context(|| format!("{} cannot be made", bin.display()))?;
        copy(&self.command, &bin.join("perch"))?;
        let output = tokio::process::Command::new("make")
            .arg("handover")
            .current_dir(checkout)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("make cannot be run")?;
        ensure!(
            output.status.success(),
            "make handover failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let everything = ["**/*".to_owned()];
        let found = archive::find(
            &checkout.join(".perch/handover"),
            &everything,
            &[],
            false,
            false,
        )?;
        archive::pack(&found, artifact)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}

/// Compares the bots of two artifacts of Package. A bot that only one of them has is none of both.
///
/// # Errors
/// When an artifact cannot be read.
pub(crate) fn compare(handed_over: &Path, built: &Path) -> Result<Rebuilt> {
    let (before, mut after) = (zips(handed_over)?, zips(built)?);
    let mut rebuilt = Rebuilt::default();
    for (name, bytes) in before {
        match after.remove(&name) {
            Some(again) if again == bytes => rebuilt.same.push(name),
            Some(_) => rebuilt.changed.push(name),
            None => {}
        }
    }
    Ok(rebuilt)
}

/// What is in `dist/<bot>.zip` of an artifact, by bot.
fn zips(artifact: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let unreadable = || format!("{} cannot be read", artifact.display());
    let file = File::open(artifact).with_context(unreadable)?;
    let mut archive = zip::ZipArchive::new(file).with_context(unreadable)?;
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).with_context(unreadable)?;
        let name = entry.name().with_context(unreadable)?;
        let bot = name
            .strip_prefix("dist/")
            .and_then(|name| name.strip_suffix(".zip"))
            .map(str::to_owned);
        drop(name);
        if let Some(bot) = bot {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).with_context(unreadable)?;
            found.insert(bot, bytes);
        }
    }
    Ok(found)
}
