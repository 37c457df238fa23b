//! `perch smoke` and `perch rollback`: asks what the last apply changed how it is, and the way back.
//!
//! Well is: each function that changed answers a health event through its alias with `"ok": true` (Init is done, secrets are
//! resolved, Slack takes the token), and each route of the stage answers 401 to a request that nobody signed. No secret is
//! needed to ask. If something is not well, `live` goes back to where it pointed before the apply.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use perch_aws::{Returned, RunFile, Status};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::call;
use crate::deploy::{self, ALIAS, Record, function_name};
use crate::function;
use crate::http;
use crate::project::Project;

/// How long rights and routes may take to be in force everywhere on AWS.
const WAIT: Duration = Duration::from_secs(15);

/// Between two times of asking.
const PAUSE: Duration = Duration::from_secs(2);

/// Names the folder of the local stages that stand in for AWS: where an applied URL answers on this machine.
const LOCAL_DIR: &str = "PERCH_LOCAL_DIR";

/// What the way back is followed by.
const NEXT: &str = "the next apply puts live on what it applies: revert the change first";

/// A stage's functions, on AWS or on this machine.
enum Functions {
    Aws(Box<Aws>),
    Local { run: RunFile, cloud: PathBuf },
}

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
    let routes = routes(project, stage, &functions)?;
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

/// `perch rollback`: moves `live` of one bot, or of all that the last apply changed, to the version before.
///
/// # Errors
/// When there is no version before, or no bot to tell.
pub async fn rollback(
    project: &Project,
    stage: &str,
    local: bool,
    bot: Option<&str>,
) -> Result<()> {
    let mut record = Record::read(project, stage, local)?.unwrap_or_default();
    let names: Vec<String> = match bot {
        Some(bot) => vec![known(project, stage, bot)?],
        None => record.changed().map(|(name, _)| name.to_owned()).collect(),
    };
    if names.is_empty() {
        bail!(
            "which bot? The last apply from here changed none: name it, as in `make rollback STAGE={stage} BOT={}`",
            project.bots()?.first().map_or("tryo", String::as_str)
        );
    }
    let functions = Functions::of(project, stage, local)?;
    let mut stuck = Vec::new();
    for function in names {
        let now = functions
            .alias(&function)
            .await?
            .with_context(|| format!("{function} has no alias {ALIAS}: is it applied?"))?;
        let recorded = record.functions.get(&function);
        let recorded = recorded.filter(|change| change.after == now && change.before.is_some());
        let before = match recorded.and_then(|change| change.before.clone()) {
            Some(before) if before != now => Some(before),
            _ => functions.version_before(&function, &now).await?,
        };
        let Some(before) = before else {
            stuck.push(format!(
                "{function} is at version {now}, and has none before it"
            ));
            continue;
        };
        functions.move_alias(&function, &before).await?;
        println!("rollback   {function} is back at version {before} (was {now})");
        if let Some(change) = record.functions.get_mut(&function) {
            *change = deploy::Change {
                before: Some(before.clone()),
                after: before,
            };
            record.write(project, stage, local)?;
        }
    }
    if !stuck.is_empty() {
        bail!("{}", stuck.join("\n"));
    }
    eprintln!("perch: {NEXT}");
    Ok(())
}

/// A bot's function, by the bot's name or its own.
fn known(project: &Project, stage: &str, bot: &str) -> Result<String> {
    let prefix = function_name(stage, "");
    let bot = bot.strip_prefix(&prefix).unwrap_or(bot);
    let bots = project.bots()?;
    if !bots.iter().any(|known| known == bot) {
        bail!("there is no bot {bot}; there are {}", bots.join(", "));
    }
    Ok(function_name(stage, bot))
}

/// What a request without a signature is sent to.
struct Route {
    method: String,
    /// As applied.
    applied: String,
    /// Where that answers.
    url: String,
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.applied)
    }
}

/// The stage's routes.
fn routes(project: &Project, stage: &str, functions: &Functions) -> Result<Vec<Route>> {
    let (endpoints, apis) = match functions {
        Functions::Local { run, .. } => {
            let base = run.apis.keys().next().cloned().unwrap_or_default();
            let declared = function::bots(project, stage)?
                .into_iter()
                .filter_map(|bot| bot.route)
                .filter_map(|route| {
                    let (method, path) = route.split_once(' ')?;
                    Some(format!("{method} {base}{path}"))
                });
            (declared.collect(), run.apis.clone())
        }
        Functions::Aws(_) => {
            let apis = match std::env::var_os(LOCAL_DIR) {
                Some(folder) => RunFile::find(&PathBuf::from(folder).join(stage))?
                    .map(|run| run.apis)
                    .unwrap_or_default(),
                None => Default::default(),
            };
            (endpoints(project, stage)?, apis)
        }
    };
    let route = |endpoint: String| {
        let (method, applied) = endpoint.split_once(' ')?;
        let url = apis.iter().find_map(|(base, local)| {
            let path = applied.strip_prefix(base.as_str())?;
            Some(format!("{local}{path}"))
        });
        Some(Route {
            method: method.to_owned(),
            applied: applied.to_owned(),
            url: url.unwrap_or_else(|| applied.to_owned()),
        })
    };
    Ok(endpoints.into_iter().filter_map(route).collect())
}

/// The root's output `endpoints`: `POST https://….amazonaws.com/tryo` of each bot with a route.
fn endpoints(project: &Project, stage: &str) -> Result<Vec<String>> {
    let output = crate::terraform::command(project, &project.stage_root(stage))
        .args(["output", "-json", "endpoints"])
        .output()
        .context(crate::terraform::MISSING)?;
    if !output.status.success() {
        bail!(
            "the routes of {stage} cannot be learned: terraform output failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let endpoints: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&output.stdout)
            .context("terraform output printed something else than endpoints")?;
    Ok(endpoints.into_values().collect())
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

impl Functions {
    fn of(project: &Project, stage: &str, local: bool) -> Result<Functions> {
        if local {
            let run = call::running(project, stage)?;
            let cloud = project.cloud();
            return Ok(Functions::Local { run, cloud });
        }
        Ok(Functions::Aws(Box::new(Aws::new()?)))
    }

    /// Asks a function how it is; what it told when it is well.
    async fn health(&self, function: &str) -> Result<String> {
        let event = json!({ "perch": { "kind": "health", "version": 1 } });
        let answer = match self {
            Functions::Aws(aws) => aws.invoke(function, ALIAS, &event).await?,
            Functions::Local { run, .. } => {
                let request =
                    json!({ "function": format!("{function}:{ALIAS}"), "payload": event });
                let returned: Returned = control(run, "invoke", &request).await?;
                if returned.error.is_some() {
                    let message = returned.payload["errorMessage"].as_str();
                    bail!("it failed: {}", message.unwrap_or("without a message"));
                }
                returned.payload
            }
        };
        if answer["ok"] != true {
            let error = answer["error"].as_str();
            bail!(
                "{}",
                error.unwrap_or("it gave another answer than a bot of Perch gives")
            );
        }
        let secrets = answer["secrets"].as_array().map_or(0, Vec::len);
        let slack = match answer["slack"]["ok"].as_bool() {
            Some(true) => ", Slack takes its token",
            _ => "",
        };
        Ok(format!("well, {secrets} secrets{slack}"))
    }

    async fn alias(&self, function: &str) -> Result<Option<String>> {
        match self {
            Functions::Aws(aws) => aws.alias(function, ALIAS).await,
            Functions::Local { run, .. } => {
                let answer = http::loopback()?
                    .get(format!("{}/status", run.control))
                    .send()
                    .await;
                let status: Status = told(answer).await?;
                let found = status.functions.into_iter().find(|at| at.name == function);
                Ok(found.and_then(|at| at.aliases.get(ALIAS).cloned()))
            }
        }
    }

    async fn move_alias(&self, function: &str, version: &str) -> Result<()> {
        match self {
            Functions::Aws(aws) => aws.move_alias(function, ALIAS, version).await,
            Functions::Local { run, .. } => {
                let request = json!({ "function": function, "alias": ALIAS, "version": version });
                let _: Value = control(run, "alias", &request).await?;
                Ok(())
            }
        }
    }

    /// The newest version that is older than `now`.
    async fn version_before(&self, function: &str, now: &str) -> Result<Option<String>> {
        let versions = match self {
            Functions::Aws(aws) => aws.versions(function).await?,
            Functions::Local { cloud, .. } => {
                let folder = cloud.join("lambda").join(function);
                let number = |entry: std::io::Result<std::fs::DirEntry>| {
                    let name = entry.ok()?.file_name();
                    name.to_str()?.strip_suffix(".json")?.parse().ok()
                };
                let entries = std::fs::read_dir(&folder)
                    .with_context(|| format!("{} cannot be read", folder.display()))?;
                entries.filter_map(number).collect()
            }
        };
        let now: u64 = now
            .parse()
            .with_context(|| format!("{function} is at {now}, which is no published version"))?;
        let before = versions.into_iter().filter(|version| *version < now).max();
        Ok(before.map(|version| version.to_string()))
    }
}

/// Asks the control API of the stage that runs.
async fn control<T: serde::de::DeserializeOwned>(
    run: &RunFile,
    what: &str,
    request: &Value,
) -> Result<T> {
    let answer = http::loopback()?
        .post(format!("{}/{what}", run.control))
        .body(request.to_string())
        .send()
        .await;
    told(answer).await
}

async fn told<T: serde::de::DeserializeOwned>(
    answer: reqwest::Result<reqwest::Response>,
) -> Result<T> {
    let answer = answer.context("the stage that runs does not answer")?;
    let status = answer.status();
    let bytes = answer.bytes().await?;
    if !status.is_success() {
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let error = answer["error"].as_str();
        bail!("{}", error.unwrap_or("the stage that runs refused"));
    }
    serde_json::from_slice(&bytes).context("the stage that runs answers something else")
}
