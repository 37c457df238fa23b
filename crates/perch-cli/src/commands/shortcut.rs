//! `perch shortcut`: a person calls a shortcut, from the menu or of a message.

use anyhow::{Context, Result, bail};
use perch_doubles::slack::request;

use crate::desk::{Acting, Desk, Holder, answered};
use crate::project::Project;

/// Calls a shortcut by its callback id: of the newest message in the channel if `on_message`.
///
/// # Errors
/// When no stage runs, there is no message, or the bot's response is an error.
pub async fn run(
    project: &Project,
    acting: &Acting,
    callback_id: &str,
    on_message: bool,
) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let bot = desk.bot()?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let mut messages = desk.messages();
    let message = match on_message {
        true => {
            let newest = messages.find(|message| message.channel == desk.channel());
            Some(
                newest
                    .context("there is no message in the channel")?
                    .clone(),
            )
        }
        false => None,
    };
    let holder = message
        .clone()
        .map(|message| Holder::Message(Box::new(message)));
    let interaction = desk.interaction(&app, holder.as_ref()).await?;
    let payload = request::shortcut(
        &app,
        &desk.person(),
        &interaction,
        callback_id,
        message.as_ref(),
        desk.time(),
    );
    let answer = desk
        .interact(&caller, &format!("calls {callback_id}"), &payload)
        .await?;
    println!("answered   {}", answered(&answer));
    desk.show_news(None).await?;
    if answer.status != 200 {
        bail!("Slack shows an error: the bot answered {}", answer.status);
    }
    Ok(())
}
