//! On what and how a run measured.

use std::fs;

use anyhow::Result;

use crate::measure::{Machine, WARM_UP};
use crate::peers::Peers;
use crate::rounds::Counts;
use crate::runtime::SSM_LATENCY;

/// What the page says of a run.
pub struct Setup {
    lines: Vec<String>,
    skipped: Vec<(String, String)>,
}

impl Setup {
    /// With these lines, and the titles of the bots that were skipped with why.
    pub fn new(lines: Vec<String>, skipped: Vec<(String, String)>) -> Setup {
        Setup { lines, skipped }
    }

    /// Of this machine and these bots.
    ///
    /// # Errors
    /// When the system does not say what it is.
    pub fn of(machine: &Machine, counts: &Counts, peers: &Peers) -> Result<Setup> {
        let Counts {
            rounds,
            tenths,
            passes,
            requests,
            seed,
        } = counts;
        let mut lines = vec![
            hardware()?,
            format!("{}. A tenth of a core: {}.", machine.cores, machine.tenth),
            format!(
                "{rounds} starts on a whole core, {tenths} on a tenth, and {passes} passes of {requests} warm requests after {WARM_UP} \
                 others, of each bot; Parameter Store answers in {} ms. The seed is {seed}.",
                SSM_LATENCY.as_millis()
            ),
        ];
        let made = |peer: &crate::peers::Peer| format!("{}: {}.", peer.bot.title, peer.made_of);
        lines.extend(peers.ready.iter().map(made));
        Ok(Setup::new(lines, peers.skipped.clone()))
    }

    /// As a list.
    pub fn markdown(&self) -> String {
        let skipped = self
            .skipped
            .iter()
            .map(|(title, why)| format!("Not measured: {title} ({why})."));
        let lines = self.lines.iter().cloned().chain(skipped);
        lines.map(|line| format!("- {line}\n")).collect()
    }
}

fn hardware() -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = value(&cpus, "model name").unwrap_or(std::env::consts::ARCH);
    let cores = cpus
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes: u64 = value(&memory, "MemTotal")
        .and_then(|value| value.trim_end_matches(" kB").parse().ok())
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let today = jiff::Timestamp::now().strftime("%F");
    Ok(format!(
        "Measured on {today}: {cores} cores of {model}, {} GB of memory, Linux {}, {}.",
        kilobytes * 1024 / 1_000_000_000,
        kernel.trim(),
        std::env::consts::ARCH
    ))
}

/// Of the first line `name : value`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}
