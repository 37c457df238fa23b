//! What is made of figures: medians and quartiles, ratios within a round, goals.

use perch_bench::report::goals::{self, Goal};
use perch_bench::report::table::{self, figure};
use perch_bench::rounds::Series;
use perch_bench::statistics::Summary;

/// Three bots with figures of which the results can be told by hand.
pub fn series() -> Vec<Series> {
    let bot = |name: &str, init: [f64; 3], zip_bytes| Series {
        name: name.to_owned(),
        title: if name == "perch" { "Perch" } else { name }.to_owned(),
        zip_bytes,
        init: init.to_vec(),
        parameters: vec![2.0; 3],
        tenth: init.map(|init| init * 10.0).to_vec(),
        cpu: init.map(|init| init * 20.0).to_vec(),
        time: init.to_vec(),
        memory: vec![4e6; 3],
    };
    vec![
        bot("floor", [1.0, 2.0, 1.0], 400_000),
        bot("perch", [4.0, 4.5, 3.5], 1_600_000),
        bot("go", [10.0, 9.0, 14.0], 4_000_000),
    ]
}

#[test]
fn quartiles_lie_between_figures_where_they_fall_between_them() {
    let summary = Summary::of(&[4.0, 1.0, 3.0, 2.0]).expect("figures");
    assert_eq!(summary.lower.to_string(), "1.75");
    assert_eq!(summary.median.to_string(), "2.5");
    assert_eq!(summary.upper.to_string(), "3.25");
    let alone = Summary::of(&[7.0]).expect("a figure");
    assert_eq!((alone.lower, alone.median, alone.upper), (7.0, 7.0, 7.0));
    assert_eq!(Summary::of(&[]), None);
}

#[test]
fn ratios_are_taken_within_each_round() {
    // The second round was slow for both, which the medians alone would not tell: 3 / 2 = 1.5.
    let ratios = Summary::of_ratios(&[1.0, 30.0, 3.0], &[1.0, 10.0, 2.0]).expect("rounds");
    assert_eq!(
        (ratios.lower, ratios.median, ratios.upper),
        (1.25, 1.5, 2.25)
    );
    assert_eq!(Summary::of_ratios(&[1.0], &[0.0]), None);
}

#[test]
fn a_figure_has_three_digits_or_all_before_the_point() {
    let shown = [
        0.123, 0.999, 9.994, 9.996, 12.34, 99.96, 461.4, 5638.7, 20_333.0,
    ]
    .map(figure);
    assert_eq!(
        shown,
        [
            "0.12", "1.00", "9.99", "10.0", "12.3", "100", "461", "5,639", "20,333"
        ]
    );
}

#[test]
fn the_table_shows_medians_quartiles_and_ratios() {
    let table = table::markdown(&series());
    let row = table.lines().find(|line| line.contains("Perch"));
    let row = row.expect("Perch's row").replace("**", "");
    let expected = "| Perch | 1,600 | 4.00 (3.75–4.25) | 0.40 | 3.50 | 40.0 (37.5–42.5) | 0.40 | 3.50 | 80.0 (75.0–85.0) | 0.40 | 3.50 | 4.00 | 4.00 |";
    assert_eq!(row, expected);
    assert_eq!(table.lines().count(), 5);
}

#[test]
fn without_go_there_is_no_ratio_to_it() {
    let mut all = series();
    all.retain(|series| series.name != "go");
    let table = table::text(&all);
    let row = table.lines().find(|line| line.contains("Perch"));
    let cells: Vec<&str> = row.expect("Perch's row").split_whitespace().collect();
    assert_eq!(
        cells[..5],
        ["Perch", "1,600", "4.00", "(3.75–4.25)", "3.50"]
    );
}

#[test]
fn goals_say_by_how_much_they_are_missed() {
    let goals = goals::of(&series());
    let verdicts: Vec<(Option<f64>, String)> = goals
        .iter()
        .map(|goal| (goal.measured, goal.verdict()))
        .collect();
    let expected = [
        (Some(1.6), "missed by 0.10 MB (7 %)"),
        // 4 - 2 - 1, 4.5 - 2 - 2, 3.5 - 2 - 1
        (Some(0.5), "met"),
        (Some(40.0), "missed by 10.0 ms (33 %)"),
        (Some(3.5), "missed by 2.00 × (133 %)"),
        (Some(4.0), "met"),
    ];
    let expected: Vec<(Option<f64>, String)> = expected
        .map(|(measured, verdict)| (measured, verdict.to_owned()))
        .into();
    assert_eq!(verdicts, expected);
}

#[test]
fn a_goal_of_what_was_not_measured_is_neither_met_nor_missed() {
    let mut all = series();
    all.retain(|series| series.name != "perch");
    assert!(
        goals::of(&all)
            .iter()
            .all(|goal| goal.verdict() == "not measured")
    );
    let reached = Goal {
        words: "",
        unit: "ms",
        limit: 0.6,
        measured: Some(0.6),
    };
    assert_eq!(reached.verdict(), "met");
}
