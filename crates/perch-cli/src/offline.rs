//! `perch offline`: Terraform on the real roots with the offline provider, without an account or a network.
//!
//! The roots keep their state in S3, so Terraform runs in a working copy below `.perch/offline`: links to a root's
//! files, and an override that puts the state there. `modules`, `functions` and `dist` are links as well, so every
//! relative path holds, and nothing is written into the real tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use terraform_provider_offline::{Options, Server};

use crate::deploy::{self, Record, Versions};
use crate::project::Project;
use crate::steps::{self, Step};
use crate::terraform;

/// Written into the working copy; Terraform merges files of this ending over the others.
const OVERRIDE: &str = "perch_override.tf";

/// Where the local backend keeps the state.
const STATE: &str = "terraform.tfstate";

const OVERRIDE_TEXT: &str = "\
# Written by `perch offline`: the state of offline runs stays in this folder.
terraform {
  backend \"local\" {}
}
";

/// Said before each run that a person could take for the real thing.
pub const NOTICE: &str =
    "perch: offline: ids and ARNs are made up, and nothing on AWS or GitHub is read or changed";

/// The offline provider, served from this process.
pub struct Provider {
    server: Server,
}

impl Provider {
    /// Starts it; what it would have kept on AWS goes to `cloud`.
    ///
    /// # Errors
    /// When its sockets cannot be made.
    pub async fn start(cloud: Option<PathBuf>) -> Result<Provider> {
        let server = Server::start(Options {
            cloud_dir: cloud,
            judge: None,
            strict: false,
        })
        .await
        .context("the offline provider cannot be started")?;
        Ok(Provider { server })
    }

    /// `terraform` in `folder`, attached to this provider and to nothing else.
    pub fn terraform(&self, project: &Project, folder: &Path) -> Command {
        let mut command = terraform::isolated(project, folder);
        command.env(terraform::REATTACH, self.server.reattach());
        command
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.shutdown().await;
    }
}

/// A root's working copy.
#[derive(Debug)]
pub struct WorkingCopy {
    folder: PathBuf,
}

impl WorkingCopy {
    /// Brings the copy of `terraform/<root>` (as `envs/staging`) up to date.
    ///
    /// # Errors
    /// When there is no such root, or the copy cannot be written.
    pub fn prepare(project: &Project, root: &str) -> Result<WorkingCopy> {
        let source = project.root().join("terraform").join(root);
        if !source.is_dir() {
            bail!("terraform/{root} does not exist");
        }
        let copy = project.own().join("offline");
        let folder = copy.join("terraform").join(root);
        let attempt = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            for name in ["functions", "dist"] {
                link(&project.root().join(name), &copy.join(name))?;
            }
            link(
                &project.root().join("terraform/modules"),
                &copy.join("terraform/modules"),
            )?;
            let mut wanted = BTreeSet::new();
            for entry in std::fs::read_dir(&source)? {
                let entry = entry?;
                let name = entry.file_name();
                if is_configuration(&name.to_string_lossy()) {
                    link(&entry.path(), &folder.join(&name))?;
                    wanted.insert(name);
                }
            }
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_symlink() && !wanted.contains(&entry.file_name()) {
                    std::fs::remove_file(entry.path())?;
                }
            }
            let text = std::fs::read_to_string(folder.join(OVERRIDE)).unwrap_or_default();
            if text != OVERRIDE_TEXT {
                std::fs::write(folder.join(OVERRIDE), OVERRIDE_TEXT)?;
            }
            Ok(())
        };
        attempt().with_context(|| format!("{} cannot be written", project.relative(&folder)))?;
        Ok(WorkingCopy { folder })
    }

    /// Where Terraform runs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether anything was applied here and not destroyed again.
    pub fn is_applied(&self) -> bool {
        self.state().is_some_and(|state| {
            state["resources"]
                .as_array()
                .is_some_and(|resources| !resources.is_empty())
        })
    }

    fn state(&self) -> Option<serde_json::Value> {
        let bytes = std::fs::read(self.folder.join(STATE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Counts the applies: Terraform raises the state's serial with each write that changes it. None while nothing is
    /// applied, and while a write is under way.
    pub fn serial(&self) -> Option<u64> {
        // Terraform holds this lock, a file beside the state, from an apply's beginning to its end.
        if self.folder.join(".terraform.tfstate.lock.info").exists() {
            return None;
        }
        self.state()?["serial"].as_u64()
    }
}

/// Makes `at` a link to `to`, whatever link was there.
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    if std::fs::read_link(at).is_ok_and(|old| old == to) {
        return Ok(());
    }
    match std::fs::remove_file(at) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(to, at)
}

/// What Terraform reads of a root. Its lock file isn't: it holds the real provider's checksums, and stays as it is.
fn is_configuration(name: &str) -> bool {
    !name.starts_with('.')
        && [".tf", ".tf.json", ".tfvars", ".tfvars.json"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

/// `perch offline <arguments>` on a stage's root: exactly that Terraform command, on the caller's terminal.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    eprintln!("{NOTICE}");
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    let provider = Provider::start(Some(project.cloud())).await?;
    let before = deploy::offline_versions(project, stage)?;
    let result = run_attached(project, &provider, &copy, arguments);
    provider.stop().await;
    if arguments.iter().any(|argument| argument == "apply") {
        note_versions(project, stage, &before)?;
    }
    result
}

/// Notes which versions an apply changed, for `perch smoke --local`.
fn note_versions(project: &Project, stage: &str, before: &Versions) -> Result<()> {
    let after = deploy::offline_versions(project, stage)?;
    Record::between(before, &after).write(project, stage, true)
}

fn run_attached(
    project: &Project,
    provider: &Provider,
    copy: &WorkingCopy,
    arguments: &[String],
) -> Result<u8> {
    let subcommand = arguments.iter().find(|argument| !argument.starts_with('-'));
    if subcommand.is_some_and(|name| needs_init(name)) {
        init(project, provider, copy)?;
    }
    let mut command = provider.terraform(project, copy.folder());
    command.args(arguments);
    let status = terraform::run(&mut command)?;
    Ok(exit_code(status))
}

/// The commands that work on an initialized root. `init` itself, `fmt` and the like are left alone.
fn needs_init(subcommand: &str) -> bool {
    !["init", "fmt", "version", "get", "login", "logout"].contains(&subcommand)
}

/// Runs `terraform init`, silent unless it fails.
///
/// # Errors
/// With Terraform's words.
pub fn init(project: &Project, provider: &Provider, copy: &WorkingCopy) -> Result<()> {
    let mut command = provider.terraform(project, copy.folder());
    command.args(["init", "-input=false", "-no-color"]);
    quiet(command, "terraform init")
}

/// Applies a stage's root inside a step: what `perch up` and `perch demo` run. Returns what the state holds, as
/// `terraform show -json` prints it, and Terraform's closing line.
///
/// # Errors
/// With Terraform's words.
pub async fn apply(
    project: &Project,
    stage: &str,
    step: &mut Step,
) -> Result<(serde_json::Value, String)> {
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    let provider = Provider::start(Some(project.cloud())).await?;
    let before = deploy::offline_versions(project, stage)?;
    let result = apply_attached(project, &provider, &copy, step);
    provider.stop().await;
    note_versions(project, stage, &before)?;
    result
}

fn apply_attached(
    project: &Project,
    provider: &Provider,
    copy: &WorkingCopy,
    step: &mut Step,
) -> Result<(serde_json::Value, String)> {
    init(project, provider, copy)?;
    let mut command = provider.terraform(project, copy.folder());
    command.args(["apply", "-auto-approve", "-input=false", "-no-color"]);
    let mut made = 0;
    let output = steps::run(step, &mut command, |line| {
        made += usize::from(line.contains(" complete after "));
        Some(format!("{made} resources"))
    })?;
    if !output.status.success() {
        bail!("terraform apply failed\n{}", errors(&output.text));
    }
    let summary = output
        .text
        .lines()
        .find_map(|line| line.strip_prefix("Apply complete! "))
        .unwrap_or("applied")
        .trim_end_matches('.')
        .to_owned();
    Ok((show(project, provider, copy)?, summary))
}

/// What was last applied, as `terraform show -json` prints it.
///
/// # Errors
/// With Terraform's words.
pub async fn applied(project: &Project, copy: &WorkingCopy) -> Result<serde_json::Value> {
    let provider = Provider::start(None).await?;
    let state = show(project, &provider, copy);
    provider.stop().await;
    state
}

/// What the copy's state holds, as `terraform show -json` prints it.
fn show(project: &Project, provider: &Provider, copy: &WorkingCopy) -> Result<serde_json::Value> {
    let output = provider
        .terraform(project, copy.folder())
        .args(["show", "-json"])
        .output()
        .context("terraform cannot be run")?;
    if !output.status.success() {
        bail!(
            "terraform show failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout)
        .context("terraform show printed something else than JSON")
}

/// `perch preview`: the plan that the tree as it stands leads to, against what was last applied here.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn preview(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    if !copy.is_applied() {
        eprintln!(
            "perch: nothing of {stage} is applied here yet, so the plan creates everything; `perch offline --stage {stage} apply` applies it"
        );
    }
    let plan = std::iter::once("plan".to_owned()).chain(arguments.iter().cloned());
    run(project, stage, &plan.collect::<Vec<_>>()).await
}

/// `perch offline test [module…] [-option…]`: `terraform test` in each folder that has tests, with the offline
/// provider. Options go to Terraform.
///
/// Prints how many runs passed and failed, in each and in all; returns 1 when one failed.
///
/// # Errors
/// When a named folder has no tests, or Terraform cannot be run.
pub async fn test(project: &Project, arguments: &[String]) -> Result<u8> {
    eprintln!("{NOTICE}");
    let (options, names): (Vec<String>, Vec<String>) = arguments
        .iter()
        .cloned()
        .partition(|argument| argument.starts_with('-'));
    let folders = tested(project, &names)?;
    let provider = Provider::start(None).await?;
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
    provider: &Provider,
    name: &str,
    folder: &Path,
    arguments: &[String],
) -> Result<(u32, u32)> {
    let data = project.own().join("offline/test").join(name);
    std::fs::create_dir_all(&data).with_context(|| format!("{} cannot be made", data.display()))?;
    let terraform = || {
        let mut command = provider.terraform(project, folder);
        command.env("TF_DATA_DIR", &data);
        command
    };
    let mut command = terraform();
    command.args(["init", "-backend=false", "-input=false", "-no-color"]);
    quiet(command, "terraform init")?;
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
        // Terraform fails with nothing counted as failed when a file could not be read.
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

fn quiet(mut command: Command, what: &str) -> Result<()> {
    let output = command.output().context(terraform::MISSING)?;
    if !output.status.success() {
        bail!(
            "{what} failed\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Terraform's output from its first error on: the plan before it is not the reason.
fn errors(text: &str) -> &str {
    match text.find("\u{2577}").or_else(|| text.find("Error: ")) {
        Some(at) => &text[at..],
        None => text,
    }
}

/// A child's exit code as ours; one ended by a signal failed.
pub fn exit_code(status: std::process::ExitStatus) -> u8 {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
