//! What can be typed.

use clap::{Parser, Subcommand};

use crate::package::elf::Architecture;

/// Slack bots as Rust functions on Lambda.
#[derive(Debug, Parser)]
#[command(
    name = "perch",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the bots for Lambda and zip them into dist/
    Package {
        /// Of the function on Lambda; default: this machine's
        #[arg(long)]
        arch: Option<Architecture>,
        /// Bots to build; default: all
        names: Vec<String>,
    },
}
