//! The bot's process: on a core of its own, with all of it or a share.

use std::fmt;
use std::fs;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How long a process runs and stands still, in turn.
#[derive(Clone, Copy)]
pub struct DutyCycle {
    run: Duration,
    stop: Duration,
    /// Where in its period the process starts.
    phase: Duration,
}

/// A tenth of a core in periods of 10 ms.
pub const TENTH: DutyCycle = DutyCycle {
    run: Duration::from_millis(1),
    stop: Duration::from_millis(9),
    phase: Duration::ZERO,
};

impl DutyCycle {
    /// The same from the point `round` of `rounds` of its period.
    pub fn from(self, round: usize, rounds: usize) -> DutyCycle {
        let share = u32::try_from(round % rounds).unwrap_or_default();
        let period = self.run + self.stop;
        DutyCycle {
            phase: period * share / u32::try_from(rounds).unwrap_or(u32::MAX),
            ..self
        }
    }
}

/// Which core the bots get, and which this program.
pub struct Cores {
    bot: usize,
    here: usize,
}

impl Cores {
    /// The last two cores that this process may use; one for both when there is only one.
    pub fn choose() -> Result<Cores> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU)
            .rev()
            .filter(|core| allowed.is_set(*core));
        let bot = cores.next().context("no core to run on")?;
        Ok(Cores {
            bot,
            here: cores.next().unwrap_or(bot),
        })
    }

    /// Moves this thread to this program's core.
    pub fn move_here(&self) -> Result<()> {
        pin(self.here)
    }

    /// Starts `command` on the bots' core, which it has to itself as far as this program goes.
    pub fn start(&self, mut command: Command, share: Option<DutyCycle>) -> Result<Process> {
        let core = self.bot;
        // A child inherits the core of the thread that starts it.
        let starter = thread::spawn(move || -> Result<(Child, Instant)> {
            pin(core)?;
            let started = Instant::now();
            Ok((command.spawn()?, started))
        });
        let (child, started) = starter.join().map_err(|_| anyhow!("cannot start"))??;
        let pid = Pid::from_child(&child);
        Ok(Process {
            child,
            started,
            throttle: share.map(|cycle| Throttle::start(pid, cycle)),
        })
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "bots on core {}, Runtime API and SSM on core {}",
            self.bot, self.here
        )?;
        write!(
            formatter,
            "; a tenth is {} of {} ms",
            TENTH.run.as_millis(),
            (TENTH.run + TENTH.stop).as_millis()
        )
    }
}

fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

/// A running bot, which ends with this value.
pub struct Process {
    child: Child,
    throttle: Option<Throttle>,
    /// Just before the process was made.
    pub started: Instant,
}

impl Process {
    /// CPU time of all its threads that live.
    pub fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0_u64;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let first = text
                .split_whitespace()
                .next()
                .context("an empty schedstat")?;
            nanoseconds += first.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The most memory that it had at once, in bytes.
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

/// Stops and continues a process by turns until it is dropped.
struct Throttle {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Throttle {
    fn start(pid: Pid, cycle: DutyCycle) -> Throttle {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let thread = thread::spawn(move || {
            let mut run = cycle.run.saturating_sub(cycle.phase);
            let mut stop = cycle.stop - cycle.phase.saturating_sub(cycle.run);
            while !seen.load(Ordering::Relaxed) {
                thread::sleep(run);
                // Both fail only when the process has ended by itself.
                kill_process(pid, Signal::STOP).ok();
                thread::sleep(stop);
                kill_process(pid, Signal::CONT).ok();
                (run, stop) = (cycle.run, cycle.stop);
            }
        });
        Throttle {
            done,
            thread: Some(thread),
        }
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
