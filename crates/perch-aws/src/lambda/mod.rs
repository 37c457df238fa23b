//! Lambda: versions, execution environments, invocations.

mod asynchronous;
mod environment;
mod fault;
mod output;
mod platform_log;
mod pool;
mod process;
mod runtime_api;
mod watchdog;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::arn::FunctionRef;
use crate::lock::lock;
use crate::model::{Function, Version};
use crate::shared::Shared;
use pool::{Job, Pool, Slot};
use watchdog::Watchdog;

pub(crate) use asynchronous::AsyncEvent;

/// The largest event of a synchronous invocation, in bytes.
pub(crate) const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// The service.
pub(crate) struct Lambda {
    pub(crate) shared: Arc<Shared>,
    watchdog: Arc<Watchdog>,
    /// By function and version.
    pools: Mutex<HashMap<(String, String), Arc<Pool>>>,
    /// Invocations that run now, by function.
    running: Mutex<HashMap<String, Arc<AtomicUsize>>>,
}

/// One invocation, as the function sees it.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// With the qualifier that the caller used.
    pub(crate) function_arn: String,
    pub(crate) trace_id: String,
    pub(crate) client_context: Option<String>,
    pub(crate) payload: Bytes,
}

/// What came of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) executed_version: String,
    pub(crate) payload: Bytes,
    /// The error's type, where the function failed.
    pub(crate) error: Option<String>,
}

impl Outcome {
    fn returned(version: &str, payload: Bytes) -> Self {
        Outcome {
            executed_version: version.to_owned(),
            payload,
            error: None,
        }
    }

    fn failed(version: &str, payload: Bytes, error_type: &str) -> Self {
        Outcome {
            executed_version: version.to_owned(),
            payload,
            error: Some(error_type.to_owned()),
        }
    }
}

/// Why a function was not run at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum InvokeError {
    NotFound {
        arn: String,
    },
    /// Its reserved concurrency is used up.
    Throttled,
    TooLarge {
        size: usize,
        limit: usize,
    },
    /// The stage is ending.
    Ending,
}

impl fmt::Display for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvokeError::NotFound { arn } => write!(f, "Function not found: {arn}"),
            InvokeError::Throttled => {
                f.write_str("Lambda throttled the invocation: Rate Exceeded.")
            }
            InvokeError::TooLarge { size, limit } => {
                write!(
                    f,
                    "the event of {size} bytes is larger than Lambda's {limit}"
                )
            }
            InvokeError::Ending => f.write_str("the local stage is stopping"),
        }
    }
}

impl Lambda {
    pub(crate) fn new(shared: Arc<Shared>) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Lambda {
            shared,
            watchdog: Arc::new(Watchdog::start()?),
            pools: Mutex::default(),
            running: Mutex::default(),
        }))
    }

    /// Runs a function and waits for it. Dropping this does not stop it.
    pub(crate) async fn invoke(
        &self,
        wanted: &FunctionRef,
        invocation: Invocation,
    ) -> Result<Outcome, InvokeError> {
        let model = self.shared.model();
        let Some((function, version)) = model.resolve(wanted) else {
            let arn = model.function_arn(wanted);
            return Err(InvokeError::NotFound { arn });
        };
        let (size, limit) = (invocation.payload.len(), MAX_PAYLOAD);
        if size > limit {
            return Err(InvokeError::TooLarge { size, limit });
        }
        let slot = self.slot(function).ok_or(InvokeError::Throttled)?;
        let (job, outcome) = Job::new(invocation, slot);
        self.pool(version).dispatch(job);
        outcome.await.map_err(|_| InvokeError::Ending)
    }

    fn slot(&self, function: &Function) -> Option<Slot> {
        let running = lock(&self.running)
            .entry(function.name.clone())
            .or_default()
            .clone();
        Slot::take(&running, function.reserved_concurrency)
    }

    fn pool(&self, version: &Arc<Version>) -> Arc<Pool> {
        let mut pools = lock(&self.pools);
        let key = (version.function.clone(), version.number.clone());
        let new = || Pool::new(version.clone(), self.shared.clone(), self.watchdog.clone());
        let pool = pools.entry(key).or_insert_with(new);
        if *pool.version != **version {
            // The reload that changed it came between the caller's look at the state and now.
            pool.retire();
            *pool = new();
        }
        pool.clone()
    }

    /// Ends the environments whose version the state no longer has as it was. Call it when the state has changed.
    pub(crate) fn retire_changed(&self) {
        let model = self.shared.model();
        lock(&self.pools).retain(|(function, number), pool| {
            let current = model
                .functions
                .get(function)
                .and_then(|function| function.versions.get(number));
            let same = current.is_some_and(|version| **version == *pool.version);
            if !same {
                pool.retire();
            }
            same
        });
    }
}
