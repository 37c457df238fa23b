//! What happens to the executions of a pipeline, and how a person reads it.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use perch_doubles::git::short;

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
