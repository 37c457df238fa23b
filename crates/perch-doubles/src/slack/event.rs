//! What happens at the double, as a person reads it.

use std::fmt;

use serde_json::Value;

use super::{Author, Call, Message, Reason, Scheduled, render};

/// What happened, for printing.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Posted(Message),
    Updated(Message),
    Deleted(Message),
    Scheduled(Scheduled),
    Unscheduled(Scheduled),
    /// Its time came, and as it has metadata, Slack does not post it.
    NeverPosted(Scheduled),
    ViewOpened(Value),
    ViewUpdated(Value),
    /// An event was sent to the bot, and not answered as it should be.
    NotAnswered {
        event_id: String,
        reason: Reason,
    },
    /// A documented method was called for the first time that the double only records.
    OnlyRecorded(String),
    /// A call was taken in which Slack may refuse something: public sources differ on it.
    Doubtful {
        method: String,
        problems: Vec<String>,
    },
    /// A call that was answered with an error.
    Refused(Call),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Posted(message) => show(f, "posted", message),
            Event::Updated(message) => show(f, "updated", message),
            Event::Deleted(message) => write!(f, "deleted in {}: {}", message.channel, message.ts),
            Event::Scheduled(later) => {
                write!(
                    f,
                    "scheduled in {} for {}\n{}",
                    later.message.channel,
                    later.post_at(),
                    body(&later.message)
                )
            }
            Event::Unscheduled(later) => {
                write!(f, "unscheduled in {}: {}", later.message.channel, later.id)
            }
            Event::NeverPosted(later) => write!(
                f,
                "never posted in {}, as it has metadata: {}",
                later.message.channel, later.id
            ),
            Event::NotAnswered { event_id, reason } => {
                write!(f, "the event {event_id} was not answered: {reason}")
            }
            Event::OnlyRecorded(method) => write!(
                f,
                "{method} is recorded and answered with ok; this double does nothing more for it"
            ),
            Event::ViewOpened(view) => write!(f, "opened a view\n{}", indent(&render::view(view))),
            Event::ViewUpdated(view) => {
                write!(f, "updated a view\n{}", indent(&render::view(view)))
            }
            Event::Doubtful { method, problems } => {
                write!(f, "{method}: Slack may refuse this")?;
                list(f, problems)
            }
            Event::Refused(call) => {
                let error = call.error.as_deref().unwrap_or("no error");
                write!(f, "refused {}: {error}", call.method)?;
                list(f, &call.problems)
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, problems: &[String]) -> fmt::Result {
    for problem in problems {
        write!(f, "\n  {problem}")?;
    }
    Ok(())
}

fn show(f: &mut fmt::Formatter<'_>, what: &str, message: &Message) -> fmt::Result {
    write!(f, "{what} in {}", message.channel)?;
    match &message.author {
        Author::App(bot) => write!(f, ", by {}", bot.user_name)?,
        Author::Person(user) => write!(f, ", by {user}")?,
    }
    if let Some(thread) = message.thread_ts() {
        write!(f, ", in the thread of {thread}")?;
    }
    if let Some(user) = &message.ephemeral_to {
        write!(f, ", for {user} only")?;
    }
    write!(f, "\n{}", body(message))
}

fn body(message: &Message) -> String {
    indent(&render::message(message.text(), message.blocks()))
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
