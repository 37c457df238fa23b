//! The person at the pipeline, and what a rehearsal shows them.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};

use anyhow::Result;
use perch_doubles::git;
use perch_doubles::github::Delivery;
use perch_local::Stage;

use crate::declared::RepositoryWebhook;
use crate::pipeline::{Decision, Event, Status};
use crate::prebuilt::Rebuilt;

/// A person at the pipeline: the command's terminal, or a test.
pub trait Person: Send + Sync {
    /// Something happened.
    fn see(&self, seen: &Seen);
    /// The secrets of a stage, made up: SSM parameters and their values. `checkout` is what was committed.
    ///
    /// # Errors
    /// Whatever keeps the person from knowing them, such as a `function.yaml` that cannot be read.
    fn secrets(&self, stage: &str, checkout: &Path) -> Result<BTreeMap<String, String>>;
    /// Whether what waits before production may go on.
    fn approve(
        &self,
        event: &Event,
        answers: &Answers,
    ) -> impl Future<Output = Result<Decision>> + Send;
    /// Asks the bot on a stage that is compared.
    fn ask(&self, stage: &str, running: &Stage) -> impl Future<Output = Result<String>> + Send;
}

/// What a person is shown.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Something to know.
    Note(String),
    /// `terraform/pipeline` was applied; Terraform's closing line.
    Applied(String),
    /// GitHub has this webhook.
    Webhook(RepositoryWebhook),
    /// A commit was pushed.
    Pushed(String),
    /// GitHub told the webhook of it.
    Delivered(Delivery),
    /// The pipeline went on.
    Event(Event),
    /// The last lines of a build that failed, and where all of them are.
    Log(PathBuf, String),
    /// What was handed over at first was built as well.
    Rebuilt(Rebuilt),
    /// What the bot answers now.
    Answers(Answers),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Note(note) => f.write_str(note),
            Seen::Applied(summary) => write!(f, "terraform/pipeline: {summary}"),
            Seen::Webhook(hook) => write!(f, "GitHub has a webhook for {}", hook.events.join(", ")),
            Seen::Pushed(commit) => write!(f, "pushed {}", git::short(commit)),
            Seen::Delivered(delivery) => {
                write!(
                    f,
                    "GitHub delivered it; the answer is {}",
                    delivery.status()
                )
            }
            Seen::Event(event) => event.fmt(f),
            Seen::Log(log, tail) => write!(f, "{tail}\nthe whole log: {}", log.display()),
            Seen::Rebuilt(rebuilt) => write!(f, "rebuilt {rebuilt}"),
            Seen::Answers(answers) => answers.fmt(f),
        }
    }
}

/// What a bot answers on both stages; none where nothing is applied yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub staging: Option<String>,
    pub production: Option<String>,
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |answer: &Option<String>| answer.clone().unwrap_or_else(|| "nothing yet".into());
        writeln!(f, "staging    answers {}", say(&self.staging))?;
        write!(f, "production answers {}", say(&self.production))
    }
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub status: Status,
    /// What the bot answered while a person was asked, if one was.
    pub at_approval: Option<Answers>,
    /// Whether that person said no.
    pub rejected: bool,
}

/// What the bot answered in the whole of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// With what was committed shipped to both stages.
    pub before: Answers,
    /// While the change waited for its approval.
    pub at_approval: Answers,
    /// With the change shipped.
    pub after: Answers,
    /// With what was prebuilt: the bots that the change's build has as well.
    pub rebuilt: Option<Rebuilt>,
}
