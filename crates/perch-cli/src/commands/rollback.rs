//! `perch rollback`: puts bots back to the previous version.

use anyhow::{Context, Result, bail};

use crate::aws::Aws;
use crate::deploy::{self, ALIAS, NEXT, Record, function_name};
use crate::place::Place;
use crate::project::Project;

/// `perch rollback`: moves `live` of one bot, or of all that the last apply changed, to the previous version.
///
/// # Errors
/// When there is no previous version, or no bot to roll back.
pub async fn run(place: Place<'_>, bot: Option<&str>) -> Result<()> {
    let (project, stage) = (place.project(), place.stage());
    let mut record = Record::read(place)?.unwrap_or_default();
    let names: Vec<String> = match bot {
        Some(bot) => vec![known(project, stage, bot)?],
        None => record.changed().map(|(name, _)| name.to_owned()).collect(),
    };
    if names.is_empty() {
        bail!(
            "which bot? The last apply from here changed none: name one, as in `make rollback STAGE={stage} BOT={}`",
            project.bots()?.first().map_or("tryo", String::as_str)
        );
    }
    let aws = place.aws()?;
    let mut stuck = Vec::new();
    for function in names {
        let now = aws
            .alias(&function, ALIAS)
            .await?
            .with_context(|| format!("{function} has no alias {ALIAS}: is it applied?"))?;
        let recorded = record.functions.get(&function);
        let recorded = recorded.filter(|change| change.after == now && change.before.is_some());
        let before = match recorded.and_then(|change| change.before.clone()) {
            Some(before) if before != now => Some(before),
            _ => version_before(&aws, &function, &now).await?,
        };
        let Some(before) = before else {
            stuck.push(format!(
                "{function} is at version {now}, and has no earlier one"
            ));
            continue;
        };
        aws.move_alias(&function, ALIAS, &before).await?;
        println!("rollback   {function} is back at version {before} (was {now})");
        if let Some(change) = record.functions.get_mut(&function) {
            *change = deploy::Change {
                before: Some(before.clone()),
                after: before,
            };
            record.write(place)?;
        }
    }
    if !stuck.is_empty() {
        bail!("{}", stuck.join("\n"));
    }
    eprintln!("perch: {NEXT}");
    Ok(())
}

/// A bot's function, by the bot's name or its own.
fn known(project: &Project, stage: &str, bot: &str) -> Result<String> {
    let prefix = function_name(stage, "");
    let bot = bot.strip_prefix(&prefix).unwrap_or(bot);
    let bots = project.bots()?;
    if !bots.iter().any(|known| known == bot) {
        bail!("there is no bot {bot}; there are {}", bots.join(", "));
    }
    Ok(function_name(stage, bot))
}

/// The newest version that is older than `now`.
async fn version_before(aws: &Aws, function: &str, now: &str) -> Result<Option<String>> {
    let now: u64 = now
        .parse()
        .with_context(|| format!("{function} is at {now}, which is not a published version"))?;
    let versions = aws.versions(function).await?;
    let before = versions.into_iter().filter(|version| *version < now).max();
    Ok(before.map(|version| version.to_string()))
}
