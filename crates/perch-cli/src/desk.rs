//! A person at the local Slack, for the commands that type, click and fill in: who they are, what they see, and which bot hears of
//! what they do.

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use perch_aws::Parameters;
use perch_doubles::slack::control::{PersonsView, Workspace};
use perch_doubles::slack::request::{self, Interaction, Person, SignedRequest};
use perch_doubles::slack::{Author, Bot as SlackBot, Channel, Message, Reason, User, render};
use perch_local::RunFile;
use serde_json::Value;

use crate::caller::{self, Answer, Caller};
use crate::cli::LocalStage;
use crate::doubles::Doubles;
use crate::function::{self, Bot};
use crate::project::Project;
use crate::slack_apps;

/// Slack hangs up after this many seconds.
const PATIENCE: f64 = 3.0;

/// How late a request with `--late` is: a signature is good for five minutes.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// What stands for a person's direct messages with the apps.
const DIRECT: &str = "dm";

/// Who does something, where, and what is odd about it.
#[derive(Args, Clone, Debug)]
pub struct Acting {
    /// The person, by name
    #[arg(long = "as", value_name = "NAME", default_value = "hanako")]
    user: String,
    /// The channel, by name, or dm for direct messages
    #[arg(long = "in", value_name = "CHANNEL", default_value = "#general")]
    channel: String,
    /// In the thread of the newest message there
    #[arg(long)]
    thread: bool,
    /// The bot, where several could be meant
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Send it as Slack's retry
    #[arg(long)]
    again: bool,
    /// Send it ten minutes late
    #[arg(long)]
    late: bool,
    /// Sign it with another secret
    #[arg(long)]
    forged: bool,
    #[command(flatten)]
    stage: LocalStage,
}

impl Acting {
    /// The first retry, where it is sent as one.
    pub fn retry(&self) -> Option<(usize, Reason)> {
        self.again.then_some((1, Reason::HttpTimeout))
    }
}

/// A person at a running stage.
pub struct Desk<'a> {
    project: &'a Project,
    acting: Acting,
    run: RunFile,
    bots: Vec<Bot>,
    /// The double of Slack.
    pub doubles: Doubles,
    /// As it stood when the person sat down.
    pub workspace: Workspace,
    user: User,
    channel: Channel,
}

/// Where something can be clicked or filled in.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A message.
    Message(Box<Message>),
    /// A modal, or a home tab.
    View(Box<PersonsView>),
}

impl<'a> Desk<'a> {
    /// Sits a person down.
    ///
    /// # Errors
    /// When no stage runs, its bots talk to another Slack, or there is no such person or channel; names those that are.
    pub async fn open(project: &'a Project, acting: &Acting) -> Result<Desk<'a>> {
        let stage = &acting.stage.stage;
        let run = caller::running(project, stage)?;
        let doubles = Doubles::read(&project.local(stage))?;
        let workspace = doubles.workspace().await?;
        let name = acting.user.trim_start_matches('@');
        let user = workspace
            .users
            .iter()
            .find(|user| user.name == name || user.id == name);
        let user = user.cloned().with_context(|| {
            let names = workspace.users.iter().map(|user| user.name.as_str());
            format!("--as {name}: there is {}", listed(names))
        })?;
        let name = acting.channel.trim_start_matches('#');
        let mut channels = workspace.channels.iter();
        let channel = channels.find(|channel| channel.name == name || channel.id == name);
        let direct = || (name == DIRECT).then(|| direct_messages(&user));
        let channel = channel.cloned().or_else(direct).with_context(|| {
            let names = workspace
                .channels
                .iter()
                .map(|channel| format!("#{}", channel.name));
            format!(
                "--in {name}: there is {}, and {DIRECT} for direct messages",
                listed(names)
            )
        })?;
        Ok(Desk {
            project,
            acting: acting.clone(),
            run,
            bots: function::bots(project, stage)?,
            doubles,
            workspace,
            user,
            channel,
        })
    }

    /// The person, for Slack's payloads.
    pub fn person(&self) -> Person {
        Person {
            user_id: self.user.id.clone(),
            user_name: self.user.name.clone(),
            channel_id: self.channel.id.clone(),
            channel_name: self.channel.name.clone(),
        }
    }

    /// The id of the channel.
    pub fn channel(&self) -> &str {
        &self.channel.id
    }

    fn stage(&self) -> &str {
        &self.acting.stage.stage
    }

    /// The bot that takes a slash command: the one that `--bot` names, or whose manifest has the command, or without a manifest
    /// whose route ends with it.
    ///
    /// # Errors
    /// When none does; names the commands that there are.
    pub fn bot_of_command(&self, command: &str) -> Result<&Bot> {
        if self.acting.bot.is_some() {
            return self.bot();
        }
        let mut known = Vec::new();
        for bot in self.bots.iter().filter(|bot| bot.route.is_some()) {
            let commands = slack_apps::commands(self.project, &bot.name)?;
            let of_route = || {
                let route = bot.route.as_deref()?;
                route
                    .rsplit_once('/')
                    .map(|(_, name)| vec![format!("/{name}")])
            };
            let commands = commands.or_else(of_route).unwrap_or_default();
            if commands.iter().any(|one| one == command) {
                return Ok(bot);
            }
            known.extend(commands);
        }
        bail!(
            "no bot of {} has the command {command}: there is {}",
            self.stage(),
            listed(known)
        )
    }

    /// The bot that hears of what happens in a channel: the one that `--bot` names, or the only one that Slack calls.
    ///
    /// # Errors
    /// When none or several could be meant.
    pub fn bot(&self) -> Result<&Bot> {
        let mut called = self.bots.iter().filter(|bot| bot.route.is_some());
        let names = || listed(called.clone().map(|bot| bot.name.as_str()));
        if let Some(name) = &self.acting.bot {
            let found = called.clone().find(|bot| bot.name == *name);
            return found.with_context(|| format!("--bot {name}: Slack calls {}", names()));
        }
        match (called.next(), called.next()) {
            (Some(bot), None) => Ok(bot),
            (None, _) => bail!(
                "no bot of {} has a route, so Slack calls none",
                self.stage()
            ),
            (Some(first), Some(_)) => bail!(
                "several bots could be meant: say --bot {}, for one",
                first.name
            ),
        }
    }

    /// The bot that hears of clicks on what an app has shown.
    ///
    /// # Errors
    /// When none of the app's bots is called by Slack.
    pub fn bot_of_app(&self, app_id: &str) -> Result<&Bot> {
        if self.acting.bot.is_some() {
            return self.bot();
        }
        for bot in self.bots.iter().filter(|bot| bot.route.is_some()) {
            if self.app(bot)?.app_id == app_id {
                return Ok(bot);
            }
        }
        bail!("no bot of the app {app_id} has a route, so Slack cannot tell it")
    }

    /// What a bot is at Slack.
    ///
    /// # Errors
    /// A manifest that is invalid.
    pub fn app(&self, bot: &Bot) -> Result<SlackBot> {
        slack_apps::of(self.project, self.stage(), &bot.name)
    }

    /// Where a bot is called, and what requests to it are signed with.
    ///
    /// # Errors
    /// When it has no signing secret.
    pub fn caller(&self, bot: &Bot) -> Result<Caller> {
        let parameters = Parameters::in_data_dir(&self.project.local(self.stage()));
        Caller::find(&parameters, self.stage(), bot, &self.run.apis)
    }

    /// A trigger and a `response_url`.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn interaction(
        &self,
        app: &SlackBot,
        holder: Option<&Holder>,
    ) -> Result<Interaction> {
        let (channel, ts) = match holder {
            Some(Holder::Message(message)) => (message.channel.as_str(), Some(message.ts.as_str())),
            _ => (self.channel(), None),
        };
        self.doubles
            .interaction(app, &self.user.id, channel, ts)
            .await
    }

    /// When Slack sends the request.
    pub fn time(&self) -> Timestamp {
        match self.acting.late {
            true => Timestamp::now() - LATE,
            false => Timestamp::now(),
        }
    }

    /// What the request is signed with.
    pub fn secret<'s>(&self, caller: &'s Caller) -> &'s str {
        match self.acting.forged {
            true => "not the bot's signing secret",
            false => caller.signing_secret(),
        }
    }

    /// Sends a request, and prints it and the response.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn send(
        &self,
        caller: &Caller,
        what: &str,
        mut signed: SignedRequest,
    ) -> Result<Answer> {
        println!("sent       {}\n           {what}", caller.applied());
        if let Some((number, reason)) = self.acting.retry() {
            signed
                .headers
                .push(("x-slack-retry-num", number.to_string()));
            signed
                .headers
                .push(("x-slack-retry-reason", reason.to_string()));
        }
        caller.send(signed).await
    }

    /// Signs and sends an interaction's payload.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn interact(&self, caller: &Caller, what: &str, payload: &Value) -> Result<Answer> {
        let signed = request::interaction(payload, self.secret(caller), self.time());
        self.send(caller, what, signed).await
    }

    /// The message whose thread is meant: the newest in the channel that all see.
    ///
    /// # Errors
    /// When there is none.
    pub fn thread(&self) -> Result<Option<&str>> {
        if !self.acting.thread {
            return Ok(None);
        }
        let newest = self
            .messages()
            .find(|message| message.channel == self.channel.id);
        let newest = newest
            .with_context(|| format!("--thread: nothing was posted in #{}", self.channel.name))?;
        Ok(Some(newest.thread_ts().unwrap_or(&newest.ts)))
    }

    /// What the person sees of messages, newest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        let sees = |message: &&Message| {
            let only = message.ephemeral_to.as_deref();
            only.is_none_or(|user| user == self.user.id)
        };
        self.workspace.messages.iter().rev().filter(sees)
    }

    /// The modal that the person has before them.
    pub fn modal(&self) -> Option<&PersonsView> {
        let mut views = self.workspace.views.iter().rev();
        views.find(|open| open.user == self.user.id && open.view["type"] == "modal")
    }

    /// Everything that can be clicked or filled in: the modal alone where there is one, else the home tabs and messages, newest
    /// first.
    pub fn holders(&self) -> Vec<Holder> {
        if let Some(modal) = self.modal() {
            return vec![Holder::View(Box::new(modal.clone()))];
        }
        let messages = self.messages();
        let messages = messages.map(|message| Holder::Message(Box::new(message.clone())));
        let homes = self.workspace.views.iter().rev();
        let homes = homes.filter(|open| open.user == self.user.id && open.view["type"] == "home");
        messages
            .chain(homes.map(|open| Holder::View(Box::new(open.clone()))))
            .collect()
    }

    /// Prints what has appeared since the person sat down, but for what is shown already: messages, changes of them, and
    /// modals.
    ///
    /// # Errors
    /// When the double does not respond.
    pub async fn show_news(&self, shown: Option<&Message>) -> Result<()> {
        let now = self.doubles.workspace().await?;
        let is_shown = |message: &&Message| {
            shown.is_none_or(|shown| shown.ts != message.ts || shown.channel != message.channel)
        };
        for message in now.messages.iter().filter(is_shown) {
            let before = self.workspace.messages.iter();
            let mut before =
                before.filter(|old| old.channel == message.channel && old.ts == message.ts);
            let what = match before.next() {
                None => "posted",
                Some(old) if old.arguments != message.arguments => "updated",
                Some(_) => continue,
            };
            let text = render::message(message.text(), message.blocks());
            println!("then       {what} in {}", self.place(message));
            println!("{}", caller::indent(&text));
            if let Some(hint) = buttons(message) {
                println!("           {hint}");
            }
        }
        for open in &now.views {
            let mut before = self.workspace.views.iter();
            let known = before.any(|old| {
                old.view["id"] == open.view["id"] && old.view["hash"] == open.view["hash"]
            });
            if !known && open.user == self.user.id {
                println!("then       {} sees", self.user.name);
                println!("{}", caller::indent(&render::view(&open.view)));
            }
        }
        Ok(())
    }

    /// Where a message is, whose it is, and for whom.
    fn place(&self, message: &Message) -> String {
        let mut channels = self.workspace.channels.iter();
        let channel = channels.find(|channel| channel.id == message.channel);
        let channel = channel.map_or_else(
            || message.channel.clone(),
            |channel| format!("#{}", channel.name),
        );
        let author = match &message.author {
            Author::App(bot) => bot.user_name.clone(),
            Author::Person(user) => self.name_of(user),
        };
        let only = message.ephemeral_to.as_deref();
        let only = only.map(|user| format!(", for {} only", self.name_of(user)));
        format!("{channel}, by {author}{}", only.unwrap_or_default())
    }

    fn name_of(&self, user: &str) -> String {
        let mut users = self.workspace.users.iter();
        let found = users.find(|one| one.id == user);
        found.map_or(user, |one| &one.name).to_owned()
    }

    /// The person's time zone.
    pub fn zone(&self) -> &str {
        &self.user.tz
    }
}

/// As the double names them: `D…` for the person `U…`.
fn direct_messages(user: &User) -> Channel {
    Channel {
        id: format!("D{}", user.id.get(1..).unwrap_or_default()),
        name: "directmessage".to_owned(),
        is_private: true,
        has_bot: true,
    }
}

/// How the buttons of a message are pressed from the terminal, by their numbers.
pub fn buttons(message: &Message) -> Option<String> {
    let elements = message.elements();
    let buttons = elements
        .iter()
        .filter(|(_, element)| element["type"] == "button");
    let texts = buttons.filter_map(|(_, element)| element["text"]["text"].as_str());
    let numbered: Vec<String> = texts
        .enumerate()
        .map(|(index, text)| format!("{} {text}", index + 1))
        .collect();
    (!numbered.is_empty()).then(|| format!("perch click: {}", numbered.join(", ")))
}

impl Holder {
    /// Its blocks.
    pub fn blocks(&self) -> Vec<Value> {
        match self {
            Holder::Message(message) => message.blocks().to_vec(),
            Holder::View(open) => open.view["blocks"].as_array().cloned().unwrap_or_default(),
        }
    }

    /// The app that shows it.
    pub fn app_id(&self) -> &str {
        match self {
            Holder::Message(message) => match &message.author {
                Author::App(bot) => &bot.app_id,
                Author::Person(_) => "",
            },
            Holder::View(open) => open.view["app_id"].as_str().unwrap_or_default(),
        }
    }
}

/// Says how a bot has answered what Slack shows nothing of, and when it was too late.
pub fn answered(answer: &Answer) -> String {
    let mut text = format!(
        "{} in {:.1} ms",
        answer.status,
        answer.time.as_secs_f64() * 1000.0
    );
    if answer.time.as_secs_f64() > PATIENCE {
        text.push_str(": too late, Slack hangs up after 3 s and shows an error");
    } else if !(200..300).contains(&answer.status) {
        text.push_str(": Slack shows an error");
    }
    text
}

/// `a, b and c`
pub fn listed<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items
        .into_iter()
        .map(|item| item.as_ref().to_owned())
        .collect();
    match items.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
