//! A request to a bot: signed, sent, kept, and what Slack makes of the response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use perch_doubles::slack::request::{self, SignedRequest};

use crate::bot::Bot;
use crate::page::Core;
use crate::story::{Answer, Delivery, Place, Verdict};

/// How late a request is that is sent late: a signature is good for five minutes.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// How long the page waits for a response that Slack does not wait for: as long as API Gateway does.
const LONGEST: Duration = Duration::from_secs(31);

/// What is odd about a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Odd {
    #[default]
    Nothing,
    Again,
    /// Slack's retry with this number and reason.
    Retry(usize, String),
    Late,
    Forged,
}

impl Odd {
    fn label(&self) -> Option<String> {
        match self {
            Odd::Nothing => None,
            Odd::Again => Some("again".to_owned()),
            Odd::Retry(number, reason) => Some(format!("retry {number}: {reason}")),
            Odd::Late => Some("10 min late".to_owned()),
            Odd::Forged => Some("forged".to_owned()),
        }
    }

    /// When Slack would have sent it.
    pub(crate) fn time(&self) -> Timestamp {
        match self {
            Odd::Late => Timestamp::now() - LATE,
            _ => Timestamp::now(),
        }
    }
}

/// What is sent, to whom, and for whom.
pub(crate) struct Sending<'a> {
    pub bot: &'a Bot,
    pub kind: &'a str,
    pub what: String,
    pub person: &'a str,
    pub place: Place,
    pub content_type: &'a str,
    pub body: String,
    pub odd: Odd,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

/// What came of it.
pub(crate) struct Sent {
    pub delivery: u64,
    /// None if there was no response at all.
    pub answer: Option<Answer>,
    pub was_late: bool,
}

/// Sends a request and waits for the response.
///
/// # Errors
/// When the bot has no route or no signing secret.
pub(crate) async fn send(core: &Arc<Core>, sending: Sending<'_>) -> Result<Sent, String> {
    let bot = sending.bot;
    let name = &bot.name;
    let address = bot.address.as_ref();
    let address = address.ok_or_else(|| format!("{name} has no route: Slack cannot call it"))?;
    let secret = bot.signing_secret.as_deref().ok_or_else(|| {
        format!("the signing secret of {name} is not set, so that no request can be signed")
    })?;
    let with = match sending.odd {
        Odd::Forged => "not the bot's signing secret",
        _ => secret,
    };
    let time = sending.odd.time();
    let mut signed = request::sign(with, time, sending.content_type, sending.body);
    if let Odd::Retry(number, reason) = &sending.odd {
        let headers = &mut signed.headers;
        headers.push(("x-slack-retry-num", number.to_string()));
        headers.push(("x-slack-retry-reason", reason.clone()));
    }
    let owned = |(name, value): &(&'static str, String)| ((*name).to_owned(), value.clone());
    let id = core.ledger().begin(Delivery {
        bot: name.clone(),
        function: bot.function.clone(),
        kind: sending.kind.to_owned(),
        what: sending.what,
        person: sending.person.to_owned(),
        place: sending.place,
        origin: "page".to_owned(),
        odd: sending.odd.label(),
        applied: address.applied.clone(),
        local: address.local.clone(),
        headers: signed.headers.iter().map(owned).collect(),
        body: signed.body.clone(),
        signature: Some(verdict(&signed, secret, Timestamp::now())),
        ..Delivery::default()
    });
    core.changed();
    let answer = post(core, &address.local, signed).await;
    let was_late = answer
        .as_ref()
        .is_ok_and(|answer| answer.ms > core.patience.answer.as_secs_f64() * 1000.0);
    core.take_calls();
    let mut ledger = core.ledger();
    let gateway = answer.as_ref().ok().and_then(|answer| {
        let mut headers = answer.headers.iter();
        headers.find(|(name, _)| name == "apigw-requestid")
    });
    ledger.answered(id, gateway.map(|(_, value)| value.as_str()));
    if let Some(delivery) = ledger.find_mut(id) {
        match &answer {
            Ok(answer) => delivery.answer = Some(answer.clone()),
            Err(error) => delivery.unanswered = Some(error.clone()),
        }
        delivery.failed = !answer.as_ref().is_ok_and(|answer| answer.status == 200) || was_late;
    }
    drop(ledger);
    core.changed();
    Ok(Sent {
        delivery: id,
        answer: answer.ok(),
        was_late,
    })
}

async fn post(core: &Core, url: &str, signed: SignedRequest) -> Result<Answer, String> {
    let mut request = core.http.post(url).body(signed.body).timeout(LONGEST);
    for (name, value) in signed.headers {
        request = request.header(name, value);
    }
    let sent = Instant::now();
    let answer = request.send().await;
    let answer = answer.map_err(|error| match error.is_timeout() {
        true => "no response within 30 s".to_owned(),
        false => "the local stage does not respond".to_owned(),
    })?;
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    });
    let headers = headers.collect();
    let body = answer.text().await;
    Ok(Answer {
        status,
        headers,
        body: body.map_err(|_| "the response broke off")?,
        ms: sent.elapsed().as_secs_f64() * 1000.0,
    })
}

/// Whether a request is what Slack signs, as a bot sees it at this time.
fn verdict(signed: &SignedRequest, secret: &str, now: Timestamp) -> Verdict {
    let header = |name: &str| {
        let mut headers = signed.headers.iter();
        headers
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.as_str())
    };
    let time: Option<i64> = header("x-slack-request-timestamp").and_then(|at| at.parse().ok());
    let time = time.and_then(|at| Timestamp::from_second(at).ok());
    let time = time.unwrap_or_default();
    let expected = request::sign(secret, time, JSON, signed.body.clone());
    let expected = expected.headers.into_iter();
    let mut expected = expected.filter(|(name, _)| *name == "x-slack-signature");
    let fits = expected.next().map(|(_, value)| value).as_deref() == header("x-slack-signature");
    let age = now.duration_since(time).as_secs();
    let (ok, says) = match (fits, age) {
        (false, _) => (
            false,
            "does not verify: it is signed with another secret than the bot's".to_owned(),
        ),
        (true, 301..) => (
            false,
            format!("verifies, but is {age} s old: Slack's are good for 300 s"),
        ),
        (true, _) => (true, format!("verifies, and is {} s old", age.max(0))),
    };
    Verdict { ok, says }
}

impl Sent {
    /// Says what Slack makes of the response; tells the person if it is an error.
    pub(crate) fn judge(&self, core: &Core, slack_shows: &str, problem: Option<String>) {
        let mut ledger = core.ledger();
        let bot = ledger.find(self.delivery).map(|one| one.bot.clone());
        let bot = bot.unwrap_or_default();
        let says = match (&self.answer, self.was_late) {
            (None, _) => Some(format!("{bot} did not respond.")),
            (Some(answer), true) => Some(format!(
                "{bot} answered after {:.1} s: too late, Slack hangs up after 3 s.",
                answer.ms / 1000.0
            )),
            (Some(answer), false) => match problem {
                Some(problem) => Some(format!("Slack does not take {bot}'s answer: {problem}")),
                None if answer.status != 200 => {
                    Some(format!("{bot} answered with status {}.", answer.status))
                }
                None => None,
            },
        };
        if let Some(delivery) = ledger.find_mut(self.delivery) {
            delivery.shown = Some(match &says {
                Some(says) if slack_shows.is_empty() => says.clone(),
                Some(says) => format!("{says} Slack shows: {slack_shows}"),
                None => "Slack takes it".to_owned(),
            });
        }
        match says {
            Some(says) => ledger.tell_of(self.delivery, slack_shows, says),
            None => ledger.tell_of_error(self.delivery),
        }
        drop(ledger);
        core.changed();
    }

    /// Whether Slack takes the response at all: 200 in time.
    pub(crate) fn is_fine(&self) -> bool {
        !self.was_late && self.answer.as_ref().is_some_and(|one| one.status == 200)
    }
}
