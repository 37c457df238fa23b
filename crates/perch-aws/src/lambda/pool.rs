//! The execution environments of one version: warm ones first, a new one where all are busy.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::watchdog::Watchdog;
use super::{Invocation, Outcome, environment};
use crate::lock::lock;
use crate::model::Version;
use crate::shared::Shared;

pub(super) struct Pool {
    pub(super) version: Arc<Version>,
    pub(super) shared: Arc<Shared>,
    pub(super) watchdog: Arc<Watchdog>,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The one that became idle last comes last, and is used first: the others may then be reclaimed.
    environments: Vec<(u64, oneshot::Sender<Job>)>,
    count: u64,
    retired: bool,
}

/// An environment's place among the idle ones.
pub(super) struct Parked {
    id: u64,
    job: oneshot::Receiver<Job>,
}

/// An invocation on its way through an environment.
pub(super) struct Job {
    pub(super) invocation: Invocation,
    outcome: Option<Outcome>,
    waiting: Option<(oneshot::Sender<Outcome>, Slot)>,
}

impl Job {
    pub(super) fn new(invocation: Invocation, slot: Slot) -> (Self, oneshot::Receiver<Outcome>) {
        let (caller, outcome) = oneshot::channel();
        let waiting = Some((caller, slot));
        let job = Job {
            invocation,
            outcome: None,
            waiting,
        };
        (job, outcome)
    }

    /// The first decision counts.
    pub(super) fn decide(&mut self, outcome: Outcome) {
        self.outcome.get_or_insert(outcome);
    }

    pub(super) fn is_decided(&self) -> bool {
        self.outcome.is_some()
    }

    /// Gives the caller the outcome, once there is one.
    pub(super) fn answer(&mut self) {
        if let (Some(outcome), Some((caller, slot))) = (self.outcome.clone(), self.waiting.take()) {
            // First, so that the caller may use the concurrency that it has just freed.
            drop(slot);
            // The caller may have given up on it, which does not stop the function.
            let _ = caller.send(outcome);
        }
    }
}

impl Pool {
    pub(super) fn new(
        version: Arc<Version>,
        shared: Arc<Shared>,
        watchdog: Arc<Watchdog>,
    ) -> Arc<Self> {
        Arc::new(Pool {
            version,
            shared,
            watchdog,
            idle: Mutex::default(),
        })
    }

    pub(super) fn dispatch(self: &Arc<Self>, mut job: Job) {
        loop {
            let idle = lock(&self.idle).environments.pop();
            let Some((_, environment)) = idle else {
                break;
            };
            match environment.send(job) {
                Ok(()) => return,
                // It ended just now.
                Err(unsent) => job = unsent,
            }
        }
        self.shared
            .tasks
            .spawn(environment::live(self.clone(), job));
    }

    /// Makes an environment available; none when the version is no longer wanted.
    pub(super) fn park(&self) -> Option<Parked> {
        let mut idle = lock(&self.idle);
        if idle.retired {
            return None;
        }
        idle.count += 1;
        let id = idle.count;
        let (sender, job) = oneshot::channel();
        idle.environments.push((id, sender));
        Some(Parked { id, job })
    }

    /// Waits for a job; none when the environment has been idle for too long or is no longer wanted.
    pub(super) async fn next_job(&self, mut parked: Parked) -> Option<Job> {
        if let Ok(job) = timeout(self.shared.options.idle_timeout, &mut parked.job).await {
            return job.ok();
        }
        if self.unpark(parked.id) {
            return None;
        }
        // Somebody took it out in the meantime: a job is on its way.
        parked.job.await.ok()
    }

    /// Takes an environment out of the idle ones; false when it is not among them any more.
    fn unpark(&self, id: u64) -> bool {
        let environments = &mut lock(&self.idle).environments;
        let before = environments.len();
        environments.retain(|(parked, _)| *parked != id);
        environments.len() < before
    }

    /// Ends the idle environments now, and the busy ones when they are done.
    pub(super) fn retire(&self) {
        let mut idle = lock(&self.idle);
        idle.retired = true;
        idle.environments.clear();
    }
}

/// One of a function's concurrent invocations.
pub(super) struct Slot(Arc<AtomicUsize>);

impl Slot {
    /// None when as many run as may.
    pub(super) fn take(running: &Arc<AtomicUsize>, limit: Option<usize>) -> Option<Slot> {
        let more = |count: usize| (limit.is_none_or(|limit| count < limit)).then_some(count + 1);
        running
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .ok()?;
        Some(Slot(running.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
