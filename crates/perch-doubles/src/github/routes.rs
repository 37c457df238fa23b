//! What is asked of repositories and their pull requests, in pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::super::Token;
use super::super::server::{header, json as json_answer, lock};
use super::core::GitHubCore;
use super::error::{Answered, GitHubError};
use super::model::{Happened, Pull, Repository};
use super::payload::{Payloads, head_sha};

type Query = BTreeMap<String, String>;

/// Sections of GitHub's reference that its errors point to.
const PULLS: &str = "/pulls/pulls#get-a-pull-request";
const REPOS: &str = "/repos/repos#get-a-repository";
const REVIEW_REQUESTS: &str = "/pulls/review-requests#request-reviewers-for-a-pull-request";

fn not_found(docs: &'static str) -> GitHubError {
    GitHubError::new(StatusCode::NOT_FOUND, "Not Found", docs)
}

fn ok(body: &Value) -> Answered {
    Ok(json_answer(StatusCode::OK, body))
}

impl GitHubCore {
    pub(super) fn route(
        self: &Arc<Self>,
        request: &Request<Bytes>,
        token: Token,
    ) -> Response<Bytes> {
        self.try_route(request, token)
            .unwrap_or_else(|refusal| refusal.response())
    }

    fn try_route(self: &Arc<Self>, request: &Request<Bytes>, token: Token) -> Answered {
        let segments: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
        match segments.as_slice() {
            ["rate_limit"] => ok(&self.rate_limit()),
            ["user"] if token == Token::Known => {
                ok(&Payloads { api: &self.api }.user(&self.options.login))
            }
            ["user"] => Err(GitHubError::new(
                StatusCode::UNAUTHORIZED,
                "Requires authentication",
                "/users/users#get-the-authenticated-user",
            )),
            ["repos", owner, name, "hooks", rest @ ..] => {
                self.hooks_api(request, token, owner, name, rest)
            }
            ["repos", owner, name, rest @ ..] => {
                self.in_repository(request, token, rest, |repository| {
                    repository.is_called(owner, name)
                })
            }
            // Where the pages' links lead.
            ["repositories", id, rest @ ..] => {
                self.in_repository(request, token, rest, |repository| {
                    repository.id.to_string() == **id
                })
            }
            _ => Err(not_found("")),
        }
    }

    fn rate_limit(&self) -> Value {
        let state = lock(&self.state);
        let core = json!({
            "limit": self.options.quota,
            "used": state.used,
            "remaining": self.options.quota - state.used,
            "reset": state.reset.as_second(),
        });
        json!({"resources": {"core": core}, "rate": core})
    }

    fn in_repository(
        &self,
        request: &Request<Bytes>,
        token: Token,
        rest: &[&str],
        wanted: impl Fn(&Repository) -> bool,
    ) -> Answered {
        let mut state = lock(&self.state);
        let found = state
            .repositories
            .iter_mut()
            .find(|repository| wanted(repository));
        // Whoever may not see a private repository is not told that it exists.
        let repository = found
            .filter(|_| token == Token::Known)
            .ok_or_else(|| not_found(REPOS))?;
        let payloads = Payloads { api: &self.api };
        let page = Page::new(request, &self.api, repository, rest);
        let commit = |reference: &str| {
            let mut pulls = repository.pulls.iter();
            pulls
                .find(|pull| head_sha(repository, pull) == reference || pull.branch == reference)
                .ok_or_else(|| {
                    let message = format!("No commit found for SHA: {reference}");
                    GitHubError::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        &message,
                        "/commits/commits#get-a-commit",
                    )
                })
        };
        match (request.method(), rest) {
            (&Method::GET, []) => ok(&payloads.repository(repository)),
            (&Method::GET, ["pulls"]) => {
                let pulls = list(repository, &page.query);
                page.answer(
                    pulls
                        .into_iter()
                        .map(|pull| payloads.pull_in_list(repository, pull))
                        .collect(),
                )
            }
            (&Method::GET, ["pulls", number]) => {
                ok(&payloads.pull(repository, pull(repository, number)?))
            }
            (&Method::GET, ["pulls", number, "reviews"]) => {
                let pull = pull(repository, number)?;
                page.answer(reviews(&payloads, repository, pull))
            }
            (&Method::GET, ["pulls", number, "requested_reviewers"]) => {
                let listed = payloads.pull_in_list(repository, pull(repository, number)?);
                ok(
                    &json!({"users": listed["requested_reviewers"], "teams": listed["requested_teams"]}),
                )
            }
            (&Method::POST, ["pulls", number, "requested_reviewers"]) => {
                let number = pull(repository, number)?.number;
                self.request_reviewers(repository, number, request.body())
            }
            (&Method::GET, ["commits", reference, "check-runs"]) => {
                let pull = commit(reference)?;
                let checks = pull.checks.iter().enumerate();
                let runs = checks
                    .map(|(at, check)| payloads.check_run(repository, pull, at, check))
                    .collect();
                page.answer_in("check_runs", runs)
            }
            (&Method::GET, ["commits", reference, "status"]) => {
                ok(&payloads.combined_status(repository, commit(reference)?))
            }
            (&Method::GET, ["issues", number, kind @ ("timeline" | "events")]) => {
                let pull = pull(repository, number)?;
                page.answer(timeline(&payloads, repository, pull, *kind == "events"))
            }
            _ => Err(not_found("")),
        }
    }

    fn request_reviewers(&self, repository: &mut Repository, number: u64, body: &[u8]) -> Answered {
        let body: Value = serde_json::from_slice(body).map_err(|_| {
            GitHubError::new(
                StatusCode::BAD_REQUEST,
                "Problems parsing JSON",
                REVIEW_REQUESTS,
            )
        })?;
        let names = |key: &str| -> Vec<String> {
            body[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        let (reviewers, teams) = (names("reviewers"), names("team_reviewers"));
        let refuse = |message: &str| {
            Err(GitHubError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                message,
                REVIEW_REQUESTS,
            ))
        };
        let author = repository
            .pulls
            .iter()
            .find(|pull| pull.number == number)
            .map(|pull| pull.author.clone());
        if reviewers.iter().any(|login| {
            author
                .as_ref()
                .is_some_and(|author| author.eq_ignore_ascii_case(login))
        }) {
            return refuse("Review cannot be requested from pull request author.");
        }
        let known = |login: &String| {
            repository
                .collaborators
                .iter()
                .any(|known| known.eq_ignore_ascii_case(login))
        };
        if !reviewers.iter().all(known) {
            return refuse(&format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is \
                 not a collaborator of the {}/{} repository.",
                repository.owner, repository.name
            ));
        }
        let now = self.now();
        let Some(pull) = repository
            .pulls
            .iter_mut()
            .find(|pull| pull.number == number)
        else {
            return Err(not_found(PULLS));
        };
        for login in reviewers {
            pull.happen(now, &self.options.login, Happened::ReviewRequested(login));
        }
        for slug in teams {
            pull.happen(
                now,
                &self.options.login,
                Happened::TeamReviewRequested(slug),
            );
        }
        let pull = pull.clone();
        let payload = Payloads { api: &self.api }.pull_in_list(repository, &pull);
        Ok(json_answer(StatusCode::CREATED, &payload))
    }
}

fn pull<'a>(repository: &'a Repository, number: &str) -> Result<&'a Pull, GitHubError> {
    let number: u64 = number.parse().map_err(|_| not_found(PULLS))?;
    repository
        .pulls
        .iter()
        .find(|pull| pull.number == number)
        .ok_or_else(|| not_found(PULLS))
}

/// The pull requests that a list's `state`, `base` and `head` ask for, in its order: newest first by default, oldest
/// first when sorted by anything but `created` unless `direction` says otherwise.
fn list<'a>(repository: &'a Repository, query: &Query) -> Vec<&'a Pull> {
    let get = |name: &str| query.get(name).map(String::as_str);
    let state = get("state").unwrap_or("open");
    let mut pulls: Vec<&Pull> = repository
        .pulls
        .iter()
        .filter(|pull| state == "all" || state == pull.state())
        .filter(|_| get("base").is_none_or(|base| base == "main"))
        .filter(|pull| {
            get("head").is_none_or(|head| head == format!("{}:{}", repository.owner, pull.branch))
        })
        .collect();
    let sort = get("sort").unwrap_or("created");
    match sort {
        "updated" => pulls.sort_by_key(|pull| (pull.updated, pull.number)),
        _ => pulls.sort_by_key(|pull| (pull.created, pull.number)),
    }
    let default = if sort == "created" { "desc" } else { "asc" };
    if get("direction").unwrap_or(default) == "desc" {
        pulls.reverse();
    }
    pulls
}

fn reviews(payloads: &Payloads<'_>, repository: &Repository, pull: &Pull) -> Vec<Value> {
    let entries = pull.timeline.iter().enumerate();
    let review = |(at, entry): (usize, &super::model::Entry)| match &entry.what {
        Happened::Reviewed(state) => {
            let id = (repository.id * 10_000 + pull.number) * 100 + at as u64;
            Some(payloads.review(repository, pull, id, state, entry))
        }
        _ => None,
    };
    entries.filter_map(review).collect()
}

/// The timeline, or only what GitHub counts as issue events.
fn timeline(
    payloads: &Payloads<'_>,
    repository: &Repository,
    pull: &Pull,
    events_only: bool,
) -> Vec<Value> {
    let is_event = |what: &Happened| {
        !matches!(
            what,
            Happened::Reviewed(_) | Happened::Commented(_) | Happened::Committed(_)
        )
    };
    let entries = pull.timeline.iter().enumerate();
    entries
        .filter(|(_, entry)| !events_only || is_event(&entry.what))
        .map(|(at, entry)| payloads.timeline_entry(repository, pull, at, entry))
        .collect()
}

/// The page that a request asks for, and how its neighbours are addressed.
struct Page {
    query: Query,
    number: usize,
    size: usize,
    /// Address of the list, by the repository's id as GitHub writes it in links.
    address: String,
}

impl Page {
    fn new(request: &Request<Bytes>, api: &str, repository: &Repository, rest: &[&str]) -> Page {
        let raw = request.uri().query().unwrap_or_default().as_bytes();
        let query: Query = form_urlencoded::parse(raw).into_owned().collect();
        let number = |name: &str| {
            query
                .get(name)
                .and_then(|text| text.parse::<usize>().ok())
                .filter(|n| *n > 0)
        };
        Page {
            number: number("page").unwrap_or(1),
            size: number("per_page").unwrap_or(30).min(100),
            address: format!("{api}/repositories/{}/{}", repository.id, rest.join("/")),
            query,
        }
    }

    fn answer(&self, items: Vec<Value>) -> Answered {
        let last = self.last(items.len());
        Ok(self.linked(json_answer(StatusCode::OK, &json!(self.cut(items))), last))
    }

    /// A page inside an object with `total_count`.
    fn answer_in(&self, key: &str, items: Vec<Value>) -> Answered {
        let (total, last) = (items.len(), self.last(items.len()));
        let body = json!({"total_count": total, key: self.cut(items)});
        Ok(self.linked(json_answer(StatusCode::OK, &body), last))
    }

    fn last(&self, items: usize) -> usize {
        items.div_ceil(self.size).max(1)
    }

    fn cut(&self, items: Vec<Value>) -> Vec<Value> {
        items
            .into_iter()
            .skip((self.number - 1).saturating_mul(self.size))
            .take(self.size)
            .collect()
    }

    fn linked(&self, mut response: Response<Bytes>, last: usize) -> Response<Bytes> {
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(self.link(self.number - 1, "prev"));
        }
        if self.number < last {
            links.push(self.link(self.number + 1, "next"));
            links.push(self.link(last, "last"));
        }
        if self.number > 1 {
            links.push(self.link(1, "first"));
        }
        if !links.is_empty() {
            header(&mut response, "link", links.join(", "));
        }
        response
    }

    fn link(&self, number: usize, rel: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.query.iter().filter(|(name, _)| *name != "page"));
        let query = query.append_pair("page", &number.to_string()).finish();
        format!("<{}?{query}>; rel=\"{rel}\"", self.address)
    }
}
