//! What the tests share: a state to run, a stage that runs it, and a way to talk to it.

pub mod aws_call;
pub mod client;
pub mod state;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use perch_aws::{Event, Options, Stage};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::broadcast;

use state::State;

/// Far more than anything here takes; only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running stage with its folders.
pub struct Run {
    pub stage: Stage,
    pub folder: TempDir,
    events: broadcast::Receiver<Event>,
}

/// Folders with the test's function in `dist/function.zip`.
pub fn folder() -> TempDir {
    // Zipped once: a debug build takes its time for it.
    static ZIP: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = TempDir::new().expect("a folder");
    for name in ["root", "dist"] {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
    }
    let zip = folder.path().join("dist/function.zip");
    let content = ZIP.get_or_init(|| {
        let bootstrap =
            fs::read(env!("CARGO_BIN_EXE_perch-aws-test-bootstrap")).expect("it is built");
        write_zip(&zip, &[("bootstrap", 0o755, &bootstrap)]);
        fs::read(&zip).expect("a zip")
    });
    fs::write(&zip, content).expect("a zip");
    folder
}

pub fn write_zip(path: &Path, files: &[(&str, u32, &[u8])]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    for (name, mode, content) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(1))
            .unix_permissions(*mode);
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(content).expect("an entry");
    }
    zip.finish().expect("a zip");
}

pub fn options(folder: &Path) -> Options {
    let mut options = Options::new(
        folder.join("root"),
        folder.join("cloud"),
        folder.join("data"),
    );
    options.retry_delays = [Duration::from_millis(1); 2];
    options.backoff = Duration::from_millis(1);
    options.run_schedules = false;
    options
}

impl Run {
    pub async fn start(state: &State) -> Run {
        Run::start_with(state, |_| {}).await
    }

    pub async fn start_with(state: &State, change: impl FnOnce(&mut Options)) -> Run {
        let folder = folder();
        let mut options = options(folder.path());
        change(&mut options);
        let stage = perch_aws::start(state.json(), options)
            .await
            .expect("the stage starts");
        let events = stage.events();
        Run {
            stage,
            folder,
            events,
        }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Invokes `bot` at its alias; the payload that came back.
    pub async fn invoke(&self, event: Value) -> Value {
        self.invoke_named("perch-staging-bot:live", event).await
    }

    pub async fn invoke_named(&self, function: &str, event: Value) -> Value {
        let call = self.stage.invoke(function, &event);
        let returned = tokio::time::timeout(PATIENCE, call).await.expect("in time");
        returned.expect("it ran").payload
    }

    /// `METHOD path` on the one API.
    pub async fn request(&self, request: &str) -> client::Reply {
        self.request_with(request, &[], b"").await
    }

    pub async fn request_with(
        &self,
        request: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> client::Reply {
        let local = self.stage.apis().into_values().next().expect("an API");
        let call = client::send(&local, request, headers, body);
        tokio::time::timeout(PATIENCE, call).await.expect("in time")
    }

    /// The first event from now on that is wanted.
    pub async fn event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the stage runs");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .expect("the event comes")
    }

    /// Waits for the end of an asynchronous invocation: its condition.
    pub async fn async_done(&mut self) -> String {
        self.event(|event| match event {
            Event::AsyncDone { condition, .. } => Some(condition.clone()),
            _ => None,
        })
        .await
    }

    /// The lines of a log group.
    pub fn log(&self, group: &str) -> Vec<String> {
        let path = self
            .data_dir()
            .join("logs")
            .join(format!("{}.log", group.trim_start_matches('/')));
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub fn bot_log(&self) -> Vec<String> {
        self.log("/aws/lambda/perch-staging-bot")
    }
}

/// The only line that begins so.
pub fn line<'a>(lines: &'a [String], start: &str) -> &'a str {
    let found: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with(start))
        .collect();
    assert_eq!(
        found.len(),
        1,
        "one line that begins with {start:?} in {lines:#?}"
    );
    found[0]
}

/// The state that Linux gives a process, such as `S` for one that sleeps.
pub fn process_state(pid: u64) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Whether a process is there and not a zombie.
pub fn is_running(pid: u64) -> bool {
    !matches!(process_state(pid), None | Some('Z' | 'X'))
}

/// Waits for a process to be gone.
pub async fn gone(pid: u64) {
    let wait = async {
        while is_running(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the process ends");
}

pub fn echo() -> Value {
    json!({"do": "echo"})
}
