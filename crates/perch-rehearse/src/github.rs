//! A double of GitHub: a bare repository, its webhook API, and signed deliveries of what is pushed.
//!
//! After GitHub's REST API reference ("Repository webhooks"), "Webhook events and payloads" and "Validating webhook
//! deliveries". A push tells the double through the repository's `post-receive` hook and a named pipe.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::declared::RepositoryWebhook;
use crate::git::Repository;
use crate::loopback::{self, Answer, Server, header_text as header};

/// No commit: before a branch was created, after it was deleted.
const NONE: &str = "0000000000000000000000000000000000000000";

/// The hook tells what was pushed, and is no hindrance once nobody listens.
const HOOK: &str =
    "#!/bin/sh\n[ -p \"$GIT_DIR/pushed\" ] || exit 0\nexec cat >\"$GIT_DIR/pushed\"\n";

/// A delivery that was sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// GitHub's number of it, by which it is delivered again.
    pub id: u64,
    /// `X-GitHub-Delivery`
    pub guid: String,
    pub hook: u64,
    /// `X-GitHub-Event`
    pub event: String,
    pub redelivery: bool,
    pub delivered_at: Timestamp,
    /// What the receiver answered; 0 without an answer.
    pub status: u16,
    /// As it was sent.
    pub headers: BTreeMap<String, String>,
    /// As it was sent.
    pub body: String,
}

/// The running double.
pub struct GitHub {
    inner: Arc<Inner>,
    server: Server,
    pushes: JoinHandle<()>,
    watch: Watch,
}

struct Inner {
    repository: Repository,
    http: reqwest::Client,
    hooks: Mutex<BTreeMap<u64, Hook>>,
    deliveries: Mutex<Vec<Delivery>>,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<Delivery>>>,
    /// Where an applied address answers on this machine.
    addresses: Mutex<BTreeMap<String, String>>,
    next: Mutex<u64>,
}

#[derive(Clone)]
struct Hook {
    id: u64,
    active: bool,
    events: Vec<String>,
    url: String,
    content_type: String,
    secret: String,
    insecure_ssl: bool,
    created: Timestamp,
}

/// A ref that a push moved.
struct Pushed {
    before: String,
    after: String,
    reference: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl GitHub {
    /// Starts the double for a repository; whoever pushes to its folder pushes to GitHub.
    ///
    /// # Errors
    /// When the repository's hook cannot be written, or no port is free.
    pub async fn start(repository: Repository) -> Result<GitHub> {
        let http = perch_loopback::client().context("no HTTP client can be made")?;
        let inner = Arc::new(Inner {
            repository,
            http,
            hooks: Mutex::default(),
            deliveries: Mutex::default(),
            subscribers: Mutex::default(),
            addresses: Mutex::default(),
            next: Mutex::new(1),
        });
        let (sender, mut pushed) = mpsc::unbounded_channel();
        let watch = Watch::start(inner.repository.folder(), sender)?;
        let pusher = inner.clone();
        // One after another, as GitHub delivers the pushes of one branch.
        let pushes = tokio::spawn(async move {
            while let Some(pushed) = pushed.recv().await {
                match pusher.push_payload(&pushed).await {
                    Ok(payload) => pusher.deliver_to_all("push", &payload).await,
                    Err(error) => {
                        let reference = &pushed.reference;
                        eprintln!("perch: the push of {reference} cannot be delivered: {error:#}");
                    }
                }
            }
        });
        let serving = inner.clone();
        let server = loopback::start(move |request| {
            let inner = serving.clone();
            async move { inner.answer(&request).await }
        });
        let server = server.await.context("cannot listen on 127.0.0.1")?;
        Ok(GitHub {
            inner,
            server,
            pushes,
            watch,
        })
    }

    /// The base of its REST API.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The repository that is pushed to.
    pub fn repository(&self) -> &Repository {
        &self.inner.repository
    }

    /// Every delivery from now on, once it was answered.
    pub fn deliveries(&self) -> mpsc::UnboundedReceiver<Delivery> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.inner.subscribers).push(sender);
        receiver
    }

    /// Deliveries to `applied` go to `local`: what is on AWS answers on this machine.
    pub fn route(&self, applied: &str, local: &str) {
        lock(&self.inner.addresses).insert(applied.to_owned(), local.to_owned());
    }

    /// Registers a webhook through the API, as Terraform does; GitHub sends a ping then. Returns the hook's number.
    ///
    /// # Errors
    /// GitHub's refusal.
    pub async fn register(&self, webhook: &RepositoryWebhook) -> Result<u64> {
        let repository = &self.inner.repository;
        ensure!(
            webhook.repository == repository.name(),
            "the webhook is for the repository {}, and GitHub has {}",
            webhook.repository,
            repository.full_name()
        );
        let body = json!({
            "name": "web",
            "active": webhook.active,
            "events": webhook.events,
            "config": {
                "url": webhook.url,
                "content_type": webhook.content_type,
                "secret": webhook.secret,
                "insecure_ssl": if webhook.insecure_ssl { "1" } else { "0" },
            },
        });
        let url = format!("{}/repos/{}/hooks", self.url(), repository.full_name());
        let request = self
            .inner
            .http
            .post(&url)
            .header("authorization", "Bearer rehearsal")
            .body(body.to_string());
        let answer = request
            .send()
            .await
            .context("GitHub's double cannot be reached")?;
        let status = answer.status();
        let text = answer.text().await.context("GitHub's double broke off")?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        ensure!(
            status == 201,
            "GitHub refused the webhook: {}",
            answer["message"]
        );
        answer["id"]
            .as_u64()
            .context("GitHub gave the webhook no number")
    }

    /// Delivers again what was delivered, as the button on GitHub's page does.
    ///
    /// # Errors
    /// When there is no such delivery, or its hook is gone.
    pub async fn redeliver(&self, delivery: u64) -> Result<Delivery> {
        self.inner.redeliver(delivery).await
    }

    /// Delivers an event of any kind to the hooks that want it, as GitHub does for what is no push.
    pub async fn deliver(&self, event: &str, payload: &Value) {
        self.inner.deliver_to_all(event, payload).await;
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.pushes.abort();
        self.watch.end();
    }
}

/// Reads the named pipe that the hook writes to, in a thread that sleeps until there is something.
struct Watch {
    pipe: PathBuf,
    ended: Arc<AtomicBool>,
}

impl Watch {
    fn start(folder: &Path, sender: mpsc::UnboundedSender<Pushed>) -> Result<Watch> {
        let hook = folder.join("hooks/post-receive");
        let written = || format!("{} cannot be written", hook.display());
        fs::create_dir_all(folder.join("hooks")).with_context(written)?;
        fs::write(&hook, HOOK).with_context(written)?;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).with_context(written)?;
        let pipe = folder.join("pushed");
        let _ = fs::remove_file(&pipe);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .with_context(|| format!("{} cannot be made", pipe.display()))?;
        let ended = Arc::new(AtomicBool::new(false));
        let watch = Watch {
            pipe: pipe.clone(),
            ended: ended.clone(),
        };
        std::thread::Builder::new()
            .name("pushes".to_owned())
            .spawn(move || {
                // Opening waits for a writer, reading for the last writer's end.
                while let Ok(mut file) = fs::File::open(&pipe) {
                    let mut text = String::new();
                    let read = file.read_to_string(&mut text);
                    if ended.load(Ordering::SeqCst) || read.is_err() {
                        return;
                    }
                    for line in text.lines() {
                        let mut words = line.splitn(3, ' ').map(str::to_owned);
                        let (Some(before), Some(after), Some(reference)) =
                            (words.next(), words.next(), words.next())
                        else {
                            continue;
                        };
                        if sender
                            .send(Pushed {
                                before,
                                after,
                                reference,
                            })
                            .is_err()
                        {
                            return;
                        }
                    }
                }
            })
            .context("no thread can be started")?;
        Ok(watch)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        // A writer that comes and goes wakes the thread up; without a reader this fails at once, and nobody has to wake.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let _ = OpenOptions::new()
            .write(true)
            .custom_flags(nonblocking)
            .open(&self.pipe);
        let _ = fs::remove_file(&self.pipe);
    }
}

/// A call that GitHub refuses, with its status and message.
struct Refusal(StatusCode, String);

impl Inner {
    async fn answer(self: &Arc<Self>, request: &Request<Bytes>) -> Answer {
        match self.call(request).await {
            Ok(answer) => answer,
            Err(Refusal(status, message)) => loopback::json(
                status,
                &json!({ "message": message, "documentation_url": "https://docs.github.com/rest/repos/webhooks", "status": status.as_str() }),
            ),
        }
    }

    async fn call(self: &Arc<Self>, request: &Request<Bytes>) -> Result<Answer, Refusal> {
        let authorization = header(request.headers(), "authorization").unwrap_or_default();
        if authorization
            .split_once(' ')
            .is_none_or(|(_, token)| token.trim().is_empty())
        {
            return Err(Refusal(
                StatusCode::UNAUTHORIZED,
                "Requires authentication".to_owned(),
            ));
        }
        let path = request
            .uri()
            .path()
            .trim_start_matches("/api/v3")
            .to_owned();
        let base = format!("/repos/{}/hooks", self.repository.full_name());
        let rest = path.strip_prefix(&base).ok_or_else(not_found)?;
        let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        let number = |text: &str| text.parse::<u64>().map_err(|_| not_found());
        match (request.method().clone(), &parts[..]) {
            (Method::GET, []) => {
                let hooks: Vec<Value> = lock(&self.hooks)
                    .values()
                    .map(|hook| self.hook_json(hook))
                    .collect();
                Ok(loopback::json(StatusCode::OK, &json!(hooks)))
            }
            (Method::POST, []) => self.create(request.body()),
            (Method::GET, [id]) => {
                let hook = self.hook(number(id)?)?;
                Ok(loopback::json(StatusCode::OK, &self.hook_json(&hook)))
            }
            (Method::PATCH, [id]) => self.change(number(id)?, request.body()),
            (Method::DELETE, [id]) => {
                lock(&self.hooks)
                    .remove(&number(id)?)
                    .ok_or_else(not_found)?;
                Ok(loopback::empty(StatusCode::NO_CONTENT))
            }
            (Method::POST, [id, "pings"]) => {
                let hook = self.hook(number(id)?)?;
                self.ping(hook);
                Ok(loopback::empty(StatusCode::NO_CONTENT))
            }
            (Method::GET, [id, "deliveries"]) => {
                let hook = self.hook(number(id)?)?;
                let all = lock(&self.deliveries);
                let of_hook = all.iter().rev().filter(|delivery| delivery.hook == hook.id);
                let found: Vec<Value> = of_hook.map(delivery_json).collect();
                Ok(loopback::json(StatusCode::OK, &json!(found)))
            }
            (Method::POST, [_, "deliveries", delivery, "attempts"]) => {
                let (inner, delivery) = (self.clone(), number(delivery)?);
                if !lock(&self.deliveries).iter().any(|one| one.id == delivery) {
                    return Err(not_found());
                }
                tokio::spawn(async move { inner.redeliver(delivery).await });
                Ok(loopback::json(StatusCode::ACCEPTED, &json!({})))
            }
            _ => Err(not_found()),
        }
    }

    fn hook(&self, id: u64) -> Result<Hook, Refusal> {
        lock(&self.hooks).get(&id).cloned().ok_or_else(not_found)
    }

    fn create(self: &Arc<Self>, body: &[u8]) -> Result<Answer, Refusal> {
        let body = read_json(body)?;
        let config = &body["config"];
        let url = config["url"].as_str().filter(|url| !url.is_empty());
        let url = url
            .ok_or_else(|| invalid("config.url is missing"))?
            .to_owned();
        // GitHub's defaults: pushes, as a form.
        let hook = Hook {
            id: self.number(),
            active: body["active"].as_bool().unwrap_or(true),
            events: texts(&body["events"]).unwrap_or_else(|| vec!["push".to_owned()]),
            url,
            content_type: config["content_type"].as_str().unwrap_or("form").to_owned(),
            secret: config["secret"].as_str().unwrap_or_default().to_owned(),
            insecure_ssl: is_set(&config["insecure_ssl"]),
            created: Timestamp::now(),
        };
        if lock(&self.hooks)
            .values()
            .any(|other| other.url == hook.url)
        {
            return Err(invalid("Hook already exists on this repository"));
        }
        lock(&self.hooks).insert(hook.id, hook.clone());
        let answer = loopback::json(StatusCode::CREATED, &self.hook_json(&hook));
        self.ping(hook);
        Ok(answer)
    }

    fn change(&self, id: u64, body: &[u8]) -> Result<Answer, Refusal> {
        let body = read_json(body)?;
        let mut hooks = lock(&self.hooks);
        let hook = hooks.get_mut(&id).ok_or_else(not_found)?;
        if let Some(active) = body["active"].as_bool() {
            hook.active = active;
        }
        if let Some(events) = texts(&body["events"]) {
            hook.events = events;
        }
        // "If you provide a config, it replaces the whole one", the secret included.
        let config = &body["config"];
        if config.is_object() {
            hook.url = config["url"].as_str().unwrap_or(&hook.url).to_owned();
            hook.content_type = config["content_type"].as_str().unwrap_or("form").to_owned();
            hook.secret = config["secret"].as_str().unwrap_or_default().to_owned();
            hook.insecure_ssl = is_set(&config["insecure_ssl"]);
        }
        Ok(loopback::json(StatusCode::OK, &self.hook_json(hook)))
    }

    fn hook_json(&self, hook: &Hook) -> Value {
        let base = format!(
            "https://api.github.com/repos/{}/hooks/{}",
            self.repository.full_name(),
            hook.id
        );
        let mut config = json!({
            "url": hook.url,
            "content_type": hook.content_type,
            "insecure_ssl": if hook.insecure_ssl { "1" } else { "0" },
        });
        if !hook.secret.is_empty() {
            config["secret"] = json!("********");
        }
        json!({
            "type": "Repository", "id": hook.id, "name": "web", "active": hook.active, "events": hook.events,
            "config": config, "created_at": hook.created.to_string(), "updated_at": hook.created.to_string(),
            "url": base, "test_url": format!("{base}/test"), "ping_url": format!("{base}/pings"),
            "deliveries_url": format!("{base}/deliveries"),
        })
    }

    /// Sent when a hook is made, whatever events it wants.
    fn ping(self: &Arc<Self>, hook: Hook) {
        let payload = json!({
            "zen": "Practicality beats purity.", "hook_id": hook.id, "hook": self.hook_json(&hook),
            "repository": self.repository_json(), "sender": { "login": self.repository.owner() },
        });
        let inner = self.clone();
        let guid = uuid::Uuid::new_v4().to_string();
        tokio::spawn(async move {
            inner
                .send(&hook, "ping", guid, encode(&hook, &payload), false)
                .await
        });
    }

    async fn deliver_to_all(&self, event: &str, payload: &Value) {
        let wants =
            |hook: &&Hook| hook.active && hook.events.iter().any(|one| one == event || one == "*");
        let hooks: Vec<Hook> = lock(&self.hooks).values().filter(wants).cloned().collect();
        for hook in hooks {
            let guid = uuid::Uuid::new_v4().to_string();
            self.send(&hook, event, guid, encode(&hook, payload), false)
                .await;
        }
    }

    async fn redeliver(&self, id: u64) -> Result<Delivery> {
        let old = lock(&self.deliveries)
            .iter()
            .find(|delivery| delivery.id == id)
            .cloned();
        let old = old.with_context(|| format!("there is no delivery {id}"))?;
        let Some(hook) = lock(&self.hooks).get(&old.hook).cloned() else {
            bail!("the webhook of delivery {id} is gone");
        };
        // The same delivery's GUID, and a number of its own.
        Ok(self.send(&hook, &old.event, old.guid, old.body, true).await)
    }

    async fn send(
        &self,
        hook: &Hook,
        event: &str,
        guid: String,
        body: String,
        redelivery: bool,
    ) -> Delivery {
        let mut headers = BTreeMap::from([
            ("content-type".to_owned(), content_type(hook).to_owned()),
            (
                "user-agent".to_owned(),
                "GitHub-Hookshot/rehearsal".to_owned(),
            ),
            ("x-github-delivery".to_owned(), guid.clone()),
            ("x-github-event".to_owned(), event.to_owned()),
            ("x-github-hook-id".to_owned(), hook.id.to_string()),
            (
                "x-github-hook-installation-target-id".to_owned(),
                "1".to_owned(),
            ),
            (
                "x-github-hook-installation-target-type".to_owned(),
                "repository".to_owned(),
            ),
        ]);
        if !hook.secret.is_empty() {
            headers.extend(signatures(&hook.secret, body.as_bytes()));
        }
        let url = lock(&self.addresses)
            .get(&hook.url)
            .cloned()
            .unwrap_or_else(|| hook.url.clone());
        let mut request = self.http.post(url).body(body.clone());
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let status = request
            .send()
            .await
            .map_or(0, |answer| answer.status().as_u16());
        let delivery = Delivery {
            id: self.number(),
            guid,
            hook: hook.id,
            event: event.to_owned(),
            redelivery,
            delivered_at: Timestamp::now(),
            status,
            headers,
            body,
        };
        lock(&self.deliveries).push(delivery.clone());
        lock(&self.subscribers).retain(|subscriber| subscriber.send(delivery.clone()).is_ok());
        delivery
    }

    fn number(&self) -> u64 {
        let mut next = lock(&self.next);
        *next += 1;
        *next
    }

    fn repository_json(&self) -> Value {
        let full_name = self.repository.full_name();
        let url = format!("https://github.com/{full_name}");
        json!({
            "id": 1, "name": self.repository.name(), "full_name": full_name, "private": true,
            "owner": { "login": self.repository.owner(), "name": self.repository.owner() },
            "html_url": url, "url": url, "clone_url": format!("{url}.git"), "default_branch": "main", "master_branch": "main",
        })
    }

    /// The payload of GitHub's push event for one ref.
    async fn push_payload(&self, pushed: &Pushed) -> Result<Value> {
        let (created, deleted) = (pushed.before == NONE, pushed.after == NONE);
        let repository = &self.repository;
        let head = if deleted {
            None
        } else {
            Some(self.commit_json(&pushed.after).await?)
        };
        let range = format!("{}..{}", pushed.before, pushed.after);
        let listed = match (created, deleted) {
            (_, true) => String::new(),
            (true, _) => pushed.after.clone(),
            // GitHub lists at most 2048 commits, the oldest first.
            _ => {
                repository
                    .git(&["rev-list", "--reverse", "--max-count=2048", &range])
                    .await?
            }
        };
        let mut commits = Vec::new();
        for commit in listed.lines() {
            commits.push(self.commit_json(commit).await?);
        }
        let forced = !created
            && !deleted
            && repository
                .git(&["merge-base", "--is-ancestor", &pushed.before, &pushed.after])
                .await
                .is_err();
        let short = |commit: &str| commit.get(..12).unwrap_or(commit).to_owned();
        Ok(json!({
            "ref": pushed.reference, "before": pushed.before, "after": pushed.after,
            "repository": self.repository_json(),
            "pusher": { "name": repository.owner(), "email": "rehearsal@example.com" },
            "sender": { "login": repository.owner(), "id": 1, "type": "User" },
            "created": created, "deleted": deleted, "forced": forced, "base_ref": null,
            "compare": format!("https://github.com/{}/compare/{}...{}", repository.full_name(), short(&pushed.before), short(&pushed.after)),
            "commits": commits, "head_commit": head,
        }))
    }

    async fn commit_json(&self, id: &str) -> Result<Value> {
        // A tag may be an object of its own: GitHub shows the commit below it.
        let peeled = format!("{id}^{{commit}}");
        let id = self
            .repository
            .git(&["rev-parse", &peeled])
            .await?
            .trim()
            .to_owned();
        let commit = self.repository.commit(&id).await?;
        let changes = self
            .repository
            .git(&[
                "diff-tree",
                "--root",
                "--no-commit-id",
                "-r",
                "--name-status",
                "--no-renames",
                &id,
            ])
            .await?;
        let of = |kind: char| -> Vec<&str> {
            let changed = changes.lines().filter(|line| line.starts_with(kind));
            changed
                .filter_map(|line| line.split_once('\t').map(|(_, path)| path))
                .collect()
        };
        Ok(json!({
            "id": id, "tree_id": commit.tree, "distinct": true, "message": commit.message.trim_end(), "timestamp": commit.committer_date,
            "url": format!("https://github.com/{}/commit/{id}", self.repository.full_name()),
            "author": { "name": commit.author_name, "email": commit.author_email },
            "committer": { "name": commit.committer_name, "email": commit.committer_email },
            "added": of('A'), "removed": of('D'), "modified": of('M'),
        }))
    }
}

fn not_found() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "Not Found".to_owned())
}

fn invalid(why: &str) -> Refusal {
    Refusal(
        StatusCode::UNPROCESSABLE_ENTITY,
        format!("Validation Failed: {why}"),
    )
}

fn read_json(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body)
        .map_err(|_| Refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON".to_owned()))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let values = value.as_array()?.iter();
    Some(
        values
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect(),
    )
}

/// `"1"`, 1 and true.
fn is_set(value: &Value) -> bool {
    value == "1" || value == 1 || value == true
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id, "guid": delivery.guid, "delivered_at": delivery.delivered_at.to_string(), "redelivery": delivery.redelivery,
        "status": if (200..300).contains(&delivery.status) { "OK" } else { "Invalid HTTP Response" },
        "status_code": delivery.status, "event": delivery.event, "action": null,
    })
}

fn content_type(hook: &Hook) -> &'static str {
    if hook.content_type == "json" {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    }
}

fn encode(hook: &Hook, payload: &Value) -> String {
    let text = payload.to_string();
    if hook.content_type == "json" {
        return text;
    }
    form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &text)
        .finish()
}

fn signatures(secret: &str, body: &[u8]) -> Vec<(String, String)> {
    let mut signed = Vec::new();
    // HMAC takes keys of any length.
    if let Ok(mac) = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()) {
        signed.push((
            "x-hub-signature".to_owned(),
            format!(
                "sha1={}",
                hex(&mac.chain_update(body).finalize().into_bytes())
            ),
        ));
    }
    if let Ok(mac) = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()) {
        signed.push((
            "x-hub-signature-256".to_owned(),
            format!(
                "sha256={}",
                hex(&mac.chain_update(body).finalize().into_bytes())
            ),
        ));
    }
    signed
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
