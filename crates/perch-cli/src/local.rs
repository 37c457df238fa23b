//! The local stage with the doubles that its bots talk to: what `perch up` and `perch demo` have in common.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use perch_aws::{AccountOptions, Parameters};
use perch_doubles::github::{self, GitHub};
use perch_doubles::slack::{self, Slack};
use perch_local::{RunFile, Stage};

use crate::caller;
use crate::offline;
use crate::package;
use crate::project::Project;
use crate::secrets;
use crate::steps::Step;
use crate::working_copy::WorkingCopy;

/// A running local stage, with the doubles that its bots talk to. Dropping it stops everything.
pub struct Running {
    /// The local stage itself.
    pub stage: Stage,
    /// The double that the bots post to.
    pub slack: Slack,
    _github: GitHub,
    doubles: caller::Doubles,
}

/// Starts the doubles that bots talk to, and returns the variables with their addresses for the functions.
async fn start_doubles() -> Result<(Slack, GitHub, BTreeMap<String, String>)> {
    let slack = Slack::start(slack::SlackOptions::default())
        .await
        .context("the double of Slack cannot be started")?;
    let github = GitHub::start(github::GitHubOptions::default())
        .await
        .context("the double of GitHub cannot be started")?;
    let environment = BTreeMap::from([
        ("SLACK_API_URL".to_owned(), slack.url()),
        ("GITHUB_API_URL".to_owned(), github.url()),
    ]);
    Ok((slack, github, environment))
}

impl Running {
    /// Runs `state`, with its files in `.perch/local/<stage>`; schedules fire by the clock if it is `clocked`.
    ///
    /// # Errors
    /// When a double or the stage cannot be started.
    pub async fn start(
        project: &Project,
        name: &str,
        state: serde_json::Value,
        port: u16,
        clocked: bool,
    ) -> Result<Running> {
        let (slack, github, environment) = start_doubles().await?;
        let folder = WorkingCopy::prepare(project, &format!("envs/{name}"))?;
        let data = project.local(name);
        let mut options = AccountOptions::new(folder.folder(), project.simulated_aws(), &data);
        options.port = port;
        options.run_schedules = clocked;
        options.extra_environment = environment;
        let stage = perch_local::start(name, state, options).await?;
        let doubles = caller::Doubles::write(&data, slack.url())?;
        Ok(Running {
            stage,
            slack,
            _github: github,
            doubles,
        })
    }

    /// Stops everything.
    pub async fn stop(self) {
        self.doubles.remove();
        self.stage.shutdown().await;
    }
}

/// Builds unless the zips in `dist/` are used as they are (`built`), applies, and generates missing secrets: what `up` and `demo`
/// have in common.
///
/// # Errors
/// The step that failed.
pub async fn prepare(project: &Project, name: &str, built: bool) -> Result<serde_json::Value> {
    if let Some(other) = RunFile::find(&project.local(name))? {
        bail!(
            "{name} is already running, in process {}: stop it there with Ctrl-C, or talk to it with `perch send`",
            other.pid
        );
    }
    let names = project.bots()?;
    for bot in &names {
        package::check_folder(project, bot)?;
    }
    if !built {
        package::build_all(project, &names, None)?;
    }
    let mut step = Step::start("apply");
    let (state, summary) = offline::apply(project, name, &mut step).await?;
    step.done(&format!("{name}, offline: {summary}"));
    let step = Step::start("secrets");
    let (put, all) = put_demo_secrets(project, name)?;
    let place = Parameters::in_data_dir(&project.local(name));
    step.done(&format!(
        "{put} of {all} generated, in {}",
        project.relative(place.path())
    ));
    Ok(state)
}

/// Generates a value for each parameter that a bot reads and that isn't set. Returns how many, and of how many.
fn put_demo_secrets(project: &Project, name: &str) -> Result<(usize, usize)> {
    let parameters = Parameters::in_data_dir(&project.local(name));
    let there = parameters.names()?;
    let readers = secrets::readers(project, name)?;
    let mut put = 0;
    for parameter in readers
        .keys()
        .filter(|parameter| !there.contains(parameter))
    {
        let value = secrets::made_up(parameter)?;
        parameters.set(parameter, &value)?;
        put += 1;
    }
    Ok((put, readers.len()))
}

/// A time in a schedule's time zone, as people read it.
pub fn in_zone(at: Timestamp, zone: &str) -> String {
    match at.in_tz(zone) {
        Ok(at) => at.strftime("%a %Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}
