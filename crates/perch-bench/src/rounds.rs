//! Rounds: each measures every bot once, in an order of its own, so that what the machine does meanwhile meets all alike.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::bot::Bot;
use crate::measure::{Machine, Warm};

/// How often what is measured.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Starts of each bot on a whole core.
    pub rounds: usize,
    /// Starts of each on a tenth.
    pub tenths: usize,
    /// Processes of each that answer warm requests.
    pub passes: usize,
    /// Warm requests of each of those.
    pub requests: usize,
    /// What the order within each round comes from.
    pub seed: u64,
}

/// What one bot's figures are, one for each round.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    /// As in `--only`.
    pub name: String,
    /// As in the table.
    pub title: String,
    /// Of the zip.
    pub zip_bytes: u64,
    /// Milliseconds from execution to the first `GET /next`, on a whole core.
    pub init: Vec<f64>,
    /// Milliseconds that Parameter Store took of them.
    pub parameters: Vec<f64>,
    /// As `init`, on a tenth of a core.
    pub tenth: Vec<f64>,
    /// Microseconds of processor time a warm request.
    pub cpu: Vec<f64>,
    /// Microseconds from a warm event to its answer.
    pub time: Vec<f64>,
    /// Bytes of memory, at most.
    pub memory: Vec<f64>,
}

/// What a round measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A start on a whole core.
    Init,
    /// A start on a tenth of one.
    Tenth,
    /// A pass of warm requests.
    Warm,
}

/// The rounds of all kinds, each kind spread evenly over the run, with the order of `bots` bots in each.
pub fn plan(counts: &Counts, bots: usize) -> Vec<(Kind, Vec<usize>)> {
    let mut places = Vec::new();
    for (kind, count) in [
        (Kind::Init, counts.rounds),
        (Kind::Tenth, counts.tenths),
        (Kind::Warm, counts.passes),
    ] {
        for round in 0..count {
            // In 32 bits, so that it compares exactly.
            let place = (2 * round + 1) * (1 << 32) / (2 * count);
            places.push((place, kind));
        }
    }
    places.sort_by_key(|(place, _)| *place);
    let mut random = fastrand::Rng::with_seed(counts.seed);
    let shuffled = |(_, kind)| {
        let mut order: Vec<usize> = (0..bots).collect();
        random.shuffle(&mut order);
        (kind, order)
    };
    places.into_iter().map(shuffled).collect()
}

/// Measures `bots`. `say` is told how far it is.
///
/// # Errors
/// The first bot that ends, hangs or answers wrong.
pub async fn run(
    machine: &Machine,
    bots: &[&Bot],
    counts: &Counts,
    mut say: impl FnMut(&str),
) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = bots.iter().map(|bot| Series::of(bot)).collect();
    for bot in bots {
        // Reads the program from disk.
        machine
            .init(bot, None)
            .await
            .with_context(|| bot.title.clone())?;
    }
    let plan = plan(counts, bots.len());
    let mut tenths = 0;
    for (done, (kind, order)) in plan.iter().enumerate() {
        say(&format!("round {} of {}", done + 1, plan.len()));
        for index in order {
            let (Some(bot), Some(series)) = (bots.get(*index), all.get_mut(*index)) else {
                continue;
            };
            series
                .measure(machine, bot, *kind, counts, tenths)
                .await
                .with_context(|| bot.title.clone())?;
        }
        tenths += usize::from(*kind == Kind::Tenth);
    }
    Ok(all)
}

impl Series {
    fn of(bot: &Bot) -> Series {
        Series {
            name: bot.name.clone(),
            title: bot.title.clone(),
            zip_bytes: bot.zip_bytes,
            ..Series::default()
        }
    }

    async fn measure(
        &mut self,
        machine: &Machine,
        bot: &Bot,
        kind: Kind,
        counts: &Counts,
        tenths: usize,
    ) -> Result<()> {
        match kind {
            Kind::Init => {
                let init = machine.init(bot, None).await?;
                self.init.push(init.time.as_secs_f64() * 1e3);
                self.parameters.push(init.parameters.as_secs_f64() * 1e3);
            }
            Kind::Tenth => {
                // From each point of the period in turn, as starts in Lambda come.
                #[expect(clippy::cast_precision_loss, reason = "a few dozen rounds")]
                let phase = tenths as f64 / counts.tenths as f64;
                let init = machine.init(bot, Some(phase)).await?;
                self.tenth.push(init.time.as_secs_f64() * 1e3);
            }
            Kind::Warm => {
                let Warm { cpu, time, memory } = machine.warm(bot, counts.requests).await?;
                self.cpu.push(cpu.as_secs_f64() * 1e6);
                self.time.push(time.as_secs_f64() * 1e6);
                #[expect(clippy::cast_precision_loss, reason = "a size for people")]
                self.memory.push(memory as f64);
            }
        }
        Ok(())
    }
}
