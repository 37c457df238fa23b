//! What is measured: the executable in a zip, or one as it is, with the environment of its `function.yaml`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

/// An executable on disk.
pub struct Bootstrap {
    /// The zip's or the file's name without its ending.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What its `function.yaml` sets, secrets as the parameters' names; two secrets when it has none.
    pub environment: BTreeMap<String, String>,
    /// Where a zip's was put; removed with this.
    _folder: Option<TempDir>,
}

impl Bootstrap {
    /// Takes a zip with one file `bootstrap`, or an executable.
    pub fn open(path: &Path) -> Result<Bootstrap> {
        if path.extension().is_some_and(|extension| extension == "zip") {
            Bootstrap::unzip(path)
        } else {
            Bootstrap::take(path.to_owned(), name_of(path), None)
        }
    }

    /// Takes another executable of this crate, built the same way. `cargo run` builds this one alone.
    pub fn beside_this(name: &str) -> Result<Bootstrap> {
        let path = std::env::current_exe()?.with_file_name(name);
        let profile = if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "perch-bench"])
            .args(["--bin", name, "--profile", profile])
            .status()
            .context("cannot run cargo")?;
        ensure!(built.success() && path.exists(), "cannot build {name}");
        Bootstrap::take(path, name.to_owned(), None)
    }

    fn unzip(path: &Path) -> Result<Bootstrap> {
        let mut archive = zip::ZipArchive::new(File::open(path)?)?;
        let architecture = String::from_utf8_lossy(archive.comment()).into_owned();
        let ours = format!(
            "architecture={}",
            std::env::consts::ARCH.replace("aarch64", "arm64")
        );
        ensure!(
            architecture == ours,
            "the zip is for another machine ({architecture:?}, this one runs {ours:?}): package it with ARCH={}",
            ours.trim_start_matches("architecture=")
        );
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("bootstrap");
        let mut packed = archive
            .by_name("bootstrap")
            .context("no file `bootstrap` in it")?;
        io::copy(&mut packed, &mut File::create(&target)?)?;
        fs::set_permissions(&target, fs::Permissions::from_mode(0o755))?;
        let mut bootstrap = Bootstrap::take(target, name_of(path), Some(folder))?;
        if let Some(function) = Function::of(path)? {
            bootstrap.environment = function.variables();
        }
        Ok(bootstrap)
    }

    fn take(path: PathBuf, name: String, folder: Option<TempDir>) -> Result<Bootstrap> {
        let bytes = fs::metadata(&path)?.len();
        Ok(Bootstrap {
            name,
            path: path.canonicalize()?,
            bytes,
            environment: variables(&[
                ("SLACK_SIGNING_SECRET", "bench/slack-signing-secret"),
                ("SLACK_BOT_TOKEN", "slack-bot-token"),
            ]),
            _folder: folder,
        })
    }
}

/// What the bench needs of a `function.yaml`.
#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
}

impl Function {
    /// The one of `dist/<name>.zip`, which is `functions/<name>/function.yaml` beside `dist`.
    fn of(zip: &Path) -> Result<Option<Function>> {
        let root = zip.canonicalize()?;
        let Some(root) = root.parent().and_then(Path::parent) else {
            return Ok(None);
        };
        let path = root
            .join("functions")
            .join(name_of(zip))
            .join("function.yaml");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(None);
        };
        let function = serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Some(function))
    }

    fn variables(self) -> BTreeMap<String, String> {
        let secrets: Vec<(&str, &str)> = self
            .secrets
            .iter()
            .map(|(name, path)| (name.as_str(), path.as_str()))
            .collect();
        let mut all = variables(&secrets);
        all.extend(self.environment);
        all
    }
}

/// Secrets as Terraform puts them into the environment.
fn variables(secrets: &[(&str, &str)]) -> BTreeMap<String, String> {
    secrets
        .iter()
        .map(|(name, path)| ((*name).to_owned(), format!("ssm:/perch/staging/{path}")))
        .collect()
}

/// Every zip in `dist`.
pub fn packaged() -> Result<Vec<PathBuf>> {
    let mut zips: Vec<PathBuf> = fs::read_dir("dist")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
        .collect();
    zips.sort();
    ensure!(
        !zips.is_empty(),
        "no zip in dist/: run `make package` first"
    );
    Ok(zips)
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
