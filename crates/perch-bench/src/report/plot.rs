//! A measure of all bots as SVG: a dot at the median, a line from quartile to quartile, on a logarithmic axis, as the bots are two
//! orders of magnitude apart.

use std::fmt::Write as _;

use super::table::{Measure, figure};
use crate::rounds::Series;
use crate::statistics::Summary;

const LEFT: f64 = 250.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 56.0;
const ROW: f64 = 30.0;

/// Colours for a light page and for a dark one.
const STYLE: &str = "\
text { fill: #1c2128; font: 14px ui-sans-serif, Helvetica, Arial, sans-serif }
    .title { font-weight: 600 }
    .small { font-size: 12px; fill: #5b6472 }
    .grid { stroke: #d0d7de; stroke-width: 1 }
    .bot { fill: #5b6472; stroke: #5b6472; stroke-width: 3 }
    .perch { fill: #2f7d52; stroke: #2f7d52; stroke-width: 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .small { fill: #9aa4b2 }
      .grid { stroke: #3d444d }
      .bot { fill: #9aa4b2; stroke: #9aa4b2 }
      .perch { fill: #56b482; stroke: #56b482 }
    }";

/// The whole file.
pub fn svg(measure: &Measure, all: &[Series]) -> String {
    let rows: Vec<(&Series, Summary)> = all
        .iter()
        .filter_map(|series| Some((series, Summary::of(&(measure.figures)(series))?)))
        .filter(|(_, summary)| summary.lower > 0.0)
        .collect();
    let axis = Axis::of(rows.iter().map(|(_, summary)| summary));
    let bottom = TOP + ROW * rows.iter().fold(0.0, |rows, _| rows + 1.0);
    let mut marks = String::new();
    for decade in axis.first..=axis.last {
        let value = 10_f64.powi(decade);
        let x = axis.place(value);
        let _ = write!(
            marks,
            "  <line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n  \
             <text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
            TOP - 8.0,
            plain(value)
        );
    }
    let mut y = TOP + ROW / 2.0;
    for (series, summary) in &rows {
        marks += &row(series, summary, &axis, y);
        y += ROW;
    }
    let (title, unit, height) = (measure.title, measure.unit, bottom + 14.0);
    let described: Vec<String> = rows
        .iter()
        .map(|(series, summary)| format!("{} {}", escape(&series.title), figure(summary.median)))
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {height}\" role=\"img\" aria-labelledby=\"title desc\">\n  \
         <title id=\"title\">{title}, {unit}</title>\n  \
         <desc id=\"desc\">Medians in {unit}: {}. The lines reach from quartile to quartile.</desc>\n  \
         <style>\n    {STYLE}\n  </style>\n  \
         <text class=\"title\" x=\"16\" y=\"26\">{title}, {unit}</text>\n{marks}</svg>\n",
        described.join("; ")
    )
}

fn row(series: &Series, summary: &Summary, axis: &Axis, y: f64) -> String {
    let class = if series.name == "perch" {
        "perch"
    } else {
        "bot"
    };
    let [lower, median, upper] =
        [summary.lower, summary.median, summary.upper].map(|value| axis.place(value));
    format!(
        "  <text x=\"16\" y=\"{:.1}\">{}</text>\n  \
         <line class=\"{class}\" x1=\"{lower:.1}\" y1=\"{y:.1}\" x2=\"{upper:.1}\" y2=\"{y:.1}\"/>\n  \
         <circle class=\"{class}\" cx=\"{median:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n  \
         <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
        y + 5.0,
        escape(&series.title),
        upper + 12.0,
        y + 5.0,
        figure(summary.median)
    )
}

/// From one power of ten to another, over all that is shown.
struct Axis {
    first: i32,
    last: i32,
}

impl Axis {
    fn of<'a>(summaries: impl Iterator<Item = &'a Summary> + Clone) -> Axis {
        let decade = |value: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "a power of ten")]
            let decade = value.log10().floor() as i32;
            decade
        };
        let first = summaries.clone().map(|summary| decade(summary.lower)).min();
        let last = summaries.map(|summary| decade(summary.upper) + 1).max();
        Axis {
            first: first.unwrap_or(0),
            last: last.unwrap_or(1),
        }
    }

    fn place(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        LEFT + (value.log10() - first) / (last - first) * (RIGHT - LEFT)
    }
}

/// A power of ten as it stands at the axis.
fn plain(value: f64) -> String {
    if value < 1.0 {
        value.to_string()
    } else {
        figure(value.round()).replace(".00", "").replace(".0", "")
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
