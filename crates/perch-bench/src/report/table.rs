//! The table of figures, for a terminal and in Markdown.

use crate::rounds::Series;
use crate::statistics::Summary;

/// One figure of a bot.
pub struct Measure {
    /// One word: the plot's file.
    pub name: &'static str,
    /// The plot's title.
    pub title: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// One for each round; one alone where it does not vary.
    pub figures: fn(&Series) -> Vec<f64>,
}

/// All that the page shows.
pub const MEASURES: [Measure; 5] = [
    Measure {
        name: "zip",
        title: "Zip",
        unit: "KB",
        figures: |series| vec![kilobytes(series.zip_bytes)],
    },
    Measure {
        name: "init",
        title: "Init on one core",
        unit: "ms",
        figures: |series| series.init.clone(),
    },
    Measure {
        name: "tenth",
        title: "Init on a tenth of a core",
        unit: "ms",
        figures: |series| series.tenth.clone(),
    },
    Measure {
        name: "warm",
        title: "Processor time of a warm request",
        unit: "µs",
        figures: |series| series.cpu.clone(),
    },
    Measure {
        name: "memory",
        title: "Peak memory",
        unit: "MB",
        figures: |series| series.memory.iter().map(|bytes| bytes / 1e6).collect(),
    },
];

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1e3
}

/// For people to read: three digits, or all before the point, and no more than two after it.
pub fn figure(value: f64) -> String {
    let digits = match value.abs() {
        below if below < 9.995 => 2,
        below if below < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    match text.split_once('.') {
        None if text.len() > 3 => {
            let (thousands, rest) = text.split_at(text.len() - 3);
            format!("{thousands},{rest}")
        }
        _ => text,
    }
}

/// The table as aligned text.
pub fn text(all: &[Series]) -> String {
    let rows = rows(all);
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        format!("{}\n", cells.join("  "))
    };
    rows.iter().map(line).collect()
}

/// The table in Markdown.
pub fn markdown(all: &[Series]) -> String {
    let mut text = String::new();
    for (index, row) in rows(all).iter().enumerate() {
        let is_perch = row.first().is_some_and(|title| title == "Perch");
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell.as_str() {
                "" => String::new(),
                cell if is_perch => format!("**{cell}**"),
                cell => cell.to_owned(),
            })
            .collect();
        text += &format!("| {} |\n", cells.join(" | "));
        if index == 0 {
            text += &format!("|---|{}\n", "---:|".repeat(row.len() - 1));
        }
    }
    text
}

/// Headings, then a row for each bot.
fn rows(all: &[Series]) -> Vec<Vec<String>> {
    let headings = [
        "",
        "zip KB",
        "Init ms",
        "× Go",
        "× floor",
        "at a tenth ms",
        "× Go",
        "× floor",
        "warm CPU µs",
        "× Go",
        "× floor",
        "answer µs",
        "peak MB",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let [zip, init, tenth, warm, memory] = MEASURES;
    for series in all {
        let mut row = vec![series.title.clone()];
        row.push(median(&(zip.figures)(series)));
        for measure in [&init, &tenth, &warm] {
            let figures = (measure.figures)(series);
            row.push(spread(&figures));
            for other in ["go", "floor"] {
                row.push(ratio(&figures, all, other, measure));
            }
        }
        row.push(median(&series.time));
        row.push(median(&(memory.figures)(series)));
        rows.push(row);
    }
    rows
}

fn median(figures: &[f64]) -> String {
    Summary::of(figures).map_or_else(String::new, |summary| figure(summary.median))
}

fn spread(figures: &[f64]) -> String {
    Summary::of(figures).map_or_else(String::new, |summary| {
        let (lower, upper) = (figure(summary.lower), figure(summary.upper));
        format!("{} ({lower}–{upper})", figure(summary.median))
    })
}

/// To the bot `name` in each round; empty where there is none.
fn ratio(figures: &[f64], all: &[Series], name: &str, measure: &Measure) -> String {
    let others = all.iter().find(|series| series.name == name);
    others
        .and_then(|others| Summary::of_ratios(figures, &(measure.figures)(others)))
        .map_or_else(String::new, |summary| figure(summary.median))
}
