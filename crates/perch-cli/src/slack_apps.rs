//! The Slack apps of a stage's bots, for the double: one for each token.
//!
//! A bot's `slack-manifest.yaml`, from which its app is made at Slack, says its name and the scopes of its token. Bots that read
//! one token are one app.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use perch_aws::Parameters;
use perch_doubles::slack::{Bot as SlackBot, Slack};
use serde::Deserialize;

use crate::function::{self, Bot};
use crate::project::Project;
use crate::yaml;

/// The manifest's name in a bot's folder.
pub(crate) const FILE: &str = "slack-manifest.yaml";

/// The variable with the token that a bot calls Slack with.
const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";

/// An app, with the bots that are it.
pub struct SlackApp {
    /// As the double knows it.
    pub bot: SlackBot,
    /// Their names.
    bots: Vec<String>,
    /// The parameter that holds its token; none for an app that does not call Slack.
    parameter: Option<String>,
    /// The scopes of its token; none where a bot has no manifest.
    scopes: Option<BTreeSet<String>>,
}

impl SlackApp {
    /// Whether a bot is this app.
    pub fn is(&self, bot: &str) -> bool {
        self.bots.iter().any(|name| name == bot)
    }
}

/// The part of an app's manifest that the double needs; Slack's reference has the rest.
#[derive(Debug, Default, Deserialize)]
pub struct Manifest {
    #[serde(default)]
    display_information: DisplayInformation,
    #[serde(default)]
    features: Features,
    #[serde(default)]
    oauth_config: OauthConfig,
    #[serde(default)]
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
struct Settings {
    event_subscriptions: Option<EventSubscriptions>,
}

#[derive(Debug, Default, Deserialize)]
struct EventSubscriptions {
    #[serde(default)]
    bot_events: Vec<String>,
}

impl Manifest {
    /// The slash commands.
    pub fn commands(&self) -> &[SlashCommand] {
        &self.features.slash_commands
    }

    /// The shortcuts.
    pub fn shortcuts(&self) -> &[Shortcut] {
        &self.features.shortcuts
    }

    /// The events that the app subscribes to.
    pub fn events(&self) -> &[String] {
        let events = self.settings.event_subscriptions.as_ref();
        events.map_or(&[], |events| &events.bot_events)
    }
}

#[derive(Debug, Default, Deserialize)]
struct DisplayInformation {
    name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Features {
    #[serde(default)]
    bot_user: BotUser,
    #[serde(default)]
    slash_commands: Vec<SlashCommand>,
    #[serde(default)]
    shortcuts: Vec<Shortcut>,
}

/// A slash command of an app.
#[derive(Clone, Debug, Deserialize)]
pub struct SlashCommand {
    /// With its slash.
    pub command: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// What is written behind it.
    #[serde(default)]
    pub usage_hint: String,
    /// Whether people and channels in its text come by their ids.
    #[serde(default)]
    pub should_escape: bool,
}

/// A shortcut of an app.
#[derive(Clone, Debug, Deserialize)]
pub struct Shortcut {
    /// As people read it.
    pub name: String,
    /// As the bot does.
    pub callback_id: String,
    /// `global`, or `message`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

#[derive(Debug, Default, Deserialize)]
struct BotUser {
    display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct OauthConfig {
    #[serde(default)]
    scopes: Scopes,
}

#[derive(Debug, Default, Deserialize)]
struct Scopes {
    #[serde(default)]
    bot: BTreeSet<String>,
}

/// The apps of all bots of a stage.
///
/// # Errors
/// A `function.yaml` or `slack-manifest.yaml` that is invalid.
pub fn all(project: &Project, stage: &str) -> Result<Vec<SlackApp>> {
    let mut bots = function::bots(project, stage)?;
    // The app is called after the bot that people talk to.
    bots.sort_by_key(|bot| bot.route.is_none());
    let mut apps: Vec<SlackApp> = Vec::new();
    for bot in bots {
        let manifest = manifest(project, &bot.name)?;
        let scopes = manifest
            .as_ref()
            .map(|manifest| manifest.oauth_config.scopes.bot.clone());
        let parameter = bot.secrets.get(BOT_TOKEN).cloned();
        let mut known = apps.iter_mut();
        let same = known.find(|app| parameter.is_some() && app.parameter == parameter);
        if let Some(app) = same {
            app.bots.push(bot.name);
            app.scopes = app.scopes.take().zip(scopes).map(|(mut all, more)| {
                all.extend(more);
                all
            });
            continue;
        }
        let app = SlackApp {
            bot: identity(&bot, manifest.unwrap_or_default(), apps.len()),
            bots: vec![bot.name],
            parameter,
            scopes,
        };
        apps.push(app);
    }
    Ok(apps)
}

/// The app that a bot is.
///
/// # Errors
/// As [`all`]; or when the stage has no such bot.
pub fn of(project: &Project, stage: &str, bot: &str) -> Result<SlackBot> {
    let apps = all(project, stage)?;
    let mut apps = apps.into_iter();
    let found = apps.find(|app| app.bots.iter().any(|name| name == bot));
    Ok(found
        .with_context(|| format!("{stage} has no bot {bot}"))?
        .bot)
}

/// The slash commands of a bot's app; none where the bot has no manifest.
///
/// # Errors
/// A manifest that is invalid.
pub fn commands(project: &Project, bot: &str) -> Result<Option<Vec<String>>> {
    let commands = |manifest: Manifest| {
        let all = manifest.features.slash_commands.into_iter();
        all.map(|one| one.command).collect()
    };
    Ok(manifest(project, bot)?.map(commands))
}

/// Installs the apps of a stage at the double, with the tokens that its parameters hold.
///
/// # Errors
/// As [`all`]; or parameters that cannot be read.
pub fn install(project: &Project, stage: &str, slack: &Slack) -> Result<()> {
    let parameters = Parameters::in_data_dir(&project.local(stage));
    for app in all(project, stage)? {
        let Some(parameter) = &app.parameter else {
            continue;
        };
        let Some(token) = parameters.value(parameter)? else {
            continue;
        };
        if let Some(scopes) = &app.scopes {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            slack.grant(&token, &scopes);
        }
        slack.install(app.bot, &token);
    }
    Ok(())
}

/// What the manifest of a bot says; none without one.
///
/// # Errors
/// A manifest that is invalid.
pub fn manifest(project: &Project, bot: &str) -> Result<Option<Manifest>> {
    let path = project.functions().join(bot).join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", project.relative(&path)))?;
    let read = yaml::read(&text);
    let read = read.with_context(|| {
        format!(
            "{} is not an app's manifest as api.slack.com/reference/manifests describes it",
            project.relative(&path)
        )
    });
    read.map(Some)
}

/// Slack's ids are capitals and digits, and the names of two bots may differ in a hyphen alone: the number tells them apart.
fn identity(bot: &Bot, manifest: Manifest, number: usize) -> SlackBot {
    let letters = bot.name.chars().filter(char::is_ascii_alphanumeric);
    let id: String = letters.collect::<String>().to_uppercase();
    let bot_user = manifest.features.bot_user.display_name;
    let name = bot_user.or(manifest.display_information.name);
    SlackBot {
        user_id: format!("U{number}{id}"),
        user_name: name.unwrap_or_else(|| bot.name.clone()),
        bot_id: format!("B{number}{id}"),
        app_id: format!("A{number}{id}"),
        ..SlackBot::default()
    }
}
