//! What the tests share: a state to run, an account that runs it, and a way to talk to it.

pub mod aws_call;
pub mod client;
mod folder;
mod process;
pub mod state;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use perch_aws::{Account, AccountOptions, Error, Event};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::broadcast;

pub use folder::{folder, options, write_zip};
pub use process::{gone, is_running, process_state};
use state::State;

/// The name that the state is applied under.
pub const APPLIED: &str = "staging";

/// Far more than anything here takes; only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running account with its folders.
pub struct Run {
    pub account: Account,
    pub folder: TempDir,
    events: broadcast::Receiver<Event>,
}

/// An account that runs this state.
pub async fn start(state: Value, options: AccountOptions) -> Result<Account, Error> {
    let account = Account::start(options).await?;
    account.apply(APPLIED, state).await?;
    Ok(account)
}

impl Run {
    pub async fn start(state: &State) -> Run {
        Run::start_with(state, |_| {}).await
    }

    pub async fn start_with(state: &State, change: impl FnOnce(&mut AccountOptions)) -> Run {
        let folder = folder();
        let mut options = options(folder.path());
        change(&mut options);
        let account = start(state.json(), options).await.expect("it runs");
        let events = account.events();
        Run {
            account,
            folder,
            events,
        }
    }

    /// Applies another state instead.
    pub async fn reload(&self, state: Value) -> Result<(), Error> {
        self.account.apply(APPLIED, state).await
    }

    /// The applied URL of each API, and where it answers.
    pub fn apis(&self) -> BTreeMap<String, String> {
        self.account.apis(APPLIED)
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Invokes `bot` at its alias; the payload that came back.
    pub async fn invoke(&self, event: Value) -> Value {
        self.invoke_named("perch-staging-bot:live", event).await
    }

    pub async fn invoke_named(&self, function: &str, event: Value) -> Value {
        let call = self.account.invoke(function, &event);
        let returned = tokio::time::timeout(PATIENCE, call).await.expect("in time");
        returned.expect("it ran").payload
    }

    /// `METHOD path` on the one API.
    pub async fn request(&self, request: &str) -> client::Reply {
        self.request_with(request, &[], b"").await
    }

    pub async fn request_with(
        &self,
        request: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> client::Reply {
        let local = self.apis().into_values().next().expect("an API");
        let call = client::send(&local, request, headers, body);
        tokio::time::timeout(PATIENCE, call).await.expect("in time")
    }

    /// The first event from now on that is wanted.
    pub async fn event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the account runs");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .expect("the event comes")
    }

    /// Waits for the end of an asynchronous invocation: its condition.
    pub async fn async_done(&mut self) -> String {
        self.event(|event| match event {
            Event::AsyncDone { condition, .. } => Some(condition.clone()),
            _ => None,
        })
        .await
    }

    /// The lines of a log group.
    pub fn log(&self, group: &str) -> Vec<String> {
        let path = self
            .data_dir()
            .join("logs")
            .join(format!("{}.log", group.trim_start_matches('/')));
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub fn bot_log(&self) -> Vec<String> {
        self.log("/aws/lambda/perch-staging-bot")
    }
}

/// The only line that begins so.
pub fn line<'a>(lines: &'a [String], start: &str) -> &'a str {
    let found: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with(start))
        .collect();
    assert_eq!(
        found.len(),
        1,
        "one line that begins with {start:?} in {lines:#?}"
    );
    found[0]
}

pub fn echo() -> Value {
    json!({"do": "echo"})
}
