//! What CI says of a commit, in both of GitHub's ways: check runs
//! (<https://docs.github.com/en/rest/checks/runs>) and commit statuses
//! (<https://docs.github.com/en/rest/commits/statuses>).

use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::names::Repository;

/// One check of an app such as GitHub Actions.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckRun {
    pub name: String,
    /// `queued`, `in_progress`, `completed`, …; only `completed` has a conclusion.
    pub status: String,
    /// `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out`, `action_required`, …
    pub conclusion: Option<String>,
}

/// What a CI service outside GitHub reported for one of its contexts.
#[derive(Clone, Debug, Deserialize)]
pub struct CommitStatus {
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
}

#[derive(Deserialize)]
struct CheckRuns {
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CombinedStatus {
    statuses: Vec<CommitStatus>,
}

impl Client {
    /// The latest run of each check on `sha`.
    pub async fn check_runs(
        &self,
        repository: &Repository,
        sha: &str,
    ) -> Result<Vec<CheckRun>, Error> {
        let path = [
            "repos",
            repository.owner(),
            repository.name(),
            "commits",
            sha,
            "check-runs",
        ];
        let pages: Vec<CheckRuns> = self.get_pages(&path, &[]).await?;
        Ok(pages.into_iter().flat_map(|page| page.check_runs).collect())
    }

    /// The latest status of each context on `sha`.
    pub async fn statuses(
        &self,
        repository: &Repository,
        sha: &str,
    ) -> Result<Vec<CommitStatus>, Error> {
        let path = [
            "repos",
            repository.owner(),
            repository.name(),
            "commits",
            sha,
            "status",
        ];
        let pages: Vec<CombinedStatus> = self.get_pages(&path, &[]).await?;
        Ok(pages.into_iter().flat_map(|page| page.statuses).collect())
    }
}
