//! What `perch up` says when the bots run: a line for each, and the commands to try.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use perch_aws::{FunctionInfo, Parameters};

use crate::commands::status::local_url;
use crate::deploy::function_name;
use crate::local::{Running, in_zone};
use crate::project::Project;
use crate::slack_apps;

/// Where this command lies for who types it in the project's folder.
const PERCH: &str = "target/debug/perch";

/// Bots with their addresses on this machine, and the next commands, which name the newest bot.
pub fn text(project: &Project, stage: &str, running: &Running) -> String {
    let functions = running.stage.functions();
    let apis = running.stage.apis();
    let prefix = function_name(stage, "");
    let bot = |function: &FunctionInfo| {
        let name = function
            .name
            .strip_prefix(&prefix)
            .unwrap_or(&function.name);
        name.to_owned()
    };
    let width = functions
        .iter()
        .map(|one| bot(one).len())
        .max()
        .unwrap_or(0)
        .max(7);
    let mut text = String::new();
    for function in &functions {
        let how = trigger(function, running, &apis);
        let _ = writeln!(text, "{:<width$}  {how}", bot(function));
    }
    text.push('\n');
    let option = match stage {
        "staging" => String::new(),
        other => format!(" --stage {other}"),
    };
    let newest = |with: fn(&FunctionInfo) -> bool| {
        let mut bots: Vec<String> = functions.iter().filter(|one| with(one)).map(bot).collect();
        bots.sort_by_key(|bot| written(project, bot));
        bots.pop()
    };
    if let Some(bot) = newest(|one| !one.routes.is_empty()) {
        let _ = match command(project, &bot) {
            Some(command) => writeln!(
                text,
                "{:<width$}  {PERCH} send{option} {command} help",
                "send"
            ),
            None => writeln!(
                text,
                "{:<width$}  {PERCH} mention{option} hello --bot {bot}",
                "send"
            ),
        };
    }
    if let Some(bot) = newest(|one| !one.schedules.is_empty()) {
        let _ = writeln!(text, "{:<width$}  {PERCH} fire{option} {bot}", "fire");
    }
    let secrets = Parameters::in_data_dir(&project.local(stage));
    let secrets = project.relative(secrets.path());
    let _ = writeln!(text, "{:<width$}  {secrets}", "secrets");
    let _ = match running.slack_api() {
        Some(url) => write!(
            text,
            "{:<width$}  {url}, which is not Perch's: the bots call it\n\
             AWS and GitHub are simulated on this machine; Ctrl-C stops everything",
            "slack"
        ),
        None => write!(
            text,
            "AWS, Slack and GitHub are simulated on this machine; Ctrl-C stops everything"
        ),
    };
    text
}

/// What calls a bot: its address here, or its next time.
fn trigger(function: &FunctionInfo, running: &Running, apis: &BTreeMap<String, String>) -> String {
    let routes = function.routes.iter();
    let mut parts: Vec<String> = routes.filter_map(|route| local_url(route, apis)).collect();
    for fires in running.stage.next_fires(1) {
        if fires.function == function.name
            && let Some(at) = fires.at.first()
        {
            let at = in_zone(*at, &fires.timezone);
            parts.push(format!("next at {at}, {}", fires.timezone));
        }
    }
    parts.join(", ")
}

/// The first command of a bot's manifest, or its name's without a manifest; none of a bot that has no command.
fn command(project: &Project, bot: &str) -> Option<String> {
    match slack_apps::commands(project, bot) {
        Ok(Some(commands)) => commands.into_iter().next(),
        _ => Some(format!("/{bot}")),
    }
}

/// When a bot's declaration or code was last written.
fn written(project: &Project, bot: &str) -> Option<SystemTime> {
    let folder = project.functions().join(bot);
    let files = ["function.yaml", "src/main.rs"];
    let times = files
        .iter()
        .filter_map(|file| folder.join(file).metadata().ok()?.modified().ok());
    times.max()
}
