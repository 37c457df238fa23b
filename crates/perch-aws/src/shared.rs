//! What the services of an account have in common.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::broadcast;

use crate::identities::Identities;
use crate::judge::Iam;
use crate::logs::Logs;
use crate::model::Model;
use crate::queues::Queues;
use crate::tasks::Tasks;
use crate::{AccountOptions, Event};

/// What is in force, and what every service writes to.
pub(crate) struct Shared {
    pub(crate) options: AccountOptions,
    model: RwLock<Arc<Model>>,
    pub(crate) iam: Iam,
    pub(crate) logs: Logs,
    pub(crate) queues: Queues,
    pub(crate) identities: Identities,
    pub(crate) tasks: Tasks,
    events: broadcast::Sender<Event>,
    /// Where AWS's APIs answer: `http://127.0.0.1:<port>`.
    pub(crate) endpoint: String,
}

impl Shared {
    pub(crate) fn new(options: AccountOptions, model: Model, endpoint: String) -> Self {
        // Wide enough for whoever prints the events to fall behind by a burst of log lines.
        let (events, _) = broadcast::channel(4096);
        Shared {
            logs: Logs::new(options.data_dir.join("logs"), events.clone()),
            queues: Queues::new(options.data_dir.join("queues"), events.clone()),
            identities: Identities::new(),
            tasks: Tasks::default(),
            iam: Iam::new(model.scope.clone(), model.roles.clone()),
            model: RwLock::new(Arc::new(model)),
            events,
            endpoint,
            options,
        }
    }

    pub(crate) fn model(&self) -> Arc<Model> {
        self.model
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn replace_model(&self, model: Model) {
        self.iam.replace(model.scope.clone(), model.roles.clone());
        *self.model.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
    }

    /// Tells whoever listens; nobody has to.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
