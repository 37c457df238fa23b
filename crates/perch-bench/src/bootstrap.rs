//! What is measured: the executable in a zip, or one as it is.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// An executable on disk.
pub struct Bootstrap {
    /// The zip's or the file's name without its ending.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
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

    /// Takes another executable of this crate.
    pub fn beside_this(name: &str) -> Result<Bootstrap> {
        let path = std::env::current_exe()?.with_file_name(name);
        ensure!(
            path.exists(),
            "{} is missing: run `cargo build --release -p perch-bench` first",
            path.display()
        );
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
        Bootstrap::take(target, name_of(path), Some(folder))
    }

    fn take(path: PathBuf, name: String, folder: Option<TempDir>) -> Result<Bootstrap> {
        let bytes = fs::metadata(&path)?.len();
        Ok(Bootstrap {
            name,
            path: path.canonicalize()?,
            bytes,
            _folder: folder,
        })
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
