//! One measurement of one bot: a start, or a pass of warm requests.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::bot::{Answers, Bot};
use crate::check;
use crate::event;
use crate::process::{Cores, Process};
use crate::runtime::{Runtime, Seen};
use crate::share::Tenth;

/// Requests before those that count, in which a compiler at run time gets to work.
pub const WARM_UP: usize = 300;

/// After this long a bot counts as hanging: at a tenth of a core some take seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where bots are started.
pub struct Machine {
    /// On which core.
    pub cores: Cores,
    /// How a tenth of it is given.
    pub tenth: Tenth,
    /// The program that starts them: `perch-bench` itself.
    pub launcher: PathBuf,
}

/// From execution to the first `GET /next`.
#[derive(Clone, Copy, Debug)]
pub struct Init {
    /// By the clock.
    pub time: Duration,
    /// What Parameter Store took of it.
    pub parameters: Duration,
}

/// Warm requests, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Warm {
    /// Processor time of one.
    pub cpu: Duration,
    /// The median of their times, from the event to its answer.
    pub time: Duration,
    /// The most memory that the process ever had, in bytes.
    pub memory: u64,
}

impl Machine {
    /// Starts `bot` once, on a whole core or on a tenth, from a point of its period between 0 and 1.
    ///
    /// # Errors
    /// When the bot ends, fails or hangs.
    pub async fn init(&self, bot: &Bot, tenth: Option<f64>) -> Result<Init> {
        let share = tenth.map(|phase| (&self.tenth, phase));
        Ok(Running::start(self, bot, share, None).await?.init)
    }

    /// Has a new process answer `count` slash commands, each of which it must answer right.
    ///
    /// # Errors
    /// When the bot ends, fails, hangs or answers wrong.
    pub async fn warm(&self, bot: &Bot, count: usize) -> Result<Warm> {
        let mut running = Running::start(self, bot, None, None).await?;
        let mut times = Vec::with_capacity(count);
        let mut before = Duration::ZERO;
        for request in 0..WARM_UP + count {
            if request == WARM_UP {
                before = running.process.cpu()?;
            }
            let text = format!("request {request}");
            let command = match &bot.answers {
                Answers::Takes(command) => command.clone(),
                _ => format!("/bench {text}"),
            };
            let (time, body) = running.ask(event::slash_command(&command)).await?;
            check::right(bot, &text, &body)?;
            if request >= WARM_UP {
                times.push(time);
            }
        }
        times.sort();
        Ok(Warm {
            cpu: (running.process.cpu()? - before) / u32::try_from(count.max(1))?,
            time: times.get(times.len() / 2).copied().unwrap_or_default(),
            memory: running.process.memory()?,
        })
    }

    /// Where a launcher of another name is, for tests.
    pub fn new(launcher: &Path) -> Result<Machine> {
        Ok(Machine {
            cores: Cores::choose()?,
            tenth: Tenth::choose(),
            launcher: launcher.to_owned(),
        })
    }
}

/// A bot that has asked for its first event.
pub(crate) struct Running {
    runtime: Runtime,
    process: Process,
    init: Init,
}

impl Running {
    /// Starts one; `log` gets what it prints.
    pub(crate) async fn start(
        machine: &Machine,
        bot: &Bot,
        tenth: Option<(&Tenth, f64)>,
        log: Option<&File>,
    ) -> Result<Running> {
        let runtime = Runtime::start().await?;
        let command = bot.command(runtime.address);
        let process = Process::start(&command, &machine.launcher, &machine.cores, tenth, log)?;
        let started = process.started;
        let mut running = Running {
            runtime,
            process,
            init: Init {
                time: Duration::ZERO,
                parameters: Duration::ZERO,
            },
        };
        loop {
            match running.seen().await? {
                Seen::Parameters(taken) => running.init.parameters += taken,
                Seen::Next(at) => {
                    running.init.time = at.saturating_sub(started);
                    return Ok(running);
                }
                _ => bail!("an answer without an event"),
            }
        }
    }

    /// Hands it an event, and waits until it asks for another; the answer and how long it took.
    pub(crate) async fn ask(&mut self, event: Vec<u8>) -> Result<(Duration, bytes::Bytes)> {
        let sent = self.runtime.send(event);
        let (at, body) = loop {
            match self.seen().await? {
                Seen::Answer(at, body) => break (at, body),
                // A bot may look whether its signing secret was replaced.
                Seen::Parameters(_) => {}
                _ => bail!("no answer to an event"),
            }
        };
        ensure!(
            matches!(self.seen().await?, Seen::Next(_)),
            "two answers to one event"
        );
        Ok((at.saturating_sub(sent), body))
    }

    /// The next thing that it does. Its errors, its end and its silence are errors here.
    async fn seen(&mut self) -> Result<Seen> {
        let mut waited = Duration::ZERO;
        let step = Duration::from_secs(1);
        while waited < PATIENCE {
            match tokio::time::timeout(step, self.runtime.seen()).await {
                Ok(Some(Seen::Failure(body))) => {
                    bail!("reported {}", String::from_utf8_lossy(&body))
                }
                Ok(Some(seen)) => return Ok(seen),
                Ok(None) => bail!("the Runtime API ended"),
                Err(_) if self.process.has_ended() => bail!("ended by itself"),
                Err(_) => waited += step,
            }
        }
        bail!("silent for {} s", PATIENCE.as_secs())
    }
}
