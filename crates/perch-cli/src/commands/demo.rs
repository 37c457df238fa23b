//! `perch demo`: runs both bots once on the local stage, then stops it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use perch_aws::{Event, Parameters};
use perch_doubles::slack;
use perch_schedule::Schedule;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::caller::Caller;
use crate::function::{self, Bot};
use crate::interrupt;
use crate::local::{self, Options, Running, in_zone};
use crate::project::Project;
use crate::slack_apps;
use crate::steps::{self, Step};

/// How long the demo waits for a bot's job. Far beyond what it takes: a loaded machine isn't a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bot whose command the demo sends.
const DEMO_COMMAND: &str = "tryo";

/// The bot whose schedule the demo fires.
const DEMO_SCHEDULE: &str = "mendes";

/// A pull request of the GitHub double's sample, which waits for a review.
const DEMO_PULL_REQUEST: &str = "https://github.com/perch-demo/web/pull/42";

/// That pull request's review was requested 26 hours ago and mendes reports after 24, so it was due two hours ago.
const DEMO_DUE: SignedDuration = SignedDuration::from_hours(2);

/// The stage that the demo applies.
const DEMO_STAGE: &str = "staging";

/// Runs both bots once, without a click, then stops the local stage.
///
/// # Errors
/// The step that failed, why, and what to do; nothing is left behind then.
pub async fn run(project: &Project, built: bool) -> Result<()> {
    let started = Instant::now();
    let state = local::prepare(project, DEMO_STAGE, built).await?;
    let step = Step::start("start");
    let running = Running::start(project, DEMO_STAGE, state, Options::default()).await?;
    let bots: Vec<String> = running
        .stage
        .functions()
        .into_iter()
        .map(|bot| bot.name)
        .collect();
    step.done(&bots.join(", "));
    let shown = tokio::select! {
        shown = show(project, &running) => shown,
        () = interrupt::wait() => Err(interrupt::error()),
    };
    let log = project.local(DEMO_STAGE);
    running.stop().await;
    shown.with_context(|| format!("the demo failed; logs are in {}", project.relative(&log)))?;
    eprintln!(
        "\nperch: the demo took {}; `make up` does the same and keeps running",
        steps::duration(started.elapsed())
    );
    Ok(())
}

/// Every bot that can be called with the sample, then every one with a schedule.
async fn show(project: &Project, running: &Running) -> Result<()> {
    let bots = function::bots(project, DEMO_STAGE)?;
    for bot in bots.iter().filter(|bot| bot.name == DEMO_COMMAND) {
        show_command(project, running, bot).await?;
    }
    for bot in bots.iter().filter(|bot| bot.name == DEMO_SCHEDULE) {
        show_schedule(running, bot).await?;
    }
    Ok(())
}

/// Sends the slash command, prints the reply, and waits for what the job posts.
async fn show_command(project: &Project, running: &Running, bot: &Bot) -> Result<()> {
    let slack = running.slack()?;
    let mut messages = slack.subscribe();
    let mut events = running.stage.events();
    let parameters = Parameters::in_data_dir(&project.local(DEMO_STAGE));
    let caller = Caller::find(&parameters, DEMO_STAGE, bot, &running.stage.apis())?;
    let text = DEMO_PULL_REQUEST;
    let command = format!("/{}", bot.name);
    println!(
        "\nsent       {}\n           {command} {text}",
        caller.applied()
    );
    let person = slack::request::Person::default();
    let app = slack_apps::of(project, DEMO_STAGE, &bot.name)?;
    let interaction = slack.interaction_with(&app, &person.user_id, &person.channel_id, None);
    let sent = Instant::now();
    let answer = caller
        .command(&app, &person, &interaction, &command, text)
        .await?;
    println!("replied    {answer}");
    let what = format!("{}'s job", bot.name);
    let posted = next_message(&mut messages, &mut events, &what).await?;
    println!(
        "then       {posted}\n           {} after the command",
        steps::duration(sent.elapsed())
    );
    Ok(())
}

/// Fires the schedule and prints what is posted; fires it again, which must not post the same again.
async fn show_schedule(running: &Running, bot: &Bot) -> Result<()> {
    let slack = running.slack()?;
    let mut messages = slack.subscribe();
    let mut events = running.stage.events();
    let mut runs = running.stage.events();
    let function = format!("perch-{DEMO_STAGE}-{}", bot.name);
    let Some(declared) = &bot.schedule else {
        return Ok(());
    };
    let schedule = Schedule::parse(&format!("cron({})", declared.cron), &declared.timezone)
        .with_context(|| format!("{}'s schedule", bot.name))?;
    // A run that has something to report: it comes a minute after the sample's pull request was due.
    let at = Timestamp::now() - DEMO_DUE + SignedDuration::from_mins(1);
    let fired = running.stage.fire(&function, Some(at)).await?;
    println!(
        "\nfired      {} for {}",
        fired.schedule,
        in_zone(fired.scheduled_time, &declared.timezone)
    );
    let what = format!("{}'s run", bot.name);
    let posted = next_message(&mut messages, &mut events, &what).await?;
    println!("then       {posted}");
    ended(&mut runs, &function, &what).await?;
    // The schedule's own next time, whose window has that pull request, too.
    let before = slack.messages().len();
    let next = schedule.next_after(fired.scheduled_time);
    let fired = running.stage.fire(&function, next).await?;
    println!(
        "fired      {} for {}, as cron({}) in {} would",
        fired.schedule,
        in_zone(fired.scheduled_time, &declared.timezone),
        declared.cron,
        declared.timezone
    );
    let what = format!("{}'s next run", bot.name);
    ended(&mut runs, &function, &what).await?;
    let posted = slack.messages().split_off(before);
    let about = |one: &slack::Message| format!("{:?}", one.arguments).contains(DEMO_PULL_REQUEST);
    if posted.iter().any(about) {
        bail!("{what} reported {DEMO_PULL_REQUEST} again");
    }
    println!("then       no pull request is reported twice");
    Ok(())
}

/// Waits until a function has ended an invocation; an error when that failed, or takes too long.
async fn ended(events: &mut Receiver<Event>, function: &str, what: &str) -> Result<()> {
    let next = async {
        loop {
            match events.recv().await {
                Ok(Event::Invocation(done)) if done.function == function => {
                    if done.status != "success" {
                        bail!("{what} ended with {}", done.status);
                    }
                    return Ok(());
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => bail!("{what}: the local stage stopped"),
            }
        }
    };
    within_patience(next, || format!("{what} did not end")).await
}

async fn within_patience<T>(
    work: impl Future<Output = Result<T>>,
    what: impl FnOnce() -> String,
) -> Result<T> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .map_err(|_| anyhow!("{} within {}", what(), steps::duration(PATIENCE)))?
}

/// The next message that a bot posts; an error when its work fails first, or takes too long.
async fn next_message(
    messages: &mut Receiver<slack::Event>,
    events: &mut Receiver<Event>,
    what: &str,
) -> Result<String> {
    let next = async {
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Ok(slack::Event::Refused(call)) => bail!(
                        "{what}: Slack refused {}: {}",
                        call.method,
                        call.error.unwrap_or_default()
                    ),
                    // Its first line says what and where, the rest is the message: one column with the other results.
                    Ok(message @ slack::Event::Posted(_)) => {
                        return Ok(message.to_string().replace('\n', "\n         "));
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => bail!("{what}: the double of Slack stopped"),
                },
                event = events.recv() => match event {
                    Ok(Event::Invocation(done)) if done.status != "success" => {
                        bail!("{what}: {} ended with {}", done.function, done.status)
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => bail!("{what}: the local stage stopped"),
                },
            }
        }
    };
    within_patience(next, || format!("{what}: nothing was posted")).await
}
