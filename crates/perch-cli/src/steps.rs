//! Progress: one line per step, with its time, on stderr.
//!
//! On a terminal the running step's line is rewritten as it goes; elsewhere a long step says every
//! [`HEARTBEAT`] that it is still running, so that a log shows where the time went.

use std::io::{IsTerminal, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::interrupt;

/// How often a step that isn't on a terminal shows that it is running.
pub const HEARTBEAT: Duration = Duration::from_secs(20);

/// How often a terminal's line is rewritten.
const REDRAW: Duration = Duration::from_millis(200);

/// The width of a step's name, so that the texts are in a column.
const NAME_WIDTH: usize = 10;

/// One running step. Without [`done`](Step::done), as on an error, its line stays as it was.
#[derive(Debug)]
pub struct Step {
    name: String,
    started: Instant,
    shown: Instant,
    terminal: bool,
    hidden: bool,
    drawn: bool,
}

impl Step {
    /// Starts a step called `name`.
    pub fn start(name: impl Into<String>) -> Step {
        let now = Instant::now();
        let mut step = Step {
            name: name.into(),
            started: now,
            shown: now,
            terminal: std::io::stderr().is_terminal(),
            hidden: false,
            drawn: false,
        };
        if step.terminal {
            step.draw("…");
        }
        step
    }

    /// A step that says nothing: who started it does.
    pub fn hidden() -> Step {
        let now = Instant::now();
        Step {
            name: String::new(),
            started: now,
            shown: now,
            terminal: false,
            hidden: true,
            drawn: false,
        }
    }

    /// How long it has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Says what the step is doing. Cheap to call often.
    pub fn at(&mut self, what: &str) {
        let pause = if self.terminal { REDRAW } else { HEARTBEAT };
        if self.hidden || self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        if self.terminal {
            self.draw(what);
        } else {
            eprintln!("{}", self.line(what));
        }
    }

    /// Ends the step with its result.
    pub fn done(mut self, what: &str) {
        self.note(what);
    }

    /// Says what came of a part of the step, in a line that stays.
    pub fn note(&mut self, what: &str) {
        let line = self.line(what);
        self.clear();
        eprintln!("{line}");
    }

    fn line(&self, what: &str) -> String {
        format!(
            "{:<NAME_WIDTH$} {:>7}  {what}",
            self.name,
            duration(self.started.elapsed())
        )
    }

    fn draw(&mut self, what: &str) {
        // Cut below a terminal's usual width: a wrapped line could not be rewritten.
        let line: String = self.line(what).chars().take(78).collect();
        eprint!("\r\x1b[2K{line}");
        let _ = std::io::stderr().flush();
        self.drawn = true;
    }

    fn clear(&mut self) {
        if self.drawn {
            eprint!("\r\x1b[2K");
            self.drawn = false;
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        // A step that failed: the error goes below its line.
        if self.drawn {
            eprintln!();
        }
    }
}

/// A step that reports by itself what it is doing, while its owner waits for something.
#[derive(Debug)]
pub struct Watched {
    end: mpsc::Sender<()>,
    thread: JoinHandle<Step>,
}

impl Step {
    /// From now on `at` is asked what the step is doing.
    pub fn watch(mut self, mut at: impl FnMut() -> String + Send + 'static) -> Watched {
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
                self.at(&at());
            }
            self
        });
        Watched { end, thread }
    }
}

impl Watched {
    /// Ends the step with its result.
    pub fn done(self, what: &str) {
        if let Some(step) = self.stop() {
            step.done(what);
        }
    }

    /// Stops watching. A step that is dropped then keeps its line.
    pub fn stop(self) -> Option<Step> {
        let _ = self.end.send(());
        self.thread.join().ok()
    }
}

/// What a command that ran inside a step printed.
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Both of its outputs, in the order in which their lines were printed.
    pub text: String,
}

/// Runs `command` inside `step`, keeping what it prints; `progress` makes of each line what to show, if anything.
///
/// # Errors
/// When the command cannot be started or is interrupted; the caller decides what its exit status means.
pub fn run(
    step: &mut Step,
    command: &mut Command,
    mut progress: impl FnMut(&str) -> Option<String>,
) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = interrupt::own_group(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} cannot be run"))?;
    let (sender, lines) = mpsc::channel();
    let mut readers = Vec::new();
    if let Some(out) = child.stdout.take() {
        readers.push(forward(out, sender.clone()));
    }
    if let Some(err) = child.stderr.take() {
        readers.push(forward(err, sender.clone()));
    }
    drop(sender);
    let mut text = String::new();
    let mut at = String::new();
    loop {
        match lines.recv_timeout(REDRAW) {
            Ok(line) => {
                if let Some(shown) = progress(&line) {
                    at = shown;
                }
                text.push_str(&line);
                text.push('\n');
                if interrupt::asked() {
                    interrupt::end_group(&mut child)?;
                    return Err(interrupt::error());
                }
            }
            Err(RecvTimeoutError::Timeout) if interrupt::asked() => {
                interrupt::end_group(&mut child)?;
                return Err(interrupt::error());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        step.at(&at);
    }
    for reader in readers {
        let _ = reader.join();
    }
    let status = child
        .wait()
        .with_context(|| format!("lost contact with {program} while it ran"))?;
    Ok(Output { status, text })
}

fn forward(
    output: impl std::io::Read + Send + 'static,
    sender: mpsc::Sender<String>,
) -> JoinHandle<()> {
    use std::io::BufRead;
    std::thread::spawn(move || {
        for line in std::io::BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { break };
            if sender
                .send(
                    String::from_utf8_lossy(&line)
                        .trim_end_matches('\r')
                        .to_owned(),
                )
                .is_err()
            {
                break;
            }
        }
    })
}

/// A duration for people: `0.4s`, `12.3s`, `3m 05s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    }
}

/// A size for people: `812 B`, `1.4 MiB`.
pub fn size(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    // Sizes of zips: far below the 2^52 bytes from which f64 would round.
    let value = bytes as f64;
    if value < KIB {
        format!("{bytes} B")
    } else if value < KIB * KIB {
        format!("{:.1} KiB", value / KIB)
    } else {
        format!("{:.2} MiB", value / KIB / KIB)
    }
}
