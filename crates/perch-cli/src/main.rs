//! Parses the command line, runs the command, and turns an error into one `perch:` message and an exit code.

use std::process::ExitCode;

use clap::Parser;
use perch_cli::cli::{Arguments, Command, Secret};
use perch_cli::commands::event::{self, Happening};
use perch_cli::commands::{
    apply, check_blocks, click, demo, destroy, fire, log, new, offline, plan, preview, rehearse,
    rollback, secret, send, smoke, status, up,
};
use perch_cli::commands::{fill, raw, shortcut};
use perch_cli::local::Options;
use perch_cli::project::Project;
use perch_cli::{closed_pipe, interrupt, package};

fn main() -> ExitCode {
    closed_pipe::noticed(command).unwrap_or(ExitCode::from(closed_pipe::EXIT_CODE))
}

fn command() -> ExitCode {
    // A wrong command line ends here, with clap's own message and exit code 2.
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("perch: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        interrupt::listen()?;
        run(arguments.command).await
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if interrupt::is(&error) => ExitCode::from(interrupt::EXIT_CODE),
        Err(error) => {
            eprintln!("perch: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<u8> {
    let project = Project::find(&std::env::current_dir()?)?;
    match command {
        Command::New {
            name,
            kind,
            route,
            schedule,
            timezone,
        } => new::run(&project, &name, kind, route, schedule, &timezone)?,
        Command::Package {
            arch,
            names,
            output,
        } => package::run(&project, &names, arch, output.json)?,
        Command::Demo { built } => demo::run(&project, built).await?,
        Command::Up {
            names,
            stage,
            port,
            built,
            slack_api,
            rate_limits,
        } => {
            let options = Options {
                port,
                clocked: true,
                slack_api,
                rate_limits,
            };
            up::run(&project, &stage.stage, options, names, built).await?;
        }
        Command::Send {
            command,
            text,
            acting,
        } => send::run(&project, &acting, &command, &text).await?,
        Command::Click { what, acting } => click::click(&project, &acting, &what).await?,
        Command::Choose {
            what,
            choice,
            acting,
        } => click::choose(&project, &acting, &what, &choice).await?,
        Command::Fill {
            fields,
            submit,
            acting,
        } => fill::run(&project, &acting, &fields, submit).await?,
        Command::Mention { text, acting } => {
            event::run(&project, &acting, Happening::Mention(&text)).await?;
        }
        Command::Message { text, acting } => {
            event::run(&project, &acting, Happening::Message(&text)).await?;
        }
        Command::React { emoji, acting } => {
            event::run(&project, &acting, Happening::Reaction(&emoji)).await?;
        }
        Command::Home { acting } => event::run(&project, &acting, Happening::Home).await?,
        Command::Event { file, acting } => {
            event::run(&project, &acting, Happening::File(&file)).await?;
        }
        Command::Shortcut {
            callback_id,
            on_message,
            acting,
        } => shortcut::run(&project, &acting, &callback_id, on_message).await?,
        Command::Raw { file, acting } => raw::run(&project, &acting, &file).await?,
        Command::CheckBlocks { output } => check_blocks::run(output.json).await?,
        Command::Fire { bot, at, stage } => fire::run(&project, &stage.stage, &bot, at).await?,
        Command::Rehearse {
            approve,
            built,
            change,
            ask,
        } => {
            let settings = rehearse::Settings {
                approve,
                built,
                change,
                ask,
            };
            return rehearse::run(&project, settings).await;
        }
        Command::Secret { command } => match command {
            Secret::Set { place, name } => secret::set(place.of(&project), &name).await?,
            Secret::List { place, output } => {
                secret::list(place.of(&project), output.json).await?;
            }
            Secret::Check { place } => secret::check(place.of(&project)).await?,
        },
        Command::Smoke {
            place,
            wait,
            output,
        } => {
            let wait = wait.map(std::time::Duration::from_secs);
            smoke::run(place.of(&project), wait, output.json).await?;
        }
        Command::Rollback { place, bot } => {
            rollback::run(place.of(&project), bot.as_deref()).await?;
        }
        Command::Status {
            stage,
            local,
            output,
        } => {
            let local = local || stage.is_none();
            let stage = stage.as_deref().unwrap_or("staging");
            status::run(&project, stage, local, output.json).await?;
        }
        Command::Log {
            what,
            follow,
            stage,
            local,
        } => {
            let local = local || stage.is_none();
            let stage = stage.as_deref().unwrap_or("staging");
            log::run(&project, stage, local, what.as_deref(), follow).await?;
        }
        Command::Preview { stage, arguments } => {
            return preview::run(&project, &stage.stage, &arguments).await;
        }
        Command::Offline { stage, arguments } => {
            return offline::run(&project, &stage.stage, &arguments).await;
        }
        Command::Plan(on) => return plan::run(&project, &on.stage.stage, &on.arguments).await,
        Command::Apply(on) => return apply::run(&project, &on.stage.stage, &on.arguments).await,
        Command::Destroy(on) => {
            return destroy::run(&project, &on.stage.stage, &on.arguments).await;
        }
    }
    Ok(0)
}
