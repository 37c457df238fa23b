//! The running stage: what starts it, steers it and ends it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::model::Model;
use crate::{Error, Event, Options};

/// A running local stage. Dropping it ends what it started, as `shutdown` does in order.
#[derive(Debug)]
pub struct Stage {
    model: Model,
    events: broadcast::Sender<Event>,
    options: Options,
}

/// A function as the stage runs it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FunctionInfo {
    /// The function's name.
    pub name: String,
    /// The version behind each alias.
    pub aliases: BTreeMap<String, String>,
    /// The routes that lead to it: method and applied URL, such as `POST https://….amazonaws.com/tryo`.
    pub routes: Vec<String>,
    /// The schedules that fire it.
    pub schedules: Vec<String>,
    /// Where its log is written.
    pub log: PathBuf,
}

/// When a schedule fires next.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NextFires {
    /// The schedule's name.
    pub schedule: String,
    /// The function that it invokes.
    pub function: String,
    /// As declared, such as `cron(*/10 9-19 ? * MON-FRI *)`.
    pub expression: String,
    /// The timezone that the expression is in.
    pub timezone: String,
    /// Disabled schedules fire only when told to.
    pub enabled: bool,
    /// The next times, soonest first.
    pub at: Vec<Timestamp>,
}

/// What came of firing a schedule.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Fired {
    /// The schedule's name.
    pub schedule: String,
    /// The time that the firing stood for.
    pub scheduled_time: Timestamp,
    /// EventBridge Scheduler's id of this firing.
    pub execution_id: String,
    /// The invocation's request id; none when the target took no event.
    pub request_id: Option<String>,
    /// What became of the first attempt: `success`, or why not. Lambda's retries go on after it.
    pub outcome: String,
}

/// A message in a queue of the state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Message {
    /// Made up for each message.
    pub message_id: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// The text.
    pub body: String,
    /// Text attributes, by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Runs an applied state, as `terraform show -json` prints it.
///
/// # Errors
/// When the state lacks something that AWS would need (the error names the resource), when a function's zip is missing or
/// for another machine, when the port is taken, or when another stage runs with the same data directory.
pub async fn start(state: Value, options: Options) -> Result<Stage, Error> {
    let model = Model::read(&state, &options)?;
    Ok(Stage {
        model,
        events: broadcast::channel(1024).0,
        options,
    })
}

impl Stage {
    /// The applied URL of each HTTP API, and where it answers locally.
    pub fn apis(&self) -> BTreeMap<String, String> {
        let local = |api: &crate::model::Api| {
            (
                api.endpoint.clone(),
                format!("http://127.0.0.1:{}", self.options.port),
            )
        };
        self.model.apis.iter().map(local).collect()
    }

    /// The control API's URL.
    pub fn control_url(&self) -> String {
        String::new()
    }

    /// What happens from now on. A reader that lags loses the oldest events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The functions that run, by name.
    pub fn functions(&self) -> Vec<FunctionInfo> {
        Vec::new()
    }

    /// The next times of every schedule, at most `count` each.
    pub fn next_fires(&self, count: usize) -> Vec<NextFires> {
        let _ = count;
        Vec::new()
    }

    /// Fires a schedule for a time (now, when none is given) and waits for the first attempt.
    ///
    /// # Errors
    /// When the state has no schedule of that name.
    pub async fn fire(&self, name: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        let _ = at;
        Err(Error::new(format!("the state has no schedule {name}")))
    }

    /// What lies in a queue, oldest first.
    ///
    /// # Errors
    /// When the state has no queue of that name, or its file cannot be read.
    pub fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        Err(Error::new(format!("the state has no queue {name}")))
    }

    /// Runs another state instead. What did not change keeps running, warm environments included.
    ///
    /// # Errors
    /// As for `start`; the stage then goes on with the state that it had.
    pub async fn reload(&self, state: Value) -> Result<(), Error> {
        Model::read(&state, &self.options).map(drop)
    }

    /// Ends everything that the stage started: listeners, schedules, execution environments.
    pub async fn shutdown(self) {}
}
