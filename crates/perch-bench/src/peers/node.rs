//! Node.js: bundled and minified by esbuild, run by the runtime client that Lambda's own Node.js runs.
//!
//! Lambda brings that client, so it is not in the zip. Its native half is compiled here, which takes a C++ compiler and cmake.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Peer;
use super::tools::{self, Place};
use crate::bot::Bot;

const MINIMUM: u32 = 20;

pub(super) fn build(place: &Place) -> Result<Peer> {
    let version = tools::version("node", "--version")?;
    let major = version.trim_start_matches('v').split('.').next();
    ensure!(
        major.and_then(|major| major.parse().ok()) >= Some(MINIMUM),
        "node is {version}, but Node.js {MINIMUM} or newer is needed"
    );
    for needed in ["npm", "cmake", "make", "c++"] {
        tools::version(needed, "--version")?;
    }
    place.once(&["package-lock.json"], || install(place))?;
    let task = place.built.join("task");
    let mut bundle = Command::new(place.built.join("node_modules/.bin/esbuild"));
    bundle
        .current_dir(&place.built)
        .arg("app.mjs")
        .args(["--bundle", "--minify", "--platform=node", "--format=esm"])
        .arg(format!("--target=node{MINIMUM}"))
        // Bolt is CommonJS, and asks for Node.js's own modules with `require`.
        .arg("--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);")
        .arg(format!("--outfile={}", task.join("app.mjs").display()));
    fs::copy(place.source.join("app.mjs"), place.built.join("app.mjs"))?;
    place.run(&mut bundle)?;
    tools::zip(&task, None, &place.zip())?;
    let client = place.built.join("node_modules/aws-lambda-ric/index.mjs");
    let program = vec![on_the_path("node")?, client];
    let mut bot = Bot::new(place.name, place.title, program, &place.zip())?;
    bot.folder = Some(task.clone());
    let task = task.to_string_lossy().into_owned();
    bot.environment.insert("LAMBDA_TASK_ROOT".to_owned(), task);
    let handler = "app.handler".to_owned();
    bot.environment.insert("_HANDLER".to_owned(), handler);
    Ok(Peer {
        bot,
        made_of: format!("Node.js {version}, {}", required(&place.source)?),
    })
}

fn install(place: &Place) -> Result<()> {
    for file in ["package.json", "package-lock.json"] {
        fs::copy(place.source.join(file), place.built.join(file))?;
    }
    let npm = || {
        let mut command = Command::new("npm");
        command.current_dir(&place.built);
        command
    };
    place.run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    // The one package whose scripts run.
    place.run(npm().args(["rebuild", "aws-lambda-ric", "--foreground-scripts"]))
}

/// Where a program is, past whatever stands in for it.
fn on_the_path(program: &str) -> Result<PathBuf> {
    let argument = "process.stdout.write(process.execPath)";
    let output = Command::new(program).args(["-e", argument]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned().into())
}

/// The packages that `package.json` names, with their pinned versions.
fn required(source: &Path) -> Result<String> {
    let text = fs::read(source.join("package.json")).context("bench/node/package.json")?;
    let package: Value = serde_json::from_slice(&text).context("bench/node/package.json")?;
    let packages: Vec<String> = ["dependencies", "devDependencies"]
        .iter()
        .filter_map(|kind| package[kind].as_object())
        .flatten()
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
        .collect();
    Ok(packages.join(", "))
}
