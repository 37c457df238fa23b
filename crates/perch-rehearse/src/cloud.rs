//! What runs on AWS once it is applied: the local stages, kept as the states in S3 say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use perch_aws::{AccountOptions, Parameters, Returned};
use perch_local::Stage;
use serde_json::{Value, json};

use crate::terraform::Terraform;

/// The stages of a rehearsal, each from its state.
pub(crate) struct Cloud {
    folder: PathBuf,
    account: String,
    region: String,
    terraform: Terraform,
    /// Of every function: the doubles of Slack and GitHub.
    environment: BTreeMap<String, String>,
    stages: BTreeMap<String, tokio::sync::Mutex<Option<Arc<Stage>>>>,
    /// What was applied last, as `terraform show -json` prints it.
    states: Mutex<BTreeMap<String, Value>>,
    /// The same as it lies in S3.
    stored: Mutex<BTreeMap<String, Vec<u8>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cloud {
    pub(crate) fn new(
        folder: &Path,
        stages: &[String],
        pipeline: (String, String),
        terraform: Terraform,
        environment: BTreeMap<String, String>,
    ) -> Cloud {
        let (account, region) = pipeline;
        Cloud {
            folder: folder.to_owned(),
            account,
            region,
            terraform,
            environment,
            stages: stages
                .iter()
                .map(|stage| (stage.clone(), tokio::sync::Mutex::default()))
                .collect(),
            states: Mutex::default(),
            stored: Mutex::default(),
        }
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The folder of a stage's own files.
    pub(crate) fn data_dir(&self, stage: &str) -> PathBuf {
        self.folder.join("local").join(stage)
    }

    fn cloud_dir(&self) -> PathBuf {
        self.folder.join("cloud")
    }

    /// Runs what a state in S3 says, if it is the state of a stage and holds anything.
    pub(crate) async fn applied(&self, key: &str, state: &[u8]) -> Result<()> {
        let Some((stage, running)) = self
            .stages
            .iter()
            .find(|(stage, _)| key.starts_with(&format!("{stage}/")))
        else {
            return Ok(());
        };
        let raw: Value = serde_json::from_slice(state).context("the state is not JSON")?;
        if raw["resources"].as_array().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        let mut running = running.lock().await;
        // A plan takes the lock as well and changes nothing.
        if running.is_some()
            && lock(&self.stored)
                .get(stage)
                .is_some_and(|old| old == state)
        {
            return Ok(());
        }
        let shown = self
            .terraform
            .show(&self.folder.join("show").join(stage), state)
            .await?;
        lock(&self.states).insert(stage.clone(), shown.clone());
        if let Some(running) = running.as_ref() {
            running.reload(shown).await?;
            lock(&self.stored).insert(stage.clone(), state.to_vec());
            return Ok(());
        }
        let data_dir = self.data_dir(stage);
        let mut options = AccountOptions::new(&self.folder, self.cloud_dir(), data_dir);
        options.extra_environment = self.environment.clone();
        options.run_schedules = false;
        *running = Some(Arc::new(perch_local::start(stage, shown, options).await?));
        lock(&self.stored).insert(stage.clone(), state.to_vec());
        Ok(())
    }

    /// A stage, once something was applied to it.
    pub(crate) async fn running(&self, name: &str) -> Option<Arc<Stage>> {
        self.stages.get(name)?.lock().await.clone()
    }

    /// The stage that a function belongs to, by its name: `perch-<stage>-<bot>`.
    async fn stage_of(&self, function: &str) -> Result<(String, Arc<Stage>)> {
        let owner = self
            .stages
            .keys()
            .find(|stage| function.starts_with(&format!("perch-{stage}-")));
        let name = owner.with_context(|| format!("no stage has the function {function}"))?;
        let running = self.running(name).await;
        let stage = running.with_context(|| format!("nothing is applied to {name} yet"))?;
        Ok((name.clone(), stage))
    }

    pub(crate) async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned> {
        let (_, stage) = self.stage_of(function).await?;
        Ok(stage.invoke(function, payload).await?)
    }

    pub(crate) fn parameter_names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for stage in self.stages.keys() {
            names.extend(Parameters::in_data_dir(&self.data_dir(stage)).names()?);
        }
        Ok(names)
    }

    fn alias_file(&self, function: &str, alias: &str) -> Result<PathBuf> {
        let plain = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        ensure!(
            plain(function) && plain(alias),
            "{function}:{alias} is not an alias name"
        );
        let folder = self
            .cloud_dir()
            .join("lambda")
            .join(function)
            .join("aliases");
        Ok(folder.join(format!("{alias}.json")))
    }

    /// The version behind an alias: where it was moved to, else where the last apply put it.
    pub(crate) fn alias(&self, function: &str, alias: &str) -> Result<String> {
        if let Ok(text) = fs::read(self.alias_file(function, alias)?) {
            let moved: Value =
                serde_json::from_slice(&text).context("the alias's file is not JSON")?;
            let version = moved["function_version"]
                .as_str()
                .context("the alias's file has no version")?;
            return Ok(version.to_owned());
        }
        let states = lock(&self.states);
        let found = states
            .values()
            .find_map(|state| applied_alias(&state["values"]["root_module"], function, alias));
        found.with_context(|| format!("Function not found: {function}:{alias}"))
    }

    /// Moves an alias, as UpdateAlias does, and has its stage follow.
    pub(crate) async fn set_alias(&self, function: &str, alias: &str, version: &str) -> Result<()> {
        let file = self.alias_file(function, alias)?;
        self.alias(function, alias)?;
        let published = self
            .cloud_dir()
            .join("lambda")
            .join(function)
            .join(format!("{version}.json"));
        if !published.is_file() {
            bail!("Function not found: {function}:{version}");
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, json!({ "function_version": version }).to_string())
            .with_context(|| format!("{} cannot be written", file.display()))?;
        let (name, stage) = self.stage_of(function).await?;
        let state = lock(&self.states).get(&name).cloned();
        stage
            .reload(state.context("the stage has no state")?)
            .await?;
        Ok(())
    }

    /// Ends all stages.
    pub(crate) async fn shutdown(&self) {
        for stage in self.stages.values() {
            if let Some(stage) = stage.lock().await.take().and_then(Arc::into_inner) {
                stage.shutdown().await;
            }
        }
    }
}

fn applied_alias(module: &Value, function: &str, alias: &str) -> Option<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let here = list(&module["resources"]).into_iter().find_map(|resource| {
        let values = &resource["values"];
        let named = values["function_name"]
            .as_str()
            .is_some_and(|name| name == function || name.ends_with(&format!(":{function}")));
        let found = resource["type"] == "aws_lambda_alias" && values["name"] == alias && named;
        found
            .then(|| values["function_version"].as_str().map(str::to_owned))
            .flatten()
    });
    here.or_else(|| {
        list(&module["child_modules"])
            .iter()
            .find_map(|child| applied_alias(child, function, alias))
    })
}
