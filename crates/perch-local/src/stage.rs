//! The running stage: what starts it, steers it and ends it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use perch_aws::{
    Account, AccountOptions, Error, Event, Fired, FunctionInfo, Message, NextFires, Parameters,
    Returned,
};
use perch_loopback as loopback;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::applied::AppliedState;
use crate::control::{self, Status};
use crate::run_file::{AwsAccess, RunFile};
use crate::watch::Watch;

/// A running local stage. Dropping it ends what it started, as `shutdown` does in order.
#[derive(Debug)]
pub struct Stage {
    state: AppliedState,
    /// Whether the account is the stage's own, and ends with it.
    owned: bool,
    data_dir: PathBuf,
    control: String,
    server: JoinHandle<()>,
}

/// Runs an applied state, as `terraform show -json` prints it, in an account of its own. `run.json` is in the account's
/// `data_dir`.
///
/// # Errors
/// As for `Account::start` and `Account::apply`, and when another stage runs with the same data directory.
pub async fn start(name: &str, state: Value, options: AccountOptions) -> Result<Stage, Error> {
    let data_dir = options.data_dir.clone();
    refuse_another(&data_dir)?;
    let account = Account::start(options).await?;
    account.apply(name, state).await?;
    let mut stage = Stage::of(Arc::new(account), name, &data_dir).await?;
    stage.owned = true;
    Ok(stage)
}

/// Two stages do not share a folder.
fn refuse_another(data_dir: &Path) -> Result<(), Error> {
    match RunFile::find(data_dir)? {
        None => Ok(()),
        Some(running) => Err(Error::new(format!(
            "a local stage is already running with {}: stop it first, it is process {}",
            data_dir.display(),
            running.pid
        ))),
    }
}

impl Stage {
    /// One applied state of an account that may have others, with its `run.json` in `data_dir`.
    ///
    /// # Errors
    /// When another stage has that folder, it cannot be written, or no port is free.
    pub async fn of(account: Arc<Account>, name: &str, data_dir: &Path) -> Result<Stage, Error> {
        refuse_another(data_dir)?;
        fs::create_dir_all(data_dir).map_err(|error| {
            let message = format!("cannot create the folder {}", data_dir.display());
            Error::with_source(message, error)
        })?;
        let (listener, port) = loopback::listen(0)
            .await
            .map_err(|error| Error::with_source("cannot listen on 127.0.0.1", error))?;
        let state = AppliedState {
            account,
            name: name.to_owned(),
        };
        // Weak, so that nobody who asks keeps the account alive.
        let (account, name) = (Arc::downgrade(&state.account), state.name.clone());
        let server = tokio::spawn(loopback::serve(listener, move |request| {
            let (account, name) = (account.clone(), name.clone());
            async move {
                Ok(match account.upgrade() {
                    Some(account) => {
                        control::handle(&AppliedState { account, name }, request).await
                    }
                    None => loopback::empty(http::StatusCode::SERVICE_UNAVAILABLE),
                })
            }
        }));
        let stage = Stage {
            owned: false,
            state,
            data_dir: data_dir.to_owned(),
            control: format!("http://127.0.0.1:{port}"),
            server,
        };
        stage.write_run_file()?;
        Ok(stage)
    }

    /// The account that the stage is in.
    pub fn account(&self) -> &Account {
        &self.state.account
    }

    /// The applied URL of each HTTP API, and where it answers locally.
    pub fn apis(&self) -> BTreeMap<String, String> {
        self.account().apis(&self.state.name)
    }

    /// The control API's URL.
    pub fn control_url(&self) -> String {
        self.control.clone()
    }

    /// What happens in the account from now on. A reader that lags loses the oldest events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.account().events()
    }

    /// A look at the stage for whoever shows it, which does not keep it alive.
    pub fn watch(&self) -> Watch {
        Watch {
            account: Arc::downgrade(&self.state.account),
            name: self.state.name.clone(),
        }
    }

    /// The functions that run, by name.
    pub fn functions(&self) -> Vec<FunctionInfo> {
        self.account().functions(&self.state.name)
    }

    /// The next times of every schedule, at most `count` each.
    pub fn next_fires(&self, count: usize) -> Vec<NextFires> {
        self.account().next_fires(&self.state.name, count)
    }

    /// What `GET /status` of the control API answers.
    ///
    /// # Errors
    /// When a queue's file cannot be read.
    pub fn status(&self) -> Result<Status, Error> {
        Status::of(&self.state)
    }

    /// SSM's parameters, which the whole account has in common.
    pub fn parameters(&self) -> Parameters {
        self.account().parameters()
    }

    /// Fires a schedule for a time (now, when none is given) and waits for the first attempt.
    ///
    /// # Errors
    /// When there is no schedule of that name.
    pub async fn fire(&self, name: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        self.account().fire(name, at).await
    }

    /// Invokes a function and waits for it, as `Account::invoke` does.
    ///
    /// # Errors
    /// When Lambda does not run it. A function that ran and failed is no error here.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned, Error> {
        self.account().invoke(function, payload).await
    }

    /// What lies in a queue, oldest first.
    ///
    /// # Errors
    /// When there is no queue of that name, or its file cannot be read.
    pub fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        self.account().queue(name)
    }

    /// Runs another state instead. What did not change keeps running, warm environments included.
    ///
    /// # Errors
    /// As for `Account::apply`; the stage then goes on with the state that it had.
    pub async fn reload(&self, state: Value) -> Result<(), Error> {
        self.account().apply(&self.state.name, state).await?;
        self.write_run_file()
    }

    /// Ends the stage, and everything in its account where that is its own.
    pub async fn shutdown(self) {
        self.server.abort();
        if self.owned {
            self.account().shutdown().await;
        }
    }

    fn write_run_file(&self) -> Result<(), Error> {
        let account = self.account();
        let administrator = account.administrator();
        let file = RunFile {
            pid: std::process::id(),
            control: self.control.clone(),
            apis: self.apis(),
            aws: AwsAccess {
                endpoint: account.endpoint().to_owned(),
                region: account.scope().region,
                access_key_id: administrator.access_key_id.clone(),
                secret_access_key: administrator.secret_access_key.clone(),
            },
        };
        file.write(&self.data_dir)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
        RunFile::remove(&self.data_dir);
    }
}
