//! `perch log`: what the bots of a stage say, of the local stage or of AWS; readable on a terminal, JSON in a pipe.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};

use crate::aws::Aws;
use crate::deploy::function_name;
use crate::interrupt;
use crate::log_line::Line;
use crate::place::Place;
use crate::project::Project;

/// How often a file is looked at for more.
const LOOK: Duration = Duration::from_millis(200);

/// How often CloudWatch is asked for more: it allows a few calls a second in an account.
const ASK: Duration = Duration::from_secs(2);

/// How far back CloudWatch is asked.
const BACK: SignedDuration = SignedDuration::from_hours(1);

/// Lines of each bot that are shown to begin with.
const LINES: usize = 100;

/// Characters of a request id.
const REQUEST_ID: usize = 36;

/// Prints the last lines of a bot, of a request, or of all bots; with `follow` those that come, until Ctrl-C.
///
/// # Errors
/// No such bot, no log, or what AWS answers.
pub async fn run(
    project: &Project,
    stage: &str,
    local: bool,
    what: Option<&str>,
    follow: bool,
) -> Result<()> {
    let bots = project.bots()?;
    let is_request = |what: &&str| what.len() == REQUEST_ID && what.matches('-').count() == 4;
    let request = what.filter(is_request);
    let bots = match what {
        Some(bot) if request.is_none() => {
            if !bots.iter().any(|one| one == bot) {
                bail!(
                    "functions/{bot} does not exist; there are {}; or give a request id",
                    bots.join(", ")
                );
            }
            vec![bot.to_owned()]
        }
        _ => bots,
    };
    let printer = Printer {
        terminal: std::io::stdout().is_terminal(),
        several: bots.len() > 1,
        request: request.map(str::to_owned),
    };
    let source = async {
        match local {
            true => of_files(project, stage, &bots, follow, &printer).await,
            false => of_aws(project, stage, &bots, follow, &printer).await,
        }
    };
    tokio::select! {
        done = source => done,
        () = interrupt::wait() => Ok(()),
    }
}

/// For whom lines are printed, and which.
struct Printer {
    terminal: bool,
    several: bool,
    request: Option<String>,
}

impl Printer {
    fn print(&self, bot: &str, line: &str) {
        if self
            .request
            .as_ref()
            .is_some_and(|id| !line.contains(id.as_str()))
        {
            return;
        }
        let read = Line::read(line);
        if !self.terminal {
            println!("{}", read.json(bot));
            return;
        }
        if let Some(text) = read.human(true) {
            match self.several {
                true => println!("{bot:<10} {text}"),
                false => println!("{text}"),
            }
        }
    }

    /// Of old lines, all of a request, else the last ones.
    fn print_last(&self, bot: &str, lines: &[&str]) {
        let skipped = match self.request {
            Some(_) => 0,
            None => lines.len().saturating_sub(LINES),
        };
        for line in &lines[skipped..] {
            self.print(bot, line);
        }
    }
}

async fn of_files(
    project: &Project,
    stage: &str,
    bots: &[String],
    follow: bool,
    printer: &Printer,
) -> Result<()> {
    let mut files: BTreeMap<&String, (PathBuf, u64)> = BTreeMap::new();
    for bot in bots {
        let name = format!("{}.log", function_name(stage, bot));
        let path = project.local(stage).join("logs/aws/lambda").join(name);
        let text = std::fs::read(&path).unwrap_or_default();
        let shown = String::from_utf8_lossy(&text);
        printer.print_last(bot, &shown.lines().collect::<Vec<_>>());
        files.insert(bot, (path, text.len() as u64));
    }
    let nothing = files.values().all(|(_, size)| *size == 0);
    if nothing && !follow {
        bail!(
            "{} said nothing on the local stage {stage} yet: `make up` runs it",
            bots.join(", ")
        );
    }
    if !follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(LOOK).await;
        for (bot, (path, read)) in &mut files {
            for line in more(path, read)
                .with_context(|| format!("{} cannot be read", project.relative(path)))?
            {
                printer.print(bot, &line);
            }
        }
    }
}

/// The whole lines that were added to a file; one that is not there yet has none.
fn more(path: &std::path::Path, read: &mut u64) -> std::io::Result<Vec<String>> {
    let Ok(mut file) = std::fs::File::open(path) else {
        return Ok(Vec::new());
    };
    if file.metadata()?.len() < *read {
        // It was removed, and began anew.
        *read = 0;
    }
    file.seek(SeekFrom::Start(*read))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    *read += whole as u64;
    let text = String::from_utf8_lossy(&bytes[..whole]);
    Ok(text.lines().map(str::to_owned).collect())
}

async fn of_aws(
    project: &Project,
    stage: &str,
    bots: &[String],
    follow: bool,
    printer: &Printer,
) -> Result<()> {
    let aws: Aws = Place::on_aws(project, stage).aws()?;
    let begin = (Timestamp::now() - BACK).as_millisecond();
    let mut since: BTreeMap<&String, i64> = bots.iter().map(|bot| (bot, begin)).collect();
    let mut seen: Vec<String> = Vec::new();
    let mut first = true;
    while first || follow {
        for (bot, since) in &mut since {
            let group = format!("/aws/lambda/{}", function_name(stage, bot));
            let mut events = aws
                .log_events(&group, *since, printer.request.as_deref())
                .await?;
            events.retain(|event| !seen.contains(&event.id));
            if let Some(last) = events.last() {
                // Of the same millisecond there may be more.
                *since = last.time_ms;
            }
            seen.extend(events.iter().map(|event| event.id.clone()));
            let lines: Vec<&str> = events.iter().map(|event| event.line.trim_end()).collect();
            match first {
                true => printer.print_last(bot, &lines),
                false => lines.iter().for_each(|line| printer.print(bot, line)),
            }
        }
        first = false;
        if follow {
            tokio::time::sleep(ASK).await;
        }
    }
    Ok(())
}
