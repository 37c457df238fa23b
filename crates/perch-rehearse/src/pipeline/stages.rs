//! How executions pass through the stages, in `SUPERSEDED` mode.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Execution, ExecutorCore, Status, What, lock};

impl ExecutorCore {
    /// An execution comes to a stage: into it if it is free, else before it.
    pub(super) fn enter(self: &Arc<Self>, stage: usize, execution: Arc<Execution>) {
        let overtaken = {
            let mut slots = lock(&self.slots);
            let Some(slot) = slots.get_mut(stage) else {
                return;
            };
            if slot.locked {
                slot.waiting.replace(execution)
            } else {
                slot.locked = true;
                self.spawn(stage, execution);
                None
            }
        };
        if let Some(old) = overtaken {
            let stage = self.state.pipeline.stages[stage].name.clone();
            self.emit(&old, What::Superseded { stage });
            self.emit(
                &old,
                What::Finished {
                    status: Status::Superseded,
                },
            );
        }
    }

    fn spawn(self: &Arc<Self>, stage: usize, execution: Arc<Execution>) {
        let core = self.clone();
        lock(&self.tasks).spawn(async move { core.run_stage(stage, execution).await });
    }

    async fn run_stage(self: Arc<Self>, index: usize, execution: Arc<Execution>) {
        let stage = &self.state.pipeline.stages[index];
        let status = |status| What::Stage {
            stage: stage.name.clone(),
            status,
        };
        self.emit(&execution, status(Status::InProgress));
        let succeeded = self.run_actions(index, &execution).await;
        if succeeded {
            self.emit(&execution, status(Status::Succeeded));
            if index + 1 < self.state.pipeline.stages.len() {
                // Before this stage is free for the next one, so that executions keep their order.
                self.enter(index + 1, execution);
            } else {
                self.emit(
                    &execution,
                    What::Finished {
                        status: Status::Succeeded,
                    },
                );
            }
        } else {
            self.emit(&execution, status(Status::Failed));
            self.emit(
                &execution,
                What::Finished {
                    status: Status::Failed,
                },
            );
        }
        let next = {
            let mut slots = lock(&self.slots);
            let next = slots[index].waiting.take();
            slots[index].locked = next.is_some();
            next
        };
        if let Some(next) = next {
            self.spawn(index, next);
        }
    }

    /// Actions of one order together, orders one after another.
    async fn run_actions(self: &Arc<Self>, index: usize, execution: &Arc<Execution>) -> bool {
        let stage = &self.state.pipeline.stages[index];
        let mut orders: Vec<u64> = stage
            .actions
            .iter()
            .map(|action| action.run_order)
            .collect();
        orders.sort_unstable();
        orders.dedup();
        for order in orders {
            let mut running = JoinSet::new();
            for (at, action) in stage.actions.iter().enumerate() {
                if action.run_order == order {
                    let (core, execution) = (self.clone(), execution.clone());
                    running.spawn(async move { core.run_action(index, at, &execution).await });
                }
            }
            // Those that run with a failed one come to their own end.
            let mut succeeded = true;
            while let Some(done) = running.join_next().await {
                succeeded &= done.unwrap_or(false);
            }
            if !succeeded {
                return false;
            }
        }
        true
    }
}
