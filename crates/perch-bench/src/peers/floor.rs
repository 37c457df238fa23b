//! The least function there can be: `lambda_runtime` and an answer.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Peer;
use super::tools::{self, Place};
use crate::bot::{Answers, Bot};

/// Builds this crate's binary `floor`, beside the running one.
pub(super) fn build(place: &Place) -> Result<Peer> {
    let program = std::env::current_exe()?.with_file_name("floor");
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(&place.root)
        .args(["build", "--quiet", "--locked", "--package", "perch-bench"])
        .args(["--bin", "floor", "--profile", profile])
        .status()
        .context("cargo cannot be run")?;
    ensure!(built.success() && program.exists(), "cannot be built");
    tools::zip(&program, Some("bootstrap"), &place.zip())?;
    let mut bot = Bot::new(place.name, place.title, vec![program], &place.zip())?;
    bot.answers = Answers::Anything;
    bot.environment.clear();
    let versions = tools::locked(&place.root.join("Cargo.lock"), &["lambda_runtime", "tokio"])?;
    Ok(Peer {
        bot,
        made_of: format!("{}, {versions}", tools::version("rustc", "--version")?),
    })
}
