//! Starting the page, following the stage, and stopping.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use perch_aws::Event;
use perch_doubles::slack::{Patience, Slack};
use perch_local::Watch;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::bot::Bot;
use crate::guard::Guard;
use crate::history::{Access, History};
use crate::server;
use crate::story::{Ledger, Outgoing};

/// How the page is served.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// 0 takes the one of the last start, or any that is free.
    pub port: u16,
    /// The folder of the history and the token: the stage's own below `.perch/local`.
    pub folder: PathBuf,
    /// How long Slack waits, and before each time that it sends an event again.
    pub patience: Patience,
}

/// What the page shows.
pub struct Sources {
    /// The double of Slack that the bots talk to.
    pub slack: Arc<Slack>,
    /// The stage.
    pub stage: Watch,
    /// The bots as they are now; asked for again and again, as they change while the stage runs.
    pub bots: Box<dyn Fn() -> Result<Vec<Bot>, String> + Send + Sync>,
    /// Calls to other services after the first so many, such as those to the double of GitHub.
    pub others: Box<dyn Fn(usize) -> Vec<Outgoing> + Send + Sync>,
}

/// The running page. Dropping it ends it; [`Page::stop`] keeps its history as well.
pub struct Page {
    core: Arc<Core>,
    address: SocketAddr,
    token: String,
    tasks: Vec<JoinHandle<()>>,
}

/// For how long the bots are taken to be those that they were: their declarations are files.
const FRESH: Duration = Duration::from_secs(1);

type Known = Result<Vec<Bot>, String>;

pub(crate) struct Core {
    pub guard: Guard,
    pub slack: Arc<Slack>,
    pub stage: Watch,
    bots: Box<dyn Fn() -> Result<Vec<Bot>, String> + Send + Sync>,
    known: Mutex<Option<(Instant, Known)>>,
    others: Box<dyn Fn(usize) -> Vec<Outgoing> + Send + Sync>,
    pub http: reqwest::Client,
    pub patience: Patience,
    /// Counts what the page shows.
    pub changes: watch::Sender<u64>,
    ledger: Mutex<Ledger>,
    history: History,
}

impl Page {
    /// Serves the page on 127.0.0.1, with what an earlier start has kept. `events` are the stage's.
    ///
    /// # Errors
    /// When no port is free, or the history cannot be read or written.
    pub async fn start(
        options: PageOptions,
        sources: Sources,
        events: Receiver<Event>,
    ) -> io::Result<Page> {
        let history = History::in_folder(&options.folder);
        let access = history.access()?;
        let wanted = if options.port == 0 {
            access.port
        } else {
            options.port
        };
        let (listener, port) = match perch_loopback::listen(wanted).await {
            // Somebody else has taken the port of the last start.
            Err(_) if options.port == 0 => perch_loopback::listen(0).await?,
            listening => listening?,
        };
        let address = listener.local_addr()?;
        let access = Access { port, ..access };
        history.keep_access(&access)?;
        let kept = history.read()?;
        sources.slack.restore(kept.slack);
        let core = Arc::new(Core {
            guard: Guard::new(address, access.token.clone()),
            slack: sources.slack,
            stage: sources.stage,
            bots: sources.bots,
            known: Mutex::new(None),
            others: sources.others,
            http: perch_loopback::client().map_err(io::Error::other)?,
            patience: options.patience,
            changes: watch::Sender::new(0),
            ledger: Mutex::new(Ledger::with(kept.story)),
            history,
        });
        let served = core.clone();
        let tasks = vec![
            tokio::spawn(perch_loopback::serve(listener, move |request| {
                server::handle(served.clone(), request)
            })),
            tokio::spawn(follow_stage(core.clone(), events)),
            tokio::spawn(follow_slack(core.clone())),
            tokio::spawn(keep_history(core.clone())),
        ];
        Ok(Page {
            core,
            address,
            token: access.token,
            tasks,
        })
    }

    /// The address to open, with the token in its fragment: a browser sends that nowhere.
    pub fn url(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token)
    }

    /// The address without the token.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Keeps the history and ends.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn stop(self) -> io::Result<()> {
        self.core.keep()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Core {
    /// A panic elsewhere leaves a list of what happened, never half of it.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells every browser that there is something new.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The bots as they are now.
    pub(crate) fn bots(&self) -> Result<Vec<Bot>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((at, bots)) if at.elapsed() < FRESH => bots.clone(),
            _ => {
                let bots = (self.bots)();
                *known = Some((Instant::now(), bots.clone()));
                bots
            }
        }
    }

    /// Takes in the calls that were made since it was last asked.
    pub(crate) fn take_calls(&self) {
        let (slack, others) = self.ledger().seen_calls();
        let slack = self.slack.calls_after(slack);
        let others = (self.others)(others);
        if slack.is_empty() && others.is_empty() {
            return;
        }
        let bots = self.bots().unwrap_or_default();
        self.ledger().take_calls(&slack, others, &bots);
    }

    fn keep(&self) -> io::Result<()> {
        let story = self.ledger().kept();
        self.history.write(self.slack.save(), story)
    }
}

async fn follow_stage(core: Arc<Core>, mut events: Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                core.take_calls();
                let heard = core.ledger().hear(&event, || core.stage.next_fires(1));
                core.take_calls();
                if heard {
                    core.changed();
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn follow_slack(core: Arc<Core>) {
    let mut changes = core.slack.changes();
    while changes.changed().await.is_ok() {
        core.take_calls();
        core.changed();
    }
}

/// Writes the history now and then, so that a killed stage loses seconds of it.
async fn keep_history(core: Arc<Core>) {
    let mut changes = core.changes.subscribe();
    while changes.changed().await.is_ok() {
        tokio::time::sleep(Duration::from_secs(2)).await;
        changes.mark_unchanged();
        if let Err(error) = core.keep() {
            eprintln!("perch: the page's history cannot be kept: {error}");
        }
    }
}
