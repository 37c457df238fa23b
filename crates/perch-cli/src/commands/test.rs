//! `perch offline test`: the modules' tests and the roots', with the offline provider.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::offline;
use crate::project::Project;

/// `perch offline test [module…] [-option…]`: `terraform test` in each folder that has tests, with the offline
/// provider. Options go to Terraform.
///
/// Prints how many runs passed and failed, in each and in all; returns 1 when one failed.
///
/// # Errors
/// When a named folder has no tests, or Terraform cannot be run.
pub async fn run(project: &Project, arguments: &[String]) -> Result<u8> {
    eprintln!("{}", offline::NOTICE);
    let (options, names): (Vec<String>, Vec<String>) = arguments
        .iter()
        .cloned()
        .partition(|argument| argument.starts_with('-'));
    let folders = tested(project, &names)?;
    let provider = offline::Provider::start(None).await?;
    let (mut passed, mut failed) = (0, 0);
    for (name, folder) in &folders {
        match test_one(project, &provider, name, folder, &options) {
            Ok(counted) => {
                passed += counted.0;
                failed += counted.1;
            }
            Err(error) => {
                println!("terraform test {name}: {error:#}");
                failed += 1;
            }
        }
    }
    provider.stop().await;
    println!("{passed} passed, {failed} failed");
    Ok(u8::from(failed > 0))
}

/// Folders with `tests/*.tftest.hcl`: the modules, then the roots.
fn tested(project: &Project, names: &[String]) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for parent in ["modules", "envs", "."] {
        let Ok(entries) = std::fs::read_dir(project.root().join("terraform").join(parent)) else {
            continue;
        };
        for entry in entries {
            let folder = entry?.path();
            if has_tests(&folder) {
                let name = folder.file_name().unwrap_or_default();
                found.push((name.to_string_lossy().into_owned(), folder));
            }
        }
    }
    found.sort();
    for name in names {
        if !found.iter().any(|(known, _)| known == name) {
            let known: Vec<&str> = found.iter().map(|(known, _)| known.as_str()).collect();
            bail!("{name} has no tests; there are {}", known.join(", "));
        }
    }
    if !names.is_empty() {
        found.retain(|(name, _)| names.contains(name));
    }
    if found.is_empty() {
        bail!("no folder below terraform/ has tests/*.tftest.hcl");
    }
    Ok(found)
}

fn has_tests(folder: &Path) -> bool {
    let Ok(mut entries) = std::fs::read_dir(folder.join("tests")) else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().ends_with(".tftest.hcl"))
    })
}

/// Tests one folder. Its `.terraform` is kept out of the real tree.
fn test_one(
    project: &Project,
    provider: &offline::Provider,
    name: &str,
    folder: &Path,
    arguments: &[String],
) -> Result<(u32, u32)> {
    let data = project.own().join("offline/test").join(name);
    std::fs::create_dir_all(&data)
        .with_context(|| format!("{} cannot be created", data.display()))?;
    let terraform = || {
        let mut command = provider.terraform(project, folder);
        command.env("TF_DATA_DIR", &data);
        command
    };
    let mut command = terraform();
    command.args(["init", "-backend=false", "-input=false", "-no-color"]);
    offline::quiet(command, "terraform init")?;
    let output = terraform()
        .args(["test", "-no-color"])
        .args(arguments)
        .output()
        .context("terraform cannot be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some((passed, failed)) = text.lines().rev().find_map(counts) else {
        bail!(
            "terraform test failed\n{}{}",
            text,
            String::from_utf8_lossy(&output.stderr)
        );
    };
    println!("terraform test {name}: {passed} passed, {failed} failed");
    if !output.status.success() {
        println!("{text}{}", String::from_utf8_lossy(&output.stderr));
        // If a file cannot be read, Terraform fails although no run counts as failed.
        return Ok((passed, failed.max(1)));
    }
    Ok((passed, failed))
}

/// `Success! 12 passed, 0 failed.` and `Failure! 11 passed, 1 failed, 2 skipped.`
fn counts(line: &str) -> Option<(u32, u32)> {
    let rest = line
        .strip_prefix("Success! ")
        .or_else(|| line.strip_prefix("Failure! "))?;
    let number = |word: &str| {
        rest.split([',', '.'])
            .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
    };
    Some((number("passed")?, number("failed")?))
}
