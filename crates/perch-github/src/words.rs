//! How the bots speak of pull requests.

use jiff::SignedDuration;

use crate::checks::{CheckRun, CommitStatus};
use crate::pulls::{Team, User};

/// How long something took or has lasted, in its two largest units: `1 day 2 hours`, `5 minutes`.
///
/// Less than a minute, and anything negative, is `less than a minute`.
pub fn age(duration: SignedDuration) -> String {
    let minutes = duration.as_mins().max(0);
    let units = [
        (minutes / 1440, "day"),
        (minutes / 60 % 24, "hour"),
        (minutes % 60, "minute"),
    ];
    let largest = units.iter().position(|(count, _)| *count > 0);
    let Some(largest) = largest else {
        return "less than a minute".to_owned();
    };
    let told = units
        .iter()
        .skip(largest)
        .take(2)
        .filter(|(count, _)| *count > 0);
    told.map(|(count, unit)| counted(*count, unit))
        .collect::<Vec<_>>()
        .join(" ")
}

/// `1 file`, `2 files`.
pub fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or_default();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Who is asked for a review: people by login, teams as GitHub mentions them. `None` when nobody is.
pub fn reviewers(owner: &str, people: &[User], teams: &[Team]) -> Option<String> {
    let people = people.iter().map(|person| person.login.clone());
    let teams = teams.iter().map(|team| format!("@{owner}/{}", team.slug));
    let asked: Vec<String> = people.chain(teams).collect();
    (!asked.is_empty()).then(|| asked.join(", "))
}

/// What CI says, in one phrase: `all 5 checks passed`, `1 failed (lint), 2 running, 3 passed`, `no checks`.
///
/// A conclusion that GitHub adds one day counts as failed, and its check is named.
pub fn checks(runs: &[CheckRun], statuses: &[CommitStatus]) -> String {
    let (mut passed, mut skipped, mut running, mut failed) =
        (0_usize, 0_usize, 0_usize, Vec::new());
    for run in runs {
        match (run.status.as_str(), run.conclusion.as_deref()) {
            ("completed", Some("success")) => passed += 1,
            ("completed", Some("neutral" | "skipped")) => skipped += 1,
            ("completed", _) => failed.push(run.name.as_str()),
            _ => running += 1,
        }
    }
    for status in statuses {
        match status.state.as_str() {
            "success" => passed += 1,
            "pending" => running += 1,
            _ => failed.push(status.context.as_str()),
        }
    }
    let parts = [
        (
            failed.len(),
            format!("{} failed ({})", failed.len(), some_of(&failed)),
        ),
        (running, format!("{running} running")),
        (passed, format!("{passed} passed")),
        (skipped, format!("{skipped} skipped")),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, phrase)| phrase)
        .collect();
    match (told.len(), passed) {
        (0, _) => "no checks".to_owned(),
        (1, 1) => "1 check passed".to_owned(),
        (1, 2..) => format!("all {passed} checks passed"),
        _ => told.join(", "),
    }
}

/// The first three names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
