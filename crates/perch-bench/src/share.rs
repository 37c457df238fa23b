//! A tenth of a core: by a control group where one can be made, or else by stopping and continuing the process.
//!
//! Lambda gives a function with 128 MB a share of a core by such a group. Making one needs root, or a group that was handed to
//! the caller.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a process may run in each [`PERIOD`].
pub const RUN: Duration = Duration::from_millis(1);

/// What a tenth is a tenth of.
pub const PERIOD: Duration = Duration::from_millis(10);

/// What a group is called, before the id of the run's process.
const PREFIX: &str = "perch-bench-";

/// How a process is held to a tenth of a core.
pub enum Tenth {
    /// By the kernel.
    Group(Group),
    /// By signals from this program.
    Signals,
}

impl Tenth {
    /// A control group; signals where none can be made.
    pub fn choose() -> Tenth {
        Group::make().map_or(Tenth::Signals, Tenth::Group)
    }
}

impl fmt::Display for Tenth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self {
            Tenth::Group(group) => format!("a control group, version {}", group.version),
            Tenth::Signals => "SIGSTOP and SIGCONT by turns".to_owned(),
        };
        let (run, period) = (RUN.as_millis(), PERIOD.as_millis());
        write!(formatter, "{run} of {period} ms, by {how}")
    }
}

/// A control group with a tenth of a core, removed when it is dropped.
pub struct Group {
    folder: PathBuf,
    version: u8,
}

impl Group {
    /// Makes one below the roots of version 2 and of version 1, whichever has the controller.
    fn make() -> Option<Group> {
        let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
        let candidates = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (at, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
            match kind {
                "cgroup2" => Some((2, PathBuf::from(at))),
                "cgroup" if options.split(',').any(|option| option == "cpu") => {
                    Some((1, PathBuf::from(at)))
                }
                _ => None,
            }
        });
        candidates
            .into_iter()
            .find_map(|(version, root)| Group::below(&root, version).ok())
    }

    fn below(root: &Path, version: u8) -> io::Result<Group> {
        if version == 2 {
            // Fails where it is handed down already, which the next lines tell.
            fs::write(root.join("cgroup.subtree_control"), "+cpu").ok();
        }
        remove_abandoned(root);
        let folder = root.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&folder)?;
        let group = Group { folder, version };
        let (run, period) = (RUN.as_micros(), PERIOD.as_micros());
        if version == 2 {
            group.write("cpu.max", &format!("{run} {period}"))?;
        } else {
            group.write("cpu.cfs_period_us", &period.to_string())?;
            group.write("cpu.cfs_quota_us", &run.to_string())?;
        }
        Ok(group)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(file);
        // Not made if it is missing, as it would be outside such a file system.
        fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
    }

    /// The file to which a process writes its id to be in the group.
    pub fn processes(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

/// Removes groups of runs that were interrupted.
fn remove_abandoned(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX);
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            // Somebody else's stays.
            fs::remove_dir(entry.path()).ok();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // An ended process may be in it for a moment more.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Stops and continues a process by turns until it is dropped.
pub(crate) struct Throttle {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Throttle {
    /// Starts at `phase`, a time below [`PERIOD`], as starts in Lambda come at any point of it.
    pub(crate) fn start(pid: Pid, phase: Duration) -> Throttle {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let thread = thread::spawn(move || {
            let whole = PERIOD - RUN;
            let mut run = RUN.saturating_sub(phase);
            let mut stop = whole.saturating_sub(phase.saturating_sub(RUN));
            while !seen.load(Ordering::Relaxed) {
                thread::sleep(run);
                // Both fail only when the process has ended by itself.
                kill(pid, Signal::SIGSTOP).ok();
                thread::sleep(stop);
                kill(pid, Signal::SIGCONT).ok();
                (run, stop) = (RUN, whole);
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
