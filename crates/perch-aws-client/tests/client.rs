//! The client at a server that answers what a test has scripted, throttles, fails and loses answers included.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perch_aws_client::{Answer, Call, Caller, Credentials, Error, Retry, endpoint};

const TOKEN: &str = "a-session-token";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// What the server does with a request.
#[derive(Clone)]
enum Act {
    /// Answers with a status, a header and a body.
    Answer(u16, (&'static str, &'static str), String),
    /// Reads the request, and closes the connection.
    Lose,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Does one of `acts` with each request, in order.
    fn start(acts: Vec<Act>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for act in acts {
                let (stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(read(&stream));
                if let Act::Answer(status, (name, value), body) = act {
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} \r\n{name}: {value}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                    );
                    (&stream)
                        .write_all(format!("{head}{body}").as_bytes())
                        .unwrap();
                }
            }
        });
        Server { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Makes a call that the server answers by its script, without pauses of its own.
    async fn call(&self, idempotent: bool) -> Result<Answer, Error> {
        let call = Call {
            url: &format!("{}/a/path?x=1", self.url),
            headers: &[("x-amz-target", "AmazonSSM.PutParameter")],
            body: br#"{"Value":"s3cret-value"}"#,
            idempotent,
            ..Call::post("ssm", "PutParameter")
        };
        caller().send(&http(), &call).await
    }
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "no whole request");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn caller() -> Caller {
    Caller {
        region: "eu-west-1".to_owned(),
        credentials: Credentials::new("AKIDTEST", SECRET_KEY, Some(TOKEN.to_owned()), None, "test"),
        retry: Retry {
            attempts: 3,
            throttled: Duration::ZERO,
            failed: Duration::ZERO,
        },
    }
}

fn http() -> reqwest::Client {
    perch_loopback::client().unwrap()
}

fn answer(status: u16, body: &str) -> Act {
    Act::Answer(status, ("x-none", "none"), body.to_owned())
}

fn throttled() -> Act {
    answer(
        400,
        r#"{"__type":"com.amazonaws.ssm#ThrottlingException","message":"Rate exceeded"}"#,
    )
}

#[tokio::test]
async fn a_call_is_signed_with_all_that_it_says() {
    let server = Server::start(vec![answer(200, "{}")]);
    let told = server.call(false).await.unwrap();
    assert_eq!(
        (&told.headers["x-none"], &told.body[..]),
        (&"none".parse().unwrap(), &b"{}"[..])
    );
    let [request] = &server.requests()[..] else {
        panic!("one request");
    };
    assert!(
        request.starts_with("POST /a/path?x=1 HTTP/1.1\r\n"),
        "{request}"
    );
    for part in [
        "AWS4-HMAC-SHA256 Credential=AKIDTEST/",
        "/eu-west-1/ssm/aws4_request",
        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target",
        "x-amz-security-token: a-session-token\r\n",
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
}

#[tokio::test]
async fn throttled_twice_then_answered() {
    for idempotent in [true, false] {
        for refusal in [throttled(), answer(429, ""), answer(503, "")] {
            let server = Server::start(vec![refusal.clone(), refusal, answer(200, "done")]);
            let told = server.call(idempotent).await.unwrap();
            assert_eq!(told.body, "done");
            let requests = server.requests();
            assert_eq!(requests.len(), 3);
            assert!(requests.iter().all(|one| one.ends_with("s3cret-value\"}")));
        }
    }
}

#[tokio::test]
async fn it_gives_up_after_three_attempts_with_what_aws_says() {
    let server = Server::start(vec![throttled(), throttled(), throttled(), answer(200, "")]);
    let error = server.call(true).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ssm:PutParameter answered 400 Bad Request ThrottlingException: Rate exceeded"
    );
    assert_eq!(error.code(), Some("ThrottlingException"));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn what_may_have_been_acted_on_is_repeated_only_where_that_does_no_harm() {
    for lost in [Act::Lose, answer(502, ""), answer(504, "")] {
        let server = Server::start(vec![lost.clone(), answer(200, "done")]);
        assert_eq!(server.call(true).await.unwrap().body, "done");
        assert_eq!(server.requests().len(), 2);

        let server = Server::start(vec![lost, answer(200, "done")]);
        server.call(false).await.unwrap_err();
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for (status, body) in [
        (
            400,
            r#"{"__type":"ValidationException","message":"as AWS says"}"#,
        ),
        (
            403,
            r#"{"Error":{"Code":"ValidationException","Message":"as AWS says"}}"#,
        ),
    ] {
        let server = Server::start(vec![answer(status, body), answer(200, "")]);
        let error = server.call(true).await.unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(" ValidationException: as AWS says"),
            "{error}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    let lambda = (
        "x-amzn-errortype",
        "ResourceNotFoundException:http://internal.amazon.com/",
    );
    let body = r#"{"Type":"User","Message":"Function not found"}"#.to_owned();
    let server = Server::start(vec![Act::Answer(404, lambda, body)]);
    let error = server.call(true).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(
        error
            .to_string()
            .ends_with(" ResourceNotFoundException: Function not found"),
        "{error}"
    );
}

#[tokio::test]
async fn a_caller_without_time_is_not_kept_waiting() {
    let asked = || Act::Answer(503, ("retry-after", "4"), String::new());
    let server = Server::start(vec![asked(), answer(200, "")]);
    let url = server.url.clone();
    let call = Call {
        url: &url,
        idempotent: true,
        deadline: Some(tokio::time::Instant::now() + Duration::from_secs(3)),
        ..Call::post("lambda", "Invoke")
    };
    let error = caller().send(&http(), &call).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_error_holds_no_secret() {
    let canonical = format!("The Canonical String should have been 'x-amz-security-token:{TOKEN}'");
    let body = format!(r#"{{"__type":"InvalidSignatureException","message":"{canonical}"}}"#);
    let server = Server::start(vec![answer(400, &body)]);
    let refused = server.call(true).await.unwrap_err();
    assert!(
        refused.to_string().contains("x-amz-security-token:…"),
        "{refused}"
    );

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let call = Call {
        url: &format!("{nobody}/path?query"),
        body: b"s3cret-value",
        ..Call::post("ssm", "PutParameter")
    };
    let unreachable = caller().send(&http(), &call).await.unwrap_err();
    assert_eq!(
        unreachable.to_string(),
        format!("ssm:PutParameter: no answer from {nobody}")
    );

    for error in [refused, unreachable] {
        for text in [format!("{error}"), format!("{error:?}")] {
            for secret in [TOKEN, SECRET_KEY, "s3cret"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

#[test]
fn an_endpoint_is_the_services_own_the_common_one_or_the_regions() {
    let variables = |set: &'static [(&str, &str)]| {
        move |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    };
    let own = variables(&[
        ("AWS_ENDPOINT_URL_SSM", "http://own/"),
        ("AWS_ENDPOINT_URL", "http://all"),
    ]);
    assert_eq!(
        endpoint::configured(own, "ssm").as_deref(),
        Some("http://own")
    );
    assert_eq!(
        endpoint::configured(own, "lambda").as_deref(),
        Some("http://all")
    );
    let off = variables(&[
        ("AWS_ENDPOINT_URL", "http://all"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
    ]);
    assert_eq!(endpoint::configured(off, "ssm"), None);
    assert_eq!(
        endpoint::of_region("ssm", "eu-west-1"),
        "https://ssm.eu-west-1.amazonaws.com"
    );
    assert_eq!(
        endpoint::of_region("lambda", "cn-north-1"),
        "https://lambda.cn-north-1.amazonaws.com.cn"
    );
}
