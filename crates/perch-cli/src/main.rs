//! Parses the command line, runs the command, and turns an error into one `perch:` message and an exit code.

use std::process::ExitCode;

use clap::Parser;
use perch_cli::cli::{Arguments, Command};
use perch_cli::package;
use perch_cli::project::Project;

fn main() -> ExitCode {
    // A wrong command line ends here with clap's own message and exit code 2.
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("perch: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let project = Project::find(&std::env::current_dir()?)?;
    match arguments.command {
        Command::Package { arch, names } => package::run(&project, &names, arch)?,
    }
    Ok(ExitCode::SUCCESS)
}
