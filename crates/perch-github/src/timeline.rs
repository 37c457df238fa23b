//! What happened to a pull request: <https://docs.github.com/en/rest/issues/timeline>.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::names::PullRef;
use crate::pulls::User;

/// One event. Its kinds differ in their fields; these are the ones that the bots read.
#[derive(Clone, Debug, Deserialize)]
pub struct TimelineEvent {
    /// `ready_for_review`, `review_requested`, `reviewed`, … ("Issue event types" in GitHub's documentation).
    #[serde(default)]
    pub event: String,
    /// When it happened; a review has `submitted_at` instead, a commit neither.
    pub created_at: Option<Timestamp>,
    /// When a review was sent in; `None` while it is being written.
    pub submitted_at: Option<Timestamp>,
    /// Who reviewed.
    pub user: Option<User>,
}

impl TimelineEvent {
    /// When it happened, where GitHub tells it.
    pub fn at(&self) -> Option<Timestamp> {
        self.submitted_at.or(self.created_at)
    }
}

impl Client {
    /// All events of a pull request, the oldest first.
    pub async fn timeline(&self, pull: &PullRef) -> Result<Vec<TimelineEvent>, Error> {
        let number = pull.number.to_string();
        let path = [
            "repos",
            pull.repository.owner(),
            pull.repository.name(),
            "issues",
            &number,
            "timeline",
        ];
        let pages: Vec<Vec<TimelineEvent>> = self.get_pages(&path, &[]).await?;
        Ok(pages.into_iter().flatten().collect())
    }
}
