//! What earlier runs have told: their messages in the channel carry it as metadata.
//!
//! Read only with `MENDES_LOOKBACK`. Then a run looks further back than its own window, and must not tell again what
//! an earlier run has told.

use jiff::{SignedDuration, Timestamp};
use perch::Result;
use perch::slack::{self, HistoryRange};
use perch_github::Repository;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Context;
use crate::waiting::Window;

/// What the metadata of a digest is called. Changing it makes mendes forget what it has told.
const EVENT_TYPE: &str = "mendes_digest";

/// What one digest covers: everything in its window, save the repositories that failed.
#[derive(Debug)]
pub struct Coverage {
    pub window: Window,
    pub failed: Vec<Repository>,
}

/// The window that a run looks at, and what of it is told already.
#[derive(Debug)]
pub struct Told {
    window: Window,
    earlier: Vec<Coverage>,
    unreadable: Option<String>,
}

/// As it is sent to Slack: metadata takes texts and numbers, and no lists of them.
#[derive(Serialize, Deserialize)]
struct Payload {
    /// In seconds since 1970.
    from: i64,
    to: i64,
    /// With commas between.
    #[serde(default)]
    failed: String,
}

impl Coverage {
    /// For [`Message::metadata`](slack::Message::metadata).
    pub fn to_metadata(&self) -> Value {
        let failed: Vec<String> = self.failed.iter().map(Repository::to_string).collect();
        let payload = Payload {
            from: self.window.from.as_second(),
            to: self.window.to.as_second(),
            failed: failed.join(","),
        };
        json!({ "event_type": EVENT_TYPE, "event_payload": payload })
    }

    /// What a message covers; `None` when it is not a digest.
    fn read(metadata: &Value) -> Option<Coverage> {
        if metadata.get("event_type")?.as_str()? != EVENT_TYPE {
            return None;
        }
        let payload = Payload::deserialize(metadata.get("event_payload")?).ok()?;
        let window = Window {
            from: Timestamp::from_second(payload.from).ok()?,
            to: Timestamp::from_second(payload.to).ok()?,
        };
        let failed = payload
            .failed
            .split(',')
            .filter_map(|name| name.parse().ok())
            .collect();
        Some(Coverage { window, failed })
    }

    fn has_told(&self, repository: &Repository, moment: Timestamp) -> bool {
        self.window.contains(moment) && !self.failed.contains(repository)
    }
}

impl Told {
    /// Reads the channel for the run whose own window is `own`.
    ///
    /// Only runs before it count, so that a repeated delivery of this run says the same. Where mendes may not read
    /// the channel it keeps to its own window, rather than tell everything over and over.
    pub async fn read(own: Window, context: &Context) -> Result<Told> {
        let lookback = context.state().lookback;
        let from = own.from.checked_sub(lookback).unwrap_or(Timestamp::MIN);
        if lookback == SignedDuration::ZERO || from == own.from {
            return Ok(Told {
                window: own,
                earlier: Vec::new(),
                unreadable: None,
            });
        }
        let window = Window { from, ..own };
        match earlier_digests(window, context).await {
            Ok(earlier) => Ok(Told {
                window,
                earlier,
                unreadable: None,
            }),
            Err(slack::Error::Api(error)) => {
                tracing::error!(%error, "cannot read what earlier runs have told; invite the bot to the channel, and give it the scope channels:history or groups:history");
                let unreadable = Some(format!(
                    "Slack answers {} when I read this channel",
                    error.error
                ));
                Ok(Told {
                    window: own,
                    earlier: Vec::new(),
                    unreadable,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where this run looks.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Why it does not look as far back as it was told to.
    pub fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Whether an earlier run has told what crossed the threshold at `moment`.
    pub fn has_told(&self, repository: &Repository, moment: Timestamp) -> bool {
        self.earlier
            .iter()
            .any(|coverage| coverage.has_told(repository, moment))
    }
}

/// The digests of earlier runs that may cover a part of `window`: a digest is posted after all that it covers.
async fn earlier_digests(window: Window, context: &Context) -> Result<Vec<Coverage>, slack::Error> {
    let range = HistoryRange {
        oldest: Some(window.from.as_second().to_string().into()),
        include_all_metadata: true,
        ..HistoryRange::default()
    };
    let mut pages = context
        .slack()
        .conversations_history(&context.state().channel, &range)?;
    let mut earlier = Vec::new();
    while let Some(page) = pages.next().await? {
        let digests = page
            .messages
            .iter()
            .filter_map(|message| Coverage::read(message.metadata.as_ref()?));
        earlier.extend(digests.filter(|digest| digest.window.to < window.to));
    }
    Ok(earlier)
}
