//! `perch up` and `perch demo`: the bots, run from the applied state, against doubles of Slack and GitHub.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use perch_aws::{Event, Parameters, RunFile, Stage};
use perch_doubles::github::{self, GitHub};
use perch_doubles::slack::{self, Slack};
use perch_schedule::Schedule;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::call::{self, Caller};
use crate::function::{self, Bot};
use crate::offline::{self, WorkingCopy};
use crate::package;
use crate::project::Project;
use crate::steps::{self, Step};
use crate::{interrupt, secret};

/// How long the demo waits for work that a bot put off. Far beyond what it takes: a loaded machine isn't a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often `up` looks whether something was applied.
const APPLIED_AGAIN: Duration = Duration::from_secs(1);

/// The bot whose command the demo sends.
const DEMO_COMMAND: &str = "tryo";

/// The bot whose schedule the demo fires.
const DEMO_SCHEDULE: &str = "mendes";

/// A pull request of the GitHub double's sample, which waits for a review.
const DEMO_PULL_REQUEST: &str = "https://github.com/perch-demo/web/pull/42";

/// That pull request's review was asked for 26 hours ago and mendes speaks up after 24, so it did two hours ago.
const DEMO_DUE: SignedDuration = SignedDuration::from_hours(2);

/// The stage that the demo applies.
const DEMO_STAGE: &str = "staging";

/// A stage that runs, with the doubles that its bots talk to. Dropping it ends all of it.
struct Running {
    stage: Stage,
    slack: Slack,
    _github: GitHub,
    doubles: call::Doubles,
}

/// Starts the doubles that bots talk to. With them comes what tells a function where they are.
pub(crate) async fn start_doubles() -> Result<(Slack, GitHub, BTreeMap<String, String>)> {
    let slack = Slack::start(slack::Options::default())
        .await
        .context("the double of Slack cannot be started")?;
    let github = GitHub::start(github::Options::default())
        .await
        .context("the double of GitHub cannot be started")?;
    let environment = BTreeMap::from([
        ("SLACK_API_URL".to_owned(), slack.url()),
        ("GITHUB_API_URL".to_owned(), github.url()),
    ]);
    Ok((slack, github, environment))
}

impl Running {
    /// Runs `state`, with its files in `.perch/local/<stage>`.
    async fn start(
        project: &Project,
        name: &str,
        state: serde_json::Value,
        port: u16,
        clocked: bool,
    ) -> Result<Running> {
        let (slack, github, environment) = start_doubles().await?;
        let folder = WorkingCopy::prepare(project, &format!("envs/{name}"))?;
        let data = project.local(name);
        let mut options = perch_aws::Options::new(folder.folder(), project.cloud(), &data);
        options.port = port;
        options.run_schedules = clocked;
        options.extra_environment = environment;
        let stage = perch_aws::start(state, options).await?;
        let doubles = call::Doubles::write(&data, slack.url())?;
        Ok(Running {
            stage,
            slack,
            _github: github,
            doubles,
        })
    }

    async fn stop(self) {
        self.doubles.remove();
        self.stage.shutdown().await;
    }
}

/// Builds, applies, and puts the secrets that are missing: what `up` and `demo` have in common.
async fn prepare(project: &Project, name: &str) -> Result<serde_json::Value> {
    if let Some(other) = RunFile::find(&project.local(name))? {
        bail!(
            "{name} runs already, in process {}: end it there with Ctrl-C, or talk to it with `perch send`",
            other.pid
        );
    }
    let names = project.bots()?;
    for bot in &names {
        package::check_folder(project, bot)?;
    }
    package::build_all(project, &names, None)?;
    let mut step = Step::start("apply");
    let (state, summary) = offline::apply(project, name, &mut step).await?;
    step.done(&format!("{name}, offline: {summary}"));
    let step = Step::start("secrets");
    let (put, all) = put_demo_secrets(project, name)?;
    let place = Parameters::in_data_dir(&project.local(name));
    step.done(&format!(
        "{put} of {all} made up and put into {}",
        project.relative(place.path())
    ));
    Ok(state)
}

/// Puts a made-up value for each parameter that a bot reads and that isn't set. Returns how many, and of how many.
fn put_demo_secrets(project: &Project, name: &str) -> Result<(usize, usize)> {
    let parameters = Parameters::in_data_dir(&project.local(name));
    let there = parameters.names()?;
    let readers = secret::readers(project, name)?;
    let mut put = 0;
    for parameter in readers
        .keys()
        .filter(|parameter| !there.contains(parameter))
    {
        let value = secret::made_up(parameter)?;
        parameters.set(parameter, &value)?;
        put += 1;
    }
    Ok((put, readers.len()))
}

/// `perch up`: runs until Ctrl-C.
///
/// # Errors
/// Whatever keeps the bots from running; nothing is left behind then.
pub async fn up(project: &Project, name: &str, port: u16) -> Result<()> {
    let state = prepare(project, name).await?;
    let step = Step::start("start");
    let running = Running::start(project, name, state, port, true).await?;
    step.done(&format!("{} bots", running.stage.functions().len()));
    println!("{}", overview(project, name, &running));
    let mut messages = running.slack.subscribe();
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
            message = messages.recv() => match message {
                Ok(message) => println!("{} slack: {message}", clock()),
                Err(RecvError::Lagged(lost)) => eprintln!("perch: {lost} messages were too many to show"),
                Err(RecvError::Closed) => break,
            },
            event = events.recv() => match event {
                Ok(event) => if let Some(line) = happened(&event) { println!("{} {line}", clock()) },
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
        }
    }
    running.stop().await;
    eprintln!("perch: {name} is down");
    Ok(())
}

/// Runs what was applied meanwhile, as from another terminal; says what came of it.
async fn reload(project: &Project, copy: &WorkingCopy, running: &Running) -> String {
    let reloaded = async {
        let state = offline::applied(project, copy).await?;
        running.stage.reload(state).await?;
        anyhow::Ok(running.stage.functions().len())
    };
    match reloaded.await {
        Ok(bots) => format!("applied again: {bots} bots"),
        Err(error) => format!("applied again, but what ran before goes on: {error:#}"),
    }
}

/// What a person needs to know of a stage that runs: bots, addresses, schedules, and where things are.
fn overview(project: &Project, name: &str, running: &Running) -> String {
    let mut text = String::new();
    for function in running.stage.functions() {
        let _ = writeln!(text, "\n{}", function.name);
        for route in &function.routes {
            let _ = writeln!(text, "  answers    {route}");
            if let Some(local) = local_url(route, &running.stage.apis()) {
                let _ = writeln!(text, "  here       {local}");
            }
        }
        for fires in running.stage.next_fires(3) {
            if fires.function == function.name {
                let times: Vec<String> = fires
                    .at
                    .iter()
                    .map(|at| in_zone(*at, &fires.timezone))
                    .collect();
                let _ = writeln!(
                    text,
                    "  fires      {}, {}",
                    fires.expression, fires.timezone
                );
                let _ = writeln!(text, "  next       {}", times.join(", "));
            }
        }
        let _ = writeln!(text, "  log        {}", project.relative(&function.log));
    }
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
    let _ = write!(
        text,
        "AWS, Slack and GitHub are played by this machine; Ctrl-C ends it all"
    );
    text
}

/// A route's local address: `POST https://….amazonaws.com/tryo` with the API's local address in place.
fn local_url(route: &str, apis: &BTreeMap<String, String>) -> Option<String> {
    apis.iter().find_map(|(applied, local)| {
        route
            .contains(applied.as_str())
            .then(|| route.replace(applied.as_str(), local))
    })
}

/// What `up` shows of an event; what Slack's double shows itself, and what is only noise, isn't.
fn happened(event: &Event) -> Option<String> {
    match event {
        Event::Request(request) => Some(format!(
            "{} {} answered {} in {:.1} ms{}",
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

fn clock() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

fn in_zone(at: Timestamp, zone: &str) -> String {
    match at.in_tz(zone) {
        Ok(at) => at.strftime("%a %Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}

/// `perch demo`: one command, one click-free round through both bots, and down again.
///
/// # Errors
/// The step that failed, why, and what to do; nothing is left behind then.
pub async fn demo(project: &Project) -> Result<()> {
    let started = Instant::now();
    let state = prepare(project, DEMO_STAGE).await?;
    let step = Step::start("start");
    let running = Running::start(project, DEMO_STAGE, state, 0, false).await?;
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
        "\nperch: the demo took {}; `make up` does the same and stays",
        steps::duration(started.elapsed())
    );
    Ok(())
}

/// Every bot that can be called with the sample, then every one that the clock calls.
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

/// Sends the slash command, prints the answer, and waits for what the deferred work posts.
async fn show_command(project: &Project, running: &Running, bot: &Bot) -> Result<()> {
    let mut messages = running.slack.subscribe();
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
    let interaction = running
        .slack
        .interaction(&person.user_id, &person.channel_id, None);
    let sent = Instant::now();
    let answer = caller
        .command(running.slack.bot(), &person, &interaction, &command, text)
        .await?;
    println!("answered   {answer}");
    let what = format!("{}'s deferred work", bot.name);
    let posted = next_message(&mut messages, &mut events, &what).await?;
    println!(
        "then       {posted}\n           {} after the command",
        steps::duration(sent.elapsed())
    );
    Ok(())
}

/// Fires the schedule and prints what is posted.
async fn show_schedule(running: &Running, bot: &Bot) -> Result<()> {
    let mut messages = running.slack.subscribe();
    let mut events = running.stage.events();
    let function = format!("perch-{DEMO_STAGE}-{}", bot.name);
    let Some(declared) = &bot.schedule else {
        return Ok(());
    };
    let schedule = Schedule::parse(&format!("cron({})", declared.cron), &declared.timezone)
        .with_context(|| format!("{}'s schedule", bot.name))?;
    // The run that has something to say: the first one after the sample's pull request was due.
    let at = schedule.next_after(Timestamp::now() - DEMO_DUE);
    let fired = running.stage.fire(&function, at).await?;
    println!(
        "\nfired      {} for {}, as cron({}) in {} would",
        fired.schedule,
        in_zone(fired.scheduled_time, &declared.timezone),
        declared.cron,
        declared.timezone
    );
    let what = format!("{}'s run", bot.name);
    let posted = next_message(&mut messages, &mut events, &what).await?;
    println!("then       {posted}");
    Ok(())
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
                    Ok(message) => return Ok(message.to_string().replace('\n', "\n         ")),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => bail!("{what}: the double of Slack ended"),
                },
                event = events.recv() => match event {
                    Ok(Event::Invocation(done)) if done.status != "success" => {
                        bail!("{what}: {} ended with {}", done.function, done.status)
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => bail!("{what}: the local stage ended"),
                },
            }
        }
    };
    tokio::time::timeout(PATIENCE, next).await.map_err(|_| {
        anyhow!(
            "{what}: nothing was posted within {}",
            steps::duration(PATIENCE)
        )
    })?
}
