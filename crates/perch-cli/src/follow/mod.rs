//! `perch up` follows the files: a saved source becomes a new published version of that bot alone, a saved declaration is applied by
//! Terraform.
//!
//! - `watch`: which files were saved, as soon as an editor is done with them.
//! - `build`: plain cargo in the dev profile, and a zip that is quick to make.
//! - `applied`: whether Terraform has anything to do at a start.
//! - `change`: what the saved files mean.
//!
//! docs/decisions/0055-a-saved-source-is-published-without-terraform.md says why.

pub mod applied;
pub mod build;
mod change;
mod watch;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::MissedTickBehavior;

use crate::deploy::{ALIAS, function_name};
use crate::local::{self, Running};
use crate::offline;
use crate::package;
use crate::project::Project;
use crate::steps::{self, Step};
use crate::working_copy::WorkingCopy;
use build::Outcome;
use change::Change;
pub use watch::Watch;

/// How often it is looked whether something was applied from another terminal.
const APPLIED_AGAIN: Duration = Duration::from_secs(1);

/// Keeps a running stage as the files say.
pub struct Follower<'a> {
    project: &'a Project,
    stage: &'a str,
    running: &'a Running,
    /// The only bots that run, where a person has chosen some.
    chosen: Option<Vec<String>>,
    /// The bots that run.
    bots: Vec<String>,
    copy: WorkingCopy,
    serial: Option<u64>,
    /// What it says, a line or more at a time.
    say: UnboundedSender<String>,
}

impl<'a> Follower<'a> {
    /// For a stage that runs `bots`.
    ///
    /// # Errors
    /// When the working copy cannot be written.
    pub fn new(
        project: &'a Project,
        stage: &'a str,
        running: &'a Running,
        (chosen, bots): (Option<Vec<String>>, Vec<String>),
        say: UnboundedSender<String>,
    ) -> Result<Follower<'a>> {
        let selected = chosen.is_some().then_some(bots.as_slice());
        let copy = WorkingCopy::prepare_with(project, &format!("envs/{stage}"), selected)?;
        let serial = copy.serial();
        Ok(Follower {
            project,
            stage,
            running,
            chosen,
            bots,
            copy,
            serial,
            say,
        })
    }

    /// Runs for ever. Without a watch it follows only what is applied.
    pub async fn run(mut self, mut watch: Option<Watch>) {
        let mut looks = tokio::time::interval(APPLIED_AGAIN);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let saved = async {
                match &mut watch {
                    Some(watch) => watch.saved().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                saved = saved => {
                    let change = Change::of(&saved.paths);
                    if let Err(error) = self.take(change, saved.at).await {
                        self.say(format!("{error:#}"));
                    }
                }
                _ = looks.tick() => self.look().await,
            }
        }
    }

    fn say(&self, text: String) {
        // Whoever printed it is ending.
        let _ = self.say.send(text);
    }

    /// Runs what was applied from another terminal.
    async fn look(&mut self) {
        let now = self.copy.serial();
        if now.is_none() || now == self.serial {
            return;
        }
        self.serial = now;
        let reloaded = async {
            let state = offline::applied(self.project, &self.copy).await?;
            self.run_state(state).await
        };
        self.say(match reloaded.await {
            Ok(()) => format!(
                "applied again: {} bots",
                self.running.stage.functions().len()
            ),
            Err(error) => format!("applied again, but the previous state keeps running: {error:#}"),
        });
    }

    async fn run_state(&self, state: Value) -> Result<()> {
        self.running.stage.reload(state).await?;
        self.running.install_apps(self.project)
    }

    /// Does what saved files ask for.
    async fn take(&mut self, change: Change, at: Instant) -> Result<()> {
        let now = selected(self.project, self.chosen.as_deref())?;
        let gone = self.bots.iter().any(|bot| !now.contains(bot));
        let (new, mut wrong): (Vec<String>, Vec<String>) = (self.new_bots(&now), Vec::new());
        let kept: BTreeSet<&String> = now.iter().filter(|bot| self.bots.contains(bot)).collect();
        for bot in kept
            .iter()
            .filter(|bot| change.declarations.contains(**bot))
        {
            if let Err(error) = package::check_folder(self.project, bot) {
                wrong.push(format!("{error:#}"));
            }
        }
        let is_source = |bot: &&&String| change.shared || change.sources.contains(**bot);
        let mut names: Vec<String> = kept
            .iter()
            .filter(is_source)
            .map(|bot| (*bot).clone())
            .collect();
        names.extend(new.iter().cloned());
        let outcome = self.build(names).await?;
        if !outcome.words.is_empty() {
            self.say(outcome.words.clone());
        }
        for bot in outcome.failed.iter().filter(|bot| self.bots.contains(bot)) {
            self.say(format!(
                "{bot} was not built: the last good build goes on answering"
            ));
        }
        if change.apps {
            self.running.install_apps(self.project)?;
        }
        for problem in &wrong {
            self.say(format!(
                "{problem}\nnothing was applied: what runs goes on as it was"
            ));
        }
        let added: Vec<String> = new
            .into_iter()
            .filter(|bot| outcome.built.contains_key(bot))
            .collect();
        let declared = gone
            || !added.is_empty()
            || change.stage
            || kept.iter().any(|bot| change.declarations.contains(*bot));
        if declared && wrong.is_empty() {
            return self.apply(&change, now, &added, &outcome, at).await;
        }
        for (bot, _) in outcome
            .built
            .iter()
            .filter(|(bot, changed)| **changed && self.bots.contains(bot))
        {
            self.swap(bot, at).await?;
        }
        if let [bot] = change.sources.iter().collect::<Vec<_>>()[..]
            && outcome.built.get(bot) == Some(&false)
        {
            self.say(format!("{bot} is unchanged, {}", seconds(at)));
        }
        Ok(())
    }

    /// Those that came and are whole; of the others it is said what they lack.
    fn new_bots(&self, now: &[String]) -> Vec<String> {
        let mut new: Vec<String> = now
            .iter()
            .filter(|bot| !self.bots.contains(bot))
            .cloned()
            .collect();
        new.retain(|bot| match package::check_folder(self.project, bot) {
            Ok(()) => true,
            Err(error) => {
                self.say(format!("{error:#}"));
                false
            }
        });
        new
    }

    /// Builds on a thread of its own: what runs goes on, and is shown.
    async fn build(&self, names: Vec<String>) -> Result<Outcome> {
        let project = self.project.clone();
        let built = tokio::task::spawn_blocking(move || {
            build::build(&project, &names, &mut Step::hidden())
        });
        built.await.context("the build broke off")?
    }

    /// A new published version of one bot, without Terraform.
    async fn swap(&self, bot: &str, at: Instant) -> Result<()> {
        let zip = self.project.dev_zips().join(format!("{bot}.zip"));
        let account = self.running.stage.account();
        account
            .publish(&function_name(self.stage, bot), ALIAS, &zip)
            .await?;
        self.say(format!("{bot} is new, {}", seconds(at)));
        Ok(())
    }

    /// Applies declarations, with the code of the bots that were built meanwhile.
    async fn apply(
        &mut self,
        change: &Change,
        now: Vec<String>,
        added: &[String],
        outcome: &Outcome,
        at: Instant,
    ) -> Result<()> {
        let bots: Vec<String> = now
            .into_iter()
            .filter(|bot| self.bots.contains(bot) || added.contains(bot))
            .collect();
        let summary = self.terraform(&bots).await?;
        let gone: Vec<String> = self
            .bots
            .iter()
            .filter(|bot| !bots.contains(bot))
            .cloned()
            .collect();
        self.bots = bots;
        let mut parts: Vec<String> = added.iter().map(|bot| format!("{bot} is here")).collect();
        parts.extend(gone.iter().map(|bot| format!("{bot} is gone")));
        let is_there = |bot: &&String| self.bots.contains(bot) && !added.contains(bot);
        let declarations = change.declarations.iter().filter(is_there);
        parts.extend(declarations.map(|bot| format!("{bot}/function.yaml is applied")));
        let changed = outcome
            .built
            .iter()
            .filter(|(bot, changed)| **changed && !added.contains(bot));
        parts.extend(changed.map(|(bot, _)| format!("{bot} is new")));
        if parts.is_empty() {
            parts.push(format!("{} is applied", self.stage));
        }
        self.say(format!("{}, {}\n{summary}", parts.join(", "), seconds(at)));
        Ok(())
    }

    /// Runs Terraform on a thread of its own, and then what it left. Its closing line.
    async fn terraform(&mut self, bots: &[String]) -> Result<String> {
        let (project, stage) = (self.project.clone(), self.stage.to_owned());
        let (names, runtime) = (bots.to_vec(), tokio::runtime::Handle::current());
        let applied = tokio::task::spawn_blocking(move || {
            runtime.block_on(apply(&project, &stage, &names, &mut Step::hidden()))
        });
        let (state, summary) = applied.await.context("the apply broke off")??;
        local::put_demo_secrets(self.project, self.stage)?;
        self.serial = self.copy.serial();
        self.run_state(state).await?;
        Ok(summary)
    }
}

/// Applies these bots from their dev zips, and keeps what came of it for the next start.
///
/// # Errors
/// Terraform's own message.
pub async fn apply(
    project: &Project,
    stage: &str,
    bots: &[String],
    step: &mut Step,
) -> Result<(Value, String)> {
    WorkingCopy::use_zips(project, &project.dev_zips())?;
    let (state, summary) = offline::apply_bots(project, stage, Some(bots), step).await?;
    applied::keep(project, stage, bots, &state)?;
    Ok((state, summary))
}

/// The bots that are to run: those chosen, or all.
///
/// # Errors
/// When `functions/` cannot be read.
pub fn selected(project: &Project, chosen: Option<&[String]>) -> Result<Vec<String>> {
    let mut bots = project.bots()?;
    bots.retain(|bot| chosen.is_none_or(|chosen| chosen.contains(bot)));
    Ok(bots)
}

/// Since a file was saved, as `2.6 s`.
fn seconds(at: Instant) -> String {
    steps::duration(at.elapsed()).replace('s', " s")
}
