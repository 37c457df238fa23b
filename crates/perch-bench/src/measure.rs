//! The measurements themselves.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::bootstrap::Bootstrap;
use crate::doubles::{Doubles, Seen};
use crate::event;
use crate::process::{Cores, DutyCycle, Process};

/// Requests before the ones that count.
const WARM_UP: usize = 50;

/// After this a bot counts as hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bot with what it runs on.
pub struct Measured<'a> {
    /// The executable.
    pub bootstrap: &'a Bootstrap,
    /// Where.
    pub cores: &'a Cores,
    /// Variables beside the standard ones.
    pub environment: &'a [(String, String)],
}

/// From process start to the first `GET /next`.
pub struct Starts {
    /// One for each start.
    pub times: Vec<Duration>,
    /// CPU time until then, of each.
    pub cpu: Vec<Duration>,
    /// The most memory of any, in bytes.
    pub memory: u64,
}

/// From the event to its answer.
pub struct Answers {
    /// One for each request.
    pub times: Vec<Duration>,
    /// CPU time a request.
    pub cpu: Duration,
}

impl Measured<'_> {
    /// Starts the bot `count` times, each in a new process.
    pub async fn starts(&self, count: usize, share: Option<DutyCycle>) -> Result<Starts> {
        let mut starts = Starts {
            times: Vec::new(),
            cpu: Vec::new(),
            memory: 0,
        };
        // The first one reads the executable from disk.
        for round in 0..=count {
            let mut doubles = Doubles::start().await?;
            // Spread over the period, as starts in Lambda are.
            let share = share.map(|cycle| cycle.from(round, count));
            let mut process = self.cores.start(self.command(&doubles), share)?;
            let Seen::Next(at) = seen(&mut doubles, &mut process).await? else {
                bail!("an answer without an event");
            };
            if round > 0 {
                starts.times.push(at - process.started);
                starts.cpu.push(process.cpu()?);
                starts.memory = starts.memory.max(process.memory()?);
            }
        }
        Ok(starts)
    }

    /// Lets one process answer `count` slash commands; `None` when it takes none.
    pub async fn answers(&self, count: usize, command: &str) -> Result<Option<Answers>> {
        let mut doubles = Doubles::start().await?;
        let mut process = self.cores.start(self.command(&doubles), None)?;
        seen(&mut doubles, &mut process).await?;
        let mut times = Vec::new();
        let mut before = Duration::ZERO;
        for round in 0..WARM_UP + count {
            if round == WARM_UP {
                before = process.cpu()?;
            }
            let sent = doubles.send(event::slash_command(command));
            let Seen::Answer(at, body) = seen(&mut doubles, &mut process).await? else {
                bail!("no answer to an event");
            };
            let answer: Value = serde_json::from_slice(&body)?;
            if answer["statusCode"] != 200 {
                return Ok(None);
            }
            if round >= WARM_UP {
                times.push(at - sent);
            }
            let next = seen(&mut doubles, &mut process).await?;
            ensure!(matches!(next, Seen::Next(_)), "two answers to one event");
        }
        let cpu = (process.cpu()? - before) / u32::try_from(count.max(1))?;
        Ok(Some(Answers { times, cpu }))
    }

    fn command(&self, doubles: &Doubles) -> Command {
        let address = doubles.address;
        let mut command = Command::new(&self.bootstrap.path);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "perch-staging-bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env(
                "AWS_LAMBDA_LOG_GROUP_NAME",
                "/aws/lambda/perch-staging-bench",
            )
            .env(
                "AWS_LAMBDA_LOG_STREAM_NAME",
                "2026/01/01/[1]0123456789abcdef",
            )
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
            .env(
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            )
            .env("AWS_SESSION_TOKEN", "example")
            .env("AWS_ENDPOINT_URL_SSM", format!("http://{address}"))
            .env("PERCH_STAGE", "staging")
            .envs(&self.bootstrap.environment)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// The next thing that the bot does. Its errors, its end and its silence are errors here.
async fn seen(doubles: &mut Doubles, process: &mut Process) -> Result<Seen> {
    let Ok(seen) = tokio::time::timeout(PATIENCE, doubles.seen.recv()).await else {
        if process.has_ended() {
            bail!("the process ended before it asked for an event");
        }
        bail!("silent for {} s", PATIENCE.as_secs());
    };
    match seen {
        Some(Seen::Failure(body)) => bail!("reported {}", String::from_utf8_lossy(&body)),
        Some(seen) => Ok(seen),
        None => bail!("the doubles ended"),
    }
}
