//! Who is let in, and who is not.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode};
use perch_loopback::{Server, listen, serve_any_host, text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn server() -> Server {
    Server::start(0, 1024, |_| {
        |request: Request<Bytes>| async move {
            let path = request.uri().path().to_owned();
            Ok(text(StatusCode::OK, "text/plain", path))
        }
    })
    .await
    .expect("a free port")
}

/// The status of a request with these header lines, in which `PORT` is the server's.
async fn status(address: SocketAddr, target: &str, headers: &[&str]) -> u16 {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut lines = format!("POST {target} HTTP/1.1\r\nconnection: close\r\n");
    for header in headers {
        lines += &format!("{header}\r\n");
    }
    let request =
        format!("{lines}content-length: 0\r\n\r\n").replace("PORT", &address.port().to_string());
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let status = answer.split(' ').nth(1).expect("a status");
    status.parse().expect("a number")
}

#[tokio::test]
async fn its_own_names_are_taken() {
    let server = server().await;
    for host in ["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT"] {
        let host = format!("host: {host}");
        assert_eq!(status(server.address(), "/", &[&host]).await, 200, "{host}");
    }
    let target = "http://127.0.0.1:PORT/";
    assert_eq!(
        status(server.address(), target, &["host: 127.0.0.1:PORT"]).await,
        200
    );
}

#[tokio::test]
async fn another_host_is_refused() {
    let server = server().await;
    for host in [
        "rebound.example:PORT",
        "rebound.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.example:PORT",
        "sub.localhost:PORT",
        "user@127.0.0.1:PORT",
        "",
    ] {
        let host = format!("host: {host}");
        assert_eq!(status(server.address(), "/", &[&host]).await, 403, "{host}");
    }
    let target = "http://rebound.example/";
    assert_eq!(
        status(server.address(), target, &["host: 127.0.0.1:PORT"]).await,
        403
    );
}

#[tokio::test]
async fn no_host_and_two_hosts_are_bad_requests() {
    let server = server().await;
    assert_eq!(status(server.address(), "/", &[]).await, 400);
    let twice = ["host: 127.0.0.1:PORT", "host: 127.0.0.1:PORT"];
    assert_eq!(status(server.address(), "/", &twice).await, 400);
}

#[tokio::test]
async fn a_page_of_its_own_is_taken_and_one_elsewhere_refused() {
    let server = server().await;
    let host = "host: localhost:PORT";
    for origin in ["http://127.0.0.1:PORT", "http://localhost:PORT"] {
        let origin = format!("origin: {origin}");
        assert_eq!(
            status(server.address(), "/", &[host, &origin]).await,
            200,
            "{origin}"
        );
    }
    for origin in [
        "https://rebound.example",
        "http://localhost:1",
        "https://localhost:PORT",
        "null",
    ] {
        let origin = format!("origin: {origin}");
        assert_eq!(
            status(server.address(), "/", &[host, &origin]).await,
            403,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_gateway_takes_every_host() {
    let (listener, port) = listen(0).await.expect("a free port");
    let serving = tokio::spawn(serve_any_host(listener, |_| async {
        Ok(text(StatusCode::OK, "text/plain", "here"))
    }));
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let headers = ["host: api.example", "origin: https://elsewhere.example"];
    assert_eq!(status(address, "/", &headers).await, 200);
    serving.abort();
}
