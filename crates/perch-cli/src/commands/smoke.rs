//! `perch smoke`: asks what the last apply changed how it is, and puts it back when it is not well.
//!
//! Well is: each function that changed answers a health event through its alias with `"ok": true` (Init is done, secrets are
//! resolved, Slack takes the token), and each route of the stage answers 401 to a request that nobody signed. No secret is
//! needed to ask. If something is not well, `live` goes back to where it pointed before the apply.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::deploy::{NEXT, Record};
use crate::http;
use crate::place::{self, Functions, Route};
use crate::project::Project;

/// How long rights and routes may take to be in force everywhere on AWS.
const WAIT: Duration = Duration::from_secs(15);

/// Between two times of asking.
const PAUSE: Duration = Duration::from_secs(2);

/// `perch smoke`. `wait` is how long to ask again while something is not well.
///
/// # Errors
/// Names what is not well, and what was put back.
pub async fn run(
    project: &Project,
    stage: &str,
    local: bool,
    wait: Option<Duration>,
) -> Result<()> {
    let Some(mut record) = Record::read(project, stage, local)? else {
        bail!(
            "nothing of {stage} was applied from here, so there is nothing to ask: {} first",
            if local {
                format!("`make up STAGE={stage}`")
            } else {
                format!("`make apply STAGE={stage}`")
            }
        );
    };
    let changed: Vec<String> = record.changed().map(|(name, _)| name.to_owned()).collect();
    if changed.is_empty() {
        println!("smoke      the last apply changed no version of {stage}'s bots");
    }
    let functions = Functions::of(project, stage, local)?;
    let routes = place::routes(project, stage, &functions)?;
    let wait = wait.unwrap_or(if local { Duration::ZERO } else { WAIT });
    let mut problems = Vec::new();
    for function in &changed {
        let version = &record.functions[function].after;
        match patiently(wait, || functions.health(function)).await {
            Ok(told) => println!("smoke      {function}, version {version}: {told}"),
            Err(error) => problems.push(format!("{function}, version {version}: {error:#}")),
        }
    }
    for route in &routes {
        match patiently(wait, || unsigned(route)).await {
            Ok(()) => println!("smoke      {route}: 401 without a signature"),
            Err(error) => problems.push(format!("{route}: {error:#}")),
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    if changed.is_empty() {
        bail!(
            "{stage} is not well\n  {}\nno version changed, so there is none to go back to: revert the change, and apply",
            problems.join("\n  ")
        );
    }
    let back = put_back(&functions, &mut record).await;
    record.write(project, stage, local)?;
    bail!("{stage} is not well\n  {}{back}", problems.join("\n  "))
}

/// Asks again until it is well or the time is over.
async fn patiently<T, F: Future<Output = Result<T>>>(
    wait: Duration,
    ask: impl Fn() -> F,
) -> Result<T> {
    let began = Instant::now();
    loop {
        match ask().await {
            Err(_) if began.elapsed() + PAUSE <= wait => tokio::time::sleep(PAUSE).await,
            result => return result,
        }
    }
}

/// Moves each changed function's alias back, and tells what became of it.
async fn put_back(functions: &Functions, record: &mut Record) -> String {
    let mut told = String::new();
    let mut moved = false;
    for (function, change) in &mut record.functions {
        let Some(before) = change.before.clone() else {
            let _ = write!(
                told,
                "\n{function} is new: there is no version before to go back to; mend it, or remove the bot and apply"
            );
            continue;
        };
        if before == change.after {
            continue;
        }
        let after = change.after.clone();
        let _ = match functions.move_alias(function, &before).await {
            Ok(()) => {
                moved = true;
                change.after.clone_from(&before);
                write!(
                    told,
                    "\n{function} is back at version {before} (was {after})"
                )
            }
            Err(error) => write!(
                told,
                "\n{function} could not be put back to version {before}, and stays at {after}: {error:#}"
            ),
        };
    }
    if moved {
        let _ = write!(told, "\n{NEXT}");
    }
    told
}

/// Sends a request that nobody signed; it has to be refused.
async fn unsigned(route: &Route) -> Result<()> {
    // ANY is API Gateway's word for all of them.
    let method = match route.method.as_str() {
        "ANY" => reqwest::Method::POST,
        method => method.parse().context("it has no HTTP method")?,
    };
    let answer = http::of(&route.url)?
        .request(method, &route.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("perch=smoke")
        .send()
        .await
        .context("it does not answer")?;
    match answer.status().as_u16() {
        401 => Ok(()),
        other => bail!("a request without a signature was answered {other}, not 401"),
    }
}
