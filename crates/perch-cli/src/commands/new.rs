//! `perch new`: creates a bot's folder, with a test, ready to be built, applied and called.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::function;
use crate::project::Project;

/// Names that a crate cannot have, or that would hide a bot's dependencies.
const TAKEN: [&str; 8] = [
    "perch",
    "test",
    "core",
    "std",
    "alloc",
    "proc-macro",
    "tokio",
    "serde",
];

/// Creates `functions/<name>`.
///
/// # Errors
/// A name that cannot be used, a folder that is there already, a route that is not `METHOD /path`, a schedule that
/// EventBridge Scheduler would refuse. Nothing is written then.
pub fn run(
    project: &Project,
    name: &str,
    route: Option<String>,
    schedule: Option<String>,
    timezone: &str,
) -> Result<()> {
    function::check_name(name, schedule.is_some())?;
    if TAKEN.contains(&name) {
        bail!("`{name}` cannot be a bot's name: it is the name of a crate that bots use");
    }
    let folder = project.functions().join(name);
    if folder.exists() {
        bail!("functions/{name} already exists: choose another name, or remove it");
    }
    let (declaration, main) = match schedule {
        Some(expression) => scheduled(name, &expression, timezone)?,
        None => routed(name, &route.unwrap_or_else(|| format!("POST /{name}")))?,
    };
    write(&folder, &declaration, &manifest(name), &main)
        .with_context(|| format!("functions/{name} cannot be written"))?;
    println!("functions/{name}/function.yaml  its trigger, settings and secrets");
    println!("functions/{name}/Cargo.toml");
    println!("functions/{name}/src/main.rs    its handlers, and a test");
    if !locked(project) {
        eprintln!(
            "perch: Cargo.lock could not be updated: `cargo check` does it, before `make up`"
        );
    }
    eprintln!("perch: next: `cargo test -p {name}`, then `make up`");
    Ok(())
}

/// Adds the new crate to the lock file, which builds take as it is. No version of another crate changes.
fn locked(project: &Project) -> bool {
    if !project.root().join("Cargo.lock").exists() {
        return true;
    }
    let mut update = Command::new("cargo");
    update.current_dir(project.root());
    update.args(["update", "--workspace", "--offline", "--quiet"]);
    update.output().is_ok_and(|done| done.status.success())
}

fn write(folder: &Path, declaration: &str, manifest: &str, main: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join(function::FILE), declaration)?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), main)
}

fn routed(name: &str, route: &str) -> Result<(String, String)> {
    check_route(route)?;
    let declaration = ROUTED_YAML
        .replace("@name@", name)
        .replace("@route@", route);
    Ok((declaration, ROUTED_RS.replace("@name@", name)))
}

fn scheduled(name: &str, expression: &str, timezone: &str) -> Result<(String, String)> {
    // Both `cron(0 9 ? * MON-FRI *)`, as AWS writes it, and the fields alone, as function.yaml does.
    let fields = expression
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(expression);
    perch_schedule::Schedule::parse(&format!("cron({fields})"), timezone).with_context(|| {
        format!("--schedule \"{expression}\" --timezone {timezone}: write six fields, as in \"0 9 ? * MON-FRI *\"")
    })?;
    let declaration = SCHEDULED_YAML
        .replace("@name@", name)
        .replace("@cron@", fields)
        .replace("@timezone@", timezone);
    Ok((declaration, SCHEDULED_RS.replace("@name@", name)))
}

/// `METHOD /path`, as `terraform/modules/stage` accepts it.
fn check_route(route: &str) -> Result<()> {
    // The kit answers other methods than POST with 405.
    const METHODS: [&str; 2] = ["ANY", "POST"];
    let good = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "._~-".contains(letter))
    };
    let parts = route
        .split_once(" /")
        .filter(|(method, path)| METHODS.contains(method) && path.split('/').all(good));
    if parts.is_none() {
        bail!("--route \"{route}\" is not POST /path or ANY /path: write it like \"POST /hello\"");
    }
    Ok(())
}

fn manifest(name: &str) -> String {
    MANIFEST.replace("@name@", name)
}

const MANIFEST: &str = r#"[package]
name = "@name@"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
publish.workspace = true

[dependencies]
perch.workspace = true
tokio = { workspace = true, features = ["macros", "rt"] }

[lints]
workspace = true
"#;

const ROUTED_YAML: &str = "\
# yaml-language-server: $schema=../../docs/function.schema.json
description: Answers /@name@
route: @route@
memory: 128
timeout: 10
environment:
  RUST_LOG: info
secrets:
  SLACK_SIGNING_SECRET: @name@/slack-signing-secret
";

const SCHEDULED_YAML: &str = "\
# yaml-language-server: $schema=../../docs/function.schema.json
description: Posts on a schedule
schedule: { cron: \"@cron@\", timezone: @timezone@ }
memory: 128
timeout: 30
environment:
  RUST_LOG: info
  CHANNEL: C0123456789
secrets:
  SLACK_BOT_TOKEN: slack-bot-token
";

const ROUTED_RS: &str = r##"//! Answers `/@name@`.

use perch::{App, Command, Context, Reply};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().command("/@name@", answer)
}

async fn answer(command: Command, _context: Context) -> perch::Result<Reply> {
    Ok(Reply::ephemeral(format!("You said: {}", command.text)))
}

#[cfg(test)]
mod tests {
    use super::app;

    #[tokio::test]
    async fn the_text_comes_back() {
        let reply = perch::testing::app(app())
            .command("/@name@", "hello")
            .send()
            .await;
        assert_eq!(reply.ephemeral_text(), "You said: hello");
    }
}
"##;

const SCHEDULED_RS: &str = r##"//! Posts on a schedule.

use perch::slack::Message;
use perch::{App, Context, Error, Scheduled};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), perch::Error> {
    app().serve().await
}

fn app() -> App {
    App::new().schedule(post)
}

async fn post(scheduled: Scheduled, context: Context) -> perch::Result<()> {
    let channel = context
        .env("CHANNEL")
        .ok_or_else(|| Error::internal("CHANNEL is not set in function.yaml"))?;
    // The run's scheduled time, not the clock's: a repeated run says the same.
    let message = Message::text(format!("It is {}", scheduled.scheduled_time));
    context.slack().chat_post_message(&channel.into(), &message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::app;

    #[tokio::test]
    async fn a_run_posts_once() {
        let bot = perch::testing::app(app()).env("CHANNEL", "C0123456789");
        bot.fire("2026-01-05T09:00:00+09:00").await.expect("a run");
        let calls = bot.slack_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].method, "chat.postMessage");
    }
}
"##;
