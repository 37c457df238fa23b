//! What runs in the background.

use std::future::Future;
use std::sync::Mutex;

use tokio::task::JoinSet;

use crate::lock::lock;

/// Every task that the account started. They end with it.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::AbortHandle {
        let mut tasks = lock(&self.0);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task)
    }

    pub(crate) async fn end(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.0));
        tasks.shutdown().await;
    }

    pub(crate) fn abort(&self) {
        lock(&self.0).abort_all();
    }
}
