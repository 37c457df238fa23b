//! CodePipeline's webhook endpoint: what the `aws_codepipeline_webhook`s of a state let through.
//!
//! After CodePipeline's API reference (`WebhookDefinition`, `WebhookFilterRule`) and GitHub's "Validating webhook
//! deliveries".

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderValue, Method, Request, StatusCode};
use perch_doubles::github::{self, Delivery, GitHub};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::declared::{Declared, RepositoryWebhook, Webhook};
use crate::loopback::{self, Answer, Server, header_text as header};
use crate::pipeline::{Change, Trigger};

/// What came of a delivery. The endpoint answers with it, in a body of its own: AWS documents none, so that nothing that
/// works with AWS can rely on one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "detail", rename_all = "lowercase")]
pub enum Verdict {
    /// An execution began; its id.
    Started(String),
    /// Signed well, but nothing to do; why.
    Ignored(String),
    /// Not signed with the webhook's secret, or not understood; why. The answer's status is an error.
    Refused(String),
}

impl Verdict {
    /// The verdict that an answer of the endpoint holds.
    ///
    /// # Errors
    /// When GitHub got no answer, or something else answered than this endpoint.
    pub fn of(delivery: &Delivery) -> Result<Verdict> {
        let response = delivery
            .response
            .as_ref()
            .context("GitHub could not reach the webhook's address")?;
        serde_json::from_str(&response.body).with_context(|| {
            format!(
                "the webhook's address is not CodePipeline's: it answered {}",
                response.status
            )
        })
    }
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
    /// Starts the endpoint for the webhooks of `state`; `trigger` is told of what they let through.
    ///
    /// # Errors
    /// When a filter is not understood, or a webhook is for another pipeline or action.
    pub async fn start(state: &Declared, trigger: Trigger) -> Result<Endpoint> {
        let webhooks = state
            .webhooks
            .iter()
            .map(|webhook| Ready::new(webhook, state))
            .collect::<Result<_>>()?;
        let webhooks: Arc<Vec<Ready>> = Arc::new(webhooks);
        let serving = webhooks.clone();
        let server = loopback::start(move |request| {
            let (webhooks, trigger) = (serving.clone(), trigger.clone());
            async move { respond(receive(&webhooks, &trigger, &request).await) }
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

/// Registers a webhook of a state for the repository `owner/name`, as Terraform does. Returns the hook's number.
///
/// # Errors
/// When it is for another repository, or GitHub refuses it.
pub fn register(github: &GitHub, full_name: &str, hook: &RepositoryWebhook) -> Result<u64> {
    let name = full_name.split_once('/').map(|(_, name)| name);
    ensure!(
        name == Some(hook.repository.as_str()),
        "the webhook is for the repository {}, and GitHub has {full_name}",
        hook.repository
    );
    github.register(
        full_name,
        github::Webhook {
            active: hook.active,
            events: hook.events.clone(),
            url: hook.url.clone(),
            content_type: hook.content_type.clone(),
            secret: hook.secret.clone(),
            insecure_ssl: hook.insecure_ssl,
        },
    )
}

fn respond(result: Result<Verdict, WebhookError>) -> Answer {
    let (status, verdict) = match result {
        Ok(verdict) => (StatusCode::OK, verdict),
        Err(WebhookError(status, why)) => (status, Verdict::Refused(why)),
    };
    let mut answer = loopback::json(status, &serde_json::json!(verdict));
    // As every API of AWS names its answers.
    let request_id = uuid::Uuid::new_v4().to_string();
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        answer.headers_mut().insert("x-amzn-requestid", request_id);
    }
    answer
}

/// A delivery that is refused: with what status, and why.
struct WebhookError(StatusCode, String);

fn refused(status: StatusCode, why: &str) -> WebhookError {
    WebhookError(status, why.to_owned())
}

async fn receive(
    webhooks: &[Ready],
    trigger: &Trigger,
    request: &Request<Bytes>,
) -> Result<Verdict, WebhookError> {
    let target = request.uri().path_and_query().map(ToString::to_string);
    let ready = webhooks
        .iter()
        .find(|ready| target.as_ref() == Some(&ready.target))
        .ok_or_else(|| refused(StatusCode::NOT_FOUND, "no webhook has this address"))?;
    if request.method() != Method::POST {
        return Err(refused(StatusCode::METHOD_NOT_ALLOWED, "use POST"));
    }
    // The body is read only once it is known to come from GitHub.
    if !is_signed(request, &ready.webhook.secret) {
        return Err(refused(
            StatusCode::FORBIDDEN,
            "the signature does not match",
        ));
    }
    let payload = serde_json::from_slice::<Value>(request.body())
        .map_err(|_| refused(StatusCode::BAD_REQUEST, "the body is not JSON"))?;
    if let Some(why) = ready.mismatch(&payload) {
        return Ok(Verdict::Ignored(why));
    }
    let delivery = header(request.headers(), "x-github-delivery").unwrap_or_default();
    if delivery.is_empty() || !ready.is_new(delivery) {
        return Ok(Verdict::Ignored("this delivery came before".to_owned()));
    }
    let name = format!("webhook {}", ready.webhook.name);
    match trigger.changed(&name).await {
        Ok(Change::Started(id)) => Ok(Verdict::Started(id)),
        Ok(Change::Known) => Ok(Verdict::Ignored(
            "the branch's head was processed already".to_owned(),
        )),
        Ok(Change::NoBranch) => Ok(Verdict::Ignored(
            "the branch does not exist any more".to_owned(),
        )),
        Err(error) => Err(WebhookError(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("{error:#}"),
        )),
    }
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
