//! Terraform on the real roots with the offline provider, without an account or a network.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use terraform_provider_offline::terraform::{REATTACH, isolate};
use terraform_provider_offline::{Options, Server};

use crate::deploy::{self, Record, Versions};
use crate::place::Place;
use crate::project::Project;
use crate::steps::{self, Step};
use crate::terraform;
use crate::working_copy::WorkingCopy;

/// Printed before each run that a person could mistake for a run on AWS.
pub const NOTICE: &str =
    "perch: offline: ids and ARNs are made up, and nothing on AWS or GitHub is read or changed";

/// The offline provider, served from this process.
pub struct Provider {
    server: Server,
}

impl Provider {
    /// Starts it; what AWS would store goes to the folder `aws`.
    ///
    /// # Errors
    /// When its sockets cannot be created.
    pub async fn start(aws: Option<PathBuf>) -> Result<Provider> {
        let server = Server::start(Options {
            aws_dir: aws,
            judge: None,
            strict: false,
        })
        .await
        .context("the offline provider cannot be started")?;
        Ok(Provider { server })
    }

    /// `terraform` in `folder`, attached to this provider and to nothing else.
    pub fn terraform(&self, project: &Project, folder: &Path) -> Command {
        let mut command = Command::new(terraform::program(project));
        command.current_dir(folder);
        isolate(&mut command);
        command.env(REATTACH, self.server.reattach());
        command
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.shutdown().await;
    }
}

/// `terraform <arguments>` on a stage's root, on the caller's terminal.
///
/// Returns Terraform's exit code.
///
/// # Errors
/// When something other than Terraform failed.
pub async fn run(project: &Project, stage: &str, arguments: &[String]) -> Result<u8> {
    eprintln!("{NOTICE}");
    let copy = WorkingCopy::prepare(project, &format!("envs/{stage}"))?;
    let provider = Provider::start(Some(project.simulated_aws())).await?;
    let before = deploy::offline_versions(project, stage)?;
    let result = run_attached(project, &provider, &copy, arguments);
    provider.stop().await;
    if arguments.iter().any(|argument| argument == "apply") {
        note_versions(project, stage, &before)?;
    }
    result
}

/// Records which versions an apply changed, for `perch smoke --local`.
fn note_versions(project: &Project, stage: &str, before: &Versions) -> Result<()> {
    let after = deploy::offline_versions(project, stage)?;
    Record::between(before, &after).write(Place::new(project, stage, true))
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
    Ok(terraform::exit_code(status))
}

/// The commands that work on an initialized root. `init` itself, `fmt` and the like are left alone.
fn needs_init(subcommand: &str) -> bool {
    !["init", "fmt", "version", "get", "login", "logout"].contains(&subcommand)
}

/// Runs `terraform init`, silently unless it fails.
///
/// # Errors
/// Terraform's own message.
pub fn init(project: &Project, provider: &Provider, copy: &WorkingCopy) -> Result<()> {
    let mut command = provider.terraform(project, copy.folder());
    command.args(["init", "-input=false", "-no-color"]);
    quiet(command, "terraform init")
}

/// Applies a stage's root inside a step: what `perch up` and `perch demo` run. Returns what the state holds, as
/// `terraform show -json` prints it, and Terraform's closing line.
///
/// # Errors
/// Terraform's own message.
pub async fn apply(
    project: &Project,
    stage: &str,
    step: &mut Step,
) -> Result<(serde_json::Value, String)> {
    apply_bots(project, stage, None, step).await
}

/// As [`apply`], with these bots alone.
///
/// # Errors
/// As [`apply`].
pub async fn apply_bots(
    project: &Project,
    stage: &str,
    bots: Option<&[String]>,
    step: &mut Step,
) -> Result<(serde_json::Value, String)> {
    let copy = WorkingCopy::prepare_with(project, &format!("envs/{stage}"), bots)?;
    let provider = Provider::start(Some(project.simulated_aws())).await?;
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
/// Terraform's own message.
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
    serde_json::from_slice(&output.stdout).context("terraform show did not print JSON")
}

/// Runs `command`, silent unless it fails.
///
/// # Errors
/// With its words.
pub(crate) fn quiet(mut command: Command, what: &str) -> Result<()> {
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

/// Terraform's output from its first error on; the plan before that does not explain the failure.
fn errors(text: &str) -> &str {
    match text.find("\u{2577}").or_else(|| text.find("Error: ")) {
        Some(at) => &text[at..],
        None => text,
    }
}
