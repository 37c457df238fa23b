//! Take it: the person who presses it becomes a reviewer on GitHub, and the card says so.

use perch::slack::{self, HistoryRange, Message};
use perch::{Action, ChannelId, Job, MessageTs, Reply, Result, UserId};
use perch_github::{Error, PullRef, User};
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::ask::checks_of;
use crate::card::{About, Card, Note};
use crate::github;

/// Requests the review; queued by the button.
#[derive(Serialize, Deserialize)]
pub struct RequestReview {
    about: About,
    channel: ChannelId,
    /// The card.
    ts: MessageTs,
    user: UserId,
    response_url: String,
}

impl Job for RequestReview {
    const NAME: &'static str = "request_review";
}

/// Answers the button. Asking GitHub takes longer than Slack waits, and is the job's.
pub async fn take_it(action: Action, context: Context) -> Result<Reply> {
    if context.state().login(&action.user.id).is_none() {
        return Ok(Reply::ephemeral(unknown(&action.user.id)));
    }
    let about = About::read(action.value.as_deref())?;
    let (Some(channel), Some(message)) = (action.channel_id, action.message) else {
        return Err(perch::Error::internal(
            "Take it was pressed outside a message",
        ));
    };
    let job = RequestReview {
        about,
        channel,
        ts: message.ts,
        user: action.user.id,
        response_url: action.response_url.unwrap_or_default(),
    };
    context.later(job).await?;
    Ok(Reply::ack())
}

/// Requests the review and updates the card, or tells the person why not.
///
/// Done once however often it comes: the card says who took it, GitHub keeps one request for each reviewer, and the
/// card's update has the same content each time.
pub async fn request_review(job: RequestReview, context: Context) -> Result<()> {
    let note = match note_of_card(&job, &context).await? {
        Some(note) if note.taken_by == job.user => return Ok(()),
        Some(note) if !note.taken_by.as_str().is_empty() => {
            let text = format!(
                "{} was faster and has already taken {}.",
                note.taken_by.mention(),
                job.about.link()
            );
            return tell(&job, &context, text).await;
        }
        other => other.unwrap_or_default(),
    };
    let reference: PullRef = job.about.pull.parse()?;
    match try_request(&job, &context, &reference, note).await {
        Ok(None) => Ok(()),
        Ok(Some(text)) => tell(&job, &context, text).await,
        Err(error) => Err(error),
    }
}

/// What to tell the person, if anything.
async fn try_request(
    job: &RequestReview,
    context: &Context,
    reference: &PullRef,
    note: Note,
) -> Result<Option<String>> {
    let settings = context.state();
    let Some(login) = settings.login(&job.user) else {
        return Ok(Some(unknown(&job.user)));
    };
    if !settings.allows(&reference.repository) {
        return Ok(Some(format!(
            "I may no longer work with `{}`.",
            reference.repository
        )));
    }
    let github = github::client(context).await?;
    let mut pull = match github.pull(reference).await {
        Ok(pull) => pull,
        Err(error) => return explained(error, reference),
    };
    if let Some(why) = github::not_reviewable(&pull, reference) {
        return Ok(Some(why));
    }
    let is_login = |user: &User| user.login.eq_ignore_ascii_case(login);
    if pull.user.as_ref().is_some_and(is_login) {
        return Ok(Some(format!(
            "{} is yours, and GitHub lets nobody review their own pull request.",
            job.about.link()
        )));
    }
    let asked_before = pull.requested_reviewers.iter().any(is_login);
    if !asked_before {
        match github.request_review(reference, login).await {
            Ok(()) => pull.requested_reviewers.push(User {
                login: login.to_owned(),
                kind: "User".to_owned(),
            }),
            Err(error) => return explained(error, reference),
        }
    }
    let checks = checks_of(&github, reference, &pull).await;
    let note = Note {
        taken_by: job.user.clone(),
        ..note
    };
    let card = Card {
        pull: &pull,
        reference,
        checks: &checks,
        now: context.now(),
        about: &job.about,
        note: &note,
    };
    context
        .slack()
        .chat_update(&job.channel, &job.ts, &card.message())
        .await?;
    let already = || {
        format!(
            "You were already a reviewer of {}; the card now says so.",
            job.about.link()
        )
    };
    Ok(asked_before.then(already))
}

/// What tryo noted in the card as it is now; `None` where tryo may not read the channel.
async fn note_of_card(job: &RequestReview, context: &Context) -> Result<Option<Note>> {
    let range = HistoryRange {
        oldest: Some(job.ts.clone()),
        latest: Some(job.ts.clone()),
        inclusive: true,
        include_all_metadata: true,
        limit: Some(1),
    };
    match context
        .slack()
        .conversations_history(&job.channel, &range)?
        .next()
        .await
    {
        Ok(page) => {
            let messages = page.map(|page| page.messages).unwrap_or_default();
            let card = messages.into_iter().find(|message| message.ts == job.ts);
            Ok(card.and_then(|card| Note::read(&card.metadata?)))
        }
        Err(slack::Error::Api(error)) => {
            tracing::info!(%error, "cannot see whether the card is taken");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn explained(error: Error, reference: &PullRef) -> Result<Option<String>> {
    let text = match &error {
        Error::Declined { message, .. } => Some(format!(
            "GitHub does not accept you as a reviewer of {reference}: {}",
            perch::blocks::escape(message)
        )),
        _ => github::explain(&error, reference),
    };
    match text {
        Some(text) => {
            tracing::warn!(%error, "the review is not requested");
            Ok(Some(text))
        }
        None => Err(error.into()),
    }
}

async fn tell(job: &RequestReview, context: &Context, text: String) -> Result<()> {
    context
        .respond(&job.response_url, Message::text(text))
        .await
}

fn unknown(user: &UserId) -> String {
    format!(
        "I do not know your GitHub username. Ask whoever maintains tryo to add `{user}=your-github-name` to \
         `TRYO_GITHUB_LOGINS` in functions/tryo/function.yaml."
    )
}
