//! The one shell of a build: "CodeBuild runs all build commands in the same instance of the default shell".
//!
//! The shell reads the names of files that hold a command each, and says how each ended. A command that ends the shell
//! itself (`exit 1`, a syntax error) has failed or not by its status; the next command gets a new shell with the
//! environment and the folder that the old one left.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Commands write to the log alone: the driver's standard output tells their status.
const DRIVER: &str = r#"
trap 'env -0 >"$PERCH_SESSION/env"; pwd >"$PERCH_SESSION/cwd"' EXIT
while IFS= read -r perch_command; do
  case $perch_command in */command-*) printf '[Container] Running command %s\n' "$(cat "$perch_command")" >&2 ;; esac
  . "$perch_command" </dev/null >&2
  perch_status=$?
  env -0 >"$PERCH_SESSION/env"
  pwd >"$PERCH_SESSION/cwd"
  echo "$perch_status"
done
"#;

/// The driver's own variable, which is none of the build's.
const SESSION: &str = "PERCH_SESSION";

pub(crate) struct Shell {
    program: &'static str,
    session: PathBuf,
    log: PathBuf,
    environment: BTreeMap<String, String>,
    folder: PathBuf,
    running: Option<Running>,
    /// The process group of every shell that was started.
    groups: Vec<Pid>,
    commands: usize,
}

struct Running {
    child: Child,
    input: ChildStdin,
    statuses: Lines<BufReader<ChildStdout>>,
}

impl Shell {
    /// `session` is a folder for the shell's own files.
    pub(crate) fn new(
        program: &'static str,
        environment: BTreeMap<String, String>,
        folder: &Path,
        session: &Path,
        log: &Path,
    ) -> Result<Shell> {
        fs::create_dir_all(session)
            .with_context(|| format!("{} cannot be created", session.display()))?;
        Ok(Shell {
            program,
            session: session.to_owned(),
            log: log.to_owned(),
            environment,
            folder: folder.to_owned(),
            running: None,
            groups: Vec::new(),
            commands: 0,
        })
    }

    /// The environment as the last command left it.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Sets a variable for the commands to come.
    pub(crate) async fn set(&mut self, name: &str, value: &str) -> Result<()> {
        if self
            .environment
            .insert(name.to_owned(), value.to_owned())
            .as_deref()
            == Some(value)
        {
            return Ok(());
        }
        if self.running.is_some() {
            // Silent, as it is no command of the buildspec.
            let file = self.session.join("set");
            fs::write(&file, format!("export {name}='{value}'\n"))?;
            self.execute(&file).await?;
        }
        Ok(())
    }

    /// Runs a command and returns its exit status.
    pub(crate) async fn run(&mut self, command: &str) -> Result<i32> {
        self.commands += 1;
        let file = self.session.join(format!("command-{}", self.commands));
        fs::write(&file, format!("{command}\n"))
            .with_context(|| format!("{} cannot be written", file.display()))?;
        self.execute(&file).await
    }

    async fn execute(&mut self, file: &Path) -> Result<i32> {
        if self.running.is_none() {
            let running = self.start()?;
            let id = running.child.id().and_then(|id| i32::try_from(id).ok());
            self.groups.extend(id.and_then(Pid::from_raw));
            self.running = Some(running);
        }
        let Some(running) = &mut self.running else {
            return Ok(1);
        };
        let line = format!("{}\n", file.display());
        // A shell that is gone says so by its status below.
        let _ = running.input.write_all(line.as_bytes()).await;
        let status = match running
            .statuses
            .next_line()
            .await
            .context("the shell's status cannot be read")?
        {
            Some(status) => status.parse().unwrap_or(1),
            None => {
                let status = running
                    .child
                    .wait()
                    .await
                    .context("the shell cannot be waited for")?;
                self.running = None;
                status.code().unwrap_or(1)
            }
        };
        self.remember();
        Ok(status)
    }

    fn start(&self) -> Result<Running> {
        let log = append(&self.log)?;
        let mut child = Command::new(self.program)
            .args(["-c", DRIVER])
            .env_clear()
            .envs(&self.environment)
            .env(SESSION, &self.session)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Whatever the commands leave running ends with the build, as it ends with a container.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be run", self.program))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let input = input.context("the shell has no input")?;
        let statuses = BufReader::new(output.context("the shell has no output")?).lines();
        Ok(Running {
            child,
            input,
            statuses,
        })
    }

    /// What the shell wrote down after a command; what was there before if it could not.
    fn remember(&mut self) {
        if let Ok(bytes) = fs::read(self.session.join("env")) {
            let text = String::from_utf8_lossy(&bytes);
            let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
            self.environment = pairs
                .filter(|(name, _)| *name != SESSION && *name != "_" && *name != "SHLVL")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
        }
        if let Ok(folder) = fs::read_to_string(self.session.join("cwd")) {
            let folder = PathBuf::from(folder.trim_end_matches('\n'));
            if folder.is_dir() {
                self.folder = folder;
            }
        }
    }
}

/// How long what is told to end may take to do so.
const GRACE: Duration = Duration::from_secs(5);

impl Drop for Shell {
    /// First by asking: a command that has started others in groups of their own ends them then.
    fn drop(&mut self) {
        let mut child = self.running.take().map(|running| running.child);
        self.signal(Signal::TERM);
        let asked = Instant::now();
        while self.lives(&mut child) && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.signal(Signal::KILL);
    }
}

impl Shell {
    fn signal(&self, signal: Signal) {
        for group in &self.groups {
            // It may be gone already, which is as good.
            let _ = kill_process_group(*group, signal);
        }
    }

    /// Whether anything runs that was started here. The shell itself counts until it is waited for.
    fn lives(&self, child: &mut Option<Child>) -> bool {
        if let Some(running) = child {
            let _ = running.try_wait();
        }
        self.groups
            .iter()
            .any(|group| test_kill_process_group(*group).is_ok())
    }
}

pub(crate) fn append(log: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).append(true).open(log);
    opened.with_context(|| format!("{} cannot be written", log.display()))
}
