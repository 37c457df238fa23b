//! What the actions of a stage do: fetch the source, build, ask a person.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::{Decision, Execution, ExecutorCore, Status, What, lock};
use crate::build::Build;
use crate::declared::{Action, Kind};

/// What an action leaves.
#[derive(Default)]
struct Outcome {
    detail: Option<String>,
    log: Option<PathBuf>,
    variables: BTreeMap<String, String>,
    artifacts: BTreeMap<String, PathBuf>,
    error: Option<String>,
}

/// An entry of the CodeBuild action's `EnvironmentVariables`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    name: String,
    value: String,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

impl ExecutorCore {
    /// Runs one action to its end; whether it succeeded.
    pub(super) async fn run_action(&self, stage: usize, at: usize, execution: &Execution) -> bool {
        let stage = &self.state.pipeline.stages[stage];
        let action = &stage.actions[at];
        let status = |status, detail, log| What::Action {
            stage: stage.name.clone(),
            action: action.name.clone(),
            status,
            detail,
            log,
        };
        self.emit(execution, status(Status::InProgress, None, None));
        let outcome = match self.perform(&stage.name, action, execution).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome {
                error: Some(format!("{error:#}")),
                ..Outcome::default()
            },
        };
        lock(&execution.artifacts).extend(outcome.artifacts);
        if let Some(namespace) = &action.namespace {
            lock(&execution.variables).insert(namespace.clone(), outcome.variables);
        }
        match outcome.error {
            None => {
                self.emit(
                    execution,
                    status(Status::Succeeded, outcome.detail, outcome.log),
                );
                true
            }
            Some(error) => {
                self.emit(execution, status(Status::Failed, Some(error), outcome.log));
                false
            }
        }
    }

    async fn perform(
        &self,
        stage: &str,
        action: &Action,
        execution: &Execution,
    ) -> Result<Outcome> {
        let configuration = action
            .configuration
            .iter()
            .map(|(key, value)| {
                let resolved =
                    resolve(value, execution).with_context(|| format!("configuration {key}"))?;
                Ok((key.as_str(), resolved))
            })
            .collect::<Result<BTreeMap<&str, String>>>()?;
        match &action.kind {
            Kind::Source { branch, .. } => self.fetch(action, branch, execution).await,
            Kind::Build { project } => {
                self.build(stage, project, action, &configuration, execution)
                    .await
            }
            Kind::Approval => self.ask(stage, action, &configuration, execution).await,
        }
    }

    async fn fetch(&self, action: &Action, branch: &str, execution: &Execution) -> Result<Outcome> {
        let repository = &self.options.repository;
        let commit = repository.commit(&execution.revision).await?;
        let mut outcome = Outcome {
            detail: Some(commit.subject.clone()),
            ..Outcome::default()
        };
        for name in &action.outputs {
            let zip = self.artifact(name, execution);
            repository.archive(&execution.revision, &zip).await?;
            outcome.artifacts.insert(name.clone(), zip);
        }
        // "Variables available for pipeline actions": GitHub, version 1.
        let variables = [
            ("AuthorDate", commit.author_date),
            ("BranchName", branch.to_owned()),
            ("CommitId", execution.revision.clone()),
            ("CommitMessage", commit.message),
            ("CommitterDate", commit.committer_date),
            (
                "CommitUrl",
                format!(
                    "https://github.com/{}/commit/{}",
                    repository.full_name(),
                    execution.revision
                ),
            ),
            ("RepositoryName", repository.name().to_owned()),
        ];
        outcome.variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Ok(outcome)
    }

    async fn build(
        &self,
        stage: &str,
        project: &str,
        action: &Action,
        configuration: &BTreeMap<&str, String>,
        execution: &Execution,
    ) -> Result<Outcome> {
        let project = self
            .state
            .projects
            .get(project)
            .with_context(|| format!("no project {project}"))?;
        let inputs = inputs(action, configuration, execution)?;
        let outputs: Vec<(String, PathBuf)> = action
            .outputs
            .iter()
            .map(|name| (name.clone(), self.artifact(name, execution)))
            .collect();
        if let Some(zip) = self.prebuilt(action, execution)
            && let [(name, artifact)] = &outputs[..]
        {
            return hand_over(zip, name, artifact);
        }
        let id = uuid::Uuid::new_v4().to_string();
        let folder =
            self.options
                .folder
                .join("builds")
                .join(format!("{}-{}", project.name, &id[..8]));
        let build = Build {
            project,
            id,
            initiator: format!("codepipeline/{}", self.state.pipeline.name),
            revision: execution.revision.clone(),
            image: (self.options.image)(project)?,
            artifacts: self.state.pipeline.artifacts.clone(),
            overrides: overrides(configuration)?,
            inputs,
            outputs: outputs.clone(),
            folder,
            sources: self.options.folder.join("sources").join(&project.name),
            cache: self.options.folder.join("cache").join(&project.name),
        };
        self.emit(
            execution,
            What::Building {
                stage: stage.to_owned(),
                action: action.name.clone(),
                log: build.log(),
            },
        );
        let built = build.run().await?;
        let error = built.error();
        Ok(Outcome {
            detail: None,
            log: Some(built.log.clone()),
            variables: built.exported,
            artifacts: if error.is_none() {
                outputs.into_iter().collect()
            } else {
                BTreeMap::new()
            },
            error,
        })
    }

    async fn ask(
        &self,
        stage: &str,
        action: &Action,
        configuration: &BTreeMap<&str, String>,
        execution: &Execution,
    ) -> Result<Outcome> {
        let token = uuid::Uuid::new_v4().to_string();
        let (sender, answer) = oneshot::channel();
        lock(&self.approvals).insert(token.clone(), sender);
        let said = |key| {
            configuration
                .get(key)
                .filter(|text| !text.is_empty())
                .cloned()
        };
        self.emit(
            execution,
            What::Approval {
                token,
                stage: stage.to_owned(),
                action: action.name.clone(),
                link: said("ExternalEntityLink"),
                text: said("CustomData"),
            },
        );
        let (decision, reason) = answer
            .await
            .map_err(|_| anyhow!("nobody is left to answer"))?;
        let said = if reason.is_empty() {
            String::new()
        } else {
            format!(": {reason}")
        };
        Ok(match decision {
            Decision::Approved => Outcome {
                detail: Some(format!("approved{said}")),
                ..Outcome::default()
            },
            Decision::Rejected => Outcome {
                error: Some(format!("rejected{said}")),
                ..Outcome::default()
            },
        })
    }

    /// What stands in for this action's build.
    fn prebuilt(&self, action: &Action, execution: &Execution) -> Option<&Path> {
        let prebuilt = self.options.prebuilt.as_ref()?;
        let packages = self.state.pipeline.package() == Some(action);
        (packages && prebuilt.revision == execution.revision).then_some(&prebuilt.zip)
    }

    /// `<pipeline>/<artifact>/<execution>.zip`, below the folder that stands for the artifact bucket.
    fn artifact(&self, name: &str, execution: &Execution) -> PathBuf {
        self.artifact_of(name, &execution.id)
    }

    pub(super) fn artifact_of(&self, name: &str, execution: &str) -> PathBuf {
        let folder = self
            .options
            .folder
            .join("artifacts")
            .join(&self.state.pipeline.name)
            .join(name);
        folder.join(format!("{execution}.zip"))
    }
}

fn hand_over(zip: &Path, name: &str, artifact: &Path) -> Result<Outcome> {
    if let Some(folder) = artifact.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::copy(zip, artifact).with_context(|| format!("{} cannot be copied", zip.display()))?;
    Ok(Outcome {
        detail: Some("handed over, as it was built before".to_owned()),
        artifacts: BTreeMap::from([(name.to_owned(), artifact.to_owned())]),
        ..Outcome::default()
    })
}

/// The action's input artifacts, the primary source first.
fn inputs(
    action: &Action,
    configuration: &BTreeMap<&str, String>,
    execution: &Execution,
) -> Result<Vec<(String, PathBuf)>> {
    let artifacts = lock(&execution.artifacts);
    let mut names: VecDeque<&String> = action.inputs.iter().collect();
    if names.len() > 1 {
        let primary = configuration
            .get("PrimarySource")
            .context("several input artifacts need a PrimarySource")?;
        let at = names.iter().position(|name| *name == primary);
        let at = at.with_context(|| format!("PrimarySource {primary} is not an input artifact"))?;
        if let Some(name) = names.remove(at) {
            names.push_front(name);
        }
    }
    names
        .into_iter()
        .map(|name| {
            let zip = artifacts
                .get(name)
                .with_context(|| format!("no earlier action has created the artifact {name}"))?;
            Ok((name.clone(), zip.clone()))
        })
        .collect()
}

fn overrides(configuration: &BTreeMap<&str, String>) -> Result<BTreeMap<String, String>> {
    let Some(text) = configuration.get("EnvironmentVariables") else {
        return Ok(BTreeMap::new());
    };
    let given: Vec<Override> = serde_json::from_str(text).context("EnvironmentVariables")?;
    given
        .into_iter()
        .map(|one| match one.kind.as_deref() {
            None | Some("PLAINTEXT") => Ok((one.name, one.value)),
            Some(kind) => bail!(
                "EnvironmentVariables: {} is of type {kind}, which is not rehearsed",
                one.name
            ),
        })
        .collect()
}

/// Puts output variables into `#{namespace.name}`.
fn resolve(text: &str, execution: &Execution) -> Result<String> {
    let variables = lock(&execution.variables);
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once("#{") {
        let (name, after) = reference
            .split_once('}')
            .with_context(|| format!("{text:?} has a #{{ without its }}"))?;
        let known = match name.split_once('.') {
            Some(("codepipeline", "PipelineExecutionId")) => Some(execution.id.clone()),
            Some((namespace, variable)) => variables
                .get(namespace)
                .and_then(|all| all.get(variable))
                .cloned(),
            None => None,
        };
        resolved.push_str(before);
        resolved.push_str(
            &known.with_context(|| format!("no earlier action has the output variable {name}"))?,
        );
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}
