//! GitHub's API of a repository's webhooks, after its REST reference, "Repository webhooks".

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::core::GitHubCore;
use super::delivery::Delivery;
use super::error::{Answered, GitHubError};
use super::hook::{Hook, Webhook};
use super::payload::{Payloads, time};
use crate::Token;
use crate::server::{empty, json as json_answer, lock};

/// The section of GitHub's reference that its errors point to.
const DOCS: &str = "/repos/webhooks";

impl GitHubCore {
    /// `/repos/{owner}/{repo}/hooks` and what is below it.
    pub(super) fn hooks_api(
        self: &Arc<Self>,
        request: &Request<Bytes>,
        token: Token,
        owner: &str,
        name: &str,
        rest: &[&str],
    ) -> Answered {
        // Whoever may not see a private repository is not told that it exists.
        let repository = self
            .full_name(owner, name)
            .filter(|_| token == Token::Known)
            .ok_or_else(not_found)?;
        let hook = |id: &str| self.hook(&repository, id);
        match (request.method(), rest) {
            (&Method::GET, []) => {
                let hooks = self.hooks_of(&repository);
                let hooks: Vec<Value> = hooks.iter().map(|hook| self.hook_json(hook)).collect();
                ok(&json!(hooks))
            }
            (&Method::POST, []) => {
                let hook = self.create_hook(&repository, read_webhook(request.body())?)?;
                Ok(json_answer(StatusCode::CREATED, &self.hook_json(&hook)))
            }
            (&Method::GET, [id]) => ok(&self.hook_json(&hook(id)?)),
            (&Method::PATCH, [id]) => self.change_hook(hook(id)?.id, request.body()),
            (&Method::DELETE, [id]) => {
                let id = hook(id)?.id;
                lock(&self.state).hooks.retain(|hook| hook.id != id);
                Ok(empty(StatusCode::NO_CONTENT))
            }
            (&Method::POST, [id, "pings"]) => {
                self.ping(hook(id)?);
                Ok(empty(StatusCode::NO_CONTENT))
            }
            (&Method::GET, [id, "deliveries"]) => {
                let hook = hook(id)?;
                let found = self.deliveries_of(hook.id);
                ok(&found.iter().rev().map(Delivery::summary).collect())
            }
            (&Method::GET, [id, "deliveries", delivery]) => {
                ok(&self.delivery(hook(id)?.id, delivery)?.details())
            }
            (&Method::POST, [id, "deliveries", delivery, "attempts"]) => {
                let (core, delivery) = (self.clone(), self.delivery(hook(id)?.id, delivery)?);
                tokio::spawn(async move { core.redeliver(delivery.id).await });
                Ok(json_answer(StatusCode::ACCEPTED, &json!({})))
            }
            _ => Err(not_found()),
        }
    }

    /// The name of a repository as it is written; GitHub ignores the case of names.
    fn full_name(&self, owner: &str, name: &str) -> Option<String> {
        let state = lock(&self.state);
        let mut all = state.repositories.iter();
        let found = all.find(|repository| repository.is_called(owner, name))?;
        Some(found.full_name())
    }

    fn hooks_of(&self, repository: &str) -> Vec<Hook> {
        let state = lock(&self.state);
        let hooks = state.hooks.iter();
        hooks
            .filter(|hook| hook.repository == repository)
            .cloned()
            .collect()
    }

    fn hook(&self, repository: &str, id: &str) -> Result<Hook, GitHubError> {
        let mut hooks = self.hooks_of(repository).into_iter();
        hooks
            .find(|hook| hook.id.to_string() == id)
            .ok_or_else(not_found)
    }

    fn deliveries_of(&self, hook: u64) -> Vec<Delivery> {
        let state = lock(&self.state);
        let deliveries = state.deliveries.iter();
        deliveries
            .filter(|delivery| delivery.hook == hook)
            .cloned()
            .collect()
    }

    fn delivery(&self, hook: u64, id: &str) -> Result<Delivery, GitHubError> {
        let mut deliveries = self.deliveries_of(hook).into_iter();
        deliveries
            .find(|delivery| delivery.id.to_string() == id)
            .ok_or_else(not_found)
    }

    /// Adds a hook, and pings it, whatever events it wants.
    pub(super) fn create_hook(
        self: &Arc<Self>,
        repository: &str,
        webhook: Webhook,
    ) -> Result<Hook, GitHubError> {
        let taken = self.hooks_of(repository);
        if taken.iter().any(|hook| hook.webhook.url == webhook.url) {
            return Err(invalid("Hook already exists on this repository"));
        }
        let now = self.now();
        let hook = Hook {
            id: self.number(),
            repository: repository.to_owned(),
            webhook,
            created: now,
            updated: now,
        };
        lock(&self.state).hooks.push(hook.clone());
        self.ping(hook.clone());
        Ok(hook)
    }

    fn change_hook(&self, id: u64, body: &[u8]) -> Answered {
        let body = read_json(body)?;
        let now = self.now();
        let changed = {
            let mut state = lock(&self.state);
            let mut hooks = state.hooks.iter_mut();
            let hook = hooks.find(|hook| hook.id == id).ok_or_else(not_found)?;
            let webhook = &mut hook.webhook;
            if let Some(active) = body["active"].as_bool() {
                webhook.active = active;
            }
            if let Some(events) = texts(&body["events"]) {
                webhook.events = events;
            }
            // "If you provide a config, it replaces the whole one", the secret included.
            let config = &body["config"];
            if config.is_object() {
                let url = config["url"].as_str().unwrap_or(&webhook.url).to_owned();
                configure(webhook, config, url);
            }
            hook.updated = now;
            hook.clone()
        };
        ok(&self.hook_json(&changed))
    }

    fn hook_json(&self, hook: &Hook) -> Value {
        let webhook = &hook.webhook;
        let base = format!("{}/repos/{}/hooks/{}", self.api, hook.repository, hook.id);
        let mut config = json!({
            "url": webhook.url,
            "content_type": webhook.content_type,
            "insecure_ssl": if webhook.insecure_ssl { "1" } else { "0" },
        });
        if !webhook.secret.is_empty() {
            config["secret"] = json!("********");
        }
        json!({
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": webhook.active,
            "events": webhook.events,
            "config": config,
            "created_at": time(hook.created),
            "updated_at": time(hook.updated),
            "url": base,
            "test_url": format!("{base}/test"),
            "ping_url": format!("{base}/pings"),
            "deliveries_url": format!("{base}/deliveries"),
        })
    }

    fn ping(self: &Arc<Self>, hook: Hook) {
        let Some(repository) = self.repository(&hook.repository) else {
            return;
        };
        let payloads = Payloads { api: &self.api };
        let payload = json!({
            "zen": "Practicality beats purity.",
            "hook_id": hook.id,
            "hook": self.hook_json(&hook),
            "repository": payloads.repository(&repository),
            "sender": payloads.user(&repository.owner),
        });
        let core = self.clone();
        tokio::spawn(async move { core.send(&hook, "ping", &payload).await });
    }
}

fn ok(body: &Value) -> Answered {
    Ok(json_answer(StatusCode::OK, body))
}

fn not_found() -> GitHubError {
    GitHubError::new(StatusCode::NOT_FOUND, "Not Found", DOCS)
}

fn invalid(why: &str) -> GitHubError {
    let message = format!("Validation Failed: {why}");
    GitHubError::new(StatusCode::UNPROCESSABLE_ENTITY, message, DOCS)
}

fn read_json(body: &[u8]) -> Result<Value, GitHubError> {
    serde_json::from_slice(body)
        .map_err(|_| GitHubError::new(StatusCode::BAD_REQUEST, "Problems parsing JSON", DOCS))
}

/// The webhook that a call describes, with GitHub's defaults: active, told of pushes, as a form.
fn read_webhook(body: &[u8]) -> Result<Webhook, GitHubError> {
    let body = read_json(body)?;
    if body["name"].as_str().is_some_and(|name| name != "web") {
        return Err(invalid("name must be web"));
    }
    let config = &body["config"];
    let url = config["url"].as_str().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| invalid("config.url is missing"))?;
    let mut webhook = Webhook {
        active: body["active"].as_bool().unwrap_or(true),
        events: texts(&body["events"]).unwrap_or_else(|| vec!["push".to_owned()]),
        url: String::new(),
        content_type: String::new(),
        secret: String::new(),
        insecure_ssl: false,
    };
    configure(&mut webhook, config, url.to_owned());
    Ok(webhook)
}

/// Sets all that a `config` holds, and what it leaves out to GitHub's defaults.
fn configure(webhook: &mut Webhook, config: &Value, url: String) {
    let text = |name: &str, default: &str| config[name].as_str().unwrap_or(default).to_owned();
    webhook.url = url;
    webhook.content_type = text("content_type", "form");
    webhook.secret = text("secret", "");
    // `"1"`, 1 and true.
    let insecure = &config["insecure_ssl"];
    webhook.insecure_ssl = insecure == "1" || insecure == 1 || insecure == true;
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let texts = value.as_array()?.iter().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}
