//! The bot's process: on a core of its own, with all of it or a tenth, and what the kernel says of it.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;

use crate::share::{PERIOD, Tenth, Throttle};

/// The argument by which this program starts a bot instead of measuring: see [`become_bot`].
pub const START: &str = "__start";

/// Since the epoch, on the clock with which the kernel stamps what a socket received.
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Which core the bots get, and which this program.
pub struct Cores {
    bot: usize,
    here: usize,
}

impl Cores {
    /// The last two cores that this process may use; one for both when there is only one.
    ///
    /// # Errors
    /// When the kernel does not say which.
    pub fn choose() -> Result<Cores> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let mut cores = (0..CpuSet::count())
            .rev()
            .filter(|core| allowed.is_set(*core).unwrap_or(false));
        let bot = cores.next().context("no core to run on")?;
        Ok(Cores {
            bot,
            here: cores.next().unwrap_or(bot),
        })
    }

    /// Moves this thread to this program's core.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn move_here(&self) -> Result<()> {
        pin(self.here)
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bot, here) = (self.bot, self.here);
        if bot == here {
            return write!(
                formatter,
                "Bots, Runtime API and Parameter Store share core {bot}"
            );
        }
        write!(
            formatter,
            "Bots on core {bot}, Runtime API and Parameter Store on core {here}"
        )
    }
}

fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// A running bot, which ends with this value.
pub struct Process {
    child: Child,
    cpu_clock: ClockId,
    throttle: Option<Throttle>,
    /// Just before the program was executed.
    pub started: Duration,
}

impl Process {
    /// Runs `command` on the bots' core, with a tenth of it if one is given. `phase`, from 0 to 1, is the point of the tenth's
    /// period at which it starts. `log` gets what it prints.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn start(
        command: &Command,
        launcher: &std::path::Path,
        cores: &Cores,
        tenth: Option<(&Tenth, f64)>,
        log: Option<&fs::File>,
    ) -> Result<Process> {
        let mut launch = Command::new(launcher);
        launch.arg(START).arg(cores.bot.to_string());
        let (group, used) = match tenth {
            Some((Tenth::Group(group), phase)) => (
                group.processes().into(),
                PERIOD.mul_f64(1.0 + phase).as_nanos(),
            ),
            _ => (OsString::new(), 0),
        };
        launch.arg(group).arg(used.to_string());
        launch.arg(command.get_program()).args(command.get_args());
        launch.env_clear().envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        if let Some(folder) = command.get_current_dir() {
            launch.current_dir(folder);
        }
        launch.stdin(Stdio::null()).stdout(Stdio::piped());
        launch.stderr(match log {
            Some(file) => Stdio::from(file.try_clone()?),
            None => Stdio::null(),
        });
        let mut child = launch.spawn().context("cannot be started")?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        let throttle = match tenth {
            Some((Tenth::Signals, phase)) => Some(Throttle::start(pid, PERIOD.mul_f64(phase))),
            _ => None,
        };
        let started = read_stamp(&mut child).inspect_err(|_| {
            child.kill().ok();
            child.wait().ok();
        })?;
        Ok(Process {
            cpu_clock: clock_getcpuclockid(pid)?,
            child,
            throttle,
            started,
        })
    }

    /// Processor time of all its threads, those that have ended among them.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> Result<Duration> {
        Ok(Duration::from(self.cpu_clock.now()?))
    }

    /// The most memory that it had at once, in bytes.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .context("no VmHWM")?
            .trim()
            .parse()?;
        Ok(kibibytes * 1024)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First, so that no signal can go to another process that got the same id.
        self.throttle.take();
        // Both fail only when it has ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The line that [`become_bot`] prints.
fn read_stamp(child: &mut Child) -> Result<Duration> {
    let mut text = String::new();
    // Ends as the program's standard output is not this one.
    child
        .stdout
        .take()
        .context("no output")?
        .read_to_string(&mut text)?;
    let nanoseconds: u64 = text
        .trim()
        .parse()
        .context("the program cannot be executed")?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Turns this process into a bot: ties it to the one that started it, moves to the core, joins the group, uses up a part of its period, prints the time and executes
/// the program, in this order. `arguments` are those after [`START`].
///
/// Within the process itself, so that neither making it nor what this program does elsewhere counts.
///
/// # Errors
/// Whatever keeps it from executing the program.
pub fn become_bot(mut arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let mut next = || arguments.next().context("an argument is missing");
    let core = next()?;
    let (group, used, program) = (next()?, next()?, next()?);
    // Even a bot that was stopped ends with the benchmark.
    set_pdeathsig(Signal::SIGKILL)?;
    pin(core.to_str().context("a core")?.parse()?)?;
    if !group.is_empty() {
        fs::write(group, std::process::id().to_string())?;
    }
    let used: u64 = used.to_str().context("a time")?.parse()?;
    let own_clock = ClockId::CLOCK_PROCESS_CPUTIME_ID;
    let until = Duration::from(own_clock.now()?) + Duration::from_nanos(used);
    while Duration::from(own_clock.now()?) < until {}
    let mut command = Command::new(program);
    let output = io::stderr();
    command
        .args(arguments)
        .stdout(std::os::fd::AsFd::as_fd(&output).try_clone_to_owned()?);
    println!("{}", now().as_nanos());
    let error = command.exec();
    bail!(
        "cannot execute {}: {error}",
        command.get_program().display()
    )
}
