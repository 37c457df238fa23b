//! CodePipeline's webhook endpoint: what the `aws_codepipeline_webhook`s of a state let through.
//!
//! After CodePipeline's API reference (`WebhookDefinition`, `WebhookFilterRule`) and GitHub's "Validating webhook
//! deliveries".

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::declared::{Declared, Webhook};
use crate::loopback::{self, Answer, Server, header_text as header};
use crate::pipeline::{Change, Trigger};

/// What came of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// `X-GitHub-Delivery`
    pub delivery: String,
    pub verdict: Verdict,
}

/// Why an execution began, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An execution began; its id.
    Started(String),
    /// Signed well, but nothing to do.
    Ignored(String),
    /// Not signed with the webhook's secret, or not understood; told to the sender by the status.
    Refused(StatusCode, String),
}

/// The running endpoint.
pub struct Endpoint {
    server: Server,
    webhooks: Arc<Vec<Ready>>,
}

/// A webhook with its filters read.
struct Ready {
    webhook: Webhook,
    /// What GitHub calls: the URL's path and query.
    target: String,
    filters: Vec<(JsonPath, Option<String>)>,
    /// Deliveries that were let through.
    known: Mutex<BTreeSet<String>>,
}

impl Endpoint {
    /// Starts the endpoint for the webhooks of `state`; `trigger` is told of what they let through, `outcomes` of all.
    ///
    /// # Errors
    /// When a filter is not understood, or a webhook is for another pipeline or action.
    pub async fn start(
        state: &Declared,
        trigger: Trigger,
        outcomes: mpsc::UnboundedSender<Received>,
    ) -> Result<Endpoint> {
        let webhooks = state
            .webhooks
            .iter()
            .map(|webhook| Ready::new(webhook, state))
            .collect::<Result<_>>()?;
        let webhooks: Arc<Vec<Ready>> = Arc::new(webhooks);
        let serving = webhooks.clone();
        let server = loopback::start(move |request| {
            let (webhooks, trigger, outcomes) =
                (serving.clone(), trigger.clone(), outcomes.clone());
            async move {
                let (delivery, verdict) = receive(&webhooks, &trigger, &request).await;
                let answer = respond(&verdict);
                // Nobody has to listen.
                let _ = outcomes.send(Received { delivery, verdict });
                answer
            }
        });
        Ok(Endpoint {
            server: server.await.context("cannot listen on 127.0.0.1")?,
            webhooks,
        })
    }

    /// Where each webhook's URL is answered: applied URL and local URL.
    pub fn urls(&self) -> Vec<(String, String)> {
        let local = |ready: &Ready| {
            (
                ready.webhook.url.clone(),
                format!("{}{}", self.server.url(), ready.target),
            )
        };
        self.webhooks.iter().map(local).collect()
    }
}

fn respond(verdict: &Verdict) -> Answer {
    match verdict {
        Verdict::Started(_) | Verdict::Ignored(_) => loopback::empty(StatusCode::OK),
        Verdict::Refused(status, why) => {
            loopback::json(*status, &serde_json::json!({ "message": why }))
        }
    }
}

async fn receive(
    webhooks: &[Ready],
    trigger: &Trigger,
    request: &Request<Bytes>,
) -> (String, Verdict) {
    let delivery = header(request.headers(), "x-github-delivery")
        .unwrap_or_default()
        .to_owned();
    let refused = |status, why: &str| Verdict::Refused(status, why.to_owned());
    let target = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let Some(ready) = webhooks.iter().find(|ready| ready.target == target) else {
        return (
            delivery,
            refused(StatusCode::NOT_FOUND, "no webhook has this address"),
        );
    };
    if request.method() != Method::POST {
        return (
            delivery,
            refused(StatusCode::METHOD_NOT_ALLOWED, "use POST"),
        );
    }
    // The body is read only once it is known to come from GitHub.
    if !is_signed(request, &ready.webhook.secret) {
        return (
            delivery,
            refused(StatusCode::FORBIDDEN, "the signature does not match"),
        );
    }
    let Ok(payload) = serde_json::from_slice::<Value>(request.body()) else {
        return (
            delivery,
            refused(StatusCode::BAD_REQUEST, "the body is not JSON"),
        );
    };
    if let Some(why) = ready.mismatch(&payload) {
        return (delivery, Verdict::Ignored(why));
    }
    if delivery.is_empty() || !ready.is_new(&delivery) {
        return (
            delivery,
            Verdict::Ignored("this delivery came before".to_owned()),
        );
    }
    let verdict = match trigger
        .changed(&format!("webhook {}", ready.webhook.name))
        .await
    {
        Ok(Change::Started(id)) => Verdict::Started(id),
        Ok(Change::Known) => Verdict::Ignored("the branch's head was processed already".to_owned()),
        Ok(Change::NoBranch) => Verdict::Ignored("the branch does not exist any more".to_owned()),
        Err(error) => Verdict::Refused(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
    };
    (delivery, verdict)
}

/// Whether the body is signed with the secret: in SHA-256, and in SHA-1 where GitHub still sends that as well.
/// Every signature that is there has to match.
fn is_signed(request: &Request<Bytes>, secret: &str) -> bool {
    let signature = |name: &str, prefix: &str| {
        header(request.headers(), name).map(|value| {
            value
                .strip_prefix(prefix)
                .and_then(unhex)
                .unwrap_or_default()
        })
    };
    let (key, body) = (secret.as_bytes(), request.body());
    let sha256 = signature("x-hub-signature-256", "sha256=").map(|given| {
        Hmac::<sha2::Sha256>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    });
    let sha1 = signature("x-hub-signature", "sha1=").map(|given| {
        Hmac::<sha1::Sha1>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    });
    let found: Vec<bool> = [sha256, sha1].into_iter().flatten().collect();
    !found.is_empty() && found.into_iter().all(|matches| matches)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

impl Ready {
    fn new(webhook: &Webhook, state: &Declared) -> Result<Ready> {
        let name = &webhook.name;
        let pipeline = &state.pipeline;
        if webhook.target_pipeline != pipeline.name {
            bail!(
                "webhook {name} is for the pipeline {}, and there is {}",
                webhook.target_pipeline,
                pipeline.name
            );
        }
        let mut actions = pipeline.stages.iter().flat_map(|stage| &stage.actions);
        let action = actions
            .find(|action| action.name == webhook.target_action)
            .with_context(|| {
                format!(
                    "webhook {name} is for the action {}, which the pipeline lacks",
                    webhook.target_action
                )
            })?;
        let filters = webhook.filters.iter().map(|filter| {
            let path =
                JsonPath::parse(&filter.json_path).with_context(|| format!("webhook {name}"))?;
            // "Properties from the target action configuration can be included as placeholders in this value".
            let wanted = filter.match_equals.as_ref().map(|wanted| {
                action
                    .configuration
                    .iter()
                    .fold(wanted.clone(), |text, (key, value)| {
                        text.replace(&format!("{{{key}}}"), value)
                    })
            });
            Ok((path, wanted))
        });
        let filters = filters.collect::<Result<_>>()?;
        let target = webhook
            .url
            .splitn(4, '/')
            .nth(3)
            .with_context(|| format!("webhook {name}: {} is no URL", webhook.url))?;
        Ok(Ready {
            webhook: webhook.clone(),
            target: format!("/{target}"),
            filters,
            known: Mutex::default(),
        })
    }

    /// The first filter that does not match.
    fn mismatch(&self, payload: &Value) -> Option<String> {
        self.filters.iter().find_map(|(path, wanted)| {
            let found = path.find(payload);
            let plain = found.map(|found| {
                found
                    .as_str()
                    .map_or_else(|| found.to_string(), str::to_owned)
            });
            let matches = match (&plain, wanted) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(found), Some(wanted)) => found == wanted,
            };
            let text = found.map_or_else(|| "missing".to_owned(), ToString::to_string);
            (!matches).then(|| {
                format!(
                    "{} is {text}, not {}",
                    path.text,
                    wanted.as_deref().unwrap_or("there")
                )
            })
        })
    }

    fn is_new(&self, delivery: &str) -> bool {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(delivery.to_owned())
    }
}

/// The part of JsonPath that names one value: `$.ref`, `$.repository['full_name']`, `$.commits[0].id`.
struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

enum Step {
    Key(String),
    Index(usize),
}

impl JsonPath {
    fn parse(text: &str) -> Result<JsonPath> {
        let refused = || {
            format!(
                "the filter's json_path {text:?} is not one that is rehearsed, such as $.ref or $.commits[0].id"
            )
        };
        let mut rest = text.strip_prefix('$').with_context(refused)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (inner, after) = after.split_once(']').with_context(refused)?;
                let quoted = ['\'', '"']
                    .iter()
                    .find_map(|quote| inner.strip_prefix(*quote)?.strip_suffix(*quote));
                steps.push(match quoted {
                    Some(key) => Step::Key(key.to_owned()),
                    None => Step::Index(inner.parse().ok().with_context(refused)?),
                });
                rest = after;
            } else {
                let after = rest.strip_prefix('.').with_context(refused)?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let key = &after[..end];
                let is_plain = !key.is_empty()
                    && key
                        .chars()
                        .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
                if !is_plain {
                    bail!(refused());
                }
                steps.push(Step::Key(key.to_owned()));
                rest = &after[end..];
            }
        }
        Ok(JsonPath {
            text: text.to_owned(),
            steps,
        })
    }

    fn find<'a>(&self, payload: &'a Value) -> Option<&'a Value> {
        self.steps
            .iter()
            .try_fold(payload, |value, step| match step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.get(index),
            })
    }
}
