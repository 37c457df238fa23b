//! `perch send`: sends a signed slash command, from another terminal, to the running local stage.

use anyhow::{Result, bail};
use perch_aws::Parameters;
use perch_doubles::slack::answer::Shown;
use perch_doubles::slack::request::Person;

use crate::caller::{self, Caller, Doubles};
use crate::project::Project;
use crate::slack_apps;

/// Sends the command to the bot whose route is the command's name.
///
/// # Errors
/// When no stage runs, or no bot has that command.
pub async fn run(project: &Project, stage: &str, command: &str, text: &str) -> Result<()> {
    let run = caller::running(project, stage)?;
    let command = if command.starts_with('/') {
        command.to_owned()
    } else {
        format!("/{command}")
    };
    let parameters = Parameters::in_data_dir(&project.local(stage));
    let bot = caller::bot_of(project, stage, &command)?;
    let caller = Caller::find(&parameters, stage, &bot, &run.apis)?;
    let app = slack_apps::of(project, stage, &bot.name)?;
    let person = Person::default();
    let interaction = Doubles::read(&project.local(stage))?
        .interaction(&app, &person)
        .await?;
    println!(
        "sent       {}\n           {command} {text}",
        caller.applied()
    );
    let answer = caller
        .command(&app, &person, &interaction, &command, text)
        .await?;
    println!("replied    {answer}");
    if let Shown::Failed { error, .. } = answer.shown() {
        bail!("Slack would not accept this response, and show the sender the error {error}");
    }
    Ok(())
}
