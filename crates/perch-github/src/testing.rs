//! A GitHub to test against: a server on 127.0.0.1 that answers what the test tells it, and keeps what it was
//! asked.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A scripted GitHub. It stops when it is dropped.
///
/// What it has no answer for is a 404, as on GitHub.
pub struct GitHub {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// One request that came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Such as `GET /repos/acme/web/pulls?state=open&sort=created&direction=asc&per_page=100`.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Default)]
struct Script {
    answers: BTreeMap<String, VecDeque<Answer>>,
    received: Vec<Received>,
}

impl GitHub {
    /// Listens on a free port. Must be called within a tokio runtime.
    pub async fn start() -> io::Result<GitHub> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let script = Arc::<Mutex<Script>>::default();
        let server = tokio::spawn(serve(listener, Arc::clone(&script)));
        Ok(GitHub {
            address,
            script,
            server,
        })
    }

    /// What to set `GITHUB_API_URL` to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers requests for `line` (`GET /path`, with or without the query) with `answer`. A line that is told
    /// several answers gives them in turn, and keeps giving the last.
    pub fn on(&self, line: &str, answer: Answer) -> &GitHub {
        self.script()
            .answers
            .entry(line.to_owned())
            .or_default()
            .push_back(answer);
        self
    }

    /// Forgets the answers to `line`, so that [`on`](GitHub::on) can tell it new ones.
    pub fn forget(&self, line: &str) -> &GitHub {
        self.script().answers.remove(line);
        self
    }

    /// All requests so far, the oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.script().received.clone()
    }

    /// The lines of all requests so far.
    pub fn lines(&self) -> Vec<String> {
        self.script()
            .received
            .iter()
            .map(|received| received.line.clone())
            .collect()
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Answer {
    /// 200 with a JSON body.
    pub fn ok(body: &serde_json::Value) -> Answer {
        Answer::status(200, body)
    }

    /// Another status with a JSON body.
    pub fn status(status: u16, body: &serde_json::Value) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: impl ToString) -> Answer {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

impl Script {
    fn answer(&mut self, received: Received) -> Answer {
        let path = received
            .line
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let key = if self.answers.contains_key(&received.line) {
            received.line.clone()
        } else {
            path
        };
        self.received.push(received);
        let answer = self
            .answers
            .get_mut(&key)
            .and_then(|answers| match answers.len() {
                0 | 1 => answers.front().cloned(),
                _ => answers.pop_front(),
            });
        answer.unwrap_or_else(|| {
            Answer::status(
                404,
                &serde_json::json!({ "message": "Not Found", "status": "404" }),
            )
        })
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let script = Arc::clone(&script);
        tokio::spawn(async move {
            let service = service_fn(move |request| reply(request, Arc::clone(&script)));
            // A client that hangs up is nothing that a test could act on.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn reply(
    request: hyper::Request<Incoming>,
    script: Arc<Mutex<Script>>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let headers = head.headers.iter();
    let received = Received {
        line: format!("{} {}", head.method, head.uri),
        headers: headers
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = script
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .answer(received);
    let mut response = hyper::Response::builder()
        .status(answer.status)
        .header("content-type", "application/json; charset=utf-8");
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    Ok(response
        .body(Full::new(Bytes::from(answer.body)))
        .unwrap_or_default())
}
