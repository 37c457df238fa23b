//! Calls to a running local stage: signed slash commands, as Slack sends them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use perch_aws::Parameters;
use perch_doubles::slack::Bot as SlackBot;
use perch_doubles::slack::answer::{self, Shown};
use perch_doubles::slack::request::{self, Interaction, Person, SignedRequest};
use perch_local::RunFile;

use crate::function::{self, Bot};
use crate::http;
use crate::project::Project;

/// The variable with the secret that Slack signs with.
const SIGNING_SECRET: &str = "SLACK_SIGNING_SECRET";

/// Who calls one bot: its address and the secret that its callers sign with.
pub struct Caller {
    applied: String,
    local: String,
    signing_secret: String,
}

impl Caller {
    /// For a bot with a route, on a local stage with these parameters, whose APIs are at `apis` (applied to local URL).
    ///
    /// # Errors
    /// When the bot has no route or no signing secret, or the secret isn't set.
    pub fn find(
        parameters: &Parameters,
        stage: &str,
        bot: &Bot,
        apis: &BTreeMap<String, String>,
    ) -> Result<Caller> {
        let route = bot.route.as_deref().with_context(|| {
            format!("{} has no route on {stage}: Slack cannot call it", bot.name)
        })?;
        let path = route.split_once(' ').map_or(route, |(_, path)| path);
        let (applied, local) = apis
            .iter()
            .next()
            .with_context(|| format!("the applied state of {stage} has no HTTP API"))?;
        let parameter = bot.secrets.get(SIGNING_SECRET).with_context(|| {
            format!(
                "{} does not read {SIGNING_SECRET}, so requests to it cannot be signed",
                bot.name
            )
        })?;
        let at = |base: &str| format!("{}{path}", base.trim_end_matches('/'));
        Ok(Caller {
            applied: at(applied),
            local: at(local),
            signing_secret: parameters.value(parameter)?.with_context(|| {
                format!("{parameter} is not set for the local stage: `make up` generates one")
            })?,
        })
    }

    /// The URL that Slack would call.
    pub fn applied(&self) -> &str {
        &self.applied
    }

    /// The address on this machine.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What requests to the bot are signed with.
    pub fn signing_secret(&self) -> &str {
        &self.signing_secret
    }

    /// Sends a slash command, and returns the response with its time.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn command(
        &self,
        bot: &SlackBot,
        person: &Person,
        interaction: &Interaction,
        command: &str,
        text: &str,
    ) -> Result<Answer> {
        let secret = &self.signing_secret;
        let now = Timestamp::now();
        self.send(request::command(
            bot,
            person,
            interaction,
            command,
            text,
            secret,
            now,
        ))
        .await
    }

    /// Sends a request, and returns the response with its time.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn send(&self, signed: SignedRequest) -> Result<Answer> {
        let mut request = http::loopback()?.post(&self.local).body(signed.body);
        for (name, value) in signed.headers {
            request = request.header(name, value);
        }
        let sent = Instant::now();
        let answer = request
            .send()
            .await
            .with_context(|| format!("{} does not respond", self.local))?;
        let status = answer.status().as_u16();
        let body = answer.text().await.context("the response broke off")?;
        Ok(Answer {
            status,
            body,
            time: sent.elapsed(),
        })
    }
}

/// A bot's response.
pub struct Answer {
    /// HTTP.
    pub status: u16,
    /// The body as received.
    pub body: String,
    /// From the first byte sent to the last one received.
    pub time: Duration,
}

impl Answer {
    /// What a person sees of it.
    pub fn shown(&self) -> Shown {
        answer::to_command(self.status, &self.body)
    }

    /// The message that a person sees of it; empty for none.
    pub fn text(&self) -> String {
        match self.shown() {
            Shown::Message { text, .. } => text,
            Shown::Nothing | Shown::Failed { .. } => String::new(),
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = self.time.as_secs_f64() * 1000.0;
        write!(f, "{} in {milliseconds:.1} ms", self.status)?;
        match self.shown() {
            Shown::Nothing => write!(f, ", empty: Slack does not show anything yet"),
            Shown::Message { text, in_channel } => {
                let who = if in_channel {
                    "visible to the channel"
                } else {
                    "visible only to the sender"
                };
                write!(f, ", {who}\n{}", indent(&text))
            }
            Shown::Failed { error, problems } => {
                write!(f, ", and Slack would show the error {error}")?;
                for problem in problems {
                    write!(f, "\n{}", indent(&problem))?;
                }
                Ok(())
            }
        }
    }
}

/// Below what a line says, in its column.
pub fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("           {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The running local stage.
///
/// # Errors
/// When none is running.
pub fn running(project: &Project, stage: &str) -> Result<RunFile> {
    RunFile::find(&project.local(stage))?.ok_or_else(|| {
        anyhow!(
            "{stage} is not running here: start it with `make up STAGE={stage}` in another terminal"
        )
    })
}

/// The bot of a stage whose route is a slash command's name.
///
/// # Errors
/// When no bot has that command; names the existing routes.
pub fn bot_of(project: &Project, stage: &str, command: &str) -> Result<Bot> {
    let bots = function::bots(project, stage)?;
    let routed = |bot: &&Bot| {
        bot.route
            .as_deref()
            .is_some_and(|route| route.ends_with(command))
    };
    bots.iter().find(routed).cloned().with_context(|| {
        let known: Vec<&str> = bots.iter().filter_map(|bot| bot.route.as_deref()).collect();
        format!(
            "no bot of {stage} has a route that ends with {command}; there are {}",
            known.join(", ")
        )
    })
}
