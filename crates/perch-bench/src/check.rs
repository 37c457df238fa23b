//! Whether a bot answers right, before anything of it is measured.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bot::{Answers, Bot};
use crate::event::{self, Forged};
use crate::measure::{Machine, Running};

/// Starts `bot` and has it answer a slash command, one forged in each of six ways, and a slash command again. What it printed
/// meanwhile is in `log`.
///
/// # Errors
/// The first answer that is wrong, with the end of the log.
pub async fn answers(machine: &Machine, bot: &Bot, log: &Path) -> Result<()> {
    let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    all(machine, bot, &file).await.with_context(|| {
        let text = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines
            .get(lines.len().saturating_sub(5)..)
            .unwrap_or_default();
        format!("{} (it printed: {})", bot.title, last.join(" | "))
    })
}

async fn all(machine: &Machine, bot: &Bot, log: &File) -> Result<()> {
    let mut running = Running::start(machine, bot, None, Some(log)).await?;
    let (command, text) = match &bot.answers {
        Answers::Takes(command) => (command.clone(), String::new()),
        _ => ("/bench hello there".to_owned(), "hello there".to_owned()),
    };
    let (_, body) = running.ask(event::slash_command(&command)).await?;
    right(bot, &text, &body)?;
    if bot.answers != Answers::Anything {
        for how in Forged::ALL {
            let (_, body) = running.ask(event::forged(&command, how)).await?;
            refused(&body).with_context(|| format!("a request with {}", how.words()))?;
        }
    }
    let (_, body) = running.ask(event::slash_command(&command)).await?;
    right(bot, &text, &body)
}

/// Whether `answer` is what `bot` owes to a slash command with `text`.
///
/// # Errors
/// With what is wrong of it.
pub fn right(bot: &Bot, text: &str, answer: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(answer).context("an answer that is not JSON")?;
    ensure!(
        answer["statusCode"] == 200,
        "a signed request was answered {}",
        answer["statusCode"]
    );
    if bot.answers == Answers::Repeats {
        let body = answer["body"].as_str().unwrap_or_default();
        let message: Value = serde_json::from_str(body)
            .with_context(|| format!("the body {body:?} is not a message"))?;
        ensure!(
            message["text"] == text,
            "{text:?} was answered with {}",
            message["text"]
        );
    }
    Ok(())
}

/// Whether `answer` refuses the request: 401 and no message.
///
/// # Errors
/// When it does not.
pub fn refused(answer: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(answer).context("an answer that is not JSON")?;
    ensure!(
        answer["statusCode"] == 401,
        "was answered {} instead of 401",
        answer["statusCode"]
    );
    Ok(())
}
