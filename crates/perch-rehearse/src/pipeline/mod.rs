//! Runs the pipeline of a state, as CodePipeline's user guide tells of `SUPERSEDED` mode.
//!
//! A stage is locked while an execution is in it, a pending approval included. One execution may wait before it; a newer
//! one that comes to wait supersedes it. A failed action ends its execution and unlocks the stage.
//!
//! `event.rs` is what a person sees, `stages.rs` the way of an execution through the stages, `actions.rs` what the actions
//! do.

mod actions;
mod event;
mod stages;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use perch_aws::Judge;
use perch_doubles::git::BareRepository;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::declared::{Declared, Kind, Project};

pub use self::event::{Event, Status, What};

/// What a build of a project runs in. An error fails the build's action.
pub type Image = Arc<dyn Fn(&Project) -> Result<BuildImage> + Send + Sync>;

/// What a build runs in.
#[derive(Clone, Debug, Default)]
pub struct BuildImage {
    /// What is in its environment besides the project's: `PATH`, `HOME` and the like.
    pub environment: BTreeMap<String, String>,
    /// Answers for the project's role what CodeBuild may do for the build; everything where there is none.
    pub judge: Option<Judge>,
}

/// What a pipeline runs with.
pub struct PipelineOptions {
    /// What the pipeline's source stands for.
    pub repository: BareRepository,
    /// All that the executions write: artifacts, builds, caches.
    pub folder: PathBuf,
    /// What each build runs in.
    pub image: Image,
    /// What Package made of a commit already.
    pub prebuilt: Option<PrebuiltArtifact>,
}

/// An artifact that stands in for a build: of the action that makes one artifact of the source.
#[derive(Clone, Debug)]
pub struct PrebuiltArtifact {
    /// The commit that it was made of. Any other is built.
    pub revision: String,
    /// The artifact.
    pub zip: PathBuf,
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
    core: Arc<ExecutorCore>,
}

/// Tells a pipeline that its source may have changed; outlived by the pipeline or not.
#[derive(Clone)]
pub struct Trigger(Weak<ExecutorCore>);

/// What the executor, its triggers and its tasks share.
struct ExecutorCore {
    state: Declared,
    options: PipelineOptions,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor {
    /// Makes the pipeline ready. Nothing runs yet.
    ///
    /// # Errors
    /// When its source is another repository than the one that is there.
    pub fn new(state: Declared, options: PipelineOptions) -> Result<Executor> {
        if let Some(Kind::Source { repository, .. }) =
            state.pipeline.source().map(|action| &action.kind)
        {
            let there = options.repository.full_name();
            ensure!(
                *repository == there,
                "the pipeline's source is {repository}, but GitHub has {there}"
            );
        }
        let slots = state
            .pipeline
            .stages
            .iter()
            .map(|_| Slot::default())
            .collect();
        Ok(Executor {
            core: Arc::new(ExecutorCore {
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

    /// Where an execution's artifact is that was made of the source alone. None when the pipeline makes none; it is a file once
    /// the action succeeded.
    pub fn packaged(&self, execution: &str) -> Option<PathBuf> {
        let pipeline = &self.core.state.pipeline;
        let action = pipeline.package()?;
        let name = action.outputs.first()?;
        Some(self.core.artifact_of(name, execution))
    }

    /// What happens from now on.
    pub fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.core.subscribers).push(sender);
        receiver
    }

    /// What tells this pipeline of a change.
    pub fn trigger(&self) -> Trigger {
        Trigger(Arc::downgrade(&self.core))
    }

    /// Starts an execution for the branch's head, whether it was processed or not, as `StartPipelineExecution` does.
    /// Returns its id.
    ///
    /// # Errors
    /// When the branch does not exist.
    pub async fn start(&self, trigger: &str) -> Result<String> {
        let mut processed = self.core.processed.lock().await;
        let head = self
            .core
            .head()
            .await?
            .context("the pipeline's branch does not exist: push it first")?;
        *processed = Some(head.clone());
        Ok(self.core.begin(head, trigger))
    }

    /// Answers an approval. A person's reason goes with it.
    ///
    /// # Errors
    /// When nothing waits for this token.
    pub fn decide(&self, token: &str, decision: Decision, reason: &str) -> Result<()> {
        let waiting = lock(&self.core.approvals).remove(token);
        let sent = waiting.and_then(|waiting| waiting.send((decision, reason.to_owned())).ok());
        sent.context("no approval is waiting for this answer any more")
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        lock(&self.core.tasks).abort_all();
    }
}

impl Trigger {
    /// Starts an execution if the branch's head was not processed last.
    ///
    /// # Errors
    /// When the repository cannot be read, or the pipeline is gone.
    pub async fn changed(&self, trigger: &str) -> Result<Change> {
        let core = self.0.upgrade().context("the pipeline has ended")?;
        // Held throughout, so that two deliveries of one push start one execution.
        let mut processed = core.processed.lock().await;
        let Some(head) = core.head().await? else {
            return Ok(Change::NoBranch);
        };
        if processed.as_ref() == Some(&head) {
            return Ok(Change::Known);
        }
        *processed = Some(head.clone());
        Ok(Change::Started(core.begin(head, trigger)))
    }
}

impl ExecutorCore {
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
}
