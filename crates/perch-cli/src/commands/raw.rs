//! `perch raw`: sends a request from a file as it stands, to see what a bot makes of it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::desk::{Acting, Desk, answered};
use crate::http;
use crate::project::Project;

/// A request as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// Sends it to the bot; nothing is added, so that what is not signed in the file is not signed.
///
/// # Errors
/// When the file is no request, or there is no response.
pub async fn run(project: &Project, acting: &Acting, file: &Path) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let caller = desk.caller(desk.bot()?)?;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let raw: Raw = serde_json::from_str(&text).with_context(|| {
        let example = r#"{"headers": {"content-type": "application/json"}, "body": "…"}"#;
        format!("{} is not a request such as {example}", file.display())
    })?;
    let mut request = http::loopback()?.post(caller.local()).body(raw.body);
    for (name, value) in &raw.headers {
        request = request.header(name, value);
    }
    println!(
        "sent       {}\n           {}",
        caller.applied(),
        file.display()
    );
    let sent = std::time::Instant::now();
    let answer = request.send().await.context("the bot does not respond")?;
    let status = answer.status().as_u16();
    let body = answer.text().await.context("the response broke off")?;
    let answer = crate::caller::Answer {
        status,
        body,
        time: sent.elapsed(),
    };
    println!("answered   {}", answered(&answer));
    if !answer.body.is_empty() {
        println!("{}", crate::caller::indent(&answer.body));
    }
    Ok(())
}
