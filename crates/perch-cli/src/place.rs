//! Where a stage's functions and routes are: on AWS, or on this machine.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use perch_aws::Returned;
use perch_local::{RunFile, Status};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::caller;
use crate::deploy::ALIAS;
use crate::function;
use crate::http;
use crate::project::Project;

/// Names the folder of the local stages that stand in for AWS, to find where an applied URL is served on this machine.
const LOCAL_DIR: &str = "PERCH_LOCAL_DIR";

/// A stage's functions, on AWS or on this machine.
pub enum Functions {
    Aws(Box<Aws>),
    Local { run: RunFile, cloud: PathBuf },
}

/// A route that gets an unsigned request.
pub struct Route {
    /// `ANY` included.
    pub method: String,
    /// The applied URL.
    pub applied: String,
    /// The URL that it is served at.
    pub url: String,
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.applied)
    }
}

/// The stage's routes.
pub fn routes(project: &Project, stage: &str, functions: &Functions) -> Result<Vec<Route>> {
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
            "the routes of {stage} could not be read: terraform output failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let endpoints: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&output.stdout)
            .context("terraform output did not print the endpoints")?;
    Ok(endpoints.into_values().collect())
}

impl Functions {
    /// Of a stage.
    ///
    /// # Errors
    /// No credentials, or no running stage.
    pub fn of(project: &Project, stage: &str, local: bool) -> Result<Functions> {
        if local {
            let run = caller::running(project, stage)?;
            let cloud = project.simulated_aws();
            return Ok(Functions::Local { run, cloud });
        }
        Ok(Functions::Aws(Box::new(Aws::of_caller()?)))
    }

    /// Asks a function whether it is healthy, and returns its summary.
    pub async fn health(&self, function: &str) -> Result<String> {
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

    pub async fn alias(&self, function: &str) -> Result<Option<String>> {
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

    pub async fn move_alias(&self, function: &str, version: &str) -> Result<()> {
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
    pub async fn version_before(&self, function: &str, now: &str) -> Result<Option<String>> {
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
            .with_context(|| format!("{function} is at {now}, which is not a published version"))?;
        let before = versions.into_iter().filter(|version| *version < now).max();
        Ok(before.map(|version| version.to_string()))
    }
}

/// Calls the control API of the running stage.
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
    let answer = answer.context("the local stage does not respond")?;
    let status = answer.status();
    let bytes = answer.bytes().await?;
    if !status.is_success() {
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let error = answer["error"].as_str();
        bail!("{}", error.unwrap_or("the local stage refused"));
    }
    serde_json::from_slice(&bytes).context("the local stage sent an unexpected response")
}
