//! `perch new`: creates a bot's folder, with a test, ready to be built, applied and called.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::function;
use crate::project::Project;
use crate::slack_apps;

/// What a new bot does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kind {
    /// Answers a slash command
    Command,
    /// Opens a modal at a slash command, and posts what was filled in
    Modal,
    /// Answers whoever mentions it
    Event,
    /// Posts at a time
    Schedule,
    /// Takes on work at a slash command that takes longer than Slack waits
    Job,
}

impl Kind {
    /// The code, the app's manifest, and what it needs beside the kit and tokio: for itself, and for its tests.
    fn files(self) -> (&'static str, &'static str, &'static str, &'static str) {
        const SERDE: &str = "serde.workspace = true\n";
        const JSON: &str = "\n[dev-dependencies]\nserde_json.workspace = true\n";
        match self {
            Kind::Command => (
                include_str!("../../data/new/command.rs"),
                include_str!("../../data/new/command.yaml"),
                "",
                "",
            ),
            Kind::Modal => (
                include_str!("../../data/new/modal.rs"),
                include_str!("../../data/new/modal.yaml"),
                "",
                JSON,
            ),
            Kind::Event => (
                include_str!("../../data/new/event.rs"),
                include_str!("../../data/new/event.yaml"),
                "",
                JSON,
            ),
            Kind::Schedule => (
                include_str!("../../data/new/schedule.rs"),
                include_str!("../../data/new/schedule.yaml"),
                "",
                "",
            ),
            Kind::Job => (
                include_str!("../../data/new/job.rs"),
                include_str!("../../data/new/job.yaml"),
                SERDE,
                "",
            ),
        }
    }

    /// How a person tries it.
    fn try_it(self, name: &str) -> String {
        match self {
            Kind::Command | Kind::Modal | Kind::Job => format!("perch send /{name} hello"),
            Kind::Event => format!("perch mention hello --bot {name}"),
            Kind::Schedule => format!("perch fire {name}"),
        }
    }
}

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
/// EventBridge Scheduler would refuse, a trigger that the kind does not have. Nothing is written then.
pub fn run(
    project: &Project,
    name: &str,
    kind: Option<Kind>,
    route: Option<String>,
    schedule: Option<String>,
    timezone: &str,
) -> Result<()> {
    let kind = kind.unwrap_or(match schedule {
        Some(_) => Kind::Schedule,
        None => Kind::Command,
    });
    match (kind, &route, &schedule) {
        (Kind::Schedule, Some(_), _) => bail!("--kind schedule has no route: leave --route out"),
        (Kind::Schedule, ..) | (_, _, None) => {}
        _ => bail!("--schedule is for --kind schedule: leave one of them out"),
    }
    function::check_name(name, kind == Kind::Schedule)?;
    if TAKEN.contains(&name) {
        bail!("`{name}` cannot be a bot's name: it is the name of a crate that bots use");
    }
    let folder = project.functions().join(name);
    if folder.exists() {
        bail!("functions/{name} already exists: choose another name, or remove it");
    }
    let route = route.unwrap_or_else(|| format!("POST /{name}"));
    let declaration = match kind {
        Kind::Schedule => scheduled(&schedule.unwrap_or_else(|| MORNINGS.to_owned()), timezone)?,
        _ => routed(kind, name, &route)?,
    };
    let (main, manifest, dependencies, for_tests) = kind.files();
    let path = route.split_once(' ').map_or("", |(_, path)| path);
    let filled = |text: &str| {
        text.replace("@name@", name)
            .replace("@title@", &name.chars().take(MAX_TITLE).collect::<String>())
            .replace("@path@", path)
    };
    // In one piece, for whoever watches the folder: it appears when it is whole.
    let writable = "the project's folder cannot be written";
    fs::create_dir_all(project.own()).context(writable)?;
    let unfinished = tempfile::tempdir_in(project.own()).context(writable)?;
    let cargo = CARGO_TOML
        .replace("@dependencies@", dependencies)
        .replace("@for_tests@", for_tests);
    let write = || -> std::io::Result<()> {
        let at = unfinished.path().join(name);
        write(&at, &filled(&declaration), &filled(&cargo), &filled(main))?;
        fs::write(at.join(slack_apps::FILE), filled(manifest))?;
        fs::rename(&at, &folder)
    };
    write().with_context(|| format!("functions/{name} cannot be written"))?;
    println!("functions/{name}/function.yaml        its trigger, settings and secrets");
    println!("functions/{name}/src/main.rs          its handlers, and a test");
    println!("functions/{name}/slack-manifest.yaml  its Slack app");
    println!("functions/{name}/Cargo.toml");
    if !locked(project) {
        eprintln!("perch: Cargo.lock could not be updated: `cargo check` does it");
    }
    eprintln!("perch: next, in any order: `make up`, and in another terminal");
    eprintln!("         cargo test -p {name}");
    eprintln!("         target/debug/{}", kind.try_it(name));
    Ok(())
}

/// The schedule of a bot for which none is given.
const MORNINGS: &str = "0 9 ? * MON-FRI *";

/// Characters in a modal's title, at most.
const MAX_TITLE: usize = 24;

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

fn routed(kind: Kind, name: &str, route: &str) -> Result<String> {
    check_route(route)?;
    let description = match kind {
        Kind::Event => "Answers whoever mentions it".to_owned(),
        _ => format!("Answers /{name}"),
    };
    Ok(ROUTED_YAML
        .replace("@description@", &description)
        .replace("@route@", route))
}

fn scheduled(expression: &str, timezone: &str) -> Result<String> {
    // Both `cron(0 9 ? * MON-FRI *)`, as AWS writes it, and the fields alone, as function.yaml does.
    let fields = expression
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(expression);
    perch_schedule::Schedule::parse(&format!("cron({fields})"), timezone).with_context(|| {
        format!("--schedule \"{expression}\" --timezone {timezone}: write six fields, as in \"0 9 ? * MON-FRI *\"")
    })?;
    Ok(SCHEDULED_YAML
        .replace("@cron@", fields)
        .replace("@timezone@", timezone))
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

const CARGO_TOML: &str = r#"[package]
name = "@name@"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
publish.workspace = true

[dependencies]
perch.workspace = true
@dependencies@tokio = { workspace = true, features = ["macros", "rt"] }
@for_tests@
[lints]
workspace = true
"#;

const ROUTED_YAML: &str = "\
# yaml-language-server: $schema=../../docs/function.schema.json
description: @description@
route: @route@
memory: 128
timeout: 10
environment:
  RUST_LOG: info
secrets:
  SLACK_SIGNING_SECRET: @name@/slack-signing-secret
  SLACK_BOT_TOKEN: @name@/slack-bot-token
";

const SCHEDULED_YAML: &str = "\
# yaml-language-server: $schema=../../docs/function.schema.json
description: Posts on a schedule
schedule: { cron: \"@cron@\", timezone: @timezone@ }
memory: 128
timeout: 30
environment:
  RUST_LOG: info
  CHANNEL: C0GENERAL # the channel's ID; this one is #general of the local stage
secrets:
  SLACK_BOT_TOKEN: @name@/slack-bot-token
";
