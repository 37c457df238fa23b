//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::commands::new::Kind;
use crate::desk::Acting;
use crate::package::elf::Architecture;
use crate::place::Place;
use crate::project::{Project, STAGES};

/// Slack bots as Rust functions on Lambda.
#[derive(Debug, Parser)]
#[command(
    name = "perch",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A stage's name.
#[derive(Debug, Args)]
pub struct Stage {
    /// The stage
    #[arg(long, value_parser = STAGES)]
    pub stage: String,
}

/// A stage's name; staging if none is given.
#[derive(Clone, Debug, Args)]
pub struct LocalStage {
    /// The stage
    #[arg(long, value_parser = STAGES, default_value = "staging")]
    pub stage: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a new bot's folder
    New {
        /// The folder's name, and part of the bot's names on AWS
        name: String,
        /// What it does [default: command, or schedule with --schedule]
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// Route on which Slack calls it [default: POST /<name>]
        #[arg(long, value_name = "METHOD PATH", conflicts_with = "schedule")]
        route: Option<String>,
        /// Schedule on which it runs [default of a schedule: "cron(0 9 ? * MON-FRI *)"]
        #[arg(long, value_name = "EXPRESSION")]
        schedule: Option<String>,
        /// The schedule's time zone
        #[arg(long, default_value = "Asia/Tokyo")]
        timezone: String,
    },
    /// Build the bots for Lambda and zip them into dist/
    Package {
        /// Architecture of the function on Lambda [default: this machine's]
        #[arg(long)]
        arch: Option<Architecture>,
        /// Bots to build [default: all]
        names: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Build, apply offline, send a command, fire a schedule, and show what is posted
    Demo {
        /// Use the zips in dist/ as they are instead of building the bots
        #[arg(long)]
        built: bool,
    },
    /// Build, apply offline, run the bots until Ctrl-C, and follow the files: what is saved runs in seconds
    Up {
        /// The only bots to run [default: all]
        #[arg(conflicts_with = "built")]
        names: Vec<String>,
        #[command(flatten)]
        stage: LocalStage,
        /// Port of the HTTP API on 127.0.0.1 [default: that of the last start]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// Use the zips in dist/ as they are instead of building the bots, and follow no files
        #[arg(long)]
        built: bool,
        /// Have the bots talk to another Slack, such as http://127.0.0.1:3000/api/, instead of Perch's double
        #[arg(long, value_name = "URL")]
        slack_api: Option<String>,
        /// Refuse calls beyond Slack's rate limits, as Slack does
        #[arg(long, conflicts_with = "slack_api")]
        rate_limits: bool,
    },
    /// Send a signed slash command to a running bot
    Send {
        /// The command, such as /tryo
        command: String,
        /// The text after the command
        #[arg(default_value = "", hide_default_value = true)]
        text: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Press a button of the newest message, the home tab or the modal
    Click {
        /// Its text, its action id, or its number from the first one on
        what: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Choose in a menu, a date, a time or boxes to tick
    Choose {
        /// The menu's label, placeholder or action id
        what: String,
        /// The option's text or value; several where several can be chosen
        #[arg(required = true)]
        choice: Vec<String>,
        #[command(flatten)]
        acting: Acting,
    },
    /// Fill in the modal that is open
    Fill {
        /// Label=value, with commas between several values
        fields: Vec<String>,
        /// Send the form
        #[arg(long)]
        submit: bool,
        #[command(flatten)]
        acting: Acting,
    },
    /// Write a message that mentions a bot
    Mention {
        /// What is written after the bot's name
        text: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Write a message that a bot hears
    Message {
        /// What is written
        text: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Add a reaction to the newest message in the channel
    React {
        /// The emoji's name, such as eyes
        emoji: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Call a shortcut
    Shortcut {
        /// Its callback id
        callback_id: String,
        /// Of the newest message in the channel, not from the menu
        #[arg(long)]
        on_message: bool,
        #[command(flatten)]
        acting: Acting,
    },
    /// Open a bot's home tab
    Home {
        #[command(flatten)]
        acting: Acting,
    },
    /// Deliver the event in a JSON file, as Slack's reference shows it
    Event {
        file: PathBuf,
        #[command(flatten)]
        acting: Acting,
    },
    /// Send the request in a JSON file, {"headers": {…}, "body": "…"}, as it stands
    Raw {
        file: PathBuf,
        #[command(flatten)]
        acting: Acting,
    },
    /// Show what the bots log: readable on a terminal, JSON in a pipe
    Log {
        /// A bot, or a request's id [default: all bots]
        #[arg(value_name = "BOT|REQUEST ID")]
        what: Option<String>,
        /// Go on until Ctrl-C
        #[arg(long, short)]
        follow: bool,
        /// The stage on AWS: its last hour in CloudWatch [default: the local stage, staging]
        #[arg(long, value_parser = STAGES)]
        stage: Option<String>,
        /// The local stage of that name on this machine, not AWS
        #[arg(long)]
        local: bool,
    },
    /// Fire a bot's schedule
    Fire {
        /// The bot
        bot: String,
        /// The scheduled time that the bot is told, such as 2026-01-05T10:00:00+09:00 [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        #[command(flatten)]
        stage: LocalStage,
    },
    /// Run the pipeline on this machine: ship the last commit, then a changed reply, from a push to production
    Rehearse {
        /// Approve production's deploys without asking
        #[arg(long)]
        approve: bool,
        /// Ship dist/ first, as built from the last commit, instead of building that commit
        #[arg(long)]
        built: bool,
        /// Shell command that makes the change to push, run in a clone [default: changes tryo's help]
        #[arg(long, value_name = "COMMAND", requires = "ask")]
        change: Option<String>,
        /// The slash command whose reply is compared [default: /tryo help]
        #[arg(long, value_name = "TEXT")]
        ask: Option<String>,
    },
    /// Hold the table of Block Kit against Slack's own checker; needs a network, and no token
    CheckBlocks {
        #[command(flatten)]
        output: Output,
    },
    /// Set, list or check secrets, by name
    Secret {
        #[command(subcommand)]
        command: Secret,
    },
    /// Show, offline, what your edits change, compared with the last apply on this machine
    Preview {
        #[command(flatten)]
        stage: Stage,
        /// Arguments for terraform plan
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run terraform offline: plan, apply, destroy, output …, or test
    Offline {
        #[command(flatten)]
        stage: LocalStage,
        /// The terraform command and its arguments; `test [module…]` runs the modules' tests
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// Show what an apply would change on AWS
    Plan(OnAws),
    /// Check the secrets, then apply to AWS
    Apply(OnAws),
    /// Take down a stage on AWS
    Destroy(OnAws),
    /// Smoke-test what the last apply changed; restore the previous versions if it is unhealthy
    Smoke {
        #[command(flatten)]
        place: At,
        /// How long to retry while something is unhealthy: on AWS, rights and routes take a while [default: 15, local 0]
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u64>,
        #[command(flatten)]
        output: Output,
    },
    /// Move bots back to the previous version
    Rollback {
        #[command(flatten)]
        place: At,
        /// The bot [default: every bot that the last apply from here changed]
        #[arg(long)]
        bot: Option<String>,
    },
    /// Show which version of each bot is live on AWS, or what runs on the local stage
    Status {
        /// The stage on AWS [default: the local stage, staging]
        #[arg(long, value_parser = STAGES)]
        stage: Option<String>,
        /// The local stage of that name on this machine, not AWS
        #[arg(long)]
        local: bool,
        #[command(flatten)]
        output: Output,
    },
}

/// For whom the result is printed.
#[derive(Debug, Args)]
pub struct Output {
    /// Print the result as JSON, for scripts
    #[arg(long)]
    pub json: bool,
}

/// A command on AWS.
#[derive(Debug, Args)]
pub struct OnAws {
    #[command(flatten)]
    pub stage: Stage,
    /// Arguments for terraform
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Set a secret; prompts for the value without echo, or reads it from a pipe
    Set {
        #[command(flatten)]
        place: At,
        /// The parameter below /perch/<stage>/, such as slack-bot-token
        name: String,
    },
    /// List the secrets that exist or should exist, and who reads them
    List {
        #[command(flatten)]
        place: At,
        #[command(flatten)]
        output: Output,
    },
    /// Fail if a secret that a bot reads is missing
    Check {
        #[command(flatten)]
        place: At,
    },
}

/// A stage, on AWS or on this machine.
#[derive(Debug, Args)]
pub struct At {
    #[command(flatten)]
    pub stage: Stage,
    /// Use the local stage on this machine instead of AWS
    #[arg(long)]
    pub local: bool,
}

impl At {
    /// Which place that is.
    pub fn of<'a>(&'a self, project: &'a Project) -> Place<'a> {
        Place::new(project, &self.stage.stage, self.local)
    }
}
