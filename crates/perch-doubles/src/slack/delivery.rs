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
use super::request::SignedRequest;
use super::{Bot, Event, Slack, SlackCore, lock, request};

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
        self.core.say(user, channel, text, thread_ts)
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
        let signed = || request::sign(signing_secret, core.now(), "application/json", body.clone());
        let patience = &core.options.patience;
        deliver(&self.http, url, signed, patience, None, |attempt, _| {
            if let Some(reason) = attempt.failure {
                core.emit(Event::NotAnswered {
                    event_id: callback["event_id"].as_str().unwrap_or_default().to_owned(),
                    reason,
                });
            }
        })
        .await
    }
}

/// Sends an event, signed anew each time, and again as long as it is not answered: at first as the retry with this number and
/// reason, if it is one. `told` hears of every attempt, and how long Slack waits before the next.
pub async fn deliver(
    http: &reqwest::Client,
    url: &str,
    signed: impl Fn() -> SignedRequest,
    patience: &Patience,
    mut retry: Option<(usize, Reason)>,
    mut told: impl FnMut(&Attempt, Option<Duration>),
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut waits = patience.retries.iter().copied();
    loop {
        let (attempt, no_retry) = once(http, url, signed(), retry, patience.answer).await;
        let failure = attempt.failure.filter(|_| !no_retry);
        let next = failure.and_then(|reason| Some((reason, waits.next()?)));
        told(&attempt, next.map(|(_, wait)| wait));
        let number = attempt.retry + 1;
        attempts.push(attempt);
        let Some((reason, wait)) = next else {
            return attempts;
        };
        tokio::time::sleep(wait).await;
        retry = Some((number, reason));
    }
}

/// Sends a request once. With the attempt comes whether the answer forbids another.
async fn once(
    http: &reqwest::Client,
    url: &str,
    signed: SignedRequest,
    retry: Option<(usize, Reason)>,
    patience: Duration,
) -> (Attempt, bool) {
    let mut sent = http.post(url).body(signed.body);
    for (name, value) in signed.headers {
        sent = sent.header(name, value);
    }
    if let Some((number, reason)) = retry {
        sent = sent.header("x-slack-retry-num", number.to_string());
        sent = sent.header("x-slack-retry-reason", reason.to_string());
    }
    let retry = retry.map_or(0, |(number, _)| number);
    let (status, failure, no_retry) = match sent.timeout(patience).send().await {
        Ok(answer) => {
            let failed = !answer.status().is_success();
            let no_retry = answer.headers().get("x-slack-no-retry");
            (
                Some(answer.status().as_u16()),
                failed.then_some(Reason::HttpError),
                no_retry.is_some_and(|value| value == "1"),
            )
        }
        Err(error) if error.is_timeout() => (None, Some(Reason::HttpTimeout), false),
        Err(error) if error.is_redirect() => (None, Some(Reason::TooManyRedirects), false),
        Err(_) => (None, Some(Reason::ConnectionFailed), false),
    };
    let attempt = Attempt {
        retry,
        status,
        failure,
    };
    (attempt, no_retry)
}

impl SlackCore {
    pub(super) fn say(
        &self,
        user: &str,
        channel: &str,
        text: &str,
        thread_ts: Option<&str>,
    ) -> Message {
        let mut arguments = json!({
            "text": text,
            "client_msg_id": uuid::Uuid::new_v4().to_string(),
        });
        if let Some(thread) = thread_ts {
            arguments["thread_ts"] = json!(thread);
        }
        let author = Author::Person(user.to_owned());
        let message = {
            let mut state = lock(&self.state);
            let message = state.draft(self.now(), author, channel, &arguments);
            state.post(message)
        };
        self.emit(Event::Posted(message.clone()));
        message
    }
}
