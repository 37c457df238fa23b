//! What the builds of all peers need: their folders, other programs, zips and versions.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Where one peer's sources are, and where it is built.
pub(super) struct Place {
    /// Perch's folder.
    pub root: PathBuf,
    /// The peer's name and title, as `Bot` has them.
    pub name: &'static str,
    pub title: &'static str,
    /// `bench/<name>`.
    pub source: PathBuf,
    /// `.perch/bench/<name>`, ignored by git.
    pub built: PathBuf,
}

impl Place {
    pub(super) fn new(root: &Path, name: &'static str, title: &'static str) -> Result<Place> {
        let built = root.join(".perch/bench").join(name);
        fs::create_dir_all(&built)
            .with_context(|| format!("{} cannot be made", built.display()))?;
        Ok(Place {
            root: root.to_owned(),
            name,
            title,
            source: root.join("bench").join(name),
            built,
        })
    }

    /// Where the zip of what is measured is.
    pub(super) fn zip(&self) -> PathBuf {
        self.built.with_extension("zip")
    }

    /// What Perch's own tools are: `PERCH_TOOLS`, or else `.perch/tools`.
    pub(super) fn tools(&self) -> PathBuf {
        std::env::var_os("PERCH_TOOLS")
            .filter(|folder| !folder.is_empty())
            .map_or_else(|| self.root.join(".perch/tools"), PathBuf::from)
    }

    /// Runs a program to its end; what it prints is in `.perch/bench/<name>.log`.
    pub(super) fn run(&self, command: &mut Command) -> Result<()> {
        let path = self.built.with_extension("log");
        let log = File::options().create(true).append(true).open(&path)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let status = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .with_context(|| format!("{program} cannot be run"))?;
        let shown = path.strip_prefix(&self.root).unwrap_or(&path).display();
        let arguments: Vec<_> = command
            .get_args()
            .take(2)
            .map(|a| a.to_string_lossy())
            .collect();
        ensure!(
            status.success(),
            "`{program} {}` failed (see {shown})",
            arguments.join(" ")
        );
        Ok(())
    }

    /// Does `work` unless it was done with the same `files`; they are compared with copies of the last time.
    pub(super) fn once(&self, files: &[&str], work: impl FnOnce() -> Result<()>) -> Result<()> {
        let stamp = self.built.join(".installed");
        let mut now = Vec::new();
        for file in files {
            let path = self.source.join(file);
            now.extend(fs::read(&path).with_context(|| path.display().to_string())?);
        }
        if fs::read(&stamp).is_ok_and(|last| last == now) {
            return Ok(());
        }
        fs::remove_dir_all(&self.built).ok();
        fs::create_dir_all(&self.built)?;
        work()?;
        Ok(fs::write(&stamp, now)?)
    }
}

/// What a program says of its version in one line. An error says what is not installed.
pub(super) fn version(program: &str, argument: &str) -> Result<String> {
    let output = Command::new(program)
        .arg(argument)
        .stderr(Stdio::null())
        .output()
        .map_err(|_| anyhow!("there is no `{program}` on the PATH"))?;
    ensure!(output.status.success(), "`{program} {argument}` failed");
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Zips one file or a whole folder as Lambda takes it, at deflate's highest level, as `make package` does.
pub(super) fn zip(from: &Path, name: Option<&str>, to: &Path) -> Result<()> {
    let mut writer = ZipWriter::new(io::BufWriter::new(File::create(to)?));
    match name {
        Some(name) => add(&mut writer, from, name)?,
        None => add_folder(&mut writer, from, from)?,
    }
    writer.finish()?.flush()?;
    Ok(())
}

type Writer = ZipWriter<io::BufWriter<File>>;

fn add_folder(writer: &mut Writer, root: &Path, folder: &Path) -> Result<()> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(writer, root, &path)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            add(writer, &path, &name)?;
        }
    }
    Ok(())
}

fn add(writer: &mut Writer, path: &Path, name: &str) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    writer.start_file(name, options)?;
    io::copy(&mut File::open(path)?, writer)?;
    Ok(())
}

/// `name version` of those crates in a `Cargo.lock`, in this order.
pub(super) fn locked(lock: &Path, crates: &[&str]) -> Result<String> {
    let text = fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
    let mut found = Vec::new();
    for name in crates {
        let line = format!("name = \"{name}\"\nversion = \"");
        let Some((_, rest)) = text.split_once(&line) else {
            bail!("{} has no {name}", lock.display());
        };
        let version = rest.split('"').next().unwrap_or_default();
        found.push(format!("{name} {version}"));
    }
    Ok(found.join(", "))
}
