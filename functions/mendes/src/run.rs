//! One run: look at each repository, then tell the channel.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch::slack::Message;
use perch::{Error, Result, Scheduled};
use perch_github::{Client, PullRef, Repository};

use crate::Context;
use crate::digest::{Digest, Failed, Found, Waiting};
use crate::told::{Coverage, Told};
use crate::waiting::{Window, crossing, is_for_review, waiting_since};

/// What is left for Slack after GitHub has taken all its time: a message and its replies, at one a second, which is
/// the pace that Slack allows a channel.
const FOR_SLACK: Duration = Duration::from_secs(20);

/// Tells which pull requests crossed the threshold since the schedule's previous time.
///
/// All is read before anything is posted, so that a failure before is Lambda's to retry. What is posted depends on
/// the scheduled time and not on the clock: a repeated delivery says the same.
pub async fn tell_who_waits(scheduled: Scheduled, context: Context) -> Result<()> {
    let settings = context.state();
    // A schedule that never fired before has everything to tell.
    let previous = scheduled.previous_time()?.unwrap_or(Timestamp::MIN);
    let own = Window {
        from: previous,
        to: scheduled.scheduled_time,
    };
    let told = Told::read(own, &context).await?;

    let digest = look_everywhere(&told, &context).await?;
    tracing::info!(
        from = %told.window().from,
        to = %own.to,
        repositories = digest.found.len(),
        failed = digest.failed.len(),
        "looked for waiting pull requests"
    );
    if !digest.found.is_empty() {
        return post(&told, &digest, &context).await;
    }
    match digest.failed.first() {
        // Nothing to tell the channel, and no message every ten minutes about it either: the retry may find more,
        // and when it does not the operators' alarm rings.
        Some(failed) => Err(Error::internal(format!(
            "could not look at {} of {}, among them {}: {}",
            digest.failed.len(),
            settings.repositories.len(),
            failed.repository,
            failed.reason
        ))),
        None => Ok(()),
    }
}

/// Looks at the repositories one after the other, as GitHub asks for; one that fails does not hide the rest.
async fn look_everywhere(told: &Told, context: &Context) -> Result<Digest> {
    let token = context.secret("GITHUB_TOKEN").await?;
    let deadline = context.deadline();
    let deadline = deadline.checked_sub(FOR_SLACK).unwrap_or(deadline);
    let settings = context.state();
    let github = Client::new(context.http(), &settings.github, token.expose(), deadline)?;

    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for repository in &settings.repositories {
        match look(&github, repository, settings.threshold, told).await {
            Ok(waiting) if waiting.is_empty() => {}
            Ok(waiting) => found.push(Found {
                repository: repository.clone(),
                waiting,
            }),
            Err(error) => {
                tracing::warn!(%error, %repository, "could not look at a repository");
                failed.push(Failed {
                    repository: repository.clone(),
                    reason: error.to_string(),
                });
            }
        }
    }
    let no_lookback = told.unreadable().map(str::to_owned);
    Ok(Digest {
        threshold: settings.threshold,
        found,
        failed,
        no_lookback,
    })
}

/// The pull requests of `repository` that crossed the threshold in the window and that no earlier run has told.
async fn look(
    github: &Client,
    repository: &Repository,
    threshold: SignedDuration,
    told: &Told,
) -> Result<Vec<Waiting>, perch_github::Error> {
    let window = told.window();
    let mut waiting = Vec::new();
    for pull in github.open_pulls(repository).await? {
        if !is_for_review(&pull) || !window.may_hold(&pull, threshold) {
            continue;
        }
        let reference = PullRef {
            repository: repository.clone(),
            number: pull.number,
        };
        let timeline = github.timeline(&reference).await?;
        let Some(since) = waiting_since(&pull, &timeline, window.to) else {
            continue;
        };
        let crossed = crossing(since, threshold);
        if crossed
            .is_some_and(|moment| window.contains(moment) && !told.has_told(repository, moment))
        {
            waiting.push(Waiting {
                pull,
                since,
                lasted: window.to.duration_since(since),
            });
        }
    }
    waiting.sort_by_key(|waiting| (waiting.since, waiting.pull.number));
    Ok(waiting)
}

/// One message, then its thread. A reply that fails is not worth a second message: the first has the links.
async fn post(told: &Told, digest: &Digest, context: &Context) -> Result<()> {
    let failed = digest
        .failed
        .iter()
        .map(|failed| failed.repository.clone())
        .collect();
    let coverage = Coverage {
        window: told.window(),
        failed,
    };
    let message = Message::text(digest.text())
        .metadata(coverage.to_metadata())
        .without_previews();
    let posted = context
        .slack()
        .chat_post_message(&context.state().channel, &message)
        .await?;
    for reply in digest.replies() {
        let reply = Message::text(reply)
            .in_thread(posted.ts.clone())
            .without_previews();
        if let Err(error) = context
            .slack()
            .chat_post_message(&posted.channel, &reply)
            .await
        {
            tracing::error!(%error, "a reply in the digest's thread is missing");
        }
    }
    Ok(())
}
