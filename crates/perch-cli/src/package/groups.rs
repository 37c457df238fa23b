//! Which bots one run of cargo may build.
//!
//! Cargo unites the features of all that one run builds, and a bot's bytes must not depend on which others are built beside
//! it. So bots share a run where uniting changes nothing: each crate that they have in common has the same features for
//! each. What they have in common is then compiled once, and their links, which take one core each, run side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The crates of a bot with their features, as cargo lists them. A crate that is compiled for the bot and for a build
/// script may stand there with two lists.
type Crates = BTreeMap<String, BTreeSet<String>>;

/// Divides the bots `names` of the workspace in `root` into those that one run of cargo builds for the Rust target
/// `target`. The order is theirs.
///
/// # Errors
/// When cargo cannot read the workspace; with its words.
pub fn divide(root: &Path, names: &[String], target: &str) -> Result<Vec<Vec<String>>> {
    if let [_] = names {
        return Ok(vec![names.to_vec()]);
    }
    let mut groups: Vec<(Crates, Vec<String>)> = Vec::new();
    for name in names {
        let own = crates(root, name, target)?;
        let fitting = groups.iter_mut().find(|(united, _)| agree(united, &own));
        match fitting {
            Some((united, group)) => {
                united.extend(own);
                group.push(name.clone());
            }
            None => groups.push((own, vec![name.clone()])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn agree(one: &Crates, other: &Crates) -> bool {
    other
        .iter()
        .all(|(name, features)| one.get(name).is_none_or(|same| same == features))
}

fn crates(root: &Path, name: &str, target: &str) -> Result<Crates> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["tree", "--locked", "--quiet", "--color", "never"])
        .args(["--package", name, "--target", target])
        .args(["--edges", "normal,build", "--prefix", "none"])
        .args(["--format", "{p}\t{f}"])
        .output()
        .context("cargo cannot be run: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!(
            "functions/{name} could not be built\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let mut crates = Crates::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // "(*)": its own dependencies stand further above.
        let line = line.strip_suffix(" (*)").unwrap_or(line);
        if let Some((package, features)) = line.split_once('\t') {
            let lists = crates.entry(package.to_owned()).or_default();
            lists.insert(features.trim_end().to_owned());
        }
    }
    Ok(crates)
}
