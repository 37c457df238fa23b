//! `perch fill`: a person fills in the modal that they have before them, and submits it.

use anyhow::{Context, Result, bail};
use perch_doubles::slack::answer::Submitted;
use perch_doubles::slack::render;
use perch_doubles::slack::request::{self, Inputs};
use serde_json::Value;

use crate::caller;
use crate::desk::{Acting, Desk, Holder, answered, listed};
use crate::options;
use crate::project::Project;

/// Types `Label=value` into the topmost modal, several values with commas, and submits it if asked to.
///
/// # Errors
/// When there is no modal, no such input, or Slack or the bot refuses what was typed.
pub async fn run(
    project: &Project,
    acting: &Acting,
    fields: &[String],
    submit: bool,
) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let open = desk
        .modal()
        .context("there is no modal to fill in: a command or a click opens one")?;
    let holder = Holder::View(Box::new(open.clone()));
    let blocks = holder.blocks();
    let mut inputs = Inputs::new();
    for field in fields {
        let (name, value) = field
            .split_once('=')
            .with_context(|| format!("{field:?}: write Label=value"))?;
        let (block_id, element) = input(&blocks, name)?;
        let is_list = element["type"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("multi_") || kind == "checkboxes");
        let given: Vec<&str> = match is_list {
            true => value
                .split(',')
                .map(str::trim)
                .filter(|one| !one.is_empty())
                .collect(),
            false => vec![value],
        };
        let mut values = Vec::new();
        for one in given {
            values.push(options::value(&desk, &holder, element, one).await?);
        }
        let action_id = element["action_id"].as_str().unwrap_or_default();
        inputs.insert(format!("{block_id}/{action_id}"), values);
    }
    let view_id = open.view["id"].as_str().unwrap_or_default();
    let typed = desk.doubles.typed(view_id, &inputs).await?;
    if !submit {
        println!(
            "typed      {}; add --submit to send the form",
            listed(fields)
        );
        return Ok(());
    }
    send(&desk, &open.view, typed).await
}

/// The input with this label or action id, and its block's id.
fn input<'b>(blocks: &'b [Value], name: &str) -> Result<(&'b str, &'b Value)> {
    let inputs: Vec<&Value> = blocks
        .iter()
        .filter(|block| block["type"] == "input")
        .collect();
    let found = inputs.iter().find(|block| {
        let label = options::label(blocks, &block["element"]);
        label.eq_ignore_ascii_case(name)
            || block["element"]["action_id"] == name
            || block["block_id"] == name
    });
    let labels = inputs
        .iter()
        .map(|block| options::label(blocks, &block["element"]));
    let block =
        found.with_context(|| format!("the modal has no {name:?}: it has {}", listed(labels)))?;
    Ok((
        block["block_id"].as_str().unwrap_or_default(),
        &block["element"],
    ))
}

async fn send(desk: &Desk<'_>, view: &Value, inputs: Inputs) -> Result<()> {
    let bot = desk.bot_of_app(view["app_id"].as_str().unwrap_or_default())?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let interaction = desk.interaction(&app, None).await?;
    required(view, &inputs)?;
    let payload = request::view_submission(&app, &desk.person(), &interaction, view, &inputs);
    let payload = payload.map_err(anyhow::Error::msg)?;
    let title = view["title"]["text"].as_str().unwrap_or_default();
    let answer = desk
        .interact(&caller, &format!("submits {title}"), &payload)
        .await?;
    println!("answered   {}", answered(&answer));
    let id = view["id"].as_str().unwrap_or_default();
    match desk
        .doubles
        .submitted(id, answer.status, &answer.body)
        .await?
    {
        Submitted::Closed | Submitted::Cleared => println!("then       the modal is closed"),
        Submitted::Updated(view) | Submitted::Pushed(view) => {
            println!(
                "then       the modal shows\n{}",
                caller::indent(&render::view(&view))
            );
            return Ok(());
        }
        Submitted::Errors(errors) => {
            for (block, error) in &errors {
                println!("error      {block}: {error}");
            }
            bail!("the modal stays open with {} error(s)", errors.len());
        }
        Submitted::Failed(problems) => bail!(
            "Slack would show that the app cannot be reached: {}",
            problems.join("; ")
        ),
    }
    desk.show_news(None).await
}

/// Slack does not send a form in which an input is empty that is not optional.
fn required(view: &Value, inputs: &Inputs) -> Result<()> {
    let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
    let is_empty = |block: &&Value| {
        let element = &block["element"];
        let name = format!(
            "{}/{}",
            block["block_id"].as_str().unwrap_or_default(),
            element["action_id"].as_str().unwrap_or_default()
        );
        let begins = element.as_object().is_some_and(|fields| {
            fields
                .iter()
                .any(|(name, value)| name.starts_with("initial_") && !value.is_null())
        });
        let given = inputs
            .get(&name)
            .is_some_and(|given| given.iter().any(|one| !one.is_empty()));
        block["type"] == "input" && block["optional"] != true && !given && !begins
    };
    let missing: Vec<String> = blocks
        .iter()
        .filter(is_empty)
        .map(|block| options::label(&blocks, &block["element"]))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "Slack does not send the form without {}: fill that in, too",
        listed(missing)
    )
}
