//! `perch rehearse`: a push's way through the pipeline, on this machine.
//!
//! The pipeline of the last commit is applied offline and run: what is committed is shipped to both stages, then a
//! changed reply of a bot is pushed, which staging gives before a person approves it and production only after.

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use perch_doubles::slack::{self, Slack};
use perch_local::Stage;
use perch_rehearse::pipeline::{Decision, Event, Status, What};
use perch_rehearse::{Answers, Options, Person, Prebuilt, Seen};

use crate::caller::{self, Caller};
use crate::project::Project;
use crate::steps::{self, Step, Watched};
use crate::{interrupt, secrets, terraform};

/// What is changed unless `--change` is given: the beginning of tryo's help.
const CHANGED: &str = "functions/tryo/src/link.rs";
const BEFORE: &str = "= \"Write `/tryo`";
const AFTER: &str = "= \"Rehearsed: write `/tryo`";

/// The command whose reply is compared unless `--ask` is given.
const ASKED: &str = "/tryo help";

/// What the first rehearsal copies from cargo's folder for tests and lints.
const CACHED: [&str; 4] = [".fingerprint", "build", "deps", "perch"];

/// How much of a reply is shown, in characters.
const SHOWN: usize = 72;

/// The options of `perch rehearse`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Approves without asking.
    pub approve: bool,
    /// Ships `dist/` and this command first, instead of building the last commit.
    pub built: bool,
    /// A command for `sh`, run in a clone, instead of the change of tryo's help.
    pub change: Option<String>,
    /// The slash command whose reply is compared.
    pub ask: Option<String>,
}

/// Rehearses. Returns 2 when there is nobody to ask for the approval.
///
/// # Errors
/// The step that failed and why, a rejected approval included; nothing is left running then.
pub async fn run(project: &Project, settings: Settings) -> Result<u8> {
    if !settings.approve && !std::io::stdin().is_terminal() {
        eprintln!(
            "perch: a rehearsal asks for approval, but there is no terminal to ask on: `make rehearse ARGS=--approve` approves without asking"
        );
        return Ok(2);
    }
    let started = Instant::now();
    let folder = project.own().join("rehearse");
    let slack = Slack::start(slack::SlackOptions::default())
        .await
        .context("the double of Slack cannot be started")?;
    let options = Options {
        project: project.root().to_owned(),
        folder: folder.clone(),
        prebuilt: prebuilt(project, settings.built)?,
        terraform: terraform::program(project),
        build_environment: BTreeMap::from([
            (
                "CARGO_TARGET_DIR".to_owned(),
                target(project, &folder)?.display().to_string(),
            ),
            (
                "PERCH_TOOLS".to_owned(),
                project.tools().display().to_string(),
            ),
        ]),
        function_environment: BTreeMap::from([("SLACK_API_URL".to_owned(), slack.url())]),
    };
    println!("AWS, Slack and GitHub are simulated on this machine; nothing leaves it");
    let spectator = Spectator {
        checkout: folder.join("bootstrap"),
        slack,
        command: settings.ask.unwrap_or_else(|| ASKED.to_owned()),
        approve: settings.approve,
        running: Mutex::default(),
    };
    spectator.begin_step("bootstrap");
    let change = |clone: &Path| change(clone, settings.change.as_deref());
    let result = tokio::select! {
        result = perch_rehearse::run(options, &spectator, change) => result,
        () = interrupt::wait() => Err(interrupt::error()),
    };
    spectator.end_step();
    result.with_context(|| {
        format!(
            "the rehearsal failed; its builds and logs are in {}",
            project.relative(&folder)
        )
    })?;
    println!(
        "\nrehearsed: a push was on staging before its approval and on production after it, in {}; builds and logs are in {}",
        steps::duration(started.elapsed()),
        project.relative(&folder)
    );
    Ok(0)
}

/// What `perch package` made, and this command.
fn prebuilt(project: &Project, built: bool) -> Result<Option<Prebuilt>> {
    if !built {
        return Ok(None);
    }
    Ok(Some(Prebuilt {
        zips: project.dist(),
        command: std::env::current_exe().context("this command's own file cannot be found")?,
    }))
}

/// Where the builds compile: a folder of their own, as cargo tells sources of one name by their time alone, and those of a
/// checkout are not the project's. The first rehearsal begins with a copy of what the project compiled for tests and lints, and
/// with nothing that was compiled for Lambda.
fn target(project: &Project, folder: &Path) -> Result<PathBuf> {
    let target = folder.join("target");
    let compiled = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || project.root().join("target"),
        |named| project.root().join(named),
    );
    let compiled = compiled.join("debug");
    if target.is_dir() || !compiled.is_dir() {
        return Ok(target);
    }
    let mut step = Step::start("cache");
    let part = folder.join("target.part");
    let _ = std::fs::remove_dir_all(&part);
    std::fs::create_dir_all(part.join("debug"))
        .with_context(|| format!("{} cannot be created", project.relative(folder)))?;
    let mut copy = Command::new("cp");
    let cached = CACHED.map(|name| compiled.join(name));
    copy.arg("-a")
        .args(cached.iter().filter(|path| path.exists()))
        .arg(part.join("debug"));
    let copied = steps::run(&mut step, &mut copy, |_| None)?;
    ensure!(
        copied.status.success(),
        "{} cannot be copied: {}",
        project.relative(&compiled),
        copied.text.trim()
    );
    std::fs::rename(&part, &target)
        .with_context(|| format!("{} cannot be created", project.relative(&target)))?;
    step.done(&format!(
        "{} starts as a copy of {}",
        project.relative(&target),
        project.relative(&compiled)
    ));
    Ok(target)
}

/// Changes the bot's reply.
fn change(clone: &Path, command: Option<&str>) -> Result<()> {
    if let Some(command) = command {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(clone)
            .status()
            .context("sh cannot be run")?;
        ensure!(status.success(), "--change {command:?} failed: {status}");
        return Ok(());
    }
    let path = clone.join(CHANGED);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let changed = text.replacen(BEFORE, AFTER, 1);
    ensure!(
        changed != text,
        "{CHANGED} has no {BEFORE:?} to change: name a change, and the command whose reply it changes, as in\n  make rehearse ARGS=\"--change 'sed -i s/Hello/Goodbye/ functions/hello/src/main.rs' --ask '/hello'\""
    );
    std::fs::write(&path, changed).with_context(|| format!("{} cannot be written", path.display()))
}

/// The person at the terminal.
struct Spectator {
    /// What was committed.
    checkout: PathBuf,
    slack: Slack,
    command: String,
    approve: bool,
    running: Mutex<Option<Watched>>,
}

impl Spectator {
    fn begin_step(&self, name: &str) {
        self.end_step();
        *self.step() = Some(Step::start(name).watch(String::new));
    }

    /// From now on the step shows the last line of a build's log.
    fn watch_log(&self, log: PathBuf) {
        let mut running = self.step();
        let step = running.take().and_then(Watched::stop);
        *running = step.map(|step| step.watch(move || last_line(&log)));
    }

    fn end_step(&self) {
        drop(self.step().take().and_then(Watched::stop));
    }

    fn finish_step(&self, what: &str) {
        if let Some(step) = self.step().take() {
            step.done(what);
        }
    }

    fn step(&self) -> std::sync::MutexGuard<'_, Option<Watched>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happened(&self, event: &Event) {
        match &event.what {
            What::Started { revision, trigger } => {
                println!(
                    "\nexecution  {} of {}, by {trigger}",
                    start(&event.execution, 8),
                    start(revision, 12)
                );
            }
            What::Action {
                stage,
                status: Status::InProgress,
                ..
            } => self.begin_step(stage),
            What::Building { log, .. } => self.watch_log(log.clone()),
            What::Action {
                action,
                status,
                detail,
                log,
                ..
            } => {
                let detail = detail.as_deref().map(|detail| format!(", {detail}"));
                self.finish_step(&format!("{action} {status}{}", detail.unwrap_or_default()));
                for line in log.iter().flat_map(|log| results(log)) {
                    println!("{:20}{line}", "");
                }
            }
            What::Approval { link, text, .. } => {
                self.end_step();
                println!("\napprove?   {}", text.as_deref().unwrap_or("production"));
                if let Some(link) = link {
                    println!("           {link}");
                }
            }
            What::Superseded { .. } | What::Finished { .. } => {
                self.end_step();
                println!("execution  {event}");
            }
            What::Stage { .. } => {}
        }
    }
}

impl Person for Spectator {
    fn see(&self, seen: &Seen) {
        match seen {
            Seen::Event(event) => self.happened(event),
            Seen::Applied(summary) => {
                self.finish_step(&format!("terraform/pipeline, offline: {summary}"));
            }
            Seen::Webhook(hook) => println!(
                "webhook    on GitHub, {}: {}, signed, to {}",
                hook.repository,
                hook.events.join(", "),
                // The rest identifies the webhook to AWS.
                hook.url.split('?').next().unwrap_or_default()
            ),
            Seen::Pushed(commit) => println!("\npushed     {}", start(commit, 12)),
            Seen::Delivered(delivery) => {
                println!(
                    "delivered  {}, response {}",
                    delivery.guid,
                    delivery.status()
                )
            }
            Seen::Rebuilt(rebuilt) => println!("rebuilt    {rebuilt}"),
            Seen::Answers(answers) => println!("\n{}", shown(&self.command, answers)),
            Seen::Log(..) => println!("{seen}"),
            Seen::Note(note) => {
                self.end_step();
                println!("perch: {note}");
                self.begin_step("bootstrap");
            }
        }
    }

    fn secrets(&self, stage: &str, checkout: &Path) -> Result<BTreeMap<String, String>> {
        let names = secrets::readers(&Project::find(checkout)?, stage)?;
        names
            .into_keys()
            .map(|name| Ok((name.clone(), secrets::made_up(&name)?)))
            .collect()
    }

    async fn approve(&self, _: &Event, answers: &Answers) -> Result<Decision> {
        if answers.production.is_none() {
            println!("approved   without asking, because nothing is on production yet");
            return Ok(Decision::Approved);
        }
        println!("{}", shown(&self.command, answers));
        if self.approve {
            println!("approved   by --approve");
            return Ok(Decision::Approved);
        }
        print!("Approve this for production? Only \"yes\" approves: ");
        let _ = std::io::stdout().flush();
        Ok(if read_line().await?.trim() == "yes" {
            Decision::Approved
        } else {
            Decision::Rejected
        })
    }

    async fn ask(&self, stage: &str, running: &Stage) -> Result<String> {
        let (command, text) = self
            .command
            .split_once(' ')
            .unwrap_or((self.command.as_str(), ""));
        let bot = caller::bot_of(&Project::find(&self.checkout)?, stage, command)?;
        let caller = Caller::find(&running.parameters(), stage, &bot, &running.apis())?;
        let person = slack::request::Person::default();
        let interaction = self
            .slack
            .interaction(&person.user_id, &person.channel_id, None);
        let answer = caller
            .command(self.slack.bot(), &person, &interaction, command, text)
            .await?;
        if answer.status != 200 {
            bail!("{} answered {}", self.command, answer.status);
        }
        Ok(answer.text())
    }
}

/// The last line that is not empty.
fn last_line(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().trim().to_owned()
}

/// The lines of a build's log that show its results: what was checked, packaged, applied and smoke-tested.
fn results(log: &Path) -> Vec<String> {
    let text = std::fs::read(log).unwrap_or_default();
    let told = |line: &&str| {
        line.ends_with("s  ok")
            || line.contains("  sha256 ")
            || line.starts_with("Apply complete!")
            || line.starts_with("smoke ")
            || line.starts_with("perch: applying ")
    };
    String::from_utf8_lossy(&text)
        .lines()
        .filter(told)
        .map(str::to_owned)
        .collect()
}

fn shown(command: &str, answers: &Answers) -> String {
    let say = |answer: &Option<String>| match answer {
        Some(answer) => {
            let line = answer.replace('\n', " ");
            let cut = line.chars().count() > SHOWN;
            let line: String = line.chars().take(SHOWN).collect();
            if cut { format!("{line} …") } else { line }
        }
        None => "nothing is applied yet".to_owned(),
    };
    format!(
        "{command}\n  staging     {}\n  production  {}",
        say(&answers.staging),
        say(&answers.production)
    )
}

fn start(text: &str, characters: usize) -> &str {
    text.get(..characters).unwrap_or(text)
}

/// A line from the terminal. It is read in a detached thread, so that Ctrl-C ends the rehearsal.
async fn read_line() -> Result<String> {
    let (sender, line) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_line(&mut text);
        let _ = sender.send(read.map(|_| text));
    });
    line.await
        .context("the terminal is gone")?
        .context("the terminal cannot be read")
}
