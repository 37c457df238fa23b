//! Perch's own bot, packaged by `perch package` as every bot is.
//!
//! It is not in `functions/`, where it would be deployed, but `perch package` knows no other place. So `.perch/bench/perch` is a
//! project made of links, in which it is.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Peer;
use super::tools::{self, Place};
use crate::bot::{Answers, Bot};

/// The workspace's member that the project of links has elsewhere.
const MEMBER: &str = "\"bench/perch\"";

pub(super) fn build(place: &Place) -> Result<Peer> {
    lay_out(place).context("the project of links")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let perch = place.root.join(&target).join("debug/perch");
    let perch = Some(place.root.join(".perch/bin/perch"))
        .filter(|handed_over| handed_over.is_file())
        .unwrap_or(perch);
    ensure!(
        perch.is_file(),
        "the perch command is not built: run `make bench`"
    );
    let mut command = Command::new(perch);
    command
        .current_dir(&place.built)
        .env("PERCH_TOOLS", place.tools())
        .env("CARGO_TARGET_DIR", place.built.join("target"))
        .args(["package", "bench"]);
    place.run(&mut command)?;
    let mut bot = Bot::unzip(&place.built.join("dist/bench.zip"))?;
    bot.name = place.name.to_owned();
    bot.title = place.title.to_owned();
    bot.answers = Answers::Repeats;
    let versions = tools::locked(&place.root.join("Cargo.lock"), &["perch"])?;
    Ok(Peer {
        bot,
        made_of: format!("{}, {versions}", tools::version("rustc", "--version")?),
    })
}

fn lay_out(place: &Place) -> Result<()> {
    let manifest = fs::read_to_string(place.root.join("Cargo.toml"))?;
    ensure!(
        manifest.contains(MEMBER),
        "Cargo.toml has no member {MEMBER}"
    );
    // The same lock file does for it, as all other members are there, too.
    let manifest = manifest.replace(&format!(", {MEMBER}"), "");
    fs::write(place.built.join("Cargo.toml"), manifest)?;
    fs::copy(
        place.root.join("Cargo.lock"),
        place.built.join("Cargo.lock"),
    )?;
    let functions = place.built.join("functions");
    // Bots that are gone since must not stay.
    fs::remove_dir_all(&functions).ok();
    fs::create_dir(&functions)?;
    for entry in fs::read_dir(place.root.join("functions"))? {
        let entry = entry?;
        link(&entry.path(), &functions.join(entry.file_name()))?;
    }
    link(&place.source, &functions.join("bench"))?;
    for folder in ["crates", "terraform"] {
        link(&place.root.join(folder), &place.built.join(folder))?;
    }
    Ok(())
}

fn link(to: &Path, at: &Path) -> io::Result<()> {
    match symlink(to, at) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}
