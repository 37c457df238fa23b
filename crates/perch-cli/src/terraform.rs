//! The Terraform command: where it is, and what it must not inherit.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use terraform_provider_offline::terraform::REATTACH;

use crate::interrupt;
use crate::project::Project;

/// The one that `scripts/setup-tools` installed, or else the one on the PATH.
pub fn program(project: &Project) -> PathBuf {
    let own = project.tools().join("bin/terraform");
    if own.is_file() {
        own
    } else {
        "terraform".into()
    }
}

/// `terraform` in `folder`.
///
/// Removes whatever would attach a provider, so that a run against AWS never uses the offline one.
pub fn command(project: &Project, folder: &Path) -> Command {
    let mut command = Command::new(program(project));
    command
        .current_dir(folder)
        .env_remove(REATTACH)
        // Otherwise Terraform asks HashiCorp for a newer version.
        .env("CHECKPOINT_DISABLE", "1");
    command
}

/// How often a running Terraform is checked.
const LOOK: Duration = Duration::from_millis(50);

/// Runs `command` on the caller's terminal.
///
/// Ctrl-C reaches Terraform by itself, which then finishes what it is doing and writes its state; a signal to this
/// process alone is passed on, once, because a second one would make Terraform abort.
///
/// # Errors
/// When it cannot be started; the caller decides what its exit status means.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    let child = command.spawn().context(MISSING)?;
    wait(child)
}

/// As [`run`], and returns what Terraform wrote to its standard error as well, which the caller's shows all the same.
///
/// # Errors
/// As [`run`].
pub fn run_heard(command: &mut Command) -> Result<(ExitStatus, String)> {
    let mut child = command.stderr(Stdio::piped()).spawn().context(MISSING)?;
    let mut errors = child.stderr.take().context("terraform has no errors")?;
    let heard = std::thread::spawn(move || {
        let mut heard = Vec::new();
        let mut part = [0; 4096];
        while let Ok(size @ 1..) = errors.read(&mut part) {
            let _ = std::io::stderr().write_all(&part[..size]);
            heard.extend_from_slice(&part[..size]);
        }
        heard
    });
    let status = wait(child)?;
    let heard = heard.join().unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&heard).into_owned()))
}

/// How to get Terraform, for anyone who has none.
pub(crate) const MISSING: &str = "terraform cannot be run: `make setup` installs it";

fn wait(mut child: Child) -> Result<ExitStatus> {
    let mut told = false;
    loop {
        if let Some(status) = child
            .try_wait()
            .context("lost contact with terraform while it ran")?
        {
            return Ok(status);
        }
        if !told && interrupt::signalled().is_some_and(|signal| signal != Signal::INT) {
            told = true;
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = rustix::process::kill_process(pid, Signal::TERM);
            }
        }
        std::thread::sleep(LOOK);
    }
}

/// A child's exit code as ours; a child that was ended by a signal has failed.
pub fn exit_code(status: ExitStatus) -> u8 {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
