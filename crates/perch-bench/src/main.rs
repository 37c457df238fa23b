//! The benchmark: Perch's bot and its peers beside each other, on the same work.
//!
//! `make bench` runs it, in Perch's folder.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use perch_bench::bot::Bot;
use perch_bench::check;
use perch_bench::measure::Machine;
use perch_bench::peers::{self, Peer};
use perch_bench::process;
use perch_bench::report::setup::Setup;
use perch_bench::report::{self, goals, table};
use perch_bench::rounds::{self, Counts};

/// Measure Perch's bot and its peers beside each other, and write docs/performance.md.
#[derive(Parser)]
#[command(name = "perch-bench")]
struct Arguments {
    /// Zips as `make package` makes them, such as dist/tryo.zip, to measure as well. Nothing is written to the page then.
    zips: Vec<PathBuf>,

    /// Measure only these, separated by commas: floor, perch, rust, go, node, python. Nothing is written to the page then.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,

    /// Starts of each on a whole core.
    #[arg(long, default_value_t = 24)]
    rounds: usize,

    /// Starts of each on a tenth of a core; by default half of --rounds.
    #[arg(long)]
    tenths: Option<usize>,

    /// Processes of each that answer warm requests.
    #[arg(long, default_value_t = 6)]
    passes: usize,

    /// Warm requests of each of those.
    #[arg(long, default_value_t = 2000)]
    requests: usize,

    /// What the order within each round comes from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Leave docs/performance.md as it is.
    #[arg(long)]
    no_page: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("perch-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == process::START).is_some() {
        return process::become_bot(arguments);
    }
    let arguments = Arguments::parse();
    let root = std::env::current_dir()?;
    ensure!(
        root.join("bench").is_dir() && root.join("Cargo.toml").is_file(),
        "{} is not Perch's folder: run `make bench` there",
        root.display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(bench(&arguments, &root))
}

async fn bench(arguments: &Arguments, root: &Path) -> Result<()> {
    let say = |line: &str| eprintln!("{line}");
    let mut peers = peers::build(root, &arguments.only, say)?;
    for zip in &arguments.zips {
        peers.ready.push(Peer {
            bot: Bot::unzip(zip)?,
            made_of: zip.display().to_string(),
        });
    }
    ensure!(!peers.ready.is_empty(), "there is no bot to measure");
    // Only now: builds take all cores.
    let machine = Machine::new(&std::env::current_exe()?)?;
    machine.cores.move_here()?;
    let bots: Vec<&Bot> = peers.ready.iter().map(|peer| &peer.bot).collect();
    for bot in &bots {
        let log = root.join(format!(".perch/bench/{}-answers.log", bot.name));
        check::answers(&machine, bot, &log).await?;
        say(&format!("answers right     {}", bot.title));
    }
    let counts = Counts {
        rounds: arguments.rounds,
        tenths: arguments.tenths.unwrap_or(arguments.rounds.div_ceil(2)),
        passes: arguments.passes,
        requests: arguments.requests,
        seed: arguments.seed,
    };
    let all = rounds::run(&machine, &bots, &counts, progress).await?;
    let samples = root.join(".perch/bench/samples.json");
    std::fs::write(&samples, serde_json::to_vec_pretty(&all)?)
        .with_context(|| format!("{} cannot be written", samples.display()))?;
    let setup = Setup::of(&machine, &counts, &peers)?;
    println!("{}", setup.markdown());
    println!("{}", table::text(&all));
    print!("{}", goals::text(&all));
    if arguments.no_page || !arguments.only.is_empty() || !arguments.zips.is_empty() {
        return Ok(());
    }
    report::write(root, &setup, &all)?;
    println!("written: {} and {}/*.svg", report::PAGE, report::PLOTS);
    Ok(())
}

/// A line that is rewritten, on a terminal alone.
fn progress(line: &str) {
    let mut to = std::io::stderr();
    if to.is_terminal() {
        // Whether it can be written makes no difference.
        write!(to, "\r{line}\x1b[K\r")
            .and_then(|()| to.flush())
            .ok();
    }
}
