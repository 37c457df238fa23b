//! GitHub's objects as its REST reference shows them, without a repository's many `…_url` templates.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::model::{Check, Entry, Happened, Pull, Repository};

/// Writes payloads whose `url`s lead back to the double at `api`, without a slash at its end.
pub(super) struct Payloads<'a> {
    pub api: &'a str,
}

/// Seconds only, as GitHub writes times.
pub(super) fn time(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}

/// A commit's name made up from what it is for: always the same forty digits.
pub(super) fn sha(of: &str) -> String {
    Sha256::digest(of)
        .iter()
        .take(20)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(super) fn head_sha(repository: &Repository, pull: &Pull) -> String {
    sha(&format!(
        "{}/{}#{}",
        repository.owner, repository.name, pull.number
    ))
}

fn node(kind: &str, id: u64) -> String {
    format!("{kind}_{}", BASE64.encode(id.to_be_bytes()))
}

/// An id for anything that has a name only, the same each time.
fn id_of(name: &str) -> u64 {
    Sha256::digest(name)
        .iter()
        .take(3)
        .fold(0, |id, byte| id << 8 | u64::from(*byte))
}

/// The addresses around a pull request, as HAL links.
fn links(repo: &str, url: &str, issue: &str, html: &str, head: &str) -> Value {
    let link = |address: String| json!({"href": address});
    json!({
        "self": link(url.to_owned()),
        "html": link(html.to_owned()),
        "issue": link(issue.to_owned()),
        "comments": link(format!("{issue}/comments")),
        "review_comments": link(format!("{url}/comments")),
        "review_comment": link(format!("{repo}/pulls/comments{{/number}}")),
        "commits": link(format!("{url}/commits")),
        "statuses": link(format!("{repo}/statuses/{head}")),
    })
}

impl Payloads<'_> {
    fn repo_url(&self, repository: &Repository) -> String {
        format!(
            "{}/repos/{}/{}",
            self.api, repository.owner, repository.name
        )
    }

    pub(super) fn user(&self, login: &str) -> Value {
        let id = id_of(login);
        let url = format!(
            "{}/users/{}",
            self.api,
            login.replace('[', "%5B").replace(']', "%5D")
        );
        let (kind, page) = match login.strip_suffix("[bot]") {
            Some(app) => ("Bot", format!("apps/{app}")),
            None if login == "perch-demo" => ("Organization", login.to_owned()),
            None => ("User", login.to_owned()),
        };
        json!({
            "login": login,
            "id": id,
            "node_id": node("U", id),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("https://github.com/{page}"),
            "repos_url": format!("{url}/repos"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    fn team(&self, slug: &str) -> Value {
        let id = id_of(slug);
        json!({
            "name": slug,
            "id": id,
            "node_id": node("T", id),
            "slug": slug,
            "description": null,
            "privacy": "closed",
            "notification_setting": "notifications_enabled",
            "url": format!("{}/organizations/2001/team/{id}", self.api),
            "html_url": format!("https://github.com/orgs/perch-demo/teams/{slug}"),
            "permission": "pull",
            "parent": null,
        })
    }

    pub(super) fn repository(&self, repository: &Repository) -> Value {
        let full_name = format!("{}/{}", repository.owner, repository.name);
        let open = repository
            .pulls
            .iter()
            .filter(|pull| pull.closed.is_none())
            .count();
        json!({
            "id": repository.id,
            "node_id": node("R", repository.id),
            "name": repository.name,
            "full_name": full_name,
            "private": true,
            "owner": self.user(&repository.owner),
            "html_url": format!("https://github.com/{full_name}"),
            "description": format!("The demo's {}", repository.name),
            "fork": false,
            "url": self.repo_url(repository),
            "created_at": "2024-04-01T00:00:00Z",
            "clone_url": format!("https://github.com/{full_name}.git"),
            "language": "Rust",
            "archived": false,
            "disabled": false,
            "visibility": "private",
            "open_issues_count": open,
            "open_issues": open,
            "default_branch": "main",
        })
    }

    /// A pull request as lists show it.
    pub(super) fn pull_in_list(&self, repository: &Repository, pull: &Pull) -> Value {
        let (repo, number) = (self.repo_url(repository), pull.number);
        let (url, issue) = (
            format!("{repo}/pulls/{number}"),
            format!("{repo}/issues/{number}"),
        );
        let html = self.html(repository, pull);
        let head = head_sha(repository, pull);
        let id = repository.id * 10_000 + number;
        json!({
            "url": url,
            "id": id,
            "node_id": node("PR", id),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue,
            "number": number,
            "state": pull.state(),
            "locked": false,
            "title": pull.title,
            "user": self.user(&pull.author),
            "body": null,
            "created_at": time(pull.created),
            "updated_at": time(pull.updated),
            "closed_at": pull.closed.map(time),
            "merged_at": pull.closed.filter(|_| pull.merged).map(time),
            "merge_commit_sha": pull.merged.then(|| sha(&format!("{html} merged"))),
            "assignee": null,
            "assignees": [],
            "requested_reviewers": pull.requested_reviewers.iter().map(|login| self.user(login)).collect::<Vec<_>>(),
            "requested_teams": pull.requested_teams.iter().map(|slug| self.team(slug)).collect::<Vec<_>>(),
            "labels": pull.labels.iter().map(|name| self.label(&repo, name)).collect::<Vec<_>>(),
            "milestone": null,
            "draft": pull.draft,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{repo}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue}/comments"),
            "statuses_url": format!("{repo}/statuses/{head}"),
            "head": self.branch(repository, &pull.branch, &head),
            "base": self.branch(repository, "main", &sha(&repo)),
            "_links": links(&repo, &url, &issue, &html, &head),
            "author_association": if pull.author.ends_with("[bot]") { "NONE" } else { "MEMBER" },
            "auto_merge": null,
            "active_lock_reason": null,
        })
    }

    /// A pull request by itself: with its size and whether it can be merged.
    pub(super) fn pull(&self, repository: &Repository, pull: &Pull) -> Value {
        let mut payload = self.pull_in_list(repository, pull);
        let open = pull.closed.is_none();
        let count = |wanted: fn(&Happened) -> bool| {
            pull.timeline
                .iter()
                .filter(|entry| wanted(&entry.what))
                .count()
        };
        let details = [
            ("merged", json!(pull.merged)),
            ("mergeable", json!(open.then_some(true))),
            ("rebaseable", json!(open.then_some(true))),
            (
                "mergeable_state",
                json!(if !open {
                    "unknown"
                } else if pull.draft {
                    "draft"
                } else {
                    "clean"
                }),
            ),
            (
                "merged_by",
                if pull.merged {
                    self.user(&pull.author)
                } else {
                    Value::Null
                },
            ),
            (
                "comments",
                json!(count(|what| matches!(what, Happened::Commented(_)))),
            ),
            ("review_comments", json!(0)),
            ("maintainer_can_modify", json!(false)),
            ("commits", json!(pull.commits)),
            ("additions", json!(pull.additions)),
            ("deletions", json!(pull.deletions)),
            ("changed_files", json!(pull.changed_files)),
        ];
        for (name, value) in details {
            payload[name] = value;
        }
        payload
    }

    fn html(&self, repository: &Repository, pull: &Pull) -> String {
        format!(
            "https://github.com/{}/{}/pull/{}",
            repository.owner, repository.name, pull.number
        )
    }

    fn branch(&self, repository: &Repository, name: &str, sha: &str) -> Value {
        json!({
            "label": format!("{}:{name}", repository.owner),
            "ref": name,
            "sha": sha,
            "user": self.user(&repository.owner),
            "repo": self.repository(repository),
        })
    }

    fn label(&self, repo: &str, name: &str) -> Value {
        let id = id_of(name);
        json!({
            "id": id,
            "node_id": node("LA", id),
            "url": format!("{repo}/labels/{name}"),
            "name": name,
            "color": "d73a4a",
            "default": false,
            "description": null,
        })
    }

    pub(super) fn check_run(
        &self,
        repository: &Repository,
        pull: &Pull,
        at: usize,
        check: &Check,
    ) -> Value {
        let id = (repository.id * 10_000 + pull.number) * 100 + at as u64;
        let url = format!("{}/check-runs/{id}", self.repo_url(repository));
        let html = format!(
            "https://github.com/{}/{}/runs/{id}",
            repository.owner, repository.name
        );
        json!({
            "id": id,
            "name": check.name,
            "node_id": node("CR", id),
            "head_sha": head_sha(repository, pull),
            "external_id": "",
            "url": url,
            "html_url": html,
            "details_url": html,
            "status": if check.conclusion.is_some() { "completed" } else { "in_progress" },
            "conclusion": check.conclusion,
            "started_at": time(pull.updated),
            "completed_at": check.conclusion.as_ref().map(|_| time(pull.updated)),
            "output": {
                "title": null,
                "summary": null,
                "text": null,
                "annotations_count": 0,
                "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": {"id": repository.id * 10_000 + pull.number},
            "app": {"id": 15368, "slug": "github-actions", "node_id": node("A", 15368), "name": "GitHub Actions"},
            "pull_requests": [],
        })
    }

    pub(super) fn combined_status(&self, repository: &Repository, pull: &Pull) -> Value {
        let head = head_sha(repository, pull);
        let commit = format!("{}/commits/{head}", self.repo_url(repository));
        let any = |wanted: &[&str]| {
            pull.statuses
                .iter()
                .any(|(_, state)| wanted.contains(&state.as_str()))
        };
        let state = if any(&["failure", "error"]) {
            "failure"
        } else if pull.statuses.is_empty() || any(&["pending"]) {
            "pending"
        } else {
            "success"
        };
        let status = |(context, state): &(String, String)| {
            json!({
                "url": format!("{}/statuses/{head}", self.repo_url(repository)),
                "id": id_of(context),
                "node_id": node("SC", id_of(context)),
                "state": state,
                "description": null,
                "target_url": null,
                "context": context,
                "created_at": time(pull.updated),
                "updated_at": time(pull.updated),
            })
        };
        json!({
            "state": state,
            "statuses": pull.statuses.iter().map(status).collect::<Vec<_>>(),
            "sha": head,
            "total_count": pull.statuses.len(),
            "repository": self.repository(repository),
            "commit_url": commit,
            "url": format!("{commit}/status"),
        })
    }

    /// An entry of the timeline; each kind has a shape of its own.
    pub(super) fn timeline_entry(
        &self,
        repository: &Repository,
        pull: &Pull,
        at: usize,
        entry: &Entry,
    ) -> Value {
        let id = (repository.id * 10_000 + pull.number) * 100 + at as u64;
        let event = |name: &str| self.issue_event(repository, id, name, entry);
        let request = |name: &str, key: &str, whom: Value| {
            let mut event = event(name);
            event["review_requester"] = self.user(&entry.by);
            event[key] = whom;
            event
        };
        match &entry.what {
            Happened::ReviewRequested(login) => {
                request("review_requested", "requested_reviewer", self.user(login))
            }
            Happened::TeamReviewRequested(slug) => {
                request("review_requested", "requested_team", self.team(slug))
            }
            Happened::ReviewRequestRemoved(login) => request(
                "review_request_removed",
                "requested_reviewer",
                self.user(login),
            ),
            Happened::ReadyForReview => event("ready_for_review"),
            Happened::ConvertedToDraft => event("convert_to_draft"),
            Happened::Reviewed(state) => {
                let mut review = self.review(repository, pull, id, state, entry);
                review["state"] = json!(state.to_ascii_lowercase());
                review["event"] = json!("reviewed");
                review
            }
            Happened::Commented(body) => json!({
                "url": format!("{}/issues/comments/{id}", self.repo_url(repository)),
                "html_url": format!("{}#issuecomment-{id}", self.html(repository, pull)),
                "id": id,
                "node_id": node("IC", id),
                "user": self.user(&entry.by),
                "created_at": time(entry.at),
                "updated_at": time(entry.at),
                "body": body,
                "author_association": "MEMBER",
                "event": "commented",
                "actor": self.user(&entry.by),
            }),
            Happened::Committed(message) => {
                let who = json!({
                    "name": entry.by,
                    "email": format!("{}@example.com", entry.by),
                    "date": time(entry.at),
                });
                let sha = sha(message);
                json!({
                    "sha": sha,
                    "node_id": node("C", id),
                    "url": format!("{}/git/commits/{sha}", self.repo_url(repository)),
                    "author": who,
                    "committer": who,
                    "message": message,
                    "parents": [],
                    "event": "committed",
                })
            }
        }
    }

    fn issue_event(&self, repository: &Repository, id: u64, name: &str, entry: &Entry) -> Value {
        json!({
            "id": id,
            "node_id": node("EV", id),
            "url": format!("{}/issues/events/{id}", self.repo_url(repository)),
            "actor": self.user(&entry.by),
            "event": name,
            "commit_id": null,
            "commit_url": null,
            "created_at": time(entry.at),
            "performed_via_github_app": null,
        })
    }

    pub(super) fn review(
        &self,
        repository: &Repository,
        pull: &Pull,
        id: u64,
        state: &str,
        entry: &Entry,
    ) -> Value {
        let html = format!("{}#pullrequestreview-{id}", self.html(repository, pull));
        let url = format!("{}/pulls/{}", self.repo_url(repository), pull.number);
        json!({
            "id": id,
            "node_id": node("PRR", id),
            "user": self.user(&entry.by),
            "body": "",
            "state": state,
            "html_url": html,
            "pull_request_url": url,
            "author_association": "MEMBER",
            "_links": {"html": {"href": html}, "pull_request": {"href": url}},
            "submitted_at": time(entry.at),
            "commit_id": head_sha(repository, pull),
        })
    }
}
