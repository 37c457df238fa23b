//! What Perch's bot is meant to reach, and whether it does.

use crate::report::table::figure;
use crate::rounds::Series;
use crate::statistics::Summary;

/// A goal with its figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// What is to be at most how much.
    pub words: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// At most this.
    pub limit: f64,
    /// What was measured; none where it was not.
    pub measured: Option<f64>,
}

impl Goal {
    /// Whether it is met, and by how much it is missed.
    pub fn verdict(&self) -> String {
        let Some(measured) = self.measured else {
            return "not measured".to_owned();
        };
        if measured <= self.limit {
            return "met".to_owned();
        }
        let beyond = measured - self.limit;
        let share = 100.0 * beyond / self.limit;
        let unit = self.unit;
        format!("missed by {} {unit} ({share:.0} %)", figure(beyond))
    }
}

/// All goals, in the order of the page.
pub fn of(all: &[Series]) -> Vec<Goal> {
    let find = |name| all.iter().find(|series| series.name == name);
    let (perch, floor) = (find("perch"), find("floor"));
    let both = perch.zip(floor);
    let median = |figures: &[f64]| Summary::of(figures).map(|summary| summary.median);
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let zip = perch.map(|perch| perch.zip_bytes as f64 / 1e6);
    vec![
        Goal {
            words: "zip",
            unit: "MB",
            limit: 1.5,
            measured: zip,
        },
        Goal {
            words: "Init on one core, beyond the floor's and the round trip to Parameter Store",
            unit: "ms",
            limit: 0.6,
            measured: both.and_then(|(perch, floor)| median(&beyond(perch, floor))),
        },
        Goal {
            words: "Init on a tenth of a core",
            unit: "ms",
            limit: 30.0,
            measured: perch.and_then(|perch| median(&perch.tenth)),
        },
        Goal {
            words: "processor time of a warm request, in the floor's",
            unit: "×",
            limit: 1.5,
            measured: both
                .and_then(|(perch, floor)| Summary::of_ratios(&perch.cpu, &floor.cpu))
                .map(|summary| summary.median),
        },
        Goal {
            words: "peak memory",
            unit: "MB",
            limit: 5.0,
            measured: perch
                .and_then(|perch| median(&perch.memory))
                .map(|bytes| bytes / 1e6),
        },
    ]
}

/// What Perch's Init takes in each round that is neither the floor's nor Parameter Store's.
fn beyond(perch: &Series, floor: &Series) -> Vec<f64> {
    let inits = perch.init.iter().zip(&perch.parameters);
    inits
        .zip(&floor.init)
        .map(|((init, parameters), floor)| init - parameters - floor)
        .collect()
}

/// As a table in Markdown.
pub fn markdown(all: &[Series]) -> String {
    let mut text = String::from("| goal | at most | measured | |\n|---|---:|---:|---|\n");
    for goal in of(all) {
        let (words, unit, limit) = (goal.words, goal.unit, figure(goal.limit));
        let measured = goal.measured.map_or_else(String::new, |measured| {
            format!("{} {unit}", figure(measured))
        });
        text += &format!(
            "| {words} | {limit} {unit} | {measured} | {} |\n",
            goal.verdict()
        );
    }
    text
}

/// As lines for a terminal.
pub fn text(all: &[Series]) -> String {
    let line = |goal: &Goal| {
        let (words, unit, limit) = (goal.words, goal.unit, figure(goal.limit));
        let measured = goal.measured.map_or_else(|| "-".to_owned(), figure);
        format!(
            "{words}: {measured} {unit}, at most {limit}: {}\n",
            goal.verdict()
        )
    };
    of(all).iter().map(line).collect()
}
