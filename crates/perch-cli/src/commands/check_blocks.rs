//! `perch check-blocks`: holds the table of Block Kit against Slack's own checker, the method `blocks.validate`.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use perch_blocks::Surface;
use perch_blocks::cases::{self, Case};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http;
use crate::interrupt;
use crate::output;
use crate::steps::{self, Step};

/// Where Slack's methods are, unless `SLACK_API_URL` names another place.
const SLACK: &str = "https://slack.com/api/";

/// The longest wait that Slack may ask for, and how often it may ask for one and the same case.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
const PATIENCE: u32 = 20;

/// What Slack answers.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    #[serde(default)]
    response_metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    messages: Vec<String>,
}

/// Where Slack and the table differ.
#[derive(Serialize)]
struct Difference {
    /// `message`, `modal` or `home`.
    surface: &'static str,
    /// The pointer to what was tried.
    place: String,
    /// Whether the table has it refused.
    table_refuses: bool,
    /// What Slack says of it; empty if it takes it.
    slack: Vec<String>,
    blocks: Value,
}

/// What came of all cases.
#[derive(Serialize)]
struct Compared {
    cases: usize,
    differences: Vec<Difference>,
}

/// Asks Slack for every case of the table, one at a time, and prints where it differs.
///
/// # Errors
/// When Slack cannot be asked, or it differs in anything.
pub async fn run(json: bool) -> Result<()> {
    let base = std::env::var("SLACK_API_URL").unwrap_or_else(|_| SLACK.to_owned());
    let url = format!("{}/blocks.validate", base.trim_end_matches('/'));
    let compared = tokio::select! {
        compared = compare(&url) => compared?,
        () = interrupt::wait() => return Err(interrupt::error()),
    };
    output::print(&compared, json);
    match compared.differences.len() {
        0 => Ok(()),
        count => bail!(
            "Slack and the table differ in {count} of {} cases: correct crates/perch-blocks/data/blocks.json",
            compared.cases
        ),
    }
}

async fn compare(url: &str) -> Result<Compared> {
    let client = http::of(url)?;
    let mut all = cases::places();
    all.extend(cases::cases(&[
        Surface::Message,
        Surface::Modal,
        Surface::Home,
    ]));
    let mut step = Step::start("compare");
    let mut differences = Vec::new();
    for (index, case) in all.iter().enumerate() {
        step.at(&format!("case {} of {}", index + 1, all.len()));
        let answer = ask(&client, url, case).await?;
        let says = answer.response_metadata.messages;
        let slack = match answer.error {
            _ if answer.ok => Vec::new(),
            // What is said of another argument or of the call itself is no judgement.
            Some(error) if !error.starts_with("invalid_") => {
                bail!("{url} answers {error}: blocks.validate needs no token and no scope")
            }
            error if says.is_empty() => Vec::from_iter(error),
            _ => says,
        };
        if slack.is_empty() == case.is_refused {
            differences.push(Difference {
                surface: name(case.surface),
                place: case.place.clone(),
                table_refuses: case.is_refused,
                slack,
                blocks: case.blocks.clone(),
            });
        }
    }
    step.done(&format!("{} cases", all.len()));
    Ok(Compared {
        cases: all.len(),
        differences,
    })
}

/// Asks as often as Slack wants it asked.
async fn ask(client: &reqwest::Client, url: &str, case: &Case) -> Result<Answer> {
    for _ in 0..PATIENCE {
        let sent = client
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .body(arguments(case).to_string());
        let answer = sent.send().await;
        let answer = answer.with_context(|| format!("{url} does not respond"))?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let seconds = answer.headers().get("retry-after");
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            let wait = Duration::from_secs(seconds.unwrap_or(1));
            if wait > LONGEST_WAIT {
                bail!(
                    "{url} wants nothing for {}: try again then",
                    steps::duration(wait)
                );
            }
            tokio::time::sleep(wait).await;
            continue;
        }
        let status = answer.status();
        let body = answer.bytes().await.context("the response broke off")?;
        return serde_json::from_slice(&body)
            .with_context(|| format!("{url} answers {status}, and not as Slack's Web API does"));
    }
    bail!("{url} asked for patience {PATIENCE} times: try again later")
}

fn arguments(case: &Case) -> Value {
    let text = |text: &str| json!({ "type": "plain_text", "text": text });
    match case.surface {
        Surface::Message => json!({ "blocks": case.blocks }),
        // With a button to submit it, which inputs need.
        Surface::Modal => json!({ "view": {
            "type": "modal", "title": text("x"), "submit": text("x"), "blocks": case.blocks,
        } }),
        Surface::Home => json!({ "view": { "type": "home", "blocks": case.blocks } }),
    }
}

fn name(surface: Surface) -> &'static str {
    match surface {
        Surface::Message => "message",
        Surface::Modal => "modal",
        Surface::Home => "home",
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.differences {
            let (surface, place) = (one.surface, &one.place);
            if one.table_refuses {
                writeln!(f, "Slack takes what the table refuses: {surface} {place}")?;
            } else {
                writeln!(f, "Slack refuses what the table takes: {surface} {place}")?;
            }
            for said in &one.slack {
                writeln!(f, "  {said}")?;
            }
            writeln!(f, "  {}", short(&one.blocks))?;
        }
        write!(
            f,
            "{} cases: {} as in the table, {} not",
            self.cases,
            self.cases - self.differences.len(),
            self.differences.len()
        )
    }
}

/// Blocks on one line, without the middle of a long one.
fn short(blocks: &Value) -> String {
    const MOST: usize = 300;
    let text = blocks.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}
