//! Rust without Perch, built as AWS's guide says: by cargo-lambda, which `make` has installed for the bots anyway.

use std::process::Command;

use anyhow::Result;

use super::Peer;
use super::tools::{self, Place};
use crate::bot::Bot;

pub(super) fn build(place: &Place) -> Result<Peer> {
    let tools = place.tools();
    let bin = tools.join("venv/bin");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(bin.join("cargo-lambda"));
    command
        .current_dir(&place.source)
        .args(["lambda", "build", "--release", "--locked"])
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("CARGO_TARGET_DIR", place.built.join("target"))
        // Both would otherwise write into the person's home.
        .env("CARGO_ZIGBUILD_CACHE_DIR", tools.join("cache/zigbuild"))
        .env("ZIG_GLOBAL_CACHE_DIR", tools.join("cache/zig"));
    place.run(&mut command)?;
    let program = place.built.join("target/lambda/perch-bench-rust/bootstrap");
    tools::zip(&program, Some("bootstrap"), &place.zip())?;
    let crates = ["lambda_http", "slack-morphism", "aws-config", "aws-sdk-ssm"];
    let versions = tools::locked(&place.source.join("Cargo.lock"), &crates)?;
    Ok(Peer {
        bot: Bot::new(place.name, place.title, vec![program], &place.zip())?,
        made_of: format!("{}, {versions}", tools::version("rustc", "--version")?),
    })
}
