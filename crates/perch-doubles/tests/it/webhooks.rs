//! GitHub's webhooks: their API, and what is delivered of a push.

use std::path::Path;
use std::process::Command;

use http::{Response, StatusCode};
use perch_doubles::git::BareRepository;
use perch_doubles::github::{Delivery, GitHub, GitHubOptions, Webhook};
use perch_loopback::{Server, header_text, text};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{Answer, send};

const HOOKS: &str = "/repos/acme/bots/hooks";

/// GitHub with a repository, and a receiver that answers with the event's name.
struct Bed {
    github: GitHub,
    receiver: Server,
    deliveries: UnboundedReceiver<Delivery>,
    folder: TempDir,
}

impl Bed {
    async fn start() -> Bed {
        let folder = tempfile::tempdir().expect("a folder");
        let bare = folder.path().join("bare");
        let repository = BareRepository::init(&bare, "acme", "bots")
            .await
            .expect("a repository");
        let github = GitHub::start(GitHubOptions::default())
            .await
            .expect("a free port");
        github.host(repository).expect("a hosted repository");
        let receiver = Server::start(0, 1 << 20, |_| {
            |request| async move {
                let event = header_text(request.headers(), "x-github-event").unwrap_or_default();
                let (mut parts, body) =
                    text(StatusCode::ACCEPTED, "text/plain", event.to_owned()).into_parts();
                parts
                    .headers
                    .insert("x-receiver", http::HeaderValue::from_static("here"));
                Ok(Response::from_parts(parts, body))
            }
        });
        let deliveries = github.deliveries();
        Bed {
            github,
            receiver: receiver.await.expect("a free port"),
            deliveries,
            folder,
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("authorization", "token t"), ("user-agent", "perch")];
        send(
            method,
            &(self.github.url() + path),
            &headers,
            &body.to_string(),
        )
        .await
    }

    fn hook(&self, events: &[&str], content_type: &str) -> Value {
        json!({
            "name": "web",
            "events": events,
            "config": {"url": self.receiver.url(), "content_type": content_type, "secret": "It's a Secret to Everybody"},
        })
    }

    async fn delivered(&mut self) -> Delivery {
        self.deliveries.recv().await.expect("GitHub")
    }

    fn push(&self, arguments: &[&str]) {
        let bare = self.folder.path().join("bare").display().to_string();
        let work = self.folder.path().join("work");
        if !work.exists() {
            git(
                self.folder.path(),
                &["init", "--quiet", "--initial-branch=main", "work"],
            );
        }
        git(
            &work,
            &["commit", "--quiet", "--allow-empty", "--message", "one"],
        );
        git(&work, &[&["push", "--quiet", &bare], arguments].concat());
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    let done = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .status();
    assert!(done.expect("git").success(), "git {arguments:?}");
}

#[tokio::test]
async fn a_hook_is_made_shown_changed_and_removed() {
    let mut bed = Bed::start().await;
    let made = bed.ask("POST", HOOKS, &bed.hook(&["push"], "json")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let hook = made.json();
    assert_eq!(hook["config"]["secret"], "********");
    assert_eq!(
        (&hook["active"], &hook["events"]),
        (&json!(true), &json!(["push"]))
    );
    assert_eq!(bed.delivered().await.event, "ping");
    assert_eq!(
        bed.ask("GET", HOOKS, &Value::Null).await.json(),
        json!([hook])
    );
    let one = format!("{HOOKS}/{}", hook["id"]);
    assert_eq!(bed.ask("GET", &one, &Value::Null).await.json(), hook);
    let off = bed.ask("PATCH", &one, &json!({"active": false})).await;
    assert_eq!(
        (off.status, &off.json()["active"], &off.json()["config"]),
        (StatusCode::OK, &json!(false), &hook["config"])
    );
    // A new config replaces the whole one, the secret included.
    let config = json!({"config": {"url": bed.receiver.url()}});
    let changed = bed.ask("PATCH", &one, &config).await.json();
    assert_eq!(
        changed["config"],
        json!({"url": bed.receiver.url(), "content_type": "form", "insecure_ssl": "0"})
    );
    let gone = bed.ask("DELETE", &one, &Value::Null).await;
    assert_eq!((gone.status, gone.body.len()), (StatusCode::NO_CONTENT, 0));
    let gone = bed.ask("DELETE", &one, &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_hook_is_refused() {
    let bed = Bed::start().await;
    let status = async |path: &str, body: Value| bed.ask("POST", path, &body).await.status;
    assert_eq!(status(HOOKS, bed.hook(&["push"], "json")).await, 201);
    assert_eq!(
        status(HOOKS, bed.hook(&["push"], "json")).await,
        422,
        "the same URL"
    );
    assert_eq!(status(HOOKS, json!({"config": {}})).await, 422, "no URL");
    let email = json!({"name": "email", "config": {"url": "http://127.0.0.1:1"}});
    assert_eq!(status(HOOKS, email).await, 422, "no such kind");
    assert_eq!(
        status("/repos/acme/other/hooks", bed.hook(&[], "json")).await,
        404
    );
    let url = format!("{}{HOOKS}", bed.github.url());
    let anonymous = send("GET", &url, &[("user-agent", "perch")], "").await;
    assert_eq!(anonymous.status, StatusCode::NOT_FOUND, "private");
}

#[tokio::test]
async fn a_push_is_delivered_signed_and_what_was_answered_is_kept() {
    let mut bed = Bed::start().await;
    let hook = bed
        .ask("POST", HOOKS, &bed.hook(&["push"], "json"))
        .await
        .json();
    bed.delivered().await;
    bed.push(&["main"]);
    let push = bed.delivered().await;
    let answered = push.response.as_ref().expect("an answer");
    assert_eq!((answered.status, answered.body.as_str()), (202, "push"));
    assert_eq!(answered.headers["x-receiver"], "here");
    for name in ["x-hub-signature", "x-hub-signature-256"] {
        assert!(push.headers.contains_key(name), "{name}");
    }
    let payload: Value = serde_json::from_str(&push.body).expect("JSON");
    assert_eq!(
        (&payload["ref"], &payload["created"]),
        (&json!("refs/heads/main"), &json!(true))
    );
    assert_eq!(payload["repository"]["full_name"], "acme/bots");
    assert_eq!(payload["repository"]["url"], "https://github.com/acme/bots");
    assert_eq!(payload["repository"]["owner"]["name"], "acme");
    assert_eq!(payload["pusher"]["name"], "acme");

    let deliveries = format!("{HOOKS}/{}/deliveries", hook["id"]);
    let listed = bed.ask("GET", &deliveries, &Value::Null).await.json();
    let events = [&listed[0]["event"], &listed[1]["event"], &listed[2]];
    assert_eq!(events, [&json!("push"), &json!("ping"), &Value::Null]);
    assert_eq!(
        (&listed[0]["status"], &listed[0]["status_code"]),
        (&json!("OK"), &json!(202))
    );
    let one = format!("{deliveries}/{}", push.id);
    let shown = bed.ask("GET", &one, &Value::Null).await.json();
    assert_eq!(shown["request"]["payload"], payload);
    assert_eq!(shown["response"]["payload"], "push");
    // Again, with the same GUID and a number of its own.
    let attempt = bed
        .ask("POST", &format!("{one}/attempts"), &Value::Null)
        .await;
    assert_eq!(attempt.status, StatusCode::ACCEPTED);
    let again = bed.delivered().await;
    assert!(again.redelivery && again.guid == push.guid && again.id != push.id);
    assert_eq!(again.body, push.body);
    assert!(bed.github.redeliver(999).await.is_err());
}

#[tokio::test]
async fn a_form_holds_the_payload() {
    let mut bed = Bed::start().await;
    bed.ask("POST", HOOKS, &bed.hook(&["push"], "form")).await;
    let ping = bed.delivered().await;
    assert_eq!(
        ping.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let mut fields = form_urlencoded::parse(ping.body.as_bytes());
    let (name, payload) = fields.next().expect("a field");
    assert_eq!((name.as_ref(), fields.next()), ("payload", None));
    let payload: Value = serde_json::from_str(&payload).expect("JSON");
    assert_eq!(payload["repository"]["full_name"], "acme/bots");
}

#[tokio::test]
async fn a_hook_is_told_what_it_wants_of_its_repository_only() {
    let mut bed = Bed::start().await;
    bed.ask("POST", HOOKS, &bed.hook(&["issues"], "json")).await;
    let other = Webhook {
        active: true,
        events: vec!["*".to_owned()],
        url: bed.receiver.url(),
        content_type: "json".to_owned(),
        secret: String::new(),
        insecure_ssl: false,
    };
    let other = bed
        .github
        .register("perch-demo/web", other)
        .expect("a hook");
    let pinged = [bed.delivered().await, bed.delivered().await];
    assert!(pinged.iter().any(|ping| ping.hook == other));
    let opened = json!({"action": "opened"});
    bed.github.deliver("acme/bots", "push", &opened).await;
    bed.github.deliver("acme/bots", "issues", &opened).await;
    let told = bed.delivered().await;
    assert_eq!(told.event, "issues");
    assert_ne!(told.hook, other);
    bed.github.deliver("perch-demo/web", "push", &opened).await;
    let told = bed.delivered().await;
    assert_eq!((told.event.as_str(), told.hook), ("push", other));
    assert!(
        !told.headers.contains_key("x-hub-signature-256"),
        "without a secret"
    );
}

#[tokio::test]
async fn a_receiver_that_is_gone_leaves_a_delivery_without_an_answer() {
    let mut bed = Bed::start().await;
    bed.github.route(&bed.receiver.url(), "http://127.0.0.1:1/");
    let hook = bed
        .ask("POST", HOOKS, &bed.hook(&["push"], "json"))
        .await
        .json();
    let ping = bed.delivered().await;
    assert!(ping.response.is_none() && ping.status() == 0);
    let deliveries = format!("{HOOKS}/{}/deliveries", hook["id"]);
    let listed = bed.ask("GET", &deliveries, &Value::Null).await.json();
    assert_eq!(listed[0]["status_code"], 0);
    assert_ne!(listed[0]["status"], "OK");
}
