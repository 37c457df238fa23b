//! Since when a pull request waits for a review, and whether that is for this run to tell.

use jiff::{SignedDuration, Timestamp};
use perch_github::{PullSummary, TimelineEvent};

/// What makes a pull request wait (again) for a review, besides being opened.
const STARTS: [&str; 4] = [
    "ready_for_review",
    "reopened",
    "review_dismissed",
    "review_requested",
];

/// The time that a run covers: a pull request is told by the run in whose window it crossed the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not part of it.
    pub from: Timestamp,
    /// Part of it.
    pub to: Timestamp,
}

impl Window {
    /// Whether `moment` is in it.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.from < moment && moment <= self.to
    }

    /// Whether `pull`, which nothing but its times tells about, may have crossed the `threshold` in this window.
    ///
    /// A wait begins no earlier than the pull request and no later than its last change: what lies outside needs no
    /// look at its events.
    pub fn may_hold(&self, pull: &PullSummary, threshold: SignedDuration) -> bool {
        let earliest = crossing(pull.created_at, threshold);
        let latest = crossing(pull.updated_at, threshold);
        earliest.is_some_and(|moment| moment <= self.to)
            && latest.is_none_or(|moment| moment > self.from)
    }
}

/// When a wait since `since` has lasted for `threshold`; `None` beyond what a calendar holds.
pub fn crossing(since: Timestamp, threshold: SignedDuration) -> Option<Timestamp> {
    since.checked_add(threshold).ok()
}

/// Whether a person is asked to look at it at all: no draft, and not a program's, such as a dependency update.
pub fn is_for_review(pull: &PullSummary) -> bool {
    !pull.draft && !pull.user.as_ref().is_some_and(|author| author.is_bot())
}

/// Since when `pull` waited at `moment`: the last time that it was opened, made ready or a review of it was asked
/// for, unless a person other than its author has reviewed it since.
///
/// Events after `moment` do not count, so that a late or repeated run says the same.
pub fn waiting_since(
    pull: &PullSummary,
    timeline: &[TimelineEvent],
    moment: Timestamp,
) -> Option<Timestamp> {
    let until_then = |event: &&TimelineEvent| event.at().is_some_and(|at| at <= moment);
    let starts = timeline
        .iter()
        .filter(until_then)
        .filter(|event| STARTS.contains(&event.event.as_str()));
    let opened = (pull.created_at <= moment).then_some(pull.created_at);
    let since = starts.filter_map(TimelineEvent::at).chain(opened).max()?;

    let mut reviews = timeline
        .iter()
        .filter(until_then)
        .filter(|event| is_review(event, pull));
    let reviewed = reviews.any(|review| review.at().is_some_and(|at| at > since));
    (!reviewed).then_some(since)
}

/// GitHub counts an author's own comments on the diff as reviews too; and a program's is not what people wait for.
fn is_review(event: &TimelineEvent, pull: &PullSummary) -> bool {
    let by_author = event.user == pull.user;
    let by_program = event
        .user
        .as_ref()
        .is_some_and(|reviewer| reviewer.is_bot());
    event.event == "reviewed" && !by_author && !by_program
}
