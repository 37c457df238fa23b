//! `/tryo <pull request>`: an answer at once, and the card from a job.

use perch::slack::{self, HistoryRange};
use perch::{ChannelId, Command, Job, Reply, Result, UserId};
use perch_github::{Client, Pull, PullRef, checks};
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::card::{About, Card, Note};
use crate::github;
use crate::link;
use crate::settings::Settings;

/// Posts a card; queued by the command.
#[derive(Serialize, Deserialize)]
pub struct PostCard {
    pull: String,
    channel: ChannelId,
    asked_by: UserId,
    response_url: String,
    /// The command's request, by which a card that was posted is known.
    request: String,
    /// When it was asked for, in seconds since 1970.
    asked_at: i64,
}

impl Job for PostCard {
    const NAME: &'static str = "post_card";
}

/// Answers the command. What needs no look at GitHub is said here; the rest by the job.
pub async fn ask_for_review(command: Command, context: Context) -> Result<Reply> {
    let text = command.text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("help") {
        return Ok(Reply::ephemeral(link::HELP));
    }
    let pull = match link::read(text) {
        Ok(pull) => pull,
        Err(help) => return Ok(Reply::ephemeral(help)),
    };
    let settings = context.state();
    if !settings.allows(&pull.repository) {
        return Ok(Reply::ephemeral(not_allowed(settings, &pull)));
    }
    let job = PostCard {
        pull: pull.to_string(),
        channel: command.channel_id,
        asked_by: command.user_id,
        response_url: command.response_url,
        request: context.request_id().to_owned(),
        asked_at: context.now().as_second(),
    };
    context.later(job).await?;
    Ok(Reply::ephemeral(format!("Looking at {pull} …")))
}

/// Posts the card, or tells the person who asked why there is none.
///
/// Posting is the last thing that it does, so that a failure before is Lambda's to retry; and a card that an earlier
/// attempt has posted is found in the channel.
pub async fn post_card(job: PostCard, context: Context) -> Result<()> {
    let reference: PullRef = job.pull.parse()?;
    let github = github::client(&context).await?;
    let pull = match github.pull(&reference).await {
        Ok(pull) => pull,
        Err(error) => match github::explain(&error, &reference) {
            Some(text) => {
                tracing::warn!(%error, pull = job.pull, "no card");
                return context
                    .respond(&job.response_url, slack::Message::text(text))
                    .await;
            }
            None => return Err(error.into()),
        },
    };
    if let Some(why) = github::not_reviewable(&pull, &reference) {
        return context
            .respond(&job.response_url, slack::Message::text(why))
            .await;
    }
    let checks = checks_of(&github, &reference, &pull).await;
    if is_posted(&job, &context).await? {
        tracing::info!(pull = job.pull, "an earlier attempt has posted the card");
        return Ok(());
    }
    let about = About {
        pull: job.pull.clone(),
        title: pull.title.clone(),
        asked_by: job.asked_by.clone(),
    };
    let note = Note {
        request: job.request.clone(),
        taken_by: UserId::default(),
    };
    let card = Card {
        pull: &pull,
        reference: &reference,
        checks: &checks,
        now: context.now(),
        about: &about,
        note: &note,
    };
    match context
        .slack()
        .chat_post_message(&job.channel, &card.message())
        .await
    {
        Ok(_) => Ok(()),
        Err(error) => match refusal(&error) {
            Some(text) => {
                tracing::warn!(%error, pull = job.pull, "no card");
                context
                    .respond(&job.response_url, slack::Message::text(text))
                    .await
            }
            None => Err(error.into()),
        },
    }
}

/// What CI says of the pull request's last commit. A card without it is better than none.
pub async fn checks_of(github: &Client, reference: &PullRef, pull: &Pull) -> String {
    let repository = &reference.repository;
    let read = async {
        let runs = github.check_runs(repository, &pull.head.sha).await?;
        let statuses = github.statuses(repository, &pull.head.sha).await?;
        Ok::<_, perch_github::Error>(checks(&runs, &statuses))
    };
    read.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the card is without checks");
        "unknown".to_owned()
    })
}

/// Whether the channel holds the card for this request already.
///
/// Where tryo may not read (no `…:history` scope) it cannot know, and posts.
async fn is_posted(job: &PostCard, context: &Context) -> Result<bool> {
    let range = HistoryRange {
        // Slack's clock and ours may differ by a little.
        oldest: Some((job.asked_at - 60).to_string().into()),
        include_all_metadata: true,
        ..HistoryRange::default()
    };
    let mut pages = context
        .slack()
        .conversations_history(&job.channel, &range)?;
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(false),
            Err(slack::Error::Api(error)) => {
                tracing::info!(%error, "cannot see whether the card is posted");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let mut notes = page
            .messages
            .iter()
            .filter_map(|message| Note::read(message.metadata.as_ref()?));
        if notes.any(|note| note.request == job.request) {
            return Ok(true);
        }
    }
}

fn not_allowed(settings: &Settings, pull: &PullRef) -> String {
    let repository = &pull.repository;
    format!(
        "I only show pull requests of {}. Ask whoever maintains tryo to add `{repository}` to `TRYO_REPOSITORIES` \
         in functions/tryo/function.yaml.",
        settings.allowed()
    )
}

/// What to tell when Slack lets no card into the channel; `None` when it may yet.
fn refusal(error: &slack::Error) -> Option<&'static str> {
    match error.code()? {
        "not_in_channel" | "channel_not_found" => {
            Some("I am not in this channel. Add me with `/invite @tryo`, and ask again.")
        }
        "is_archived" => Some("This channel is archived, so that I cannot post here."),
        "restricted_action" | "restricted_action_read_only_channel" => {
            Some("I may not post in this channel. Ask in another one.")
        }
        _ => None,
    }
}
