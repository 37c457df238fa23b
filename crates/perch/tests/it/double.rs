//! An HTTP server on 127.0.0.1 that answers what a test has scripted, and records what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Path without query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Recorded {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This.
    With {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(&'static str, String)>,
        /// Body.
        body: String,
    },
    /// Nothing, for ever.
    Silence,
    /// Nothing: the connection breaks.
    Break,
}

impl Answer {
    /// 200 with JSON.
    pub fn json(body: &Value) -> Answer {
        Answer::status(200, body.to_string())
    }

    /// A status with a body.
    pub fn status(status: u16, body: impl Into<String>) -> Answer {
        Answer::With {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// 429 with `Retry-After`.
    pub fn too_many_requests(seconds: u64) -> Answer {
        Answer::With {
            status: 429,
            headers: vec![("retry-after", seconds.to_string())],
            body: String::new(),
        }
    }
}

type Handler = dyn Fn(&Recorded) -> Answer + Send + Sync;

/// The server, which ends with this value.
pub struct Double {
    url: String,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    server: JoinHandle<()>,
}

impl Double {
    /// Answers each request by `handler`.
    pub async fn start(handler: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) -> Double {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Handler> = Arc::new(handler);
        let shared = Arc::clone(&recorded);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, recorded) = (Arc::clone(&handler), Arc::clone(&shared));
                let service = service_fn(move |request| {
                    answer(Arc::clone(&handler), Arc::clone(&recorded), request)
                });
                tokio::spawn(async move {
                    // An error is how a scripted break ends.
                    let connection = hyper::server::conn::http1::Builder::new();
                    connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .ok();
                });
            }
        });
        Double {
            url,
            recorded,
            server,
        }
    }

    /// Gives these answers one after the other, and an error after the last.
    pub async fn script(answers: impl IntoIterator<Item = Answer>) -> Double {
        let answers: VecDeque<Answer> = answers.into_iter().collect();
        let answers = Mutex::new(answers);
        Double::start(move |_| {
            let next = answers.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Answer::status(418, "no answer is scripted"))
        })
        .await
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked so far.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap().clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The scripted break of a connection.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("broken")
    }
}

impl std::error::Error for Broken {}

async fn answer(
    handler: Arc<Handler>,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let request = Recorded {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = handler(&request);
    recorded.lock().unwrap().push(request);
    match answer {
        Answer::With {
            status,
            headers,
            body,
        } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(body.into())).unwrap())
        }
        Answer::Silence => {
            let never: Result<Infallible, Broken> = std::future::pending().await;
            never.map(|never| match never {})
        }
        Answer::Break => Err(Broken),
    }
}

/// Parameters that a double of Parameter Store has, by path, and those that it denies.
#[derive(Default)]
pub struct Parameters {
    /// What is there.
    pub values: BTreeMap<String, String>,
    /// What the role may not read.
    pub denied: Vec<String>,
}

impl Parameters {
    /// `GetParameters` as AWS answers it: one denied name denies the call.
    pub fn answer(&self, request: &Recorded) -> Answer {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let names: Vec<String> = serde_json::from_value(body["Names"].clone()).unwrap_or_default();
        if names.len() > 10 {
            return Answer::status(
                400,
                r#"{"__type":"ValidationException","message":"too many"}"#,
            );
        }
        if let Some(denied) = names.iter().find(|name| self.denied.contains(name)) {
            let message = format!(
                "User: arn:aws:sts::123456789012:assumed-role/bot is not authorized to perform: \
                 ssm:GetParameters on resource: arn:aws:ssm:ap-northeast-1:123456789012:parameter{denied}"
            );
            let body = serde_json::json!({ "__type": "AccessDeniedException", "Message": message });
            return Answer::status(400, body.to_string());
        }
        let (found, invalid): (Vec<_>, Vec<_>) = names
            .iter()
            .partition(|name| self.values.contains_key(*name));
        let parameters: Vec<Value> = found
            .iter()
            .map(|name| {
                serde_json::json!({
                    "Name": name, "Type": "SecureString", "Value": self.values[*name], "Version": 1,
                })
            })
            .collect();
        Answer::json(&serde_json::json!({
            "Parameters": parameters, "InvalidParameters": invalid,
        }))
    }
}
