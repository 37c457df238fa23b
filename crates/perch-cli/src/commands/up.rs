//! `perch up`: the bots, run from the applied state until Ctrl-C.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use perch_aws::{Event, Parameters};
use perch_doubles::slack::{self, Slack};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::commands::status;
use crate::desk;
use crate::interrupt;
use crate::local::{self, Options, Running};
use crate::offline;
use crate::page;
use crate::project::Project;
use crate::steps::Step;
use crate::working_copy::WorkingCopy;

/// How often `up` checks whether something was applied.
const APPLIED_AGAIN: Duration = Duration::from_secs(1);

/// Runs until Ctrl-C.
///
/// # Errors
/// Whatever keeps the bots from running; nothing is left behind then.
pub async fn run(project: &Project, name: &str, options: Options, built: bool) -> Result<()> {
    options.check()?;
    let state = local::prepare(project, name, built).await?;
    let step = Step::start("start");
    let running = Running::start(project, name, state, options).await?;
    step.done(&format!("{} bots", running.stage.functions().len()));
    println!("{}", overview(project, name, &running));
    let page = page::start(project, name, &running).await?;
    if let Some(page) = &page {
        println!("page         {}", page.url());
    }
    let mut messages = running.slack().ok().map(Slack::subscribe);
    let mut events = running.stage.events();
    let copy = WorkingCopy::prepare(project, &format!("envs/{name}"))?;
    let mut serial = copy.serial();
    let mut looks = tokio::time::interval(APPLIED_AGAIN);
    loop {
        tokio::select! {
            () = interrupt::wait() => break,
            _ = looks.tick() => {
                let now = copy.serial();
                if now.is_some() && now != serial {
                    serial = now;
                    println!("{} {}", clock(), reload(project, &copy, &running).await);
                }
            }
            message = next(&mut messages) => match message {
                Ok(message) => {
                    println!("{} slack: {message}", clock());
                    if let Some(hint) = hint(&message) {
                        println!("  {hint}");
                    }
                }
                Err(RecvError::Lagged(lost)) => eprintln!("perch: {lost} messages were not shown: they came too fast"),
                Err(RecvError::Closed) => break,
            },
            event = events.recv() => match event {
                Ok(event) => if let Some(line) = happened(&event) { println!("{} {line}", clock()) },
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
        }
    }
    if let Some(page) = page {
        page.stop()?;
    }
    running.stop().await;
    eprintln!("perch: {name} has stopped");
    Ok(())
}

/// The double's next message; none ever where the bots talk to another Slack.
async fn next(messages: &mut Option<Receiver<slack::Event>>) -> Result<slack::Event, RecvError> {
    match messages {
        Some(messages) => messages.recv().await,
        None => std::future::pending().await,
    }
}

/// Runs what was applied in the meantime, from another terminal for example, and reports the result.
async fn reload(project: &Project, copy: &WorkingCopy, running: &Running) -> String {
    let reloaded = async {
        let state = offline::applied(project, copy).await?;
        running.stage.reload(state).await?;
        running.install_apps(project)?;
        anyhow::Ok(running.stage.functions().len())
    };
    match reloaded.await {
        Ok(bots) => format!("applied again: {bots} bots"),
        Err(error) => format!("applied again, but the previous state keeps running: {error:#}"),
    }
}

/// What a person needs to know about a running stage: bots, addresses, schedules, and where things are.
fn overview(project: &Project, name: &str, running: &Running) -> String {
    let stage = &running.stage;
    let (functions, schedules) = (stage.functions(), stage.next_fires(status::NEXT_TIMES));
    let mut text = status::bots(project, &functions, &schedules, &stage.apis());
    let secrets = Parameters::in_data_dir(&project.local(name));
    let _ = writeln!(
        text,
        "\nsecrets      {}, set with `make secret STAGE={name} NAME=… LOCAL=1`",
        project.relative(secrets.path())
    );
    let _ = writeln!(
        text,
        "send         target/debug/perch send --stage {name} /tryo help"
    );
    let _ = writeln!(
        text,
        "fire         target/debug/perch fire --stage {name} mendes"
    );
    let _ = match running.slack_api() {
        Some(url) => write!(
            text,
            "slack        {url}, which is not Perch's: the bots call it with the tokens of those secrets\n\
             AWS and GitHub are simulated on this machine; Ctrl-C stops everything"
        ),
        None => write!(
            text,
            "AWS, Slack and GitHub are simulated on this machine; Ctrl-C stops everything"
        ),
    };
    text
}

/// What `up` shows of an event. What the double of Slack shows itself is left out, and so is noise.
fn happened(event: &Event) -> Option<String> {
    match event {
        Event::Request(request) => Some(format!(
            "{} {} responded {} in {:.1} ms{}",
            request.method,
            request.path,
            request.status,
            request.duration_ms,
            request
                .error
                .as_ref()
                .map(|error| format!(": {error}"))
                .unwrap_or_default()
        )),
        Event::Invocation(done) if done.status != "success" => Some(format!(
            "{} ended with {}, request {}",
            done.function, done.status, done.request_id
        )),
        Event::Schedule(fired) => Some(match &fired.error {
            Some(error) => format!("{} did not fire: {error}", fired.schedule),
            None => format!("{} fired for {}", fired.schedule, fired.scheduled_time),
        }),
        Event::AsyncDone {
            function,
            condition,
            ..
        } if condition != "Success" => Some(format!("{function} gave up: {condition}")),
        Event::QueueMessage { queue } => Some(format!("{queue} received a message")),
        _ => None,
    }
}

/// The next command, where a message has buttons.
fn hint(event: &slack::Event) -> Option<String> {
    match event {
        slack::Event::Posted(message) | slack::Event::Updated(message) => desk::buttons(message),
        _ => None,
    }
}

fn clock() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
