//! The process of an execution environment: a function's bootstrap with a Runtime API of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::output::Output;
use super::runtime_api::{RuntimeApi, RuntimeEvent};
use super::watchdog::Watchdog;
use crate::shared::Shared;

pub(super) struct Process {
    child: Child,
    group: Group,
    api: RuntimeApi,
    output: [Output; 2],
    /// Peak resident memory in MB, as last seen.
    peak_mb: u64,
}

/// What a process does of itself.
pub(super) enum Happening {
    Runtime(RuntimeEvent),
    /// How it ended, in Lambda's words.
    Exited(String),
}

/// Memory of a process, in MB, rounded up.
pub(super) struct Memory {
    pub(super) resident: u64,
    pub(super) peak: u64,
}

impl Process {
    /// Starts the bootstrap in `code`, with exactly this environment.
    pub(super) async fn start(
        code: &Path,
        environment: &BTreeMap<String, String>,
        api: RuntimeApi,
        watchdog: Arc<Watchdog>,
        shared: &Arc<Shared>,
        log_group: &str,
    ) -> io::Result<Self> {
        let mut command = Command::new(code.join("bootstrap"));
        command
            .env_clear()
            .envs(environment)
            .current_dir(code)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts ends with it.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = spawn(&mut command).await?;
        let missing = || io::Error::other("the process has no id or pipes");
        let pid = child.id().ok_or_else(missing)?;
        let group = Group::new(pid, watchdog).ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let output = [
            Output::follow(stdout, shared.clone(), log_group.to_owned()),
            Output::follow(stderr, shared.clone(), log_group.to_owned()),
        ];
        Ok(Process {
            child,
            group,
            api,
            output,
            peak_mb: 0,
        })
    }

    /// Waits for what it asks of Lambda, or for its end.
    pub(super) async fn happening(&mut self) -> Happening {
        tokio::select! {
            // What it asked before it ended comes first.
            biased;
            Some(event) = self.api.events.recv() => Happening::Runtime(event),
            status = self.child.wait() => Happening::Exited(describe_exit(status)),
        }
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it in its tracks, as Lambda freezes an environment that has nothing to do.
    pub(super) fn freeze(&self) {
        self.group.signal(Signal::STOP);
    }

    pub(super) fn thaw(&self) {
        self.group.signal(Signal::CONT);
    }

    /// What it uses now; the last known peak once it has ended, or where the system has no `/proc`.
    pub(super) fn memory(&mut self) -> Memory {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.group.pid)).unwrap_or_default();
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
            Some(kilobytes.div_ceil(1024))
        };
        if let Some(peak) = megabytes("VmHWM:") {
            self.peak_mb = peak;
        }
        Memory {
            resident: megabytes("VmRSS:").unwrap_or(0),
            peak: self.peak_mb,
        }
    }

    /// Waits until what it has written is in the log.
    pub(super) async fn flush_output(&self) {
        for output in &self.output {
            output.flush().await;
        }
    }

    /// Kills it and all that it started, and waits until the rest of its output is in the log.
    pub(super) async fn kill(mut self) {
        self.group.signal(Signal::KILL);
        let _ = self.child.wait().await;
        for output in &mut self.output {
            output.finish().await;
        }
    }
}

/// Starts a program that may have been written just now. Whatever this program starts at the same time on another thread
/// holds the file open for writing for a moment, between fork and exec, and Linux runs no file that is written to.
async fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut tries = 100;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries > 0 => {
                tries -= 1;
                sleep(Duration::from_millis(5)).await;
            }
            result => return result,
        }
    }
}

/// A process group, killed when this is dropped.
struct Group {
    pid: u32,
    raw: Pid,
    watchdog: Arc<Watchdog>,
}

impl Group {
    fn new(pid: u32, watchdog: Arc<Watchdog>) -> Option<Self> {
        let raw = Pid::from_raw(i32::try_from(pid).ok()?)?;
        watchdog.add(pid);
        Some(Group { pid, raw, watchdog })
    }

    fn signal(&self, signal: Signal) {
        // It fails when the group is gone already.
        let _ = kill_process_group(self.raw, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.watchdog.remove(self.pid);
    }
}

/// How a process ended, in the words that Lambda logs.
fn describe_exit(status: io::Result<ExitStatus>) -> String {
    let Ok(status) = status else {
        return "Runtime exited without providing a reason".to_owned();
    };
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => {
            format!("Runtime exited with error: signal: {}", signal_name(signal))
        }
        (None, None) => "Runtime exited without providing a reason".to_owned(),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match Signal::from_named_raw(signal) {
        Some(Signal::ILL) => "illegal instruction",
        Some(Signal::ABORT) => "aborted",
        Some(Signal::BUS) => "bus error",
        Some(Signal::FPE) => "floating point exception",
        Some(Signal::KILL) => "killed",
        Some(Signal::SEGV) => "segmentation fault",
        Some(Signal::TERM) => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}
