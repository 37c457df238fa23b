//! `perch up`: the bots, run from the applied state until Ctrl-C.

use anyhow::Result;
use perch_aws::Event;
use perch_doubles::slack::{self, Slack};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::desk;
use crate::follow::{Follower, Watch};
use crate::interrupt;
use crate::local::{self, Options, Running};
use crate::overview;
use crate::page;
use crate::project::Project;
use crate::steps::Step;
use crate::why::Why;

/// Runs until Ctrl-C. `chosen` are the only bots to run, all where there is none; `built` runs the zips of `dist/` as they are,
/// and then nothing follows the files.
///
/// # Errors
/// Whatever keeps the bots from running; nothing is left behind then.
pub async fn run(
    project: &Project,
    name: &str,
    options: Options,
    chosen: Vec<String>,
    built: bool,
) -> Result<()> {
    options.check()?;
    let chosen = (!chosen.is_empty()).then_some(chosen);
    // Before anything is read: what is saved meanwhile is seen afterwards.
    let watch = if built {
        None
    } else {
        Some(Watch::start(project)?)
    };
    let (state, bots) = match built {
        true => (local::prepare(project, name, true).await?, project.bots()?),
        false => local::prepare_to_follow(project, name, chosen.as_deref()).await?,
    };
    let step = Step::start("start");
    let running = Running::start(project, name, state, options).await?;
    step.done(&format!("{} bots", running.stage.functions().len()));
    println!("{}", overview::text(project, name, &running));
    let page = page::start(project, name, &running).await?;
    if let Some(page) = &page {
        println!("page         {}", page.url());
    }
    let (say, mut said) = mpsc::unbounded_channel();
    let follower = Follower::new(project, name, &running, (chosen, bots), say)?;
    let shown = tokio::select! {
        () = follower.run(watch) => Ok(()),
        shown = show(&running, &mut said) => shown,
    };
    let kept = page.map_or(Ok(()), perch_page::Page::stop);
    running.stop().await;
    eprintln!("perch: {name} has stopped");
    shown.and(kept.map_err(Into::into))
}

/// Prints what happens, until Ctrl-C.
async fn show(running: &Running, said: &mut UnboundedReceiver<String>) -> Result<()> {
    let mut messages = running.slack().ok().map(Slack::subscribe);
    let mut events = running.stage.events();
    let mut why = Why::default();
    loop {
        tokio::select! {
            () = interrupt::wait() => return Ok(()),
            Some(text) = said.recv() => println!("{} {}", clock(), indented(&text)),
            message = next(&mut messages) => match message {
                Ok(message) => {
                    println!("{} slack: {message}", clock());
                    if let Some(hint) = hint(&message) {
                        println!("  {hint}");
                    }
                }
                Err(RecvError::Lagged(lost)) => eprintln!("perch: {lost} messages were not shown: they came too fast"),
                Err(RecvError::Closed) => return Ok(()),
            },
            event = events.recv() => match event {
                Ok(event) => {
                    let calls = || running.slack().map(Slack::calls).unwrap_or_default();
                    if let Some(text) = why.of(&event, calls).or_else(|| happened(&event)) {
                        println!("{} {}", clock(), indented(&text));
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

/// A second line stands below the first; what a compiler prints stays as it is.
fn indented(text: &str) -> String {
    match text.lines().count() {
        2 => text.replace('\n', "\n         "),
        _ => text.to_owned(),
    }
}

/// The double's next message; none ever where the bots talk to another Slack.
async fn next(messages: &mut Option<Receiver<slack::Event>>) -> Result<slack::Event, RecvError> {
    match messages {
        Some(messages) => messages.recv().await,
        None => std::future::pending().await,
    }
}

/// What `up` shows of an event. What the double of Slack shows itself is left out, and so is noise.
fn happened(event: &Event) -> Option<String> {
    match event {
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
