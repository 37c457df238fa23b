//! Measures packaged bots from the outside: start to first `GET /next`, and signed slash commands.
//!
//! A bot runs as in Lambda, as a process of its own with `AWS_LAMBDA_RUNTIME_API`, pinned to one core; this program
//! plays the Runtime API and an SSM that answers after 2 ms on another core. A tenth of a core, about what 128 MB of
//! memory get, is a duty cycle: the process is continued for 1 ms and stopped for 9 ms, in turn. That needs no
//! privilege and no cgroup, and unlike a cgroup's quota it also slows a start that needs less than one period's share.
//!
//! `cargo run --release -p perch-bench`, after `make package`
//!
//! The zips must have been packaged for this machine's architecture.

mod bootstrap;
mod doubles;
mod event;
mod measure;
mod process;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;

use bootstrap::Bootstrap;

/// Measure the start and the answers of packaged bots.
#[derive(Parser)]
#[command(name = "perch-bench")]
struct Arguments {
    /// Zips as `make package` makes them, or executables; by default all in dist/. `lambda_runtime` alone comes first.
    bootstraps: Vec<PathBuf>,

    /// Starts of each on a whole core, and a third as many on a tenth.
    #[arg(long, default_value_t = 30)]
    starts: usize,

    /// Slash commands that each answers.
    #[arg(long, default_value_t = 1000)]
    requests: usize,

    /// The slash command, with its text; by default the bot's own name and `help`.
    #[arg(long)]
    command: Option<String>,

    /// A variable of the bots, NAME=VALUE; repeatable.
    #[arg(long = "env", value_parser = variable)]
    environment: Vec<(String, String)>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let cores = process::Cores::choose()?;
    cores.move_here()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(bench(&arguments, &cores))
}

async fn bench(arguments: &Arguments, cores: &process::Cores) -> Result<()> {
    println!("{cores}");
    println!(
        "{:<22} {:>9}  {:>15}  {:>9}  {:>15}  {:>15}  {:>9}  {:>8}",
        "", "binary", "start, 1 core", "of it CPU", "start, 1/10", "answer", "CPU", "memory"
    );
    println!(
        "{:<22} {:>9}  {:>15}  {:>9}  {:>15}  {:>15}  {:>9}  {:>8}",
        "", "MB", "p50 / p95 ms", "ms", "p50 / p95 ms", "p50 / p95 µs", "µs each", "MB"
    );
    let mut bootstraps = vec![Bootstrap::beside_this("runtime-alone")?];
    let paths = if arguments.bootstraps.is_empty() {
        bootstrap::packaged()?
    } else {
        arguments.bootstraps.clone()
    };
    for path in &paths {
        bootstraps.push(Bootstrap::open(path).with_context(|| format!("{}", path.display()))?);
    }
    for bootstrap in &bootstraps {
        row(bootstrap, arguments, cores)
            .await
            .with_context(|| bootstrap.name.clone())?;
    }
    Ok(())
}

async fn row(bootstrap: &Bootstrap, arguments: &Arguments, cores: &process::Cores) -> Result<()> {
    let command = arguments
        .command
        .clone()
        .unwrap_or_else(|| format!("/{} help", bootstrap.name));
    let measured = measure::Measured {
        bootstrap,
        cores,
        environment: &arguments.environment,
    };
    let whole = measured.starts(arguments.starts, None).await?;
    let tenth = measured
        .starts(arguments.starts.div_ceil(3), Some(process::TENTH))
        .await?;
    let answers = measured.answers(arguments.requests, &command).await?;
    println!(
        "{:<22} {:>9.2}  {:>15}  {:>9.2}  {:>15}  {:>15}  {:>9}  {:>8.1}",
        bootstrap.name,
        megabytes(bootstrap.bytes),
        pair(&whole.times, 1e3, 2),
        median(&whole.cpu).as_secs_f64() * 1e3,
        pair(&tenth.times, 1e3, 1),
        answers
            .as_ref()
            .map_or_else(|| "-".to_owned(), |a| pair(&a.times, 1e6, 0)),
        answers
            .as_ref()
            .map_or_else(|| "-".to_owned(), |a| a.cpu.as_micros().to_string()),
        megabytes(whole.memory),
    );
    Ok(())
}

fn pair(times: &[Duration], scale: f64, digits: usize) -> String {
    let at = |share| percentile(times, share).as_secs_f64() * scale;
    format!("{:.digits$} / {:.digits$}", at(0.5), at(0.95))
}

fn median(times: &[Duration]) -> Duration {
    percentile(times, 0.5)
}

fn percentile(times: &[Duration], share: f64) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a short list"
    )]
    let index = ((times.len() as f64 - 1.0) * share).round() as usize;
    times.get(index).copied().unwrap_or_default()
}

fn megabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    bytes / 1e6
}
