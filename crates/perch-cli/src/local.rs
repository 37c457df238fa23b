//! The local stage with the doubles that its bots talk to: what `perch up` and `perch demo` have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use perch_aws::{AccountOptions, Parameters};
use perch_doubles::github::{self, GitHub};
use perch_doubles::slack::{self, Slack};
use perch_local::{RunFile, Stage};

use crate::doubles::Doubles;
use crate::follow;
use crate::offline;
use crate::package;
use crate::port;
use crate::project::Project;
use crate::secrets;
use crate::slack_apps;
use crate::steps::Step;
use crate::working_copy::WorkingCopy;

/// How a local stage runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Of its HTTP API; 0 takes the one of the last start, if it is free.
    pub port: u16,
    /// Whether schedules fire by the clock.
    pub clocked: bool,
    /// The Web API of another Slack than the double.
    pub slack_api: Option<String>,
    /// Whether the double refuses calls beyond Slack's rate limits.
    pub rate_limits: bool,
}

impl Options {
    /// Checks the address of another Slack, as the bots do: tokens are sent there.
    ///
    /// # Errors
    /// Names the option and what to write.
    pub fn check(&self) -> Result<()> {
        let Some(text) = &self.slack_api else {
            return Ok(());
        };
        let is_safe = |url: &reqwest::Url| match url.scheme() {
            "https" => true,
            "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
            _ => false,
        };
        let is_plain = |url: &reqwest::Url| {
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
        };
        match reqwest::Url::parse(text) {
            Ok(url) if is_safe(&url) && is_plain(&url) => Ok(()),
            _ => bail!(
                "--slack-api: write the address of a Web API to which tokens may be sent: https, or http on this machine, such as http://127.0.0.1:3000/api/"
            ),
        }
    }
}

/// A running local stage, with the doubles that its bots talk to. Dropping it stops everything.
pub struct Running {
    /// The local stage itself.
    pub stage: Stage,
    name: String,
    slack: SlackServer,
    github: Arc<GitHub>,
    doubles: Doubles,
}

/// The Slack that the bots talk to.
enum SlackServer {
    Double(Arc<Slack>),
    /// Another one, by the address of its Web API.
    Other(String),
}

impl SlackServer {
    fn url(&self) -> String {
        match self {
            SlackServer::Double(slack) => slack.url(),
            SlackServer::Other(url) => url.clone(),
        }
    }

    fn control(&self) -> Option<String> {
        match self {
            SlackServer::Double(slack) => slack.control().map(str::to_owned),
            SlackServer::Other(_) => None,
        }
    }
}

/// Starts the doubles that bots talk to, and returns the variables with their addresses for the functions.
async fn start_doubles(
    options: &Options,
) -> Result<(SlackServer, GitHub, BTreeMap<String, String>)> {
    let slack = match &options.slack_api {
        Some(url) => SlackServer::Other(url.clone()),
        None => {
            let options = slack::SlackOptions {
                control: Some(secrets::random_hex()?),
                rate_limits: options.rate_limits,
                ..slack::SlackOptions::default()
            };
            let slack = Slack::start(options).await;
            SlackServer::Double(Arc::new(
                slack.context("the double of Slack cannot be started")?,
            ))
        }
    };
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
    /// Runs `state`, with its files in `.perch/local/<stage>`.
    ///
    /// # Errors
    /// When a double or the stage cannot be started.
    pub async fn start(
        project: &Project,
        name: &str,
        state: serde_json::Value,
        options: Options,
    ) -> Result<Running> {
        let (slack, github, environment) = start_doubles(&options).await?;
        let root = format!("envs/{name}");
        let folder = WorkingCopy::prepare(project, &root)?;
        let data = project.local(name);
        let mut account = AccountOptions::new(folder.folder(), project.simulated_aws(), &data);
        account.port = match options.port {
            0 => port::usual(&data),
            port => port,
        };
        account.run_schedules = options.clocked;
        account.extra_environment = environment;
        if let SlackServer::Double(slack) = &slack {
            slack_apps::install(project, name, slack)?;
        }
        let stage = perch_local::start(name, state, account).await?;
        if options.port == 0 {
            port::remember(&data, &stage.apis());
        }
        let doubles = Doubles::write(&data, slack.url(), slack.control())?;
        Ok(Running {
            stage,
            name: name.to_owned(),
            slack,
            github: Arc::new(github),
            doubles,
        })
    }

    /// The double that the bots post to.
    ///
    /// # Errors
    /// When the bots talk to another Slack.
    pub fn slack(&self) -> Result<&Slack> {
        match &self.slack {
            SlackServer::Double(slack) => Ok(slack),
            SlackServer::Other(url) => bail!("the bots talk to the Slack at {url}"),
        }
    }

    /// The doubles, for whoever shows what happens there; none of Slack where the bots talk to another.
    pub fn doubles(&self) -> (Option<Arc<Slack>>, Arc<GitHub>) {
        let slack = match &self.slack {
            SlackServer::Double(slack) => Some(slack.clone()),
            SlackServer::Other(_) => None,
        };
        (slack, self.github.clone())
    }

    /// The address of another Slack than the double, if the bots talk to one.
    pub fn slack_api(&self) -> Option<&str> {
        match &self.slack {
            SlackServer::Double(_) => None,
            SlackServer::Other(url) => Some(url),
        }
    }

    /// Tells the double of the apps of bots that were added meanwhile.
    ///
    /// # Errors
    /// A `function.yaml` or manifest that is invalid.
    pub fn install_apps(&self, project: &Project) -> Result<()> {
        match &self.slack {
            SlackServer::Double(slack) => slack_apps::install(project, &self.name, slack),
            SlackServer::Other(_) => Ok(()),
        }
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
    refuse_another(project, name)?;
    let names = project.bots()?;
    for bot in &names {
        package::check_folder(project, bot)?;
    }
    if !built {
        package::build_all(project, &names, None)?;
    }
    WorkingCopy::use_zips(project, &project.dist())?;
    let mut step = Step::start("apply");
    let (state, summary) = offline::apply(project, name, &mut step).await?;
    step.done(&format!("{name}, offline: {summary}"));
    make_secrets(project, name)?;
    Ok(state)
}

/// Builds in the dev profile, and applies unless nothing has changed since the last time: what a stage that follows the files starts
/// with. `chosen` are the only bots that are to run. Returns the state, and the bots that it has.
///
/// # Errors
/// The step that failed, and a chosen bot that is not there. Declarations are judged before anything is compiled.
pub async fn prepare_to_follow(
    project: &Project,
    name: &str,
    chosen: Option<&[String]>,
) -> Result<(serde_json::Value, Vec<String>)> {
    refuse_another(project, name)?;
    let all = project.bots()?;
    let mut wanted = chosen.unwrap_or_default().iter();
    if let Some(missing) = wanted.find(|bot| !all.contains(bot)) {
        bail!(
            "functions/{missing} does not exist; there are {}: `perch new {missing}` creates it",
            all.join(", ")
        );
    }
    let mut bots = follow::selected(project, chosen)?;
    loop {
        for bot in &bots {
            package::check_folder(project, bot)?;
        }
        let mut step = Step::start("build");
        let built = follow::build::build(project, &bots, &mut step)?.all()?;
        let new = built.built.values().filter(|changed| **changed).count();
        step.done(&match new {
            0 => format!("{} bots, unchanged", bots.len()),
            new => format!("{} bots, {new} new", bots.len()),
        });
        // A folder may have come or gone while cargo ran.
        let now = follow::selected(project, chosen)?;
        if now == bots {
            break;
        }
        bots = now;
    }
    let state = match follow::applied::unchanged(project, name, &bots) {
        Some(state) => state,
        None => {
            let mut step = Step::start("apply");
            let (state, summary) = follow::apply(project, name, &bots, &mut step).await?;
            step.done(&format!("{name}, offline: {summary}"));
            state
        }
    };
    make_secrets(project, name)?;
    Ok((state, bots))
}

fn refuse_another(project: &Project, name: &str) -> Result<()> {
    match RunFile::find(&project.local(name))? {
        None => Ok(()),
        Some(other) => bail!(
            "{name} is already running, in process {}: stop it there with Ctrl-C, or talk to it with `perch send`",
            other.pid
        ),
    }
}

/// Generates missing secrets, and says so where there were any.
fn make_secrets(project: &Project, name: &str) -> Result<()> {
    let step = Step::start("secrets");
    let (put, all) = put_demo_secrets(project, name)?;
    let place = Parameters::in_data_dir(&project.local(name));
    step.done(&format!(
        "{put} of {all} generated, in {}",
        project.relative(place.path())
    ));
    Ok(())
}

/// Generates a value for each parameter that a bot reads and that isn't set. Returns how many, and of how many.
pub(crate) fn put_demo_secrets(project: &Project, name: &str) -> Result<(usize, usize)> {
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
