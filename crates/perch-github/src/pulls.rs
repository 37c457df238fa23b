//! Pull requests: <https://docs.github.com/en/rest/pulls/pulls> and review requests:
//! <https://docs.github.com/en/rest/pulls/review-requests>.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::error::Error;
use crate::names::{PullRef, Repository};

/// A person, bot or organisation on GitHub.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct User {
    pub login: String,
    /// `User`, `Bot` or `Organization`; others may come.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A team whose review is requested.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Team {
    pub slug: String,
}

/// The last commit of a pull request's branch.
#[derive(Clone, Debug, Deserialize)]
pub struct Commit {
    pub sha: String,
}

/// One pull request, as `GET /repos/{owner}/{repo}/pulls/{pull_number}` tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub html_url: String,
    /// `open` or `closed`; a merged one is closed.
    pub state: String,
    #[serde(default)]
    pub draft: bool,
    #[serde(default)]
    pub merged: bool,
    /// `None` when the account is deleted.
    pub user: Option<User>,
    pub created_at: Timestamp,
    /// Lines added.
    #[serde(default)]
    pub additions: u64,
    /// Lines deleted.
    #[serde(default)]
    pub deletions: u64,
    #[serde(default)]
    pub changed_files: u64,
    #[serde(default)]
    pub requested_reviewers: Vec<User>,
    #[serde(default)]
    pub requested_teams: Vec<Team>,
    pub head: Commit,
}

/// One of a list of pull requests; GitHub leaves the size out there.
#[derive(Clone, Debug, Deserialize)]
pub struct PullSummary {
    pub number: u64,
    pub title: String,
    pub html_url: String,
    #[serde(default)]
    pub draft: bool,
    /// `None` when the account is deleted.
    pub user: Option<User>,
    pub created_at: Timestamp,
    /// The last change of any kind: a commit, comment, review or request.
    pub updated_at: Timestamp,
    #[serde(default)]
    pub requested_reviewers: Vec<User>,
    #[serde(default)]
    pub requested_teams: Vec<Team>,
}

impl User {
    /// Whether a program acts under this account (`type: Bot`, as GitHub Apps and Actions do).
    pub fn is_bot(&self) -> bool {
        self.kind == "Bot"
    }
}

/// The login to show; GitHub shows a deleted account as `ghost`.
pub fn login(user: &Option<User>) -> &str {
    user.as_ref().map_or("ghost", |user| user.login.as_str())
}

impl Client {
    /// One pull request with its size.
    pub async fn pull(&self, pull: &PullRef) -> Result<Pull, Error> {
        let repository = &pull.repository;
        self.get(&[
            "repos",
            repository.owner(),
            repository.name(),
            "pulls",
            &pull.number.to_string(),
        ])
        .await
    }

    /// All open pull requests of `repository`, drafts among them, the oldest first: one that is opened meanwhile moves no other to another
    /// page.
    pub async fn open_pulls(&self, repository: &Repository) -> Result<Vec<PullSummary>, Error> {
        let path = ["repos", repository.owner(), repository.name(), "pulls"];
        let pages: Vec<Vec<PullSummary>> = self
            .get_pages(
                &path,
                &[("state", "open"), ("sort", "created"), ("direction", "asc")],
            )
            .await?;
        Ok(pages.into_iter().flatten().collect())
    }

    /// Asks `login` for a review. GitHub keeps one request when it is asked again.
    ///
    /// # Errors
    /// [`Error::Declined`] when `login` is the author or no collaborator of the repository.
    pub async fn request_review(&self, pull: &PullRef, login: &str) -> Result<(), Error> {
        let number = pull.number.to_string();
        let repository = &pull.repository;
        let path = [
            "repos",
            repository.owner(),
            repository.name(),
            "pulls",
            &number,
            "requested_reviewers",
        ];
        self.post(&path, &json!({ "reviewers": [login] })).await
    }
}
