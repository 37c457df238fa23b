//! Rate limits, as Slack's page "Rate limits" tells them: so many calls of a method within a minute for each app and workspace, by
//! the method's tier, and a message per second in each channel.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::catalogue::Documented;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Slack allows "short bursts" above a message per second in a channel, and does not say how long: here as many at once.
const BURST: usize = 5;

/// When each app called what: the calls of the time that still counts.
#[derive(Default)]
pub(super) struct Rates(HashMap<(String, String), VecDeque<Timestamp>>);

impl Rates {
    /// Counts a call, or says for how many seconds no such call is taken.
    pub(super) fn count(
        &mut self,
        app_id: &str,
        method: &Documented,
        arguments: &Value,
        now: Timestamp,
    ) -> Result<(), u64> {
        let Some((most, window)) = limit(method) else {
            return Ok(());
        };
        let mut what = method.name.clone();
        if what == POST {
            what = format!(
                "{what} {}",
                arguments["channel"].as_str().unwrap_or_default()
            );
        }
        let calls = self.0.entry((app_id.to_owned(), what)).or_default();
        while calls.front().is_some_and(|call| *call + window <= now) {
            calls.pop_front();
        }
        match calls.front() {
            Some(first) if calls.len() >= most => {
                let wait = (*first + window).duration_since(now);
                let begun = i64::from(wait.subsec_nanos() > 0);
                Err((wait.as_secs() + begun).max(1).unsigned_abs())
            }
            _ => {
                calls.push_back(now);
                Ok(())
            }
        }
    }
}

const POST: &str = "chat.postMessage";

/// The most calls of a method, and within which time; none for a method of which no source says it.
fn limit(method: &Documented) -> Option<(usize, SignedDuration)> {
    let per_minute = match (method.tier.as_str(), method.name.as_str()) {
        ("t1", _) => 1,
        ("t2", _) => 20,
        ("t3", _) => 50,
        ("t4", _) => 100,
        (_, "auth.test" | "chat.getPermalink") => 600,
        (_, POST) => return Some((BURST, SignedDuration::from_secs(BURST as i64))),
        _ => return None,
    };
    Some((per_minute, MINUTE))
}
