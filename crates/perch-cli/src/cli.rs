//! What can be typed.

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::package::elf::Architecture;
use crate::project::STAGES;

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

/// A stage's name, staging when none is given.
#[derive(Debug, Args)]
pub struct LocalStage {
    /// The stage
    #[arg(long, value_parser = STAGES, default_value = "staging")]
    pub stage: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new bot's folder
    New {
        /// The folder's name, and part of the bot's names on AWS
        name: String,
        /// Slack calls it there [default: POST /<name>]
        #[arg(long, value_name = "METHOD PATH", conflicts_with = "schedule")]
        route: Option<String>,
        /// The clock calls it, as with "cron(0 9 ? * MON-FRI *)"
        #[arg(long, value_name = "EXPRESSION")]
        schedule: Option<String>,
        /// The schedule's timezone
        #[arg(long, default_value = "Asia/Tokyo", requires = "schedule")]
        timezone: String,
    },
    /// Build the bots for Lambda and zip them into dist/
    Package {
        /// Of the function on Lambda [default: this machine's]
        #[arg(long)]
        arch: Option<Architecture>,
        /// Bots to build [default: all]
        names: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Build, apply offline, send a command, fire a schedule, and show what is posted
    Demo,
    /// Build, apply offline, and run the bots until Ctrl-C
    Up {
        #[command(flatten)]
        stage: LocalStage,
        /// Port of the HTTP API on 127.0.0.1 [default: any free one]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
    },
    /// Send a signed slash command to a bot that runs
    Send {
        /// The command, as /tryo
        command: String,
        /// What is typed after it
        #[arg(default_value = "", hide_default_value = true)]
        text: String,
        #[command(flatten)]
        stage: LocalStage,
    },
    /// Fire a bot's schedule
    Fire {
        /// The bot
        bot: String,
        /// The time that the firing stands for, as 2026-01-05T10:00:00+09:00 [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        #[command(flatten)]
        stage: LocalStage,
    },
    /// Ship the last commit and a changed answer through the pipeline, from a push to production, all on this machine
    Rehearse {
        /// Approve by itself what waits before production
        #[arg(long)]
        approve: bool,
        /// Makes the change that is pushed, run by sh in a clone [default: changes tryo's help]
        #[arg(long, value_name = "COMMAND", requires = "ask")]
        change: Option<String>,
        /// The slash command whose answer is compared [default: /tryo help]
        #[arg(long, value_name = "TEXT")]
        ask: Option<String>,
    },
    /// Set, list or check secrets, by name
    Secret {
        #[command(subcommand)]
        command: Secret,
    },
    /// Show, offline, what an edit would change of what was last applied here
    Preview {
        #[command(flatten)]
        stage: Stage,
        /// For terraform plan
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
    /// Take a stage on AWS down
    Destroy(OnAws),
    /// Ask what the last apply changed how it is; put the versions before back if it is not well
    Smoke {
        #[command(flatten)]
        place: Place,
        /// Seconds to ask again while something is not well: rights and routes take a while on AWS [default: 15, local 0]
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u64>,
        #[command(flatten)]
        output: Output,
    },
    /// Put bots back to the version before
    Rollback {
        #[command(flatten)]
        place: Place,
        /// The bot [default: all that the last apply from here changed]
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
    /// For terraform
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Set one; the value is asked for without echo, or read from a pipe
    Set {
        #[command(flatten)]
        place: Place,
        /// The parameter below /perch/<stage>/, as slack-bot-token
        name: String,
    },
    /// List the names that there are or should be, and who reads them
    List {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        output: Output,
    },
    /// Fail when one is missing that a bot reads
    Check {
        #[command(flatten)]
        place: Place,
    },
}

/// A stage, on AWS or on this machine.
#[derive(Debug, Args)]
pub struct Place {
    #[command(flatten)]
    pub stage: Stage,
    /// The local stage on this machine, not AWS
    #[arg(long)]
    pub local: bool,
}
