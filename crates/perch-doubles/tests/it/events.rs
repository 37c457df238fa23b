//! Events that are delivered, and delivered again.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use perch_doubles::slack::{Attempt, Event, GENERAL, Patience, Reason, Slack, SlackOptions};
use perch_loopback::{Server, empty, header_text};
use serde_json::{Value, json};

/// What the bot does with the next event.
#[derive(Clone, Copy)]
enum Does {
    Answer(u16),
    /// An error, and no other attempt, please.
    Refuse,
    Hang,
    Disconnect,
}

/// A bot that does one thing after another, and what it was sent.
struct Bot {
    server: Server,
    received: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Bot {
    async fn start(does: &[Does]) -> Bot {
        let received: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
        let (log, does) = (received.clone(), does.to_vec());
        let server = Server::start(0, 1 << 20, |_| {
            move |request| {
                let next = {
                    let mut log = log.lock().expect("no panic");
                    log.push(request);
                    does[log.len() - 1]
                };
                async move {
                    match next {
                        Does::Answer(status) => {
                            Ok(empty(StatusCode::from_u16(status).expect("a status")))
                        }
                        Does::Refuse => {
                            let mut answer = empty(StatusCode::NOT_FOUND);
                            let one = HeaderValue::from_static("1");
                            answer.headers_mut().insert("x-slack-no-retry", one);
                            Ok(answer)
                        }
                        Does::Hang => std::future::pending().await,
                        Does::Disconnect => Err(io::Error::other("gone")),
                    }
                }
            }
        });
        Bot {
            server: server.await.expect("a free port"),
            received,
        }
    }

    /// Number and reason of the retry in each request's headers.
    fn retries(&self) -> Vec<(Option<String>, Option<String>)> {
        let received = self.received.lock().expect("no panic");
        let text = |request: &Request<Bytes>, name| {
            header_text(request.headers(), name).map(str::to_owned)
        };
        received
            .iter()
            .map(|request| {
                (
                    text(request, "x-slack-retry-num"),
                    text(request, "x-slack-retry-reason"),
                )
            })
            .collect()
    }

    fn bodies(&self) -> Vec<Value> {
        let received = self.received.lock().expect("no panic");
        let bodies = received.iter().map(|request| request.body());
        bodies
            .map(|body| serde_json::from_slice(body).expect("JSON"))
            .collect()
    }
}

/// A Slack that waits so long for an answer, and not at all before it sends an event again.
async fn hasty(answer: u64) -> Slack {
    let options = SlackOptions {
        patience: Patience {
            answer: Duration::from_secs(answer),
            retries: vec![Duration::ZERO; 3],
        },
        ..SlackOptions::default()
    };
    Slack::start(options).await.expect("a free port")
}

async fn send(slack: &Slack, bot: &Bot) -> Vec<Attempt> {
    let event = json!({"type": "app_mention", "channel": GENERAL, "text": "hi"});
    slack.send_event(&bot.server.url(), &event, "secret").await
}

fn some(number: &str, reason: &str) -> (Option<String>, Option<String>) {
    (Some(number.to_owned()), Some(reason.to_owned()))
}

#[tokio::test]
async fn an_answered_event_is_sent_once() {
    let (slack, bot) = (hasty(60).await, Bot::start(&[Does::Answer(200)]).await);
    let well = Attempt {
        retry: 0,
        status: Some(200),
        failure: None,
    };
    assert_eq!(send(&slack, &bot).await, [well]);
    assert_eq!(bot.retries(), [(None, None)]);
    assert_eq!(bot.bodies()[0]["event"]["type"], "app_mention");
}

#[tokio::test]
async fn an_event_is_sent_again_with_the_reason() {
    let does = [
        Does::Answer(500),
        Does::Disconnect,
        Does::Hang,
        Does::Answer(204),
    ];
    let (slack, bot) = (hasty(2).await, Bot::start(&does).await);
    let mut events = slack.subscribe();
    let attempts = send(&slack, &bot).await;
    let seen: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.status, attempt.failure))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(500), Some(Reason::HttpError)),
            (None, Some(Reason::ConnectionFailed)),
            (None, Some(Reason::HttpTimeout)),
            (Some(204), None),
        ]
    );
    assert_eq!(
        bot.retries(),
        [
            (None, None),
            some("1", "http_error"),
            some("2", "connection_failed"),
            some("3", "http_timeout"),
        ]
    );
    // It is one event each time, by which a bot knows it again.
    let bodies = bot.bodies();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let said = events.recv().await.expect("an event");
    assert!(
        matches!(&said, Event::NotAnswered { reason: Reason::HttpError, event_id } if *event_id == bodies[0]["event_id"])
    );
}

#[tokio::test]
async fn slack_gives_up_after_three_retries_or_when_told_to() {
    let (slack, bot) = (hasty(60).await, Bot::start(&[Does::Answer(500); 4]).await);
    let attempts = send(&slack, &bot).await;
    assert_eq!(attempts.last().map(|attempt| attempt.retry), Some(3));
    let bot = Bot::start(&[Does::Answer(500), Does::Refuse]).await;
    assert_eq!(send(&slack, &bot).await.len(), 2);
}

#[test]
fn slacks_own_patience() {
    let slack = Patience::default();
    assert_eq!(slack.answer, Duration::from_secs(3));
    assert_eq!(slack.retries, [0, 60, 300].map(Duration::from_secs));
}
