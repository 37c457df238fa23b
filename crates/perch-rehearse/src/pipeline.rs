//! Runs the pipeline of a state, as CodePipeline's user guide tells of `SUPERSEDED` mode.
//!
//! A stage is locked while an execution is in it, a pending approval included. One execution may wait before it; a newer
//! one that comes to wait supersedes it. A failed action ends its execution and unlocks the stage.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::build::Build;
use crate::declared::{Action, Declared, Kind};
use crate::git::{Repository, short};

/// The environment of a project's build image, given the project's name.
pub type Image = Arc<dyn Fn(&str) -> BTreeMap<String, String> + Send + Sync>;

/// What a pipeline runs with.
pub struct Options {
    /// Plays GitHub's repository.
    pub repository: Repository,
    /// All that the executions write: artifacts, builds, caches.
    pub folder: PathBuf,
    /// What is in the environment of a build besides the project's: `PATH`, `HOME` and the like.
    pub image: Image,
}

/// Something that happened to an execution.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Timestamp,
    /// The execution's id, a UUID.
    pub execution: String,
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An execution began, for this commit.
    Started { revision: String, trigger: String },
    /// A newer execution took its place before a stage.
    Superseded { stage: String },
    /// A stage's status changed.
    Stage { stage: String, status: Status },
    /// An action's status changed. A build that ended has a log.
    Action {
        stage: String,
        action: String,
        status: Status,
        /// Why it failed, or what it did.
        detail: Option<String>,
        log: Option<PathBuf>,
    },
    /// A build began; it writes this log.
    Building {
        stage: String,
        action: String,
        log: PathBuf,
    },
    /// A person is asked. Answered with [`Executor::decide`].
    Approval {
        token: String,
        stage: String,
        action: String,
        /// `ExternalEntityLink`
        link: Option<String>,
        /// `CustomData`
        text: Option<String>,
    },
    /// The execution ended.
    Finished { status: Status },
}

/// CodePipeline's statuses of actions, stages and executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Succeeded,
    Failed,
    Superseded,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::InProgress => "in progress",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Superseded => "superseded",
        })
    }
}

impl fmt::Display for Event {
    /// One line, without the time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let execution = self.execution.get(..8).unwrap_or(&self.execution);
        write!(f, "{execution} ")?;
        match &self.what {
            What::Started { revision, trigger } => {
                write!(f, "started for {} by {trigger}", short(revision))
            }
            What::Superseded { stage } => write!(f, "superseded by a newer push before {stage}"),
            What::Stage { stage, status } => write!(f, "{stage} {status}"),
            What::Action {
                stage,
                action,
                status,
                detail,
                ..
            } => {
                write!(f, "{stage}/{action} {status}")?;
                detail
                    .as_ref()
                    .map_or(Ok(()), |detail| write!(f, ": {detail}"))
            }
            What::Building { stage, action, log } => {
                write!(f, "{stage}/{action} writes {}", log.display())
            }
            What::Approval {
                stage,
                action,
                link,
                text,
                ..
            } => {
                write!(f, "{stage}/{action} waits for approval")?;
                for part in [text, link].into_iter().flatten() {
                    write!(f, "\n  {part}")?;
                }
                Ok(())
            }
            What::Finished { status } => write!(f, "{status}"),
        }
    }
}

/// A person's answer to an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approved,
    Rejected,
}

/// What came of a change of the branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An execution began; its id.
    Started(String),
    /// The branch's head was processed already.
    Known,
    /// There is no such branch.
    NoBranch,
}

/// The running pipeline. Dropping it ends its builds.
pub struct Executor {
    inner: Arc<Inner>,
}

/// Tells a pipeline that its source may have changed; outlived by the pipeline or not.
#[derive(Clone)]
pub struct Trigger(Weak<Inner>);

struct Inner {
    state: Declared,
    options: Options,
    slots: Mutex<Vec<Slot>>,
    /// The revision that was processed last.
    processed: tokio::sync::Mutex<Option<String>>,
    approvals: Mutex<BTreeMap<String, oneshot::Sender<(Decision, String)>>>,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<Event>>>,
    tasks: Mutex<JoinSet<()>>,
}

/// A stage: locked by an execution, with at most one waiting.
#[derive(Default)]
struct Slot {
    locked: bool,
    waiting: Option<Arc<Execution>>,
}

struct Execution {
    id: String,
    revision: String,
    artifacts: Mutex<BTreeMap<String, PathBuf>>,
    /// Output variables by namespace.
    variables: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
}

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor {
    /// Makes the pipeline ready. Nothing runs yet.
    ///
    /// # Errors
    /// When its source is another repository than the one that is there.
    pub fn new(state: Declared, options: Options) -> Result<Executor> {
        if let Some(Kind::Source { repository, .. }) =
            state.pipeline.source().map(|action| &action.kind)
        {
            let there = options.repository.full_name();
            ensure!(
                *repository == there,
                "the pipeline's source is {repository}, and GitHub has {there}"
            );
        }
        let slots = state
            .pipeline
            .stages
            .iter()
            .map(|_| Slot::default())
            .collect();
        Ok(Executor {
            inner: Arc::new(Inner {
                state,
                options,
                slots: Mutex::new(slots),
                processed: tokio::sync::Mutex::default(),
                approvals: Mutex::default(),
                subscribers: Mutex::default(),
                tasks: Mutex::default(),
            }),
        })
    }

    /// What happens from now on.
    pub fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.inner.subscribers).push(sender);
        receiver
    }

    /// What tells this pipeline of a change.
    pub fn trigger(&self) -> Trigger {
        Trigger(Arc::downgrade(&self.inner))
    }

    /// Starts an execution for the branch's head, whether it was processed or not, as `StartPipelineExecution` does.
    /// Returns its id.
    ///
    /// # Errors
    /// When the branch does not exist.
    pub async fn start(&self, trigger: &str) -> Result<String> {
        let mut processed = self.inner.processed.lock().await;
        let head = self
            .inner
            .head()
            .await?
            .context("the pipeline's branch does not exist: push it first")?;
        *processed = Some(head.clone());
        Ok(self.inner.begin(head, trigger))
    }

    /// Answers an approval. A person's reason goes with it.
    ///
    /// # Errors
    /// When nothing waits for this token.
    pub fn decide(&self, token: &str, decision: Decision, reason: &str) -> Result<()> {
        let waiting = lock(&self.inner.approvals).remove(token);
        let sent = waiting.and_then(|waiting| waiting.send((decision, reason.to_owned())).ok());
        sent.context("no approval waits for this answer any more")
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        lock(&self.inner.tasks).abort_all();
    }
}

impl Trigger {
    /// Starts an execution if the branch's head was not processed last.
    ///
    /// # Errors
    /// When the repository cannot be read, or the pipeline is gone.
    pub async fn changed(&self, trigger: &str) -> Result<Change> {
        let inner = self.0.upgrade().context("the pipeline has ended")?;
        // Held throughout, so that two deliveries of one push start one execution.
        let mut processed = inner.processed.lock().await;
        let Some(head) = inner.head().await? else {
            return Ok(Change::NoBranch);
        };
        if processed.as_ref() == Some(&head) {
            return Ok(Change::Known);
        }
        *processed = Some(head.clone());
        Ok(Change::Started(inner.begin(head, trigger)))
    }
}

impl Inner {
    fn emit(&self, execution: &Execution, what: What) {
        let event = Event {
            at: Timestamp::now(),
            execution: execution.id.clone(),
            what,
        };
        lock(&self.subscribers).retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }

    async fn head(&self) -> Result<Option<String>> {
        let Some(Kind::Source { branch, .. }) =
            self.state.pipeline.source().map(|action| &action.kind)
        else {
            bail!("the pipeline has no source");
        };
        self.options.repository.head(branch).await
    }

    fn begin(self: &Arc<Self>, revision: String, trigger: &str) -> String {
        let execution = Arc::new(Execution {
            id: uuid::Uuid::new_v4().to_string(),
            revision: revision.clone(),
            artifacts: Mutex::default(),
            variables: Mutex::default(),
        });
        let id = execution.id.clone();
        self.emit(
            &execution,
            What::Started {
                revision,
                trigger: trigger.to_owned(),
            },
        );
        self.enter(0, execution);
        id
    }

    /// An execution comes to a stage: into it if it is free, else before it.
    fn enter(self: &Arc<Self>, stage: usize, execution: Arc<Execution>) {
        let overtaken = {
            let mut slots = lock(&self.slots);
            let Some(slot) = slots.get_mut(stage) else {
                return;
            };
            if slot.locked {
                slot.waiting.replace(execution)
            } else {
                slot.locked = true;
                self.spawn(stage, execution);
                None
            }
        };
        if let Some(old) = overtaken {
            let stage = self.state.pipeline.stages[stage].name.clone();
            self.emit(&old, What::Superseded { stage });
            self.emit(
                &old,
                What::Finished {
                    status: Status::Superseded,
                },
            );
        }
    }

    fn spawn(self: &Arc<Self>, stage: usize, execution: Arc<Execution>) {
        let inner = self.clone();
        lock(&self.tasks).spawn(async move { inner.run_stage(stage, execution).await });
    }

    async fn run_stage(self: Arc<Self>, index: usize, execution: Arc<Execution>) {
        let stage = &self.state.pipeline.stages[index];
        let status = |status| What::Stage {
            stage: stage.name.clone(),
            status,
        };
        self.emit(&execution, status(Status::InProgress));
        let succeeded = self.run_actions(index, &execution).await;
        if succeeded {
            self.emit(&execution, status(Status::Succeeded));
            if index + 1 < self.state.pipeline.stages.len() {
                // Before this stage is free for the next one, so that executions keep their order.
                self.enter(index + 1, execution);
            } else {
                self.emit(
                    &execution,
                    What::Finished {
                        status: Status::Succeeded,
                    },
                );
            }
        } else {
            self.emit(&execution, status(Status::Failed));
            self.emit(
                &execution,
                What::Finished {
                    status: Status::Failed,
                },
            );
        }
        let next = {
            let mut slots = lock(&self.slots);
            let next = slots[index].waiting.take();
            slots[index].locked = next.is_some();
            next
        };
        if let Some(next) = next {
            self.spawn(index, next);
        }
    }

    /// Actions of one order together, orders one after another.
    async fn run_actions(self: &Arc<Self>, index: usize, execution: &Arc<Execution>) -> bool {
        let stage = &self.state.pipeline.stages[index];
        let mut orders: Vec<u64> = stage
            .actions
            .iter()
            .map(|action| action.run_order)
            .collect();
        orders.sort_unstable();
        orders.dedup();
        for order in orders {
            let mut running = JoinSet::new();
            for (at, action) in stage.actions.iter().enumerate() {
                if action.run_order == order {
                    let (inner, execution) = (self.clone(), execution.clone());
                    running.spawn(async move { inner.run_action(index, at, &execution).await });
                }
            }
            // Those that run with a failed one come to their own end.
            let mut succeeded = true;
            while let Some(done) = running.join_next().await {
                succeeded &= done.unwrap_or(false);
            }
            if !succeeded {
                return false;
            }
        }
        true
    }

    async fn run_action(&self, stage: usize, at: usize, execution: &Execution) -> bool {
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
            image: (self.options.image)(&project.name),
            overrides: overrides(configuration)?,
            inputs,
            outputs: outputs.clone(),
            folder,
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

    /// `<pipeline>/<artifact>/<execution>.zip`, below the folder that stands for the artifact bucket.
    fn artifact(&self, name: &str, execution: &Execution) -> PathBuf {
        let folder = self
            .options
            .folder
            .join("artifacts")
            .join(&self.state.pipeline.name)
            .join(name);
        folder.join(format!("{}.zip", execution.id))
    }
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
        let at = at.with_context(|| format!("PrimarySource {primary} is no input artifact"))?;
        if let Some(name) = names.remove(at) {
            names.push_front(name);
        }
    }
    names
        .into_iter()
        .map(|name| {
            let zip = artifacts
                .get(name)
                .with_context(|| format!("no action before has made the artifact {name}"))?;
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
            &known.with_context(|| format!("no action before has the output variable {name}"))?,
        );
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}
