//! Rounds: their order, and a short run of two bots.

use std::fs;
use std::path::Path;
use std::process::Command;

use perch_bench::measure::Machine;
use perch_bench::rounds::{self, Counts, Kind};
use perch_bench::share::Tenth;

use crate::check::floor;
use crate::fake;

fn counts(rounds: usize, tenths: usize, passes: usize) -> Counts {
    Counts {
        rounds,
        tenths,
        passes,
        requests: 5,
        seed: 1,
    }
}

#[test]
fn each_round_has_every_bot_once_in_an_order_of_its_own() {
    let plan = rounds::plan(&counts(24, 12, 6), 6);
    assert_eq!(plan.len(), 42);
    for (_, order) in &plan {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
    }
    assert!(plan.iter().any(|(_, order)| *order != plan[0].1));
}

#[test]
fn the_seed_decides_the_order() {
    let one = rounds::plan(&counts(9, 3, 2), 5);
    assert_eq!(one, rounds::plan(&counts(9, 3, 2), 5));
    let other = Counts {
        seed: 2,
        ..counts(9, 3, 2)
    };
    assert_ne!(one, rounds::plan(&other, 5));
}

#[test]
fn each_kind_is_spread_over_the_whole_run() {
    let kinds: Vec<Kind> = rounds::plan(&counts(4, 2, 1), 1)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    use Kind::{Init, Tenth, Warm};
    assert_eq!(kinds, [Init, Tenth, Init, Warm, Init, Tenth, Init]);
}

#[test]
fn a_short_run_has_a_figure_of_each_bot_for_each_round() {
    // By signals, which need no rights, and by what this machine has.
    for tenth in [Tenth::Signals, Tenth::choose()] {
        let mut machine =
            Machine::new(Path::new(env!("CARGO_BIN_EXE_perch-bench"))).expect("a machine");
        machine.tenth = tenth;
        short_run(&machine);
    }
}

fn short_run(machine: &Machine) {
    let (floor, fake) = (floor(), fake::bot("honest"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut said = Vec::new();
    let counts = counts(2, 1, 1);
    let bots = [&floor, &fake];
    let run = rounds::run(machine, &bots, &counts, |line| said.push(line.to_owned()));
    let all = runtime.block_on(run).expect("figures");
    assert_eq!(said.last().map(String::as_str), Some("round 4 of 4"));
    for series in &all {
        let counted = [
            &series.init,
            &series.tenth,
            &series.cpu,
            &series.time,
            &series.memory,
        ];
        assert_eq!(counted.map(Vec::len), [2, 1, 1, 1, 1], "{}", series.name);
        let positive = |figures: &&Vec<f64>| figures.iter().all(|figure| *figure > 0.0);
        assert!(counted.iter().all(positive), "{series:?}");
    }
}

#[test]
fn a_run_with_a_bot_that_answers_wrong_fails() {
    let machine = Machine::new(Path::new(env!("CARGO_BIN_EXE_perch-bench"))).expect("a machine");
    let fake = fake::bot("mumbles");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let run = runtime.block_on(rounds::run(&machine, &[&fake], &counts(0, 0, 1), |_| {}));
    let error = format!("{:#}", run.expect_err("a wrong answer"));
    assert!(error.contains("was answered with \"hm\""), "{error}");
}

/// What `perch-bench` says and whether it succeeds, in a folder that looks like Perch's, without any language's tools.
fn without_tools(arguments: &[&str]) -> (bool, String) {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("bench")).expect("a folder");
    fs::write(root.path().join("Cargo.toml"), "").expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_perch-bench"))
        .current_dir(root.path())
        .env("PATH", root.path())
        .args(arguments)
        .output()
        .expect("perch-bench");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn a_peer_without_its_tools_is_skipped_in_one_line() {
    let (succeeded, said) = without_tools(&["--only", "go,node,python"]);
    let lines: Vec<&str> = said.lines().take(4).collect();
    let expected = [
        "skipped   Go: slack-go, AWS SDK: there is no `go` on the PATH",
        "skipped   Node.js: Bolt, AWS SDK: there is no `node` on the PATH",
        "skipped   Python: Bolt, boto3: there is no `python3` on the PATH",
        "perch-bench: there is no bot to measure",
    ];
    assert_eq!(lines, expected);
    assert!(!succeeded);
}

#[test]
fn an_unknown_bot_is_told_which_there_are() {
    let (succeeded, said) = without_tools(&["--only", "go,ruby"]);
    let expected = "--only ruby: there are floor, perch, rust, go, node, python";
    assert!(!succeeded && said.contains(expected), "{said}");
}
