//! `perch click` and `perch choose`: a person presses a button, or chooses in a menu.

use anyhow::{Context, Result, bail};
use perch_doubles::slack::request::{self, Click, Holder as Shown, Inputs};
use serde_json::Value;

use crate::desk::{Acting, Desk, Holder, answered, listed};
use crate::options;
use crate::project::Project;

/// Something to press or choose in, as a person names it.
pub struct Target {
    /// Where it stands.
    pub holder: Holder,
    /// The element.
    pub element: Value,
}

/// Presses a button: by its text, its action id, or its number among the buttons of the newest message or the modal.
///
/// # Errors
/// When there is no such button, or the bot's response is an error.
pub async fn click(project: &Project, acting: &Acting, what: &str) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let target = find(&desk, what, |element| element["type"] == "button")?;
    act(&desk, &target, Vec::new()).await
}

/// Chooses in a menu, a date, a time, or boxes to tick.
///
/// # Errors
/// When there is no such menu or choice, or the bot's response is an error.
pub async fn choose(
    project: &Project,
    acting: &Acting,
    what: &str,
    choice: &[String],
) -> Result<()> {
    let desk = Desk::open(project, acting).await?;
    let target = find(&desk, what, |element| element["type"] != "button")?;
    let mut values = Vec::new();
    for given in choice {
        values.push(options::value(&desk, &target.holder, &target.element, given).await?);
    }
    act(&desk, &target, values).await
}

/// The element that a person means. Where several have one text, the newest is taken.
fn find(desk: &Desk<'_>, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Target> {
    let mut seen: Vec<String> = Vec::new();
    for holder in desk.holders() {
        let blocks = holder.blocks();
        let elements: Vec<Value> = acting_elements(&blocks)
            .filter(|element| fits(element))
            .cloned()
            .collect();
        let number: Option<usize> = what.parse().ok().filter(|_| seen.is_empty());
        for (index, element) in elements.into_iter().enumerate() {
            let label = options::label(&blocks, &element);
            let is_meant = label.eq_ignore_ascii_case(what)
                || element["action_id"] == what
                || number == Some(index + 1);
            if is_meant {
                return Ok(Target { holder, element });
            }
            if !seen.contains(&label) {
                seen.push(label);
            }
        }
    }
    bail!(
        "there is no {what:?} to click or choose in here: there is {}",
        listed(seen)
    )
}

/// The elements that send a click, in the order in which they stand. Those of an input do so where it asks for that.
fn acting_elements(blocks: &[Value]) -> impl Iterator<Item = &Value> {
    blocks.iter().flat_map(|block| {
        let list = block["elements"].as_array().into_iter().flatten();
        let input = block
            .get("element")
            .filter(|_| block["dispatch_action"] == true);
        let all = list.chain(block.get("accessory")).chain(input);
        all.filter(|element| element["action_id"].is_string())
    })
}

async fn act(desk: &Desk<'_>, target: &Target, choice: Vec<String>) -> Result<()> {
    let bot = desk.bot_of_app(target.holder.app_id())?;
    let (app, caller) = (desk.app(bot)?, desk.caller(bot)?);
    let interaction = desk.interaction(&app, Some(&target.holder)).await?;
    let action_id = target.element["action_id"].as_str();
    let action_id = action_id.context("it has no action id")?.to_owned();
    let what = format!(
        "clicks {}",
        options::label(&target.holder.blocks(), &target.element)
    );
    let click = |inputs: Inputs| Click {
        action_id,
        choice,
        inputs,
    };
    let (person, time) = (desk.person(), desk.time());
    let payload = match &target.holder {
        Holder::Message(message) => {
            let click = click(Inputs::new());
            request::block_action(&app, &person, &interaction, message, &click, time)
        }
        Holder::View(open) => {
            let click = click(open.inputs.clone());
            request::view_action(&app, &person, &interaction, &open.view, &click, time)
        }
    };
    let payload = payload.map_err(anyhow::Error::msg)?;
    let answer = desk.interact(&caller, &what, &payload).await?;
    println!("answered   {}", answered(&answer));
    desk.show_news(None).await?;
    if answer.status != 200 {
        bail!(
            "Slack shows a warning beside what was clicked: the bot answered {}",
            answer.status
        );
    }
    Ok(())
}

impl Holder {
    /// As `perch-doubles` names it.
    pub fn shown(&self) -> Shown<'_> {
        match self {
            Holder::Message(message) => Shown::Message(message),
            Holder::View(open) => Shown::View(&open.view),
        }
    }
}
