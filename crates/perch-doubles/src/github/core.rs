//! What GitHub knows and remembers, and how a request reaches what answers it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, mpsc};

use super::delivery::Delivery;
use super::error::GitHubError;
use super::hook::Hook;
use super::model::Repository;
use super::options::{Call, GitHubOptions};
use super::sample::repositories;
use crate::server::{Reaction, bearer, header, lock, text};
use crate::{Failure, Token};

/// What the server and the deliveries share.
pub(super) struct GitHubCore {
    pub(super) options: GitHubOptions,
    pub(super) api: String,
    /// For deliveries.
    pub(super) http: reqwest::Client,
    pub(super) state: Mutex<GitHubState>,
    pub(super) events: broadcast::Sender<Call>,
}

/// What GitHub remembers.
pub(super) struct GitHubState {
    pub(super) repositories: Vec<Repository>,
    pub(super) hooks: Vec<Hook>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) subscribers: Vec<mpsc::UnboundedSender<Delivery>>,
    /// Where an applied address answers on this machine.
    pub(super) addresses: BTreeMap<String, String>,
    /// The latest number given to a hook or a delivery.
    pub(super) latest: u64,
    pub(super) calls: Vec<Call>,
    pub(super) failures: HashMap<String, VecDeque<Failure>>,
    pub(super) used: u32,
    pub(super) reset: Timestamp,
}

impl GitHubCore {
    pub(super) fn new(
        options: GitHubOptions,
        address: SocketAddr,
        http: reqwest::Client,
    ) -> GitHubCore {
        let now = (options.clock)();
        let state = GitHubState {
            repositories: options
                .repositories
                .clone()
                .unwrap_or_else(|| repositories(now)),
            hooks: Vec::new(),
            deliveries: Vec::new(),
            subscribers: Vec::new(),
            addresses: BTreeMap::new(),
            latest: 0,
            calls: Vec::new(),
            failures: HashMap::new(),
            used: 0,
            reset: now + SignedDuration::from_hours(1),
        };
        let (events, _) = broadcast::channel(1024);
        GitHubCore {
            api: format!("http://{address}"),
            options,
            http,
            state: Mutex::new(state),
            events,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// A new number for a hook or a delivery.
    pub(super) fn number(&self) -> u64 {
        let mut state = lock(&self.state);
        state.latest += 1;
        state.latest
    }

    /// The repository `owner/name`, in any case.
    pub(super) fn repository(&self, full_name: &str) -> Option<Repository> {
        let (owner, name) = full_name.split_once('/')?;
        let state = lock(&self.state);
        let mut all = state.repositories.iter();
        all.find(|one| one.is_called(owner, name)).cloned()
    }

    pub(super) fn react(self: &Arc<Self>, request: &Request<Bytes>) -> Reaction {
        let token = self.options.tokens.judge(bearer(request));
        let path = request.uri().path();
        let is_lost = self.is_answer_lost(path);
        let planned = if is_lost {
            None
        } else {
            self.planned_failure(path)
        };
        let mut reaction = match planned {
            Some(reaction) => reaction,
            None => Reaction::Send(self.respond(request, token)),
        };
        let mut status = None;
        if let Reaction::Send(response) = &mut reaction {
            self.add_headers(response);
            status = Some(response.status().as_u16());
        }
        let call = Call {
            method: request.method().to_string(),
            path: request
                .uri()
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
            token,
            time: self.now(),
            status,
        };
        lock(&self.state).calls.push(call.clone());
        // No receiver is no error: nobody prints.
        let _ = self.events.send(call);
        if is_lost {
            return Reaction::Disconnect;
        }
        reaction
    }

    fn respond(self: &Arc<Self>, request: &Request<Bytes>, token: Token) -> Response<Bytes> {
        if !request.headers().contains_key(http::header::USER_AGENT) {
            return text(
                StatusCode::FORBIDDEN,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            );
        }
        if token == Token::Unknown {
            return GitHubError::new(StatusCode::UNAUTHORIZED, "Bad credentials", "").response();
        }
        let counts = request.uri().path() != "/rate_limit";
        if counts && !self.count() {
            let message = format!(
                "API rate limit exceeded for user ID {}.",
                self.options.login
            );
            return GitHubError::new(
                StatusCode::FORBIDDEN,
                &message,
                "/overview/rate-limits-for-the-rest-api",
            )
            .response();
        }
        self.route(request, token)
    }

    /// Counts a request against the hour's quota; false when nothing is left.
    fn count(&self) -> bool {
        let now = self.now();
        let mut state = lock(&self.state);
        if now >= state.reset {
            (state.used, state.reset) = (0, now + SignedDuration::from_hours(1));
        }
        if state.used >= self.options.quota {
            return false;
        }
        state.used += 1;
        true
    }

    fn add_headers(&self, response: &mut Response<Bytes>) {
        let state = lock(&self.state);
        if !response.headers().contains_key("x-ratelimit-remaining") {
            header(
                response,
                "x-ratelimit-remaining",
                self.options.quota - state.used,
            );
            header(response, "x-ratelimit-reset", state.reset.as_second());
        }
        header(response, "x-ratelimit-limit", self.options.quota);
        header(response, "x-ratelimit-used", state.used);
        header(response, "x-ratelimit-resource", "core");
        header(response, "x-github-media-type", "github.v3; format=json");
        header(response, "x-github-api-version-selected", "2022-11-28");
        header(
            response,
            "x-github-request-id",
            format!("7C1A:1B2C:{:06X}", state.calls.len()),
        );
    }

    /// Whether a test has asked for the next answer at a path to be lost.
    fn is_answer_lost(&self, path: &str) -> bool {
        let mut state = lock(&self.state);
        let planned = state.failures.get_mut(path);
        planned.is_some_and(|planned| {
            planned
                .pop_front_if(|next| *next == Failure::Lost)
                .is_some()
        })
    }

    fn planned_failure(&self, path: &str) -> Option<Reaction> {
        let failure = lock(&self.state).failures.get_mut(path)?.pop_front()?;
        Some(match failure {
            Failure::Error(message) => Reaction::Send(
                GitHubError::new(StatusCode::UNPROCESSABLE_ENTITY, message, "").response(),
            ),
            Failure::RateLimited { retry_after } => {
                let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
                let docs = "/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
                let mut response =
                    GitHubError::new(StatusCode::FORBIDDEN, message, docs).response();
                header(&mut response, "retry-after", retry_after.as_secs());
                Reaction::Send(response)
            }
            Failure::QuotaUsedUp { reset } => {
                let message = format!(
                    "API rate limit exceeded for user ID {}.",
                    self.options.login
                );
                let docs = "/overview/rate-limits-for-the-rest-api";
                let mut response =
                    GitHubError::new(StatusCode::FORBIDDEN, &message, docs).response();
                header(&mut response, "x-ratelimit-remaining", 0);
                header(&mut response, "x-ratelimit-reset", reset.as_second());
                Reaction::Send(response)
            }
            Failure::Status(status) => {
                let code =
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Reaction::Send(text(code, "upstream error"))
            }
            Failure::Disconnect | Failure::Lost => Reaction::Disconnect,
            Failure::Hang => Reaction::Hang,
        })
    }
}
