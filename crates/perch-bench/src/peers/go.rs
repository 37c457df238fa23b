//! Go, built as the guide of aws-lambda-go says.

use std::process::Command;

use anyhow::{Context, Result};

use super::Peer;
use super::tools::{self, Place};
use crate::bot::Bot;

pub(super) fn build(place: &Place) -> Result<Peer> {
    let version = tools::version("go", "version")?;
    let program = place.built.join("bootstrap");
    let mut command = Command::new("go");
    command
        .current_dir(&place.source)
        .env("CGO_ENABLED", "0")
        .args(["build", "-mod=readonly", "-trimpath"])
        .args(["-tags", "lambda.norpc", "-ldflags", "-s -w", "-o"])
        .arg(&program)
        .arg(".");
    place.run(&mut command)?;
    tools::zip(&program, Some("bootstrap"), &place.zip())?;
    Ok(Peer {
        bot: Bot::new(place.name, place.title, vec![program], &place.zip())?,
        made_of: format!(
            "{}, {}",
            version.trim_start_matches("go version "),
            required(place)?
        ),
    })
}

/// The modules that `go.mod` requires directly.
fn required(place: &Place) -> Result<String> {
    let text = std::fs::read_to_string(place.source.join("go.mod")).context("bench/go/go.mod")?;
    let modules: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with('\t') && !line.ends_with("// indirect"))
        .map(|line| line.trim().trim_start_matches("github.com/").to_owned())
        .collect();
    Ok(modules.join(", "))
}
