//! Ctrl-C and SIGTERM: recorded, so that whatever is running can be stopped and tidied up.

use std::process::{Child, Command};
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use rustix::process::{Pid, Signal};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The exit code of a command that was interrupted: 128 and SIGINT's number, as shells have it.
pub const EXIT_CODE: u8 = 130;

static ASKED: OnceLock<watch::Receiver<Option<Signal>>> = OnceLock::new();

/// From now on an interrupt is recorded instead of ending the process at once. Call it at the start of `main`.
///
/// # Errors
/// When the system refuses the handlers.
pub fn listen() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, receiver) = watch::channel(None);
    let _ = ASKED.set(receiver);
    tokio::spawn(async move {
        let signal = tokio::select! {
            _ = interrupt.recv() => Signal::INT,
            _ = terminate.recv() => Signal::TERM,
            _ = hangup.recv() => Signal::HUP,
        };
        let _ = sender.send(Some(signal));
        // A second one ends the process at once.
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(i32::from(EXIT_CODE));
    });
    Ok(())
}

/// Whether an interrupt was received.
pub fn asked() -> bool {
    signalled().is_some()
}

/// The signal that was received. A terminal sends its interrupt to child processes, too; others do not.
pub fn signalled() -> Option<Signal> {
    ASKED.get().and_then(|asked| *asked.borrow())
}

/// Waits for an interrupt.
pub async fn wait() {
    match ASKED.get() {
        Some(asked) => {
            let _ = asked.clone().wait_for(Option::is_some).await;
        }
        None => std::future::pending().await,
    }
}

/// The error for an interrupt; [`is`] recognises it.
pub fn error() -> anyhow::Error {
    anyhow!(Interrupted)
}

/// Whether an error is an interrupt.
pub fn is(error: &anyhow::Error) -> bool {
    error.is::<Interrupted>()
}

#[derive(Debug)]
struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Puts the process that `command` starts, and its children, into a process group of their own, which [`end_group`] can end.
pub fn own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;
    command.process_group(0)
}

/// Ends a child in [`own_group`] with everything that it started, and waits for it.
///
/// # Errors
/// When the child cannot be waited for.
pub fn end_group(child: &mut Child) -> Result<()> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, Signal::TERM);
    }
    child.wait()?;
    Ok(())
}
