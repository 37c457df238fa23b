//! `perch smoke`: smoke-tests what the last apply changed, and rolls it back if it is unhealthy.
//!
//! Healthy means: each function that changed answers a health event through its alias with `"ok": true` (Init is done, secrets are
//! resolved, Slack accepts the token), and each route of the stage answers 401 to an unsigned request. No secret is
//! needed for that. If something that changed is unhealthy, `live` goes back to where it pointed before the apply. What did not
//! change is asked and reported, and decides about no other bot's version; a bot that is switched off is not asked.

use std::fmt::{self, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;

use crate::aws::Aws;
use crate::deploy::{ALIAS, NEXT, Record, function_name};
use crate::http;
use crate::output;
use crate::place::{Place, Route, Triggers};

/// What is said of a bot that is switched off.
const OFF: &str = "off (enabled: false in its function.yaml), not asked";

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// `perch smoke`. `wait` is how long to retry while something is unhealthy.
///
/// # Errors
/// Names what is unhealthy, and what was rolled back.
pub async fn run(place: Place<'_>, wait: Option<Duration>, json: bool) -> Result<()> {
    let stage = place.stage();
    let Some(mut record) = Record::read(place)? else {
        bail!(
            "{stage} has not been applied from here, so there is nothing to test: run `{}` first",
            place.apply_command()
        );
    };
    let aws = place.aws()?;
    let Triggers { routes, disabled } = place.triggers()?;
    let wait = wait.unwrap_or(place.patience());
    let mut report = Report::new(stage);
    let mut tell = |line: &Checked| {
        // A person sees each as it comes.
        if !json && (line.healthy || !line.changed) {
            println!("{line}");
        }
    };
    let off = disabled.iter().map(|bot| function_name(stage, bot));
    let off: Vec<String> = off.collect();
    let changed: Vec<String> = record.changed().map(|(name, _)| name.to_owned()).collect();
    let nothing_changed = changed.is_empty();
    if changed.is_empty() && !json {
        println!("smoke      the last apply changed no version of {stage}'s bots");
    }
    for function in &off {
        let mut checked = Checked::new(function, None, Ok(OFF.to_owned()));
        checked.off = true;
        checked.changed = changed.contains(function);
        report.functions.push(checked);
        report.functions.last().into_iter().for_each(&mut tell);
    }
    for function in changed.iter().filter(|function| !off.contains(function)) {
        let result = patiently(wait, || health(&aws, function)).await;
        let version = record.functions[function].after.clone();
        report
            .functions
            .push(Checked::new(function, Some(version), result));
        report.functions.last().into_iter().for_each(&mut tell);
    }
    for route in &routes {
        let result = patiently(wait, || unsigned(route)).await;
        let told = result.map(|()| "401 without a signature".to_owned());
        let mut checked = Checked::new(&route.to_string(), None, told);
        // Where no version changed, what did change may be the routes.
        checked.changed = nothing_changed || changed.contains(&function_name(stage, &route.bot));
        report.routes.push(checked);
        report.routes.last().into_iter().for_each(&mut tell);
    }
    let result = report.verdict(place, &aws, &mut record).await;
    if json {
        output::print(&report, json);
    }
    result
}

/// What a smoke test found.
#[derive(Serialize)]
struct Report {
    stage: String,
    /// Whether all that the last apply changed is.
    healthy: bool,
    /// Those that the last apply changed, and those that are switched off.
    functions: Vec<Checked>,
    /// All of the stage.
    routes: Vec<Checked>,
    /// Functions whose alias went back to the previous version.
    rolled_back: Vec<RolledBack>,
}

/// A function or a route that was asked.
#[derive(Serialize)]
struct Checked {
    /// The function's name, or the route's method and URL.
    name: String,
    /// Of a function.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    healthy: bool,
    /// Whether the last apply changed it, so that it decides about what is rolled back.
    changed: bool,
    /// Switched off, and not asked.
    off: bool,
    /// What it told, or what is wrong with it.
    detail: String,
}

#[derive(Serialize)]
struct RolledBack {
    function: String,
    from: String,
    to: String,
}

impl Checked {
    fn new(name: &str, version: Option<String>, result: Result<String>) -> Checked {
        Checked {
            name: name.to_owned(),
            version,
            healthy: result.is_ok(),
            changed: true,
            off: false,
            detail: result.unwrap_or_else(|error| format!("{error:#}")),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lead = match (self.healthy, self.changed) {
            (true, _) => "smoke      ",
            (false, true) => "",
            (false, false) => "unhealthy  ",
        };
        write!(f, "{lead}{}", self.name)?;
        if let Some(version) = &self.version {
            write!(f, ", version {version}")?;
        }
        write!(f, ": {}", self.detail)?;
        if !self.healthy && !self.changed {
            write!(
                f,
                " (not changed by the last apply, so nothing is rolled back for it)"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        output::lines(f, self.functions.iter().chain(&self.routes))
    }
}

impl Report {
    fn new(stage: &str) -> Report {
        Report {
            stage: stage.to_owned(),
            healthy: true,
            functions: Vec::new(),
            routes: Vec::new(),
            rolled_back: Vec::new(),
        }
    }

    /// Puts back what changed if something is unhealthy, and fails then.
    async fn verdict(&mut self, place: Place<'_>, aws: &Aws, record: &mut Record) -> Result<()> {
        let all = self.functions.iter().chain(&self.routes);
        let problems: Vec<String> = all
            .filter(|checked| checked.changed && !checked.healthy)
            .map(|checked| format!("\n  {checked}"))
            .collect();
        self.healthy = problems.is_empty();
        if self.healthy {
            return Ok(());
        }
        let stage = &self.stage;
        let problems = problems.concat();
        if record.changed().next().is_none() {
            bail!(
                "{stage} is unhealthy{problems}\nno version changed, so there is none to roll back: revert the change and apply"
            );
        }
        let told = put_back(aws, record, &mut self.rolled_back).await;
        record.write(place)?;
        bail!("{stage} is unhealthy{problems}{told}")
    }
}

/// Retries until it is healthy or the time is over.
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

/// Moves each changed function's alias back, and reports the result.
async fn put_back(aws: &Aws, record: &mut Record, moved: &mut Vec<RolledBack>) -> String {
    let mut told = String::new();
    for (function, change) in &mut record.functions {
        let Some(before) = change.before.clone() else {
            let _ = write!(
                told,
                "\n{function} is new, so there is no previous version: fix the bot, or remove it and apply"
            );
            continue;
        };
        if before == change.after {
            continue;
        }
        let after = change.after.clone();
        let _ = match aws.move_alias(function, ALIAS, &before).await {
            Ok(()) => {
                change.after.clone_from(&before);
                let result = write!(
                    told,
                    "\n{function} is back at version {before} (was {after})"
                );
                moved.push(RolledBack {
                    function: function.clone(),
                    from: after,
                    to: before,
                });
                result
            }
            Err(error) => write!(
                told,
                "\n{function} could not be moved back to version {before} and stays at {after}: {error:#}"
            ),
        };
    }
    if !moved.is_empty() {
        let _ = write!(told, "\n{NEXT}");
    }
    told
}

/// Asks a function whether it is healthy, and returns its summary.
async fn health(aws: &Aws, function: &str) -> Result<String> {
    let event = json!({ "perch": { "kind": "health", "version": 1 } });
    let answer = aws.invoke(function, ALIAS, &event).await?;
    if answer["ok"] != true {
        let error = answer["error"].as_str();
        bail!(
            "{}",
            error.unwrap_or("its response is not that of a Perch bot")
        );
    }
    let secrets = answer["secrets"].as_array().map_or(0, Vec::len);
    let slack = match answer["slack"]["ok"].as_bool() {
        Some(true) => ", Slack accepts its token",
        _ => "",
    };
    Ok(format!("healthy, {secrets} secrets{slack}"))
}

/// Sends an unsigned request, which has to be refused.
async fn unsigned(route: &Route) -> Result<()> {
    // ANY is API Gateway's word for every method.
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
        .context("it does not respond")?;
    match answer.status().as_u16() {
        401 => Ok(()),
        other => bail!("the response to an unsigned request was {other}, not 401"),
    }
}
