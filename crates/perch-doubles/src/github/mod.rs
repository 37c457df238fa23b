//! A double of GitHub's REST API with an organisation that does not exist.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use perch_doubles::github::{GitHub, Options};
//!
//! let github = GitHub::start(Options::default()).await?;
//! println!("GITHUB_API_URL={}", github.url());
//! # Ok(())
//! # }
//! ```
//!
//! It knows repositories, pull requests (list, one, reviews, requested reviewers and asking for them), check runs and
//! combined status of a commit, an issue's timeline and events, the user and the rate limit, with GitHub's pages
//! (`Link`), its `x-ratelimit-…` headers and its errors. Repositories are private: without a token they are not there.
//! A request without `User-Agent` is refused, as GitHub does.
//!
//! `model.rs` is what it knows, `sample.rs` the sample, `payload.rs` GitHub's objects, `routes.rs` what is asked.

mod model;
mod payload;
mod routes;
mod sample;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::server::{self, Answer, Server, bearer, header, json as json_answer, lock, text};
use super::{Clock, Failure, Token, Tokens, system_clock};

pub use self::model::{Check, Entry, Happened, Pull, Repository};
pub use self::sample::repositories;

/// How the double behaves.
#[derive(Clone)]
pub struct Options {
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

impl Default for Options {
    fn default() -> Options {
        Options {
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
    inner: Arc<Inner>,
    server: Server,
}

pub(super) struct Inner {
    options: Options,
    api: String,
    state: Mutex<State>,
    events: broadcast::Sender<Call>,
}

struct State {
    repositories: Vec<Repository>,
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
    pub async fn start(options: Options) -> io::Result<GitHub> {
        let mut made = None;
        let server = server::start(options.port, |address| {
            let now = (options.clock)();
            let state = State {
                repositories: options
                    .repositories
                    .clone()
                    .unwrap_or_else(|| repositories(now)),
                calls: Vec::new(),
                failures: HashMap::new(),
                used: 0,
                reset: now + SignedDuration::from_hours(1),
            };
            let (events, _) = broadcast::channel(1024);
            let api = format!("http://{address}");
            let inner = Arc::new(Inner {
                options,
                api,
                state: Mutex::new(state),
                events,
            });
            made = Some(inner.clone());
            Arc::new(move |request| inner.answer(&request))
        })
        .await?;
        let inner = made.ok_or_else(|| io::Error::other("the server made no handler"))?;
        Ok(GitHub { inner, server })
    }

    /// The value for `GITHUB_API_URL`, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.inner.state).calls.clone()
    }

    /// A pull request as it stands now.
    pub fn pull(&self, owner: &str, name: &str, number: u64) -> Option<Pull> {
        let state = lock(&self.inner.state);
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
        self.inner.events.subscribe()
    }

    /// Makes the next request of this path (without query string) fail. Several queue up.
    pub fn fail_next(&self, path: &str, failure: Failure) {
        lock(&self.inner.state)
            .failures
            .entry(path.to_owned())
            .or_default()
            .push_back(failure);
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let token = self.options.tokens.judge(bearer(request));
        let mut answer = match self.planned_failure(request.uri().path()) {
            Some(answer) => answer,
            None => Answer::Send(self.respond(request, token)),
        };
        let mut status = None;
        if let Answer::Send(response) = &mut answer {
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
        answer
    }

    fn respond(&self, request: &Request<Bytes>, token: Token) -> Response<Bytes> {
        if !request.headers().contains_key(http::header::USER_AGENT) {
            return text(
                StatusCode::FORBIDDEN,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            );
        }
        if token == Token::Unknown {
            return Refusal::new(StatusCode::UNAUTHORIZED, "Bad credentials", "").response();
        }
        let counts = request.uri().path() != "/rate_limit";
        if counts && !self.count() {
            let message = format!(
                "API rate limit exceeded for user ID {}.",
                self.options.login
            );
            return Refusal::new(
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

    fn planned_failure(&self, path: &str) -> Option<Answer> {
        let failure = lock(&self.state).failures.get_mut(path)?.pop_front()?;
        Some(match failure {
            Failure::Error(message) => {
                Answer::Send(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message, "").response())
            }
            Failure::RateLimited { retry_after } => {
                let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
                let docs = "/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
                let mut response = Refusal::new(StatusCode::FORBIDDEN, message, docs).response();
                header(&mut response, "retry-after", retry_after.as_secs());
                Answer::Send(response)
            }
            Failure::QuotaUsedUp { reset } => {
                let message = format!(
                    "API rate limit exceeded for user ID {}.",
                    self.options.login
                );
                let docs = "/overview/rate-limits-for-the-rest-api";
                let mut response = Refusal::new(StatusCode::FORBIDDEN, &message, docs).response();
                header(&mut response, "x-ratelimit-remaining", 0);
                header(&mut response, "x-ratelimit-reset", reset.as_second());
                Answer::Send(response)
            }
            Failure::Status(status) => {
                let code =
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Answer::Send(text(code, "upstream error"))
            }
            Failure::Disconnect => Answer::Disconnect,
            Failure::Hang => Answer::Hang,
        })
    }
}

/// GitHub's error object.
struct Refusal {
    status: StatusCode,
    message: String,
    /// The part of the reference's address behind `/rest`.
    docs: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>, docs: &'static str) -> Refusal {
        Refusal {
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
