//! What the services of a stage have in common.

use std::collections::HashMap;
use std::fs::{self, File};
use std::future::Future;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::judge::Iam;
use crate::model::Model;
use crate::queues::Queues;
use crate::{Event, Options};

/// The state in force, and what every service writes to.
pub(crate) struct Shared {
    pub(crate) options: Options,
    model: RwLock<Arc<Model>>,
    pub(crate) iam: Iam,
    pub(crate) logs: Logs,
    pub(crate) queues: Queues,
    pub(crate) identities: Identities,
    pub(crate) tasks: Tasks,
    events: broadcast::Sender<Event>,
    /// Where the functions find SSM and Lambda: `http://127.0.0.1:<port>`.
    pub(crate) endpoint: String,
}

impl Shared {
    pub(crate) fn new(options: Options, model: Model, endpoint: String) -> Self {
        // Wide enough for whoever prints the events to fall behind by a burst of log lines.
        let (events, _) = broadcast::channel(4096);
        Shared {
            logs: Logs::new(options.data_dir.join("logs"), events.clone()),
            queues: Queues::new(options.data_dir.join("queues"), events.clone()),
            identities: Identities::default(),
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

/// A mutex whose holder panicked is still the best there is: nothing here is left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every task that the stage started. They end with it.
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

/// Log groups as files: `<data_dir>/logs/<log group>.log`, a line an event.
pub(crate) struct Logs {
    folder: PathBuf,
    open: Mutex<HashMap<String, File>>,
    events: broadcast::Sender<Event>,
}

impl Logs {
    fn new(folder: PathBuf, events: broadcast::Sender<Event>) -> Self {
        Logs {
            folder,
            open: Mutex::default(),
            events,
        }
    }

    /// A log group's file. Names of log groups hold slashes, and lie in folders accordingly.
    pub(crate) fn path(&self, log_group: &str) -> PathBuf {
        // CloudWatch allows dots in names, but a part of dots alone would lead out of the folder.
        let parts = log_group
            .split('/')
            .filter(|part| !part.chars().all(|c| c == '.'));
        let mut path = self.folder.clone();
        path.extend(parts);
        path.as_mut_os_string().push(".log");
        path
    }

    /// A log that cannot be written is told on stderr, as there is no caller who could do anything about it.
    pub(crate) fn write(&self, log_group: &str, line: &str) {
        let mut open = lock(&self.open);
        let written = match open.get_mut(log_group) {
            Some(file) => append(file, line),
            None => create(&self.path(log_group)).and_then(|mut file| {
                append(&mut file, line)?;
                open.insert(log_group.to_owned(), file);
                Ok(())
            }),
        };
        if let Err(error) = written {
            eprintln!("perch: cannot write the log of {log_group}: {error}");
        }
        drop(open);
        let _ = self.events.send(Event::Log {
            log_group: log_group.to_owned(),
            line: line.to_owned(),
        });
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)
}

fn append(file: &mut File, line: &str) -> io::Result<()> {
    file.write_all(format!("{line}\n").as_bytes())
}

/// The made-up credentials of the execution environments that live, by access key id.
#[derive(Default)]
pub(crate) struct Identities(Mutex<HashMap<String, Identity>>);

/// Whose credentials they are.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) role: String,
    /// Lambda names the session after the function.
    pub(crate) session: String,
    pub(crate) credentials: Credentials,
}

/// In AWS's formats, and good for nothing but this stage.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
}

impl Credentials {
    fn make_up() -> Self {
        let hex = || uuid::Uuid::new_v4().simple().to_string();
        Credentials {
            // Temporary ones begin with ASIA and have 20 characters, of base 32's alphabet.
            access_key_id: format!("ASIA{}", base32(&hex()[..16])),
            secret_access_key: format!("{}{}", hex(), &hex()[..8]),
            session_token: format!("{}{}{}", hex(), hex(), hex()),
        }
    }
}

/// Sixteen hexadecimal digits in letters that base 32 has.
fn base32(hex: &str) -> String {
    let digits = hex.chars().filter_map(|c| c.to_digit(16));
    digits
        .filter_map(|digit| "ABCDEFGHIJKLMNOP".chars().nth(digit as usize))
        .collect()
}

impl Identities {
    pub(crate) fn add(&self, role: &str, session: &str) -> Credentials {
        let credentials = Credentials::make_up();
        let identity = Identity {
            role: role.to_owned(),
            session: session.to_owned(),
            credentials: credentials.clone(),
        };
        lock(&self.0).insert(credentials.access_key_id.clone(), identity);
        credentials
    }

    pub(crate) fn remove(&self, access_key_id: &str) {
        lock(&self.0).remove(access_key_id);
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Identity> {
        lock(&self.0).get(access_key_id).cloned()
    }
}

/// A request id in AWS's format.
pub(crate) fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// X-Ray's header for a new trace: version, the time in hexadecimal, 96 bits at random.
pub(crate) fn trace_root(now: Timestamp) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("Root=1-{:08x}-{}", now.as_second(), &random[..24])
}
