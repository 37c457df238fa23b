//! `perch send`: a person types a slash command, from another terminal, at the running local stage.

use anyhow::{Result, bail};
use perch_doubles::slack::answer::Shown;
use perch_doubles::slack::request;

use crate::desk::{self, Acting, Desk};
use crate::project::Project;

/// Sends the command to the bot whose route ends with it, or to the only one that Slack calls.
///
/// # Errors
/// When no stage runs, no bot has that command, or Slack would show an error.
pub async fn run(project: &Project, acting: &Acting, command: &str, text: &str) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    // `perch send "/standup today"` is one argument.
    let (command, behind) = command.split_once(' ').unwrap_or((command, ""));
    let text = [behind, text].join(" ");
    let text = text.trim();
    let command = match command.strip_prefix('/') {
        Some(_) => command.to_owned(),
        None => format!("/{command}"),
    };
    let bot = desk.bot_of_command(&command)?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let interaction = desk.interaction(&app, None).await?;
    let signed = request::command(
        &app,
        &desk.person(),
        &interaction,
        &command,
        text,
        desk.secret(&caller),
        desk.time(),
    );
    let what = format!("{command} {text}");
    let answer = desk.send(&caller, what.trim_end(), signed).await?;
    println!("replied    {answer}");
    let (user, channel) = (desk.person().user_id, desk.channel());
    let (status, body) = (answer.status, answer.body.as_str());
    let reply = desk
        .doubles
        .replied(&app, &user, channel, status, body)
        .await?;
    if let Some(hint) = reply.as_ref().and_then(desk::buttons) {
        println!("           {hint}");
    }
    desk.show_news(reply.as_ref()).await?;
    if let Shown::Failed { error, .. } = answer.shown() {
        bail!("Slack would not accept this response, and show the sender the error {error}");
    }
    Ok(())
}
