//! The card: what people see of a pull request, and what tryo finds in it again.

use jiff::Timestamp;
use perch::UserId;
use perch::blocks::{actions, button, context_block, escape, section};
use perch::slack::Message;
use perch_github::{Pull, PullRef, age, counted, login, reviewers};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The action id of Take it.
pub const TAKE: &str = "take";

/// The action id of Remind me later.
pub const REMIND: &str = "remind";

/// What a card's metadata is called. Changing it makes tryo forget the cards that it has posted.
const EVENT_TYPE: &str = "tryo_card";

/// All that a card shows.
pub struct Card<'a> {
    pub pull: &'a Pull,
    pub reference: &'a PullRef,
    /// What CI says, in one phrase.
    pub checks: &'a str,
    /// When it is shown; an age is counted up to here.
    pub now: Timestamp,
    pub about: &'a About,
    pub note: &'a Note,
}

/// What the buttons hand on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// Such as `acme/web#12`.
    pub pull: String,
    pub title: String,
    /// Who asked for the review.
    pub asked_by: UserId,
}

/// What tryo notes in a card's metadata, to do its work once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The request that the card answers.
    pub request: String,
    /// Who took it; empty until somebody does.
    #[serde(default)]
    pub taken_by: UserId,
}

impl Card<'_> {
    /// The card as a message.
    pub fn message(&self) -> Message {
        let blocks = perch::blocks![
            section(format!(
                "*<{}|{}>*\n{}",
                self.pull.html_url,
                escape(&self.pull.title),
                self.facts()
            )),
            context_block([
                format!("Checks: {}", escape(self.checks)),
                format!("Reviewers: {}", self.reviewers()),
            ]),
            context_block([self.people()]),
            self.buttons(),
        ];
        let metadata = json!({ "event_type": EVENT_TYPE, "event_payload": self.note });
        Message::text(format!("{}: {}", self.reference, escape(&self.pull.title)))
            .blocks(blocks)
            .metadata(metadata)
            .without_previews()
    }

    fn facts(&self) -> String {
        let pull = self.pull;
        format!(
            "{} by {} · +{} −{} in {} · opened {} ago",
            self.reference,
            login(&pull.user),
            pull.additions,
            pull.deletions,
            counted(pull.changed_files, "file"),
            age(self.now.duration_since(pull.created_at)),
        )
    }

    fn reviewers(&self) -> String {
        let owner = self.reference.repository.owner();
        let asked = reviewers(
            owner,
            &self.pull.requested_reviewers,
            &self.pull.requested_teams,
        );
        asked.unwrap_or_else(|| "nobody yet".to_owned())
    }

    fn people(&self) -> String {
        let asked = format!("{} asks for a review", self.about.asked_by.mention());
        match self.note.taken_by.as_str() {
            "" => asked,
            _ => format!("{asked} · taken by {}", self.note.taken_by.mention()),
        }
    }

    /// Once it is taken, only the reminder remains: one reviewer is what was asked for.
    fn buttons(&self) -> perch::blocks::Block {
        let about = self.about.to_value();
        let take = button(TAKE, "Take it").primary().value(about.clone());
        let remind = button(REMIND, "Remind me later").value(about);
        let is_taken = !self.note.taken_by.as_str().is_empty();
        actions([take, remind].into_iter().skip(usize::from(is_taken)))
    }
}

impl About {
    /// Reads what [`to_value`](About::to_value) wrote.
    pub fn read(value: Option<&str>) -> perch::Result<About> {
        // Not serde's own text, which may quote what a request held.
        serde_json::from_str(value.unwrap_or_default()).map_err(|_| {
            perch::Error::internal("a card's button or modal does not hold what tryo put there")
        })
    }

    /// For a button's value or a view's private metadata.
    pub fn to_value(&self) -> String {
        // Three texts always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The address of the pull request.
    pub fn link(&self) -> String {
        let path = self.pull.replace('#', "/pull/");
        format!(
            "<https://github.com/{path}|{} {}>",
            self.pull,
            escape(&self.title)
        )
    }
}

impl Note {
    /// The note in a message's metadata; `None` when the message is not a card.
    pub fn read(metadata: &Value) -> Option<Note> {
        if metadata.get("event_type")?.as_str()? != EVENT_TYPE {
            return None;
        }
        Note::deserialize(metadata.get("event_payload")?).ok()
    }
}
