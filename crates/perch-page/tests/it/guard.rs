//! Who may read and do what: the page alone, with its token.

use perch_page::Page;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Run, folder};

/// Sends a request as it stands; its status and the whole answer.
async fn raw(page: &Page, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(page.address())
        .await
        .expect("it listens");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), answer)
}

fn token(page: &Page) -> String {
    let url = page.url();
    let (address, token) = url
        .split_once("/#token=")
        .expect("a token behind the address");
    assert_eq!(address, format!("http://{}", page.address()));
    assert!(token.len() >= 32, "{token}");
    token.to_owned()
}

fn get(path: &str, host: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n")
}

fn post(path: &str, host: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_page_with_its_token_reads_and_acts() {
    let folder = folder(&[]);
    let run = Run::start(folder.path(), &[]).await;
    let page = &run.page;
    let host = page.address().to_string();
    let bearer = format!("Authorization: Bearer {}\r\n", token(page));
    let own = format!("Origin: http://{host}\r\n");

    let (status, answer) = raw(page, &get("/api/state", &host, &bearer)).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("U0HANAKO"), "{answer}");

    // Without the token, or with another.
    assert_eq!(raw(page, &get("/api/state", &host, "")).await.0, 401);
    assert_eq!(raw(page, &get("/api/events", &host, "")).await.0, 401);
    let other = "Authorization: Bearer 00000000000000000000000000000000\r\n";
    assert_eq!(raw(page, &get("/api/state", &host, other)).await.0, 401);

    // Under another name, as a page has whose own name resolves to 127.0.0.1.
    let port = page.address().port();
    for name in [
        "example.com".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost:{port}"),
    ] {
        let (status, answer) = raw(page, &get("/api/state", &name, &bearer)).await;
        assert_eq!(status, 403, "{name}: {answer}");
        assert!(!answer.contains("U0HANAKO"));
        assert_eq!(raw(page, &get("/", &name, "")).await.0, 403, "{name}");
    }

    // From a page elsewhere, even if it knew the token.
    let say = r#"{"as": "U0HANAKO", "channel": "C0GENERAL", "text": "hello"}"#;
    for origin in [
        "Origin: https://example.com\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        let more = format!("{bearer}{origin}");
        assert_eq!(
            raw(page, &post("/api/act/say", &host, &more, say)).await.0,
            403,
            "{origin}"
        );
    }
    assert!(run.slack.messages().is_empty());

    // From the page itself.
    let more = format!("{bearer}{own}Sec-Fetch-Site: same-origin\r\n");
    let (status, answer) = raw(page, &post("/api/act/say", &host, &more, say)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(run.slack.messages().len(), 1);
    assert_eq!(
        raw(page, &post("/api/act/say", &host, &own, say)).await.0,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_the_pages_own_and_load_nothing_else() {
    let folder = folder(&[]);
    let run = Run::start(folder.path(), &[]).await;
    let host = run.page.address().to_string();
    let (status, answer) = raw(&run.page, &get("/", &host, "")).await;
    assert_eq!(status, 200);
    assert!(
        answer.contains("content-security-policy: default-src 'self'"),
        "{answer}"
    );
    assert!(
        !answer.to_lowercase().contains("access-control-"),
        "{answer}"
    );
    assert!(
        !answer.contains(&token(&run.page)),
        "the token stands in no file"
    );
    assert_eq!(raw(&run.page, &get("/app.js", &host, "")).await.0, 200);
    assert_eq!(
        raw(&run.page, &get("/../Cargo.toml", &host, "")).await.0,
        404
    );

    // What is loaded or sent stays here: no file names another host but in what a person may click.
    let web = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    for file in std::fs::read_dir(web).expect("web/") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        for (number, line) in text.lines().enumerate() {
            let names_a_host = line.contains("http://") || line.contains("https://");
            let is_known = ["app.slack.com/block-kit-builder", "www.w3.org", "https?:"]
                .iter()
                .any(|known| line.contains(known))
                || line.contains("https:\\/\\/");
            assert!(
                !names_a_host || is_known,
                "{}:{}: {line}",
                path.display(),
                number + 1
            );
            let parses_html = [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ];
            assert!(
                !parses_html.iter().any(|word| line.contains(word)),
                "{}:{}",
                path.display(),
                number + 1
            );
        }
    }
}
