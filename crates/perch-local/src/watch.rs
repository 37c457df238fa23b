//! What runs, for whoever shows it beside the stage: it neither keeps the stage alive nor ends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use jiff::Timestamp;
use perch_aws::{Account, Error, Fired, FunctionInfo, Message, NextFires, Returned};
use serde_json::Value;

/// A look at a running stage, from [`Stage::watch`](crate::Stage::watch). After its end everything is empty.
#[derive(Clone, Debug)]
pub struct Watch {
    pub(crate) account: Weak<Account>,
    pub(crate) name: String,
}

impl Watch {
    fn account(&self) -> Result<Arc<Account>, Error> {
        let account = self.account.upgrade();
        account.ok_or_else(|| Error::new("the local stage has stopped"))
    }

    /// The stage's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The functions that run, by name.
    pub fn functions(&self) -> Vec<FunctionInfo> {
        let account = self.account();
        account.map_or_else(|_| Vec::new(), |account| account.functions(&self.name))
    }

    /// The applied URL of each HTTP API, and where it answers locally.
    pub fn apis(&self) -> BTreeMap<String, String> {
        let account = self.account();
        account.map_or_else(|_| BTreeMap::new(), |account| account.apis(&self.name))
    }

    /// The next times of every schedule, at most `count` each.
    pub fn next_fires(&self, count: usize) -> Vec<NextFires> {
        let account = self.account();
        account.map_or_else(
            |_| Vec::new(),
            |account| account.next_fires(&self.name, count),
        )
    }

    /// The queues, and how many messages each holds.
    ///
    /// # Errors
    /// When a queue's file cannot be read, or the stage has stopped.
    pub fn queues(&self) -> Result<BTreeMap<String, usize>, Error> {
        self.account()?.queues(&self.name)
    }

    /// What lies in a queue, oldest first.
    ///
    /// # Errors
    /// When there is no queue of that name, its file cannot be read, or the stage has stopped.
    pub fn queue(&self, name: &str) -> Result<Vec<Message>, Error> {
        self.account()?.queue(name)
    }

    /// Fires a schedule for a time (now, when none is given) and waits for the first attempt.
    ///
    /// # Errors
    /// When there is no schedule of that name, or the stage has stopped.
    pub async fn fire(&self, name: &str, at: Option<Timestamp>) -> Result<Fired, Error> {
        self.account()?.fire(name, at).await
    }

    /// Invokes a function and waits for it. A function that ran and failed is no error here.
    ///
    /// # Errors
    /// When Lambda does not run it, or the stage has stopped.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Returned, Error> {
        self.account()?.invoke(function, payload).await
    }
}
