//! Remind me later: the person chooses when, and Slack sends the message then.

use jiff::{SignedDuration, Timestamp};
use perch::blocks::{datetimepicker, input, section};
use perch::slack::Message;
use perch::{Action, ChannelId, Error, Modal, Reply, Result, ViewReply, ViewSubmission};

use crate::Context;
use crate::card::About;

/// The callback id of the modal.
pub const WHEN: &str = "when";

/// The block and action id of its only input.
const MOMENT: &str = "moment";

/// How far ahead Slack takes a message (`chat.scheduleMessage`).
const FURTHEST: SignedDuration = SignedDuration::from_hours(120 * 24);

/// What the modal begins with: an hour ahead, on the next full hour.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// Opens the modal. Not deferred: the trigger opens one for three seconds only.
pub async fn choose_when(action: Action, context: Context) -> Result<Reply> {
    let about = About::read(action.value.as_deref())?;
    let picker = datetimepicker(MOMENT).initial(suggestion(context.now()));
    let modal = Modal::new(WHEN, "Remind me later")
        .submit("Remind me")
        .close("Cancel")
        .private_metadata(about.to_value())
        .block(section(about.link()))
        .block(input(MOMENT, "When", picker));
    match context.slack().views_open(&action.trigger_id, modal).await {
        Ok(_) => Ok(Reply::ack()),
        Err(error)
            if matches!(
                error.code(),
                Some("expired_trigger_id" | "exchanged_trigger_id")
            ) =>
        {
            Err(
                Error::user("That took too long for Slack. Please press the button again.")
                    .caused_by(error),
            )
        }
        Err(error) => Err(error.into()),
    }
}

/// Hands the reminder to Slack, or says at the input what is wrong with the moment.
///
/// Not deferred either: a job may come twice, and would remind twice.
pub async fn set(submission: ViewSubmission, context: Context) -> Result<ViewReply> {
    let about = About::read(Some(&submission.view.private_metadata))?;
    let Some(post_at) = submission.view.state.datetime(MOMENT, MOMENT) else {
        return Ok(wrong("Choose a day and a time."));
    };
    let now = context.now().as_second();
    if post_at <= now {
        return Ok(wrong(PAST));
    }
    if post_at > now + FURTHEST.as_secs() {
        return Ok(wrong(TOO_FAR));
    }
    let text = format!("You wanted to be reminded of {}.", about.link());
    let message = Message::text(text).without_previews();
    // A person's ID stands for the direct message with them.
    let person = ChannelId::new(submission.user.id.as_str());
    match context
        .slack()
        .chat_schedule_message(&person, post_at, &message)
        .await
    {
        Ok(_) => Ok(ViewReply::update(confirmation(&about, post_at))),
        Err(error) => match error.code() {
            Some("time_in_past") => Ok(wrong(PAST)),
            Some("time_too_far") => Ok(wrong(TOO_FAR)),
            Some("restricted_too_many") => Ok(wrong(
                "You already have thirty reminders around that time. Choose another.",
            )),
            _ => Err(error.into()),
        },
    }
}

const PAST: &str = "That time has passed. Choose a later one.";
const TOO_FAR: &str = "Slack schedules messages up to 120 days ahead. Choose an earlier time.";

fn wrong(text: &str) -> ViewReply {
    ViewReply::error(MOMENT, text)
}

/// In seconds since 1970, as Slack's picker wants it.
fn suggestion(now: Timestamp) -> i64 {
    const HOUR: i64 = 60 * 60;
    let soon = now.as_second() + SOON.as_secs();
    soon + (HOUR - soon.rem_euclid(HOUR)) % HOUR
}

fn confirmation(about: &About, post_at: i64) -> Modal {
    // Slack shows the date in the reader's time zone; the rest is for clients that cannot.
    let moment = Timestamp::from_second(post_at).unwrap_or_default();
    let date = format!("<!date^{post_at}^{{date_long_pretty}} at {{time}}|{moment}>");
    Modal::new("reminder_set", "Remind me later")
        .close("Close")
        .block(section(format!(
            "I will remind you of {} {date}.",
            about.link()
        )))
}
