//! An HTTP server on 127.0.0.1 with scripted answers.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::{QueuedJob, SlackCall};
use crate::error::Result;

/// Stands in for a service that a bot calls, such as GitHub. Ends when it is dropped.
///
/// ```
/// use perch::testing::{HttpAnswer, HttpDouble};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> perch::Result<()> {
/// let github = HttpDouble::start().await?;
/// github.answer("GET /repos/acme/app/pulls/7", json!({ "number": 7, "title": "Fix the door" }));
/// github.answer("GET /repos/acme/app/pulls/8", HttpAnswer::new(404).json(json!({ "message": "Not Found" })));
///
/// let bot = perch::testing::app(perch::App::new()).env("GITHUB_API_URL", github.url());
/// # let _ = bot;
/// assert!(github.requests().is_empty());
/// # Ok(()) }
/// ```
pub struct HttpDouble {
    url: String,
    state: Arc<Mutex<State>>,
    server: AbortHandle,
}

#[derive(Default)]
struct State {
    /// Answers by `METHOD /path`, or by a method of Slack's.
    script: BTreeMap<String, VecDeque<HttpAnswer>>,
    is_slack: bool,
    url: String,
    requests: Vec<HttpRequest>,
    slack_calls: Vec<SlackCall>,
    responses: Vec<Value>,
    jobs: VecDeque<Value>,
    uploads: Vec<Bytes>,
}

/// A request that a double got.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// Such as `GET`.
    pub method: String,
    /// Without the query, as it was sent: percent-encoded.
    pub path: String,
    /// Without its question mark; empty when there is none.
    pub query: String,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    /// As it was sent.
    pub body: Bytes,
}

impl HttpRequest {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn token(&self) -> String {
        let header = self.headers.get("authorization");
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        token.unwrap_or_default().to_owned()
    }

    /// The body as an object, whether it came as JSON or as a form.
    fn arguments(&self) -> Value {
        let content_type = self.headers.get("content-type");
        if content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let pairs = form_urlencoded::parse(&self.body).into_owned();
            return Value::Object(pairs.map(|(name, value)| (name, value.into())).collect());
        }
        self.json()
    }
}

/// What a double answers.
#[derive(Clone, Debug, Default)]
pub struct HttpAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl HttpAnswer {
    /// An answer with this status and nothing else.
    pub fn new(status: u16) -> HttpAnswer {
        HttpAnswer {
            status,
            ..HttpAnswer::default()
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> HttpAnswer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: Value) -> HttpAnswer {
        let answer = self.header("content-type", "application/json");
        answer.body(body.to_string())
    }

    /// Sets any body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> HttpAnswer {
        self.body = body.into();
        self
    }
}

impl From<Value> for HttpAnswer {
    fn from(body: Value) -> HttpAnswer {
        HttpAnswer::new(200).json(body)
    }
}

impl HttpDouble {
    /// A double that answers 404 to everything, until told otherwise.
    pub async fn start() -> Result<HttpDouble> {
        HttpDouble::serve(State::default()).await
    }

    pub(super) async fn slack(script: BTreeMap<String, Vec<HttpAnswer>>) -> Result<HttpDouble> {
        let script = script.into_iter();
        HttpDouble::serve(State {
            script: script
                .map(|(method, answers)| (method, answers.into()))
                .collect(),
            is_slack: true,
            ..State::default()
        })
        .await
    }

    async fn serve(state: State) -> Result<HttpDouble> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State {
            url: url.clone(),
            ..state
        }));
        let server = tokio::spawn(accept(listener, Arc::clone(&state))).abort_handle();
        Ok(HttpDouble { url, state, server })
    }

    /// Where it is, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Scripts the answer to a request line such as `GET /user`, without the query: several are given in turn, and the
    /// last again and again.
    pub fn answer(&self, request: &str, answer: impl Into<HttpAnswer>) {
        let mut state = lock(&self.state);
        state
            .script
            .entry(request.to_owned())
            .or_default()
            .push_back(answer.into());
    }

    /// What it got.
    pub fn requests(&self) -> Vec<HttpRequest> {
        lock(&self.state).requests.clone()
    }

    pub(super) fn slack_calls(&self) -> Vec<SlackCall> {
        lock(&self.state).slack_calls.clone()
    }

    pub(super) fn responses(&self) -> Vec<Value> {
        lock(&self.state).responses.clone()
    }

    pub(super) fn uploads(&self) -> Vec<Bytes> {
        lock(&self.state).uploads.clone()
    }

    pub(super) fn jobs(&self) -> Vec<QueuedJob> {
        let state = lock(&self.state);
        let job = |event: &Value| QueuedJob {
            name: event["perch"]["job"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            payload: event["perch"]["payload"].clone(),
        };
        state.jobs.iter().map(job).collect()
    }

    pub(super) fn take_job(&self) -> Option<Value> {
        lock(&self.state).jobs.pop_front()
    }
}

impl Drop for HttpDouble {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(request, Arc::clone(&state)));
        connections.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            // The client hangs up when its test is over.
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: http::Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = parts.headers.iter();
    let request = HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: body
            .collect()
            .await
            .map(|body| body.to_bytes())
            .unwrap_or_default(),
    };
    let answer = lock(&state).take(request);
    let mut response = http::Response::new(Full::new(answer.body));
    *response.status_mut() = answer
        .status
        .try_into()
        .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let pair = (
            http::HeaderName::try_from(name),
            http::HeaderValue::try_from(value),
        );
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

impl State {
    fn take(&mut self, request: HttpRequest) -> HttpAnswer {
        let answer = if self.is_slack {
            self.take_slack(&request)
        } else {
            self.scripted(&format!("{} {}", request.method, request.path))
                .unwrap_or_else(|| HttpAnswer::new(404).json(json!({ "message": "Not Found" })))
        };
        self.requests.push(request);
        answer
    }

    fn take_slack(&mut self, request: &HttpRequest) -> HttpAnswer {
        if let Some(method) = request.path.strip_prefix("/api/") {
            let arguments = request.arguments();
            let answer = self
                .scripted(method)
                .unwrap_or_else(|| success(&arguments, &self.url).into());
            self.slack_calls.push(SlackCall {
                method: method.to_owned(),
                arguments,
                token: request.token(),
            });
            return answer;
        }
        if request.path.starts_with("/upload/") {
            self.uploads.push(request.body.clone());
            return HttpAnswer::new(200).body("OK");
        }
        if request.path.starts_with("/hooks/") {
            self.responses.push(request.json());
            return HttpAnswer::new(200).body("ok");
        }
        // Lambda's Invoke.
        self.jobs.push_back(request.json());
        HttpAnswer::new(202)
    }

    fn scripted(&mut self, name: &str) -> Option<HttpAnswer> {
        let answers = self.script.get_mut(name)?;
        if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        }
    }
}

/// What the most called methods answer, in one.
fn success(arguments: &Value, url: &str) -> Value {
    let mut answer = Map::new();
    answer.insert("ok".to_owned(), true.into());
    answer.insert("channel".to_owned(), arguments["channel"].clone());
    answer.insert("ts".to_owned(), "1767571200.000100".into());
    answer.insert("message_ts".to_owned(), "1767571200.000100".into());
    answer.insert("file_id".to_owned(), "F0TEST".into());
    answer.insert(
        "upload_url".to_owned(),
        format!("{url}/upload/F0TEST").into(),
    );
    answer.insert("scheduled_message_id".to_owned(), "Q0TEST".into());
    answer.insert("post_at".to_owned(), arguments["post_at"].clone());
    answer.insert(
        "view".to_owned(),
        json!({ "id": "V0TEST", "hash": "1767571200.test" }),
    );
    answer.into()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
