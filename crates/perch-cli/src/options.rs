//! What a person calls an element and its options, and the value that stands for it.

use anyhow::{Result, anyhow, bail};
use perch_doubles::slack::{answer, request};
use serde_json::Value;

use crate::desk::{Desk, Holder, listed};

/// What a person calls an element: a button's text, an input's label, a menu's placeholder, or else its action id.
pub fn label(blocks: &[Value], element: &Value) -> String {
    let mut inputs = blocks.iter();
    let input = inputs.find(|block| block["type"] == "input" && block["element"] == *element);
    let texts = [
        &element["text"]["text"],
        input.map_or(&Value::Null, |block| &block["label"]["text"]),
        &element["placeholder"]["text"],
        &element["action_id"],
    ];
    let first = texts.into_iter().find_map(Value::as_str);
    first.unwrap_or_default().to_owned()
}

/// The value of what a person has typed or chosen in an element: an option's by its text, a person's or channel's id by the name.
/// The options of an external select are the bot's, which is asked.
///
/// # Errors
/// When there is no such option, person or channel; names those that are.
pub async fn value(
    desk: &Desk<'_>,
    holder: &Holder,
    element: &Value,
    given: &str,
) -> Result<String> {
    let kind = element["type"].as_str().unwrap_or_default();
    if kind.ends_with("external_select") {
        let offered = offered(desk, holder, element, given).await?;
        return Ok(one_of(&offered, given)?.to_string());
    }
    if kind.ends_with("users_select") {
        let name = given.trim_start_matches('@');
        let users = &desk.workspace.users;
        let found = users
            .iter()
            .find(|user| user.name == name || user.id == name);
        let names = || listed(users.iter().map(|user| user.name.as_str()));
        return found
            .map(|user| user.id.clone())
            .ok_or_else(|| anyhow!("nobody is called {name}: there is {}", names()));
    }
    if kind.ends_with("conversations_select") || kind.ends_with("channels_select") {
        let name = given.trim_start_matches('#');
        let channels = &desk.workspace.channels;
        let found = channels
            .iter()
            .find(|channel| channel.name == name || channel.id == name);
        let names = || listed(channels.iter().map(|channel| format!("#{}", channel.name)));
        return found
            .map(|channel| channel.id.clone())
            .ok_or_else(|| anyhow!("no channel is called {name}: there is {}", names()));
    }
    if kind == "datetimepicker" {
        return moment(desk.zone(), given);
    }
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let lists = groups
        .map(|group| &group["options"])
        .chain([&element["options"]]);
    let options: Vec<Value> = lists
        .filter_map(Value::as_array)
        .flatten()
        .cloned()
        .collect();
    if options.is_empty() {
        return Ok(given.to_owned());
    }
    let option = one_of(&options, given)?;
    Ok(option["value"].as_str().unwrap_or_default().to_owned())
}

/// A date and time in a person's zone, in seconds since 1970.
fn moment(zone: &str, given: &str) -> Result<String> {
    if given.parse::<i64>().is_ok() {
        return Ok(given.to_owned());
    }
    let local: Result<jiff::civil::DateTime, _> = given.replacen(' ', "T", 1).parse();
    let at = local.ok().and_then(|local| local.in_tz(zone).ok());
    at.map(|at| at.timestamp().as_second().to_string())
        .ok_or_else(|| {
            anyhow!(
                "{given:?} is not a date and time: write one such as 2026-12-05 10:00, in {zone}"
            )
        })
}

/// The option with this text or value.
fn one_of<'o>(options: &'o [Value], given: &str) -> Result<&'o Value> {
    let text = |option: &Value| {
        option["text"]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let found = options
        .iter()
        .find(|option| text(option).eq_ignore_ascii_case(given) || option["value"] == given);
    let only = match options {
        [only] => Some(only),
        _ => None,
    };
    found.or(only).ok_or_else(|| {
        anyhow!(
            "there is no option {given:?}: there is {}",
            listed(options.iter().map(text))
        )
    })
}

/// What the bot offers once this was typed.
async fn offered(
    desk: &Desk<'_>,
    holder: &Holder,
    element: &Value,
    typed: &str,
) -> Result<Vec<Value>> {
    let bot = desk.bot_of_app(holder.app_id())?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let action_id = element["action_id"].as_str().unwrap_or_default();
    let person = desk.person();
    let payload = request::block_suggestion(&app, &person, holder.shown(), action_id, typed);
    let payload = payload.map_err(anyhow::Error::msg)?;
    let what = format!("types {typed:?} into {}", label(&holder.blocks(), element));
    let answer = desk.interact(&caller, &what, &payload).await?;
    match answer::to_suggestion(answer.status, &answer.body) {
        Ok(options) => Ok(options),
        Err(problems) => bail!("Slack would show no options: {}", problems.join("; ")),
    }
}
