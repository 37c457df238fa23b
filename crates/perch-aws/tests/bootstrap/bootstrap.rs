//! A Lambda function for the tests of the local stage. It speaks the Runtime API over plain sockets, and does what the
//! event says: `{"do": "echo"}`, or `?do=echo` through an HTTP API. Its Init does what the variable `INIT` says.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, exit};
use std::time::Duration;

use serde_json::{Value, json};

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets AWS_LAMBDA_RUNTIME_API");
    println!("hello from init");
    match std::env::var("INIT").unwrap_or_default().as_str() {
        "error" => {
            let body =
                json!({"errorType": "Bad.Config", "errorMessage": "SLACK_BOT_TOKEN is not set"});
            send(
                &api,
                "POST",
                "/2018-06-01/runtime/init/error",
                &[("lambda-runtime-function-error-type", "Bad.Config")],
                body.to_string().as_bytes(),
            );
            exit(1);
        }
        "exit" => exit(7),
        "hang" => forever(),
        _ => {}
    }
    for served in 1.. {
        let next = send(&api, "GET", "/2018-06-01/runtime/invocation/next", &[], b"");
        let id = next.header("lambda-runtime-aws-request-id").to_owned();
        let event: Value = serde_json::from_slice(&next.body).expect("events are JSON");
        let report = handle(&event, &next, served, &api);
        let (kind, headers, body) = match &report {
            Ok(body) => ("response", vec![], body.clone()),
            Err(body) => (
                "error",
                vec![("lambda-runtime-function-error-type", "Deliberate")],
                body.clone(),
            ),
        };
        let answer = send(
            &api,
            "POST",
            &format!("/2018-06-01/runtime/invocation/{id}/{kind}"),
            &headers,
            &body,
        );
        println!("reported: {}", answer.status);
    }
}

/// What an event asks for, whether it comes directly or through an HTTP API.
fn wish<'a>(event: &'a Value, name: &str) -> &'a str {
    let value = event[name]
        .as_str()
        .or_else(|| event["queryStringParameters"][name].as_str());
    value.unwrap_or_default()
}

#[expect(
    clippy::zombie_processes,
    reason = "the test is about who ends the child"
)]
fn handle(event: &Value, next: &Reply, served: u64, api: &str) -> Result<Vec<u8>, Vec<u8>> {
    let with = wish(event, "with");
    match wish(event, "do") {
        "return" => Ok(with.as_bytes().to_vec()),
        "fail" => Err(
            json!({"errorType": "Deliberate", "errorMessage": "as told"})
                .to_string()
                .into_bytes(),
        ),
        "exit" => exit(with.parse().expect("a status")),
        "panic" => panic!("as told"),
        "abort" => std::process::abort(),
        "sleep" => forever(),
        "big" => Ok(format!("\"{}\"", "x".repeat(with.parse().expect("a size"))).into_bytes()),
        "eat" => {
            // Touched, so that it is resident.
            let eaten = vec![1u8; with.parse::<usize>().expect("a size")];
            assert_eq!(eaten.iter().filter(|&&byte| byte == 1).count(), eaten.len());
            forever()
        }
        "log" => {
            println!("{with}");
            eprintln!("{with} too");
            tell(event, next, served, json!(null))
        }
        "meet" => tell(event, next, served, json!(meet(with))),
        "spawn" => {
            let child = Command::new("/bin/sleep")
                .arg("600")
                .spawn()
                .expect("sleep runs");
            tell(event, next, served, json!(child.id()))
        }
        "linger" => {
            // Tells by a file, as it never answers.
            let child = Command::new("/bin/sleep")
                .arg("600")
                .spawn()
                .expect("sleep runs");
            let pids = json!([std::process::id(), child.id()]).to_string();
            std::fs::write(format!("{with}.part"), pids).expect("the folder is there");
            std::fs::rename(format!("{with}.part"), with).expect("the folder is there");
            forever()
        }
        "environment" => tell(
            event,
            next,
            served,
            json!(std::env::vars().collect::<Vec<_>>()),
        ),
        "wrong-id" => {
            let answer = send(
                api,
                "POST",
                "/2018-06-01/runtime/invocation/nonsense/response",
                &[],
                b"{}",
            );
            tell(event, next, served, json!(answer.status))
        }
        _ => tell(event, next, served, json!(null)),
    }
}

/// Who answers, and what it was asked.
fn tell(event: &Value, next: &Reply, served: u64, result: Value) -> Result<Vec<u8>, Vec<u8>> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let told = json!({
        "environment": variable("AWS_LAMBDA_LOG_STREAM_NAME"),
        "version": variable("AWS_LAMBDA_FUNCTION_VERSION"),
        "colour": variable("COLOUR"),
        "served": served,
        "pid": std::process::id(),
        "directory": std::env::current_dir().expect("a directory"),
        "arn": next.header("lambda-runtime-invoked-function-arn"),
        "trace": next.header("lambda-runtime-trace-id"),
        "deadline_ms": next.header("lambda-runtime-deadline-ms"),
        "event": event,
        "result": result,
    });
    let through_api = event["requestContext"].is_object();
    let answer = if through_api {
        json!({"statusCode": 200, "body": told.to_string()})
    } else {
        told
    };
    Ok(answer.to_string().into_bytes())
}

/// Waits until two environments are here at once.
fn meet(folder: &str) -> usize {
    let folder = Path::new(folder);
    std::fs::write(folder.join(std::process::id().to_string()), "").expect("the folder is there");
    loop {
        let here = std::fs::read_dir(folder)
            .expect("the folder is there")
            .count();
        if here >= 2 {
            return here;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn forever() -> ! {
    loop {
        std::thread::park();
    }
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

fn send(api: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(api).expect("the Runtime API listens");
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("the Runtime API reads");
    stream.write_all(body).expect("the Runtime API reads");
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .expect("the Runtime API answers");
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status");
    Reply {
        status: status.parse().expect("a status"),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    }
}
