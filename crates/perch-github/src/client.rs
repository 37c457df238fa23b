//! Sending, paging and waiting: what every call has in common.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LINK, RETRY_AFTER,
};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::api_url::ApiUrl;
use crate::error::Error;

/// The version of the REST API whose documentation the types follow.
const API_VERSION: &str = "2022-11-28";

/// A page of a hundred pull requests is some 3 MB; more than this is not an answer of GitHub's, and would not fit
/// into a function's 128 MB either.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What GitHub asks for after a secondary limit that names no time: "wait for at least one minute".
const UNNAMED_WAIT: Duration = Duration::from_secs(60);

/// A longer wait is as good as this one: no invocation lasts as long, and a moment has to be told from the sum.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a call that met the rate limit is sent again when the time allows it.
const LIMITED_RETRIES: u32 = 2;

/// Calls GitHub for one invocation.
///
/// Made anew for each invocation, as it ends with the invocation's deadline. Clones share what GitHub said of
/// its rate limit.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
    deadline: Instant,
    /// Nothing is sent before this instant: GitHub's rate limit says so.
    not_before: Arc<Mutex<Option<Instant>>>,
}

/// A successful answer: the body, and where the next page is.
struct Page {
    body: Vec<u8>,
    next: Option<Url>,
}

/// What GitHub says of a failure.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    message: String,
}

impl Client {
    /// A client on `http` for the API at `api`, which must be all done by `deadline`.
    ///
    /// # Errors
    /// [`Error::Settings`] when `token` cannot be a header's value.
    pub fn new(
        http: &reqwest::Client,
        api: &ApiUrl,
        token: &str,
        deadline: Instant,
    ) -> Result<Client, Error> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| Error::Settings {
                reason: "the GitHub token holds a character that no token has; set it again"
                    .to_owned(),
            })?;
        authorization.set_sensitive(true);
        Ok(Client {
            http: http.clone(),
            base: api.url().clone(),
            authorization,
            deadline,
            not_before: Arc::default(),
        })
    }

    /// The object at `path`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Error> {
        let url = self.url(path);
        let page = self.send(Method::GET, &url, None).await?;
        read(&page.body, &call_name(&Method::GET, &url))
    }

    /// Every page of the list at `path`, each read as `T`.
    pub(crate) async fn get_pages<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let mut url = self.url(path);
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("per_page", "100");
        let mut pages = Vec::new();
        let mut next = Some(url);
        while let Some(url) = next {
            let page = self.send(Method::GET, &url, None).await?;
            pages.push(read(&page.body, &call_name(&Method::GET, &url))?);
            next = page.next;
        }
        Ok(pages)
    }

    /// Sends `body` to `path`; what GitHub answers besides success is not read.
    pub(crate) async fn post(&self, path: &[&str], body: &serde_json::Value) -> Result<(), Error> {
        self.send(Method::POST, &self.url(path), Some(body.to_string()))
            .await
            .map(drop)
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Sends until GitHub answers something else than a rate limit, or the time is up.
    ///
    /// A read that GitHub failed (5xx) is sent once more, at once: such answers are mostly a lost backend. A
    /// write is not, as it may have been done.
    async fn send(&self, method: Method, url: &Url, body: Option<String>) -> Result<Page, Error> {
        let mut limited = 0;
        let mut failed = false;
        loop {
            self.wait_for_limit().await?;
            let response = self.send_once(&method, url, body.clone()).await?;
            let status = response.status();
            let headers = response.headers().clone();
            let bytes = self.body(response, &method, url).await?;
            let message = || failure_message(&bytes);

            let wait = limit(status, &headers, message);
            self.hold_back(wait);
            if status.is_success() {
                return Ok(Page {
                    next: self.next_page(&headers, url)?,
                    body: bytes,
                });
            }
            match wait.filter(|_| may_be_limited(status)) {
                Some(_) if limited < LIMITED_RETRIES => limited += 1,
                Some(retry_after) => return Err(Error::RateLimited { retry_after }),
                None if status.is_server_error() && method == Method::GET && !failed => {
                    failed = true;
                }
                None => return Err(refusal(status, call_name(&method, url), message())),
            }
        }
    }

    async fn send_once(
        &self,
        method: &Method,
        url: &Url,
        body: Option<String>,
    ) -> Result<reqwest::Response, Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let call = call_name(method, url);
            return Err(Error::OutOfTime { call });
        }
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", API_VERSION)
            .timeout(left);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        request
            .send()
            .await
            .map_err(|error| connection_error(error, method, url))
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        method: &Method,
        url: &Url,
    ) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| connection_error(error, method, url))?
        {
            if body.len() + chunk.len() > LARGEST_BODY {
                let reason = format!("it is larger than {} MiB", LARGEST_BODY >> 20);
                return Err(Error::Unreadable {
                    call: call_name(method, url),
                    reason,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The page after this one. A link to another host is refused, as the token would go there.
    fn next_page(&self, headers: &HeaderMap, url: &Url) -> Result<Option<Url>, Error> {
        let Some(link) = headers
            .get(LINK)
            .and_then(|link| link.to_str().ok())
            .and_then(next_link)
        else {
            return Ok(None);
        };
        let unreadable = |reason: &str| Error::Unreadable {
            call: call_name(&Method::GET, url),
            reason: reason.to_owned(),
        };
        let next = url
            .join(link)
            .map_err(|_| unreadable("its link to the next page is not a URL"))?;
        if next.origin() != self.base.origin() {
            return Err(unreadable(
                "its link to the next page leads to another host",
            ));
        }
        Ok(Some(next))
    }

    /// Remembers that GitHub wants nothing for `wait` from now.
    fn hold_back(&self, wait: Option<Duration>) {
        if let Some(wait) = wait {
            let until = Instant::now() + wait.min(LONGEST_WAIT);
            let mut not_before = self
                .not_before
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *not_before = Some(not_before.map_or(until, |earlier| earlier.max(until)));
        }
    }

    /// Sleeps until GitHub allows a call, or says at once that this comes too late.
    async fn wait_for_limit(&self) -> Result<(), Error> {
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match not_before {
            Some(until) if until >= self.deadline => {
                let left = until.saturating_duration_since(Instant::now());
                // Rounded up: a fraction of a second too early meets the limit again.
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                Err(Error::RateLimited {
                    retry_after: Duration::from_secs(seconds),
                })
            }
            Some(until) => {
                tokio::time::sleep_until(until).await;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// How long nothing may be sent after this answer, as GitHub documents it: `Retry-After` first, then an empty
/// allowance until its reset, and a minute for a secondary limit that names no time.
fn limit(
    status: StatusCode,
    headers: &HeaderMap,
    message: impl Fn() -> String,
) -> Option<Duration> {
    let refused = may_be_limited(status);
    if refused && let Some(seconds) = number(headers, RETRY_AFTER.as_str()) {
        return Some(Duration::from_secs(seconds));
    }
    if number(headers, "x-ratelimit-remaining") == Some(0) {
        let reset = number(headers, "x-ratelimit-reset").unwrap_or_default();
        return Some(Duration::from_secs(
            reset.saturating_sub(answered_at(headers)),
        ));
    }
    let secondary = refused && message().to_ascii_lowercase().contains("rate limit");
    (secondary || status == StatusCode::TOO_MANY_REQUESTS).then_some(UNNAMED_WAIT)
}

/// GitHub answers 403 or 429 to a call over a limit.
fn may_be_limited(status: StatusCode) -> bool {
    status == StatusCode::FORBIDDEN || status == StatusCode::TOO_MANY_REQUESTS
}

/// GitHub's own clock at the answer, in Unix seconds: the reset is told by it, and ours may differ.
fn answered_at(headers: &HeaderMap) -> u64 {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let date = date.and_then(|date| u64::try_from(date.timestamp().as_second()).ok());
    date.unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    })
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The target of `rel="next"` in a `Link` header (RFC 8288), as GitHub writes it.
fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.split_once(';')?;
        let is_next = parameters
            .split(';')
            .any(|parameter| parameter.trim() == r#"rel="next""#);
        is_next
            .then(|| target.trim().strip_prefix('<')?.strip_suffix('>'))
            .flatten()
    })
}

fn refusal(status: StatusCode, call: String, message: String) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::NotFound { call },
        StatusCode::UNAUTHORIZED => Error::Unauthorized { call },
        StatusCode::FORBIDDEN => Error::Forbidden { call, message },
        StatusCode::UNPROCESSABLE_ENTITY => Error::Declined { call, message },
        _ => Error::Status {
            call,
            status: status.as_u16(),
            message,
        },
    }
}

fn failure_message(body: &[u8]) -> String {
    let failure: Failure = serde_json::from_slice(body).unwrap_or_default();
    match failure.message.lines().next() {
        Some(line) => line.chars().take(200).collect(),
        None => "it gives no reason".to_owned(),
    }
}

fn connection_error(error: reqwest::Error, method: &Method, url: &Url) -> Error {
    let call = call_name(method, url);
    if error.is_timeout() {
        return Error::OutOfTime { call };
    }
    Error::Connection {
        call,
        source: error.without_url(),
    }
}

fn read<T: DeserializeOwned>(body: &[u8], call: &str) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Unreadable {
        call: call.to_owned(),
        // Not the error's own text: it may quote the body.
        reason: format!(
            "{:?} error in JSON at byte column {}",
            error.classify(),
            error.column()
        )
        .to_lowercase(),
    })
}

/// Without the query: a page's cursor tells nobody anything.
fn call_name(method: &Method, url: &Url) -> String {
    format!("{method} {}", url.path())
}
