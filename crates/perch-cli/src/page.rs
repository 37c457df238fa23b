//! The page of a running stage: what `perch-page` is told of the bots.

use anyhow::{Context, Result};
use perch_aws::Parameters;
use perch_doubles::slack::Patience;
use perch_page::{Address, Bot, Command, Outgoing, Page, PageOptions, Secret, Shortcut, Sources};

use crate::caller::Caller;
use crate::function;
use crate::local::Running;
use crate::project::Project;
use crate::slack_apps;

/// Seconds that a function may run unless its `function.yaml` says another figure, as in `terraform/modules/stage`.
const TIMEOUT: u32 = 10;

/// Serves the page beside the stage; none where the bots talk to another Slack, which has a client of its own.
///
/// # Errors
/// When no port is free, or its history cannot be read or written.
pub async fn start(project: &Project, stage: &str, running: &Running) -> Result<Option<Page>> {
    let (Some(slack), github) = running.doubles() else {
        return Ok(None);
    };
    let watch = running.stage.watch();
    let options = PageOptions {
        port: 0,
        folder: project.local(stage),
        patience: Patience::default(),
    };
    let apis = watch.clone();
    let (project, stage) = (project.clone(), stage.to_owned());
    let sources = Sources {
        slack,
        stage: watch,
        bots: Box::new(move || {
            bots(&project, &stage, &apis.apis()).map_err(|error| format!("{error:#}"))
        }),
        others: Box::new(move |seen| {
            let calls = github.calls().into_iter().skip(seen);
            calls.map(of_github).collect()
        }),
    };
    let page = Page::start(options, sources, running.stage.events()).await;
    Ok(Some(page.context("the page cannot be served")?))
}

/// The bots of a stage as the page knows them. A bot without its signing secret is there, and cannot be called.
fn bots(
    project: &Project,
    stage: &str,
    apis: &std::collections::BTreeMap<String, String>,
) -> Result<Vec<Bot>> {
    let parameters = Parameters::in_data_dir(&project.local(stage));
    let names = parameters.names()?;
    let apps = slack_apps::all(project, stage)?;
    let mut all = Vec::new();
    for bot in function::bots(project, stage)? {
        let manifest = slack_apps::manifest(project, &bot.name)?;
        let caller = Caller::find(&parameters, stage, &bot, apis).ok();
        let commands = manifest.as_ref().map(|manifest| {
            let commands = manifest.commands().iter();
            commands.map(|one| Command {
                command: one.command.clone(),
                description: one.description.clone(),
                hint: one.usage_hint.clone(),
                escapes: one.should_escape,
            })
        });
        // Without a manifest, the command is the one that the route ends with.
        let of_route = || {
            let name = bot.route.as_deref()?.rsplit_once('/')?.1;
            Some(Command {
                command: format!("/{name}"),
                description: String::new(),
                hint: String::new(),
                escapes: false,
            })
        };
        let commands = match commands {
            Some(commands) => commands.collect(),
            None => of_route().into_iter().collect(),
        };
        let shortcuts = manifest.iter().flat_map(slack_apps::Manifest::shortcuts);
        let secrets = bot.secrets.iter().map(|(variable, parameter)| Secret {
            variable: variable.clone(),
            is_set: names.contains(parameter),
            parameter: parameter.clone(),
        });
        all.push(Bot {
            function: format!("perch-{stage}-{}", bot.name),
            app: apps
                .iter()
                .find(|app| app.is(&bot.name))
                .map(|app| app.bot.clone())
                .unwrap_or_default(),
            address: caller.as_ref().map(|caller| Address {
                applied: caller.applied().to_owned(),
                local: caller.local().to_owned(),
            }),
            signing_secret: caller.map(|caller| caller.signing_secret().to_owned()),
            commands,
            shortcuts: shortcuts
                .map(|one| Shortcut {
                    name: one.name.clone(),
                    callback_id: one.callback_id.clone(),
                    on_message: one.kind == "message",
                })
                .collect(),
            events: manifest.map(|manifest| manifest.events().to_vec()),
            secrets: secrets.collect(),
            timeout: bot.timeout.unwrap_or(TIMEOUT),
            name: bot.name,
        });
    }
    Ok(all)
}

fn of_github(call: perch_doubles::github::Call) -> Outgoing {
    let status = call.status.map(|status| status.to_string());
    Outgoing {
        at: call.time,
        service: "github".to_owned(),
        what: format!("{} {}", call.method, call.path),
        arguments: call.body,
        failed: call.status.is_none_or(|status| status >= 400),
        outcome: status.unwrap_or_else(|| "no answer".to_owned()),
        ..Outgoing::default()
    }
}
