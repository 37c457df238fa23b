//! What a run says: one message with a line for each repository, and a reply in its thread for each.

use jiff::{SignedDuration, Timestamp};
use perch_github::{PullSummary, Repository, age, counted, login, reviewers};

/// Links in one line of the message; the thread has them all.
const LINKS: usize = 10;

/// Bytes of one message. Slack cuts a text at 40,000 characters, and people stop reading long before.
const TEXT: usize = 3_500;

/// All that a run found.
#[derive(Debug)]
pub struct Digest {
    pub threshold: SignedDuration,
    /// Repositories with pull requests to tell, in the order of the setting.
    pub found: Vec<Found>,
    /// Repositories that could not be looked at.
    pub failed: Vec<Failed>,
    /// Why the run could not look further back than the previous one, when it should have.
    pub no_lookback: Option<String>,
}

/// What waits in one repository, the longest first.
#[derive(Debug)]
pub struct Found {
    pub repository: Repository,
    pub waiting: Vec<Waiting>,
}

/// A pull request that waits.
#[derive(Debug)]
pub struct Waiting {
    pub pull: PullSummary,
    pub since: Timestamp,
    /// For how long at the run's scheduled time.
    pub lasted: SignedDuration,
}

/// A repository that could not be looked at.
#[derive(Debug)]
pub struct Failed {
    pub repository: Repository,
    pub reason: String,
}

impl Digest {
    /// The message for the channel.
    pub fn text(&self) -> String {
        let count = self
            .found
            .iter()
            .map(|found| found.waiting.len())
            .sum::<usize>();
        let has = if count == 1 { "has" } else { "have" };
        let headline = format!(
            "*{} {has} waited for a review for more than {}*",
            counted(count, "pull request"),
            age(self.threshold)
        );
        let found = self.found.iter().map(Found::line);
        let failed = self.failed.iter().map(Failed::line);
        let no_lookback = self
            .no_lookback
            .iter()
            .map(|reason| format!(":warning: Runs that were missed are not made up for: {reason}"));
        // What is cut from the end is told in the thread.
        let lines: Vec<String> = no_lookback.chain(failed).chain(found).collect();
        let (mut text, mut told) = (headline, 0);
        for line in &lines {
            if text.len() + line.len() > TEXT {
                break;
            }
            text.push('\n');
            text.push_str(line);
            told += 1;
        }
        match lines.len() - told {
            0 => text,
            more => format!("{text}\n… and {more} more in the thread"),
        }
    }

    /// The replies in the message's thread: one for each repository, more where a text would be too long.
    pub fn replies(&self) -> Vec<String> {
        self.found.iter().flat_map(Found::replies).collect()
    }
}

impl Found {
    fn line(&self) -> String {
        let link =
            |waiting: &Waiting| format!("<{}|#{}>", waiting.pull.html_url, waiting.pull.number);
        let links: Vec<String> = self.waiting.iter().take(LINKS).map(link).collect();
        let more = match self.waiting.len().saturating_sub(LINKS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("• {}: {}{more}", self.repository, links.join(", "))
    }

    fn replies(&self) -> Vec<String> {
        let title = format!("*{}*", self.repository);
        let mut replies = vec![title.clone()];
        for waiting in &self.waiting {
            let line = waiting.line(&self.repository);
            if replies
                .last()
                .is_some_and(|reply| reply.len() + line.len() > TEXT)
            {
                replies.push(title.clone());
            }
            if let Some(reply) = replies.last_mut() {
                reply.push('\n');
                reply.push_str(&line);
            }
        }
        replies
    }
}

impl Waiting {
    fn line(&self, repository: &Repository) -> String {
        let pull = &self.pull;
        let asked = reviewers(
            repository.owner(),
            &pull.requested_reviewers,
            &pull.requested_teams,
        );
        let asked = asked.map_or_else(
            || "nobody is asked yet".to_owned(),
            |names| format!("asked: {names}"),
        );
        format!(
            "• <{}|#{} {}> by {} waits for {}; {asked}",
            pull.html_url,
            pull.number,
            perch::blocks::escape(&pull.title),
            login(&pull.user),
            age(self.lasted),
        )
    }
}

impl Failed {
    fn line(&self) -> String {
        format!(
            ":warning: Could not look at {}: {}",
            self.repository,
            perch::blocks::escape(&self.reason)
        )
    }
}
