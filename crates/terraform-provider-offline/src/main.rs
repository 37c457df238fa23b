//! Serves the offline provider to a command, or until standard input closes.
//!
//! ```text
//! terraform-provider-offline -- terraform plan
//! ```
//!
//! runs a command with it attached and ends with the command's exit code. Without a command it prints the value of
//! `TF_REATTACH_PROVIDERS` on standard output and serves until standard input closes or a SIGTERM or SIGINT comes.
//! `PERCH_AWS_DIR` names the folder for published code; without it none is kept. `PERCH_STRICT=1` is for tests of the
//! provider itself.

use std::io::{self, Write};
use std::process::ExitCode;

use terraform_provider_offline::{Options, Server};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: terraform-provider-offline [-- COMMAND [ARGUMENT…]]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let outcome = match arguments.next() {
        None => serve().await.map(|()| ExitCode::SUCCESS),
        Some(first) if first == "--" => match arguments.next() {
            Some(command) => run(command, arguments).await,
            None => Ok(usage()),
        },
        Some(_) => Ok(usage()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("terraform-provider-offline: {error}");
        ExitCode::FAILURE
    })
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

async fn start() -> io::Result<Server> {
    let aws_dir = std::env::var_os("PERCH_AWS_DIR")
        .filter(|dir| !dir.is_empty())
        .map(std::path::absolute);
    let strict = std::env::var_os("PERCH_STRICT").is_some_and(|value| value == "1");
    let server = Server::start(Options {
        aws_dir: aws_dir.transpose()?,
        judge: None,
        strict,
    })
    .await?;
    eprintln!("terraform-provider-offline: offline; nothing here reaches AWS or GitHub");
    Ok(server)
}

async fn serve() -> io::Result<()> {
    let server = start().await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", server.reattach())?;
    stdout.flush()?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut ignored = [0; 1024];
    let mut stdin = tokio::io::stdin();
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            read = stdin.read(&mut ignored) => if read? == 0 { break },
        }
    }
    server.shutdown().await;
    Ok(())
}

async fn run(
    command: std::ffi::OsString,
    arguments: impl Iterator<Item = std::ffi::OsString>,
) -> io::Result<ExitCode> {
    let server = start().await?;
    // A terminal interrupts the command as well; this must outlive it, or the command loses its provider half-way.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child = tokio::process::Command::new(&command)
        .args(arguments)
        .env("TF_REATTACH_PROVIDERS", server.reattach())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .spawn()
        .map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{}: {error}", command.to_string_lossy()),
            )
        })?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = interrupt.recv() => {}
            _ = terminate.recv() => ask_to_end(&child).await,
        }
    };
    server.shutdown().await;
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}

/// Passes a SIGTERM on: Terraform finishes what it does and unlocks its state.
async fn ask_to_end(child: &tokio::process::Child) {
    if let Some(process) = child.id() {
        // A failure means that it has ended by itself.
        let _ = tokio::process::Command::new("kill")
            .arg(process.to_string())
            .status()
            .await;
    }
}
