//! Deliveries: an event's payload, signed and sent to the webhooks that want it, with what their receivers answered.
//!
//! After GitHub's "Webhook events and payloads", "Validating webhook deliveries" and "Handling webhook deliveries".

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;

use super::core::GitHubCore;
use super::delivery::{Delivery, DeliveryResponse};
use super::hook::Hook;
use crate::server::lock;

/// How long GitHub waits for a receiver.
const PATIENCE: Duration = Duration::from_secs(10);

impl GitHubCore {
    /// Delivers an event of a repository to those of its hooks that want it, one after another.
    pub(super) async fn deliver(&self, repository: &str, event: &str, payload: &Value) {
        let wants = |hook: &&Hook| hook.repository == repository && hook.wants(event);
        let hooks: Vec<Hook> = {
            let state = lock(&self.state);
            state.hooks.iter().filter(wants).cloned().collect()
        };
        for hook in hooks {
            self.send(&hook, event, payload).await;
        }
    }

    pub(super) async fn send(&self, hook: &Hook, event: &str, payload: &Value) -> Delivery {
        let guid = uuid::Uuid::new_v4().to_string();
        let body = encode(hook, payload);
        self.post(hook, event, guid, body, false).await
    }

    /// The same delivery's GUID, event and body again, with a number of its own.
    pub(super) async fn redeliver(self: Arc<Self>, id: u64) -> Result<Delivery> {
        let (old, hook) = {
            let state = lock(&self.state);
            let old = state.deliveries.iter().find(|delivery| delivery.id == id);
            let old = old.with_context(|| format!("there is no delivery {id}"))?;
            let hook = state.hooks.iter().find(|hook| hook.id == old.hook);
            let hook = hook.with_context(|| format!("the webhook of delivery {id} is gone"))?;
            (old.clone(), hook.clone())
        };
        Ok(self.post(&hook, &old.event, old.guid, old.body, true).await)
    }

    async fn post(
        &self,
        hook: &Hook,
        event: &str,
        guid: String,
        body: String,
        redelivery: bool,
    ) -> Delivery {
        let headers = headers(hook, event, &guid, &body);
        let url = {
            let state = lock(&self.state);
            let url = state.addresses.get(&hook.webhook.url);
            url.unwrap_or(&hook.webhook.url).clone()
        };
        let mut request = self.http.post(url).timeout(PATIENCE).body(body.clone());
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let (delivered_at, sent) = (self.now(), Instant::now());
        let response = read(request).await;
        let delivery = Delivery {
            id: self.number(),
            guid,
            hook: hook.id,
            event: event.to_owned(),
            redelivery,
            delivered_at,
            duration: sent.elapsed(),
            headers,
            body,
            response,
        };
        let mut state = lock(&self.state);
        state.deliveries.push(delivery.clone());
        state
            .subscribers
            .retain(|subscriber| subscriber.send(delivery.clone()).is_ok());
        delivery
    }
}

async fn read(request: reqwest::RequestBuilder) -> Option<DeliveryResponse> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    let headers = headers.collect();
    let body = response.text().await.ok()?;
    Some(DeliveryResponse {
        status,
        headers,
        body,
    })
}

fn headers(hook: &Hook, event: &str, guid: &str, body: &str) -> BTreeMap<String, String> {
    let content_type = if hook.webhook.content_type == "json" {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("user-agent", "GitHub-Hookshot/perch".to_owned()),
        ("x-github-delivery", guid.to_owned()),
        ("x-github-event", event.to_owned()),
        ("x-github-hook-id", hook.id.to_string()),
        ("x-github-hook-installation-target-id", "1".to_owned()),
        (
            "x-github-hook-installation-target-type",
            "repository".to_owned(),
        ),
    ];
    if !hook.webhook.secret.is_empty() {
        let (key, body) = (hook.webhook.secret.as_bytes(), body.as_bytes());
        // HMAC takes keys of any length.
        if let Ok(mac) = Hmac::<sha1::Sha1>::new_from_slice(key) {
            let digest = hex(&mac.chain_update(body).finalize().into_bytes());
            headers.push(("x-hub-signature", format!("sha1={digest}")));
        }
        if let Ok(mac) = Hmac::<sha2::Sha256>::new_from_slice(key) {
            let digest = hex(&mac.chain_update(body).finalize().into_bytes());
            headers.push(("x-hub-signature-256", format!("sha256={digest}")));
        }
    }
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn encode(hook: &Hook, payload: &Value) -> String {
    let text = payload.to_string();
    if hook.webhook.content_type == "json" {
        return text;
    }
    form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &text)
        .finish()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
