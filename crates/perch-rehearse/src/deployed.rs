//! What is deployed: the stages of the account, each run as its state in S3 says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use perch_aws::{Account, ObjectWrite};
use perch_local::Stage;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;

use crate::terraform::Terraform;

/// What S3 calls a lock of Terraform's backend, behind the state's key.
const LOCK: &str = ".tflock";

/// The stages to which builds deploy.
pub(crate) struct Deployed {
    folder: PathBuf,
    account: Arc<Account>,
    terraform: Terraform,
    stages: BTreeMap<String, Mutex<Option<Running>>>,
}

/// A stage that was applied.
struct Running {
    stage: Arc<Stage>,
    /// The state as it lies in S3.
    stored: Vec<u8>,
}

/// Applies what builds leave in S3 for as long as it lives.
pub(crate) struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deployed {
    pub(crate) fn new(
        folder: &Path,
        account: Arc<Account>,
        stages: &[&str],
        terraform: Terraform,
    ) -> Arc<Self> {
        Arc::new(Deployed {
            folder: folder.to_owned(),
            account,
            terraform,
            stages: stages
                .iter()
                .map(|stage| ((*stage).to_owned(), Mutex::default()))
                .collect(),
        })
    }

    /// Follows the account's S3 from now on. What cannot run is received here.
    pub(crate) fn follow(self: &Arc<Self>) -> (Follower, UnboundedReceiver<anyhow::Error>) {
        let (failures, failed) = mpsc::unbounded_channel();
        let (deployed, mut writes) = (self.clone(), self.account.writes());
        let task = tokio::spawn(async move {
            while let Some(write) = writes.recv().await {
                if let Err(error) = deployed.written(&write).await {
                    let _ = failures.send(error.context(write.key.clone()));
                }
                // Only now does Terraform hear that its lock is released: what it applied runs.
                drop(write);
            }
        });
        (Follower(task), failed)
    }

    /// A state is whole once its lock is released.
    async fn written(&self, write: &ObjectWrite) -> Result<()> {
        let Some(key) = write.key.strip_suffix(LOCK).filter(|_| write.deleted) else {
            return Ok(());
        };
        let of_stage = |stage: &str| key.starts_with(&format!("{stage}/"));
        let Some((stage, running)) = self.stages.iter().find(|(stage, _)| of_stage(stage)) else {
            return Ok(());
        };
        match self.account.object(&write.bucket, key)? {
            Some(state) => self.applied(stage, &mut *running.lock().await, state).await,
            None => Ok(()),
        }
    }

    /// Runs what a state says, if it holds anything.
    async fn applied(
        &self,
        name: &str,
        running: &mut Option<Running>,
        stored: Vec<u8>,
    ) -> Result<()> {
        let raw: Value = serde_json::from_slice(&stored).context("the state is not JSON")?;
        if raw["resources"].as_array().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        // A plan takes the lock as well and changes nothing.
        if running.as_ref().is_some_and(|old| old.stored == stored) {
            return Ok(());
        }
        let folder = self.folder.join("show").join(name);
        let shown = self.terraform.show(&folder, &stored).await?;
        let stage = match running.take() {
            Some(old) => {
                // What ran before goes on where this one cannot run.
                let reloaded = old.stage.reload(shown).await;
                let stage = old.stage.clone();
                if let Err(error) = reloaded {
                    *running = Some(old);
                    return Err(error.into());
                }
                stage
            }
            None => {
                self.account.apply(name, shown).await?;
                let data_dir = self.folder.join("local").join(name);
                Arc::new(Stage::of(self.account.clone(), name, &data_dir).await?)
            }
        };
        *running = Some(Running { stage, stored });
        Ok(())
    }

    /// A stage, once something was applied to it.
    pub(crate) async fn running(&self, name: &str) -> Option<Arc<Stage>> {
        let running = self.stages.get(name)?.lock().await;
        running.as_ref().map(|running| running.stage.clone())
    }

    /// Ends all stages, and the account.
    pub(crate) async fn shutdown(&self) {
        for stage in self.stages.values() {
            stage.lock().await.take();
        }
        self.account.shutdown().await;
    }
}
