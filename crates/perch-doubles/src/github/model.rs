//! What the double knows: repositories and their pull requests.

use jiff::Timestamp;

/// A private repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    /// Logins that may review.
    pub collaborators: Vec<String>,
    pub pulls: Vec<Pull>,
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// GitHub ignores the case of names.
    pub(super) fn is_called(&self, owner: &str, name: &str) -> bool {
        self.owner.eq_ignore_ascii_case(owner) && self.name.eq_ignore_ascii_case(name)
    }
}

/// A pull request. [`Pull::new`] is an open one; the rest is set on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub author: String,
    pub branch: String,
    pub draft: bool,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub closed: Option<Timestamp>,
    /// Set with `closed` where the pull request was merged.
    pub merged: bool,
    /// Logins asked for a review that they have not given.
    pub requested_reviewers: Vec<String>,
    /// Slugs of teams.
    pub requested_teams: Vec<String>,
    pub labels: Vec<String>,
    pub additions: u32,
    pub deletions: u32,
    pub changed_files: u32,
    pub commits: u32,
    pub checks: Vec<Check>,
    /// Commit statuses, the older kind of check: context and state (`success`, `failure`, `error`, `pending`).
    pub statuses: Vec<(String, String)>,
    /// Oldest first.
    pub timeline: Vec<Entry>,
}

impl Pull {
    /// An open pull request without anything on it yet.
    pub fn new(number: u64, title: &str, author: &str, created: Timestamp) -> Pull {
        Pull {
            number,
            title: title.to_owned(),
            author: author.to_owned(),
            branch: format!("topic-{number}"),
            draft: false,
            created,
            updated: created,
            closed: None,
            merged: false,
            requested_reviewers: Vec::new(),
            requested_teams: Vec::new(),
            labels: Vec::new(),
            additions: 1,
            deletions: 1,
            changed_files: 1,
            commits: 1,
            checks: Vec::new(),
            statuses: Vec::new(),
            timeline: Vec::new(),
        }
    }

    /// Sets lines added and deleted, and files changed.
    #[must_use]
    pub fn size(mut self, additions: u32, deletions: u32, changed_files: u32) -> Pull {
        (self.additions, self.deletions, self.changed_files) =
            (additions, deletions, changed_files);
        self
    }

    /// Makes it a draft.
    #[must_use]
    pub fn draft(mut self) -> Pull {
        self.draft = true;
        self
    }

    /// Closes it at a time.
    #[must_use]
    pub fn closed(mut self, at: Timestamp, merged: bool) -> Pull {
        (self.closed, self.merged) = (Some(at), merged);
        self.updated = at;
        self
    }

    /// Adds a check run: its name, and the conclusion unless it still runs.
    #[must_use]
    pub fn check(mut self, name: &str, conclusion: Option<&str>) -> Pull {
        self.checks.push(Check {
            name: name.to_owned(),
            conclusion: conclusion.map(str::to_owned),
        });
        self
    }

    /// Adds to the timeline, and does what it says: a request adds the reviewer, a review takes them off.
    #[must_use]
    pub fn then(mut self, at: Timestamp, by: &str, what: Happened) -> Pull {
        self.happen(at, by, what);
        self
    }

    pub(super) fn happen(&mut self, at: Timestamp, by: &str, what: Happened) {
        match &what {
            Happened::ReviewRequested(login) => add(&mut self.requested_reviewers, login),
            Happened::TeamReviewRequested(slug) => add(&mut self.requested_teams, slug),
            Happened::ReviewRequestRemoved(login) => {
                self.requested_reviewers.retain(|one| one != login)
            }
            Happened::Reviewed(_) => self.requested_reviewers.retain(|one| one != by),
            Happened::ReadyForReview => self.draft = false,
            Happened::ConvertedToDraft => self.draft = true,
            Happened::Committed(_) | Happened::Commented(_) => {}
        }
        self.updated = self.updated.max(at);
        self.timeline.push(Entry {
            at,
            by: by.to_owned(),
            what,
        });
    }

    /// Open or closed, as GitHub's `state` has it; a merged one is closed.
    pub fn state(&self) -> &'static str {
        if self.closed.is_some() {
            "closed"
        } else {
            "open"
        }
    }
}

fn add(list: &mut Vec<String>, one: &str) {
    if !list.iter().any(|known| known == one) {
        list.push(one.to_owned());
    }
}

/// A check run; one without a conclusion is in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    /// `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out` or `action_required`.
    pub conclusion: Option<String>,
}

/// Something on a pull request's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub by: String,
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    Committed(String),
    Commented(String),
    ReviewRequested(String),
    TeamReviewRequested(String),
    ReviewRequestRemoved(String),
    ReadyForReview,
    ConvertedToDraft,
    /// `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`.
    Reviewed(String),
}
