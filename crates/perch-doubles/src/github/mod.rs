//! A double of GitHub, with an organisation that does not exist: its REST API, webhooks, and repositories to push to.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! use perch_doubles::git::BareRepository;
//! use perch_doubles::github::{GitHub, GitHubOptions};
//!
//! let github = GitHub::start(GitHubOptions::default()).await?;
//! println!("GITHUB_API_URL={}", github.url());
//! // What is pushed to this folder is delivered to the repository's webhooks.
//! github.host(BareRepository::init("bots.git".as_ref(), "acme", "bots").await?)?;
//! # Ok(())
//! # }
//! ```
//!
//! It knows repositories, pull requests (list, one, reviews, requested reviewers and asking for them), check runs and
//! combined status of a commit, an issue's timeline and events, the user and the rate limit, with GitHub's pages
//! (`Link`), its `x-ratelimit-…` headers and its errors. Repositories are private: without a token they are not there.
//! A request without `User-Agent` is refused, as GitHub does. A repository's webhooks can be made, changed, pinged and
//! removed, and their deliveries listed and sent again.
//!
//! # Layout
//!
//! `model.rs` is what it knows, `sample.rs` the sample, `payload.rs` GitHub's objects, `routes.rs` what is asked of pull
//! requests, `hooks.rs` what is asked of webhooks; `delivery.rs` sends to those, `pushes.rs` what was pushed.

mod delivery;
mod hook;
mod hooks;
mod model;
mod payload;
mod pushes;
mod routes;
mod sample;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use self::pushes::Hosted;
use super::git::BareRepository;
use super::server::{self, Reaction, Server, bearer, header, json as json_answer, lock, text};
use super::{Clock, Failure, Token, Tokens, system_clock};

pub use self::delivery::{Delivery, DeliveryResponse};
pub use self::hook::Webhook;
pub use self::model::{Check, Entry, Happened, Pull, Repository};
pub use self::sample::repositories;

/// How the double behaves.
#[derive(Clone)]
pub struct GitHubOptions {
    /// 0 takes any port that is free.
    pub port: u16,
    pub tokens: Tokens,
    pub clock: Clock,
    /// None for the sample as of the clock's time at the start.
    pub repositories: Option<Vec<Repository>>,
    /// The login that the token belongs to.
    pub login: String,
    /// Requests an hour; GitHub gives a person 5,000.
    pub quota: u32,
}

impl Default for GitHubOptions {
    fn default() -> GitHubOptions {
        GitHubOptions {
            port: 0,
            tokens: Tokens::Any,
            clock: system_clock(),
            repositories: None,
            login: "perch-bot".to_owned(),
            quota: 5_000,
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    /// With the query string.
    pub path: String,
    /// The JSON body; null without one.
    pub body: Value,
    pub token: Token,
    pub time: Timestamp,
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("no answer"),
        }
    }
}

/// A running double. Dropping it stops it.
pub struct GitHub {
    core: Arc<GitHubCore>,
    server: Server,
    hosted: Mutex<Vec<Hosted>>,
}

/// What the server and the deliveries share.
struct GitHubCore {
    options: GitHubOptions,
    api: String,
    /// For deliveries.
    http: reqwest::Client,
    state: Mutex<GitHubState>,
    events: broadcast::Sender<Call>,
}

/// What GitHub remembers.
struct GitHubState {
    repositories: Vec<Repository>,
    hooks: Vec<hook::Hook>,
    deliveries: Vec<Delivery>,
    subscribers: Vec<mpsc::UnboundedSender<Delivery>>,
    /// Where an applied address answers on this machine.
    addresses: BTreeMap<String, String>,
    /// The latest number given to a hook or a delivery.
    latest: u64,
    calls: Vec<Call>,
    failures: HashMap<String, VecDeque<Failure>>,
    used: u32,
    reset: Timestamp,
}

impl GitHub {
    /// Starts the double on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(options: GitHubOptions) -> io::Result<GitHub> {
        let http = perch_loopback::client().map_err(io::Error::other)?;
        let mut made = None;
        let server = server::start(options.port, |address| {
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
            let api = format!("http://{address}");
            let core = Arc::new(GitHubCore {
                options,
                api,
                http,
                state: Mutex::new(state),
                events,
            });
            made = Some(core.clone());
            Arc::new(move |request| core.react(&request))
        })
        .await?;
        let core = made.ok_or_else(|| io::Error::other("the server made no handler"))?;
        Ok(GitHub {
            core,
            server,
            hosted: Mutex::default(),
        })
    }

    /// The value for `GITHUB_API_URL`, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.core.state).calls.clone()
    }

    /// Takes a repository in: whoever pushes to its folder pushes to GitHub, and its webhooks are told.
    ///
    /// # Errors
    ///
    /// When the repository's `post-receive` hook cannot be written.
    pub fn host(&self, repository: BareRepository) -> Result<()> {
        {
            let mut state = lock(&self.core.state);
            let (owner, name) = (repository.owner(), repository.name());
            let mut known = state.repositories.iter();
            if !known.any(|one| one.is_called(owner, name)) {
                let highest = state.repositories.iter().map(|one| one.id).max();
                state.repositories.push(Repository {
                    id: highest.unwrap_or(5000) + 1,
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                    collaborators: vec![owner.to_owned()],
                    pulls: Vec::new(),
                });
            }
        }
        let hosted = Hosted::start(self.core.clone(), repository)?;
        lock(&self.hosted).push(hosted);
        Ok(())
    }

    /// Registers a webhook for the repository `owner/name`, as a call of the API does; GitHub sends a ping then. Returns
    /// the hook's number.
    ///
    /// # Errors
    ///
    /// When there is no such repository, or it has a webhook with this URL.
    pub fn register(&self, repository: &str, webhook: Webhook) -> Result<u64> {
        self.core
            .repository(repository)
            .with_context(|| format!("GitHub has no repository {repository}"))?;
        let hook = self.core.create_hook(repository, webhook);
        let hook =
            hook.map_err(|error| anyhow::anyhow!("GitHub refused the webhook: {}", error.message))?;
        Ok(hook.id)
    }

    /// Deliveries to `applied` go to `local`: what is on AWS answers on this machine.
    pub fn route(&self, applied: &str, local: &str) {
        let addresses = &mut lock(&self.core.state).addresses;
        addresses.insert(applied.to_owned(), local.to_owned());
    }

    /// Every delivery from now on, once it was answered.
    pub fn deliveries(&self) -> mpsc::UnboundedReceiver<Delivery> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.core.state).subscribers.push(sender);
        receiver
    }

    /// Delivers an event of any kind to the hooks of `owner/name` that want it, as GitHub does for what is no push.
    pub async fn deliver(&self, repository: &str, event: &str, payload: &Value) {
        self.core.deliver(repository, event, payload).await;
    }

    /// Delivers again what was delivered, as the button on GitHub's page does.
    ///
    /// # Errors
    ///
    /// When there is no such delivery, or its webhook is gone.
    pub async fn redeliver(&self, delivery: u64) -> Result<Delivery> {
        self.core.clone().redeliver(delivery).await
    }

    /// A pull request as it stands now.
    pub fn pull(&self, owner: &str, name: &str, number: u64) -> Option<Pull> {
        let state = lock(&self.core.state);
        let mut repositories = state.repositories.iter();
        let repository =
            repositories.find(|repository| repository.owner == owner && repository.name == name)?;
        repository
            .pulls
            .iter()
            .find(|pull| pull.number == number)
            .cloned()
    }

    /// Requests from now on. A receiver that lags by more than 1024 misses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Call> {
        self.core.events.subscribe()
    }

    /// Makes the next request of this path (without query string) fail. Several queue up.
    pub fn fail_next(&self, path: &str, failure: Failure) {
        lock(&self.core.state)
            .failures
            .entry(path.to_owned())
            .or_default()
            .push_back(failure);
    }
}

impl GitHubCore {
    fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// A new number for a hook or a delivery.
    fn number(&self) -> u64 {
        let mut state = lock(&self.state);
        state.latest += 1;
        state.latest
    }

    /// The repository `owner/name`, in any case.
    fn repository(&self, full_name: &str) -> Option<Repository> {
        let (owner, name) = full_name.split_once('/')?;
        let state = lock(&self.state);
        let mut all = state.repositories.iter();
        all.find(|one| one.is_called(owner, name)).cloned()
    }

    fn react(self: &Arc<Self>, request: &Request<Bytes>) -> Reaction {
        let token = self.options.tokens.judge(bearer(request));
        let mut reaction = match self.planned_failure(request.uri().path()) {
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
            Failure::Disconnect => Reaction::Disconnect,
            Failure::Hang => Reaction::Hang,
        })
    }
}

/// What the API answers.
type Answered = std::result::Result<Response<Bytes>, GitHubError>;

/// GitHub's error object.
struct GitHubError {
    status: StatusCode,
    message: String,
    /// The part of the reference's address behind `/rest`.
    docs: &'static str,
}

impl GitHubError {
    fn new(status: StatusCode, message: impl Into<String>, docs: &'static str) -> GitHubError {
        GitHubError {
            status,
            message: message.into(),
            docs,
        }
    }

    fn response(self) -> Response<Bytes> {
        let body = json!({
            "message": self.message,
            "documentation_url": format!("https://docs.github.com/rest{}", self.docs),
            "status": self.status.as_u16().to_string(),
        });
        json_answer(self.status, &body)
    }
}
