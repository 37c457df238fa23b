//! Events as Slack delivers them: again where they are not answered.
//!
//! After the Events API's "Error handling" and "Retries": an event that is not answered with a 2xx within three seconds is sent
//! again almost at once, after a minute and after five, unless the answer has `x-slack-no-retry: 1`. Slash commands and
//! interactions are never sent again.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::to_suggestion;
use super::message::{Author, Message};
use super::{Bot, Event, Slack, lock, request};

/// How long Slack waits for an answer, and before each time that it sends an event again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    pub answer: Duration,
    pub retries: Vec<Duration>,
}

impl Default for Patience {
    /// Slack's own.
    fn default() -> Patience {
        Patience {
            answer: Duration::from_secs(3),
            retries: [0, 60, 300].map(Duration::from_secs).to_vec(),
        }
    }
}

/// One sending of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `x-slack-retry-num`: 0 for the first sending.
    pub retry: usize,
    /// The status that was answered; none without an answer.
    pub status: Option<u16>,
    /// Why it counts as not answered, as `x-slack-retry-reason` says; none if all is well.
    pub failure: Option<Reason>,
}

/// Slack's reasons to send an event again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    HttpTimeout,
    TooManyRedirects,
    ConnectionFailed,
    HttpError,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::HttpTimeout => "http_timeout",
            Reason::TooManyRedirects => "too_many_redirects",
            Reason::ConnectionFailed => "connection_failed",
            Reason::HttpError => "http_error",
        })
    }
}

impl Slack {
    /// A person writes a message, in a channel or in a thread of it. The apps in the channel are told by
    /// [`request::message_event`], which a test delivers.
    pub fn say(&self, user: &str, channel: &str, text: &str, thread_ts: Option<&str>) -> Message {
        let mut arguments = json!({
            "text": text,
            "client_msg_id": uuid::Uuid::new_v4().to_string(),
        });
        if let Some(thread) = thread_ts {
            arguments["thread_ts"] = json!(thread);
        }
        let author = Author::Person(user.to_owned());
        let message = {
            let mut state = lock(&self.core.state);
            let message = state.draft(self.core.now(), author, channel, &arguments);
            state.post(message)
        };
        self.core.emit(Event::Posted(message.clone()));
        message
    }

    /// Asks a bot at its options load URL for the options of a select, with a payload of [`request::block_suggestion`], and
    /// returns those that Slack would show. The error says what Slack does not take of the response.
    pub async fn suggest(
        &self,
        url: &str,
        payload: &Value,
        signing_secret: &str,
    ) -> Result<Vec<Value>, Vec<String>> {
        let signed = request::interaction(payload, signing_secret, self.core.now());
        let mut sent = self.http.post(url).body(signed.body);
        for (name, value) in signed.headers {
            sent = sent.header(name, value);
        }
        let unanswered = |_| vec!["the bot does not answer within three seconds".to_owned()];
        let sent = sent.timeout(self.core.options.patience.answer).send();
        let answer = sent.await.map_err(unanswered)?;
        let status = answer.status().as_u16();
        to_suggestion(status, &answer.text().await.map_err(unanswered)?)
    }

    /// Delivers an event to the request URL of [the app](Slack::bot), and again as long as it is not answered. Returns every
    /// attempt.
    pub async fn send_event(&self, url: &str, event: &Value, signing_secret: &str) -> Vec<Attempt> {
        self.send_event_to(self.bot(), url, event, signing_secret)
            .await
    }

    /// The same for an app that was installed.
    pub async fn send_event_to(
        &self,
        bot: &Bot,
        url: &str,
        event: &Value,
        signing_secret: &str,
    ) -> Vec<Attempt> {
        let core = &self.core;
        let callback = request::event_callback(bot, event, core.now());
        let body = callback.to_string();
        let mut attempts: Vec<Attempt> = Vec::new();
        let waits = core.options.patience.retries.iter().map(Some);
        for (retry, wait) in [None].into_iter().chain(waits).enumerate() {
            if let Some(wait) = wait {
                tokio::time::sleep(*wait).await;
            }
            let before = attempts.last().and_then(|attempt| attempt.failure);
            let signed =
                request::sign(signing_secret, core.now(), "application/json", body.clone());
            let (attempt, no_retry) = self.attempt(url, signed, retry, before).await;
            attempts.push(attempt.clone());
            let Some(reason) = attempt.failure else {
                break;
            };
            core.emit(Event::NotAnswered {
                event_id: callback["event_id"].as_str().unwrap_or_default().to_owned(),
                reason,
            });
            if no_retry {
                break;
            }
        }
        attempts
    }

    /// Sends it once. With the attempt comes whether the answer forbids another one.
    async fn attempt(
        &self,
        url: &str,
        signed: request::SignedRequest,
        retry: usize,
        before: Option<Reason>,
    ) -> (Attempt, bool) {
        let mut sent = self.http.post(url).body(signed.body);
        for (name, value) in signed.headers {
            sent = sent.header(name, value);
        }
        if let Some(reason) = before {
            sent = sent.header("x-slack-retry-num", retry.to_string());
            sent = sent.header("x-slack-retry-reason", reason.to_string());
        }
        let answer = sent.timeout(self.core.options.patience.answer).send().await;
        match answer {
            Ok(answer) => {
                let failed = !answer.status().is_success();
                let no_retry = answer.headers().get("x-slack-no-retry");
                let no_retry = no_retry.is_some_and(|value| value == "1");
                let attempt = Attempt {
                    retry,
                    status: Some(answer.status().as_u16()),
                    failure: failed.then_some(Reason::HttpError),
                };
                (attempt, no_retry)
            }
            Err(error) => {
                let reason = if error.is_timeout() {
                    Reason::HttpTimeout
                } else if error.is_redirect() {
                    Reason::TooManyRedirects
                } else {
                    Reason::ConnectionFailed
                };
                let attempt = Attempt {
                    retry,
                    status: None,
                    failure: Some(reason),
                };
                (attempt, false)
            }
        }
    }
}
