//! What Slack would refuse or cut, found before it is sent: Block Kit by `perch-blocks`, and the lengths of texts.
//!
//! Slack would answer `invalid_blocks`, cut a text without a word, or show `invalid_command_response`. What the table of
//! Block Kit does not know goes out as it is, as new kinds of blocks must not need a new kit; so does what sources
//! differ on.

use std::fmt;

use perch_blocks::{Certainty, Problem, Surface, check_blocks, check_suggestions, check_view};
use serde_json::{Map, Value};

/// What Slack would refuse, and why. Says where it is, not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invalid {
    /// The method, `response_url` or `response`.
    pub method: String,
    /// Where it is, as a JSON pointer such as `/blocks/0/text/text`, and what is wrong in Slack's words, such as
    /// `must be less than 3001 characters`.
    pub problems: Vec<(String, String)>,
}

/// Problems that a message names; the first mends most of the others.
const NAMED: usize = 3;

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: slack would refuse this: ", self.method)?;
        for (index, (pointer, message)) in self.problems.iter().take(NAMED).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{pointer} {message}")?;
        }
        match self.problems.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl std::error::Error for Invalid {}

/// Text of a message: longer ones are cut ("Truncating really long messages").
const TEXT: usize = 40_000;

/// Text of `chat.update`: `msg_too_long` beyond.
const UPDATED_TEXT: usize = 4_000;

/// `markdown_text`.
const MARKDOWN_TEXT: usize = 12_000;

/// Attachments of a message.
const ATTACHMENTS: usize = 100;

/// Checks what has limits among the arguments of `method`, or of the message that goes to a `response_url` or into a
/// response.
pub(crate) fn check_arguments(method: &str, arguments: &Map<String, Value>) -> Result<(), Invalid> {
    let mut found = Found::default();
    let text = if method == "chat.update" {
        UPDATED_TEXT
    } else {
        TEXT
    };
    found.characters(arguments, "text", text);
    found.characters(arguments, "markdown_text", MARKDOWN_TEXT);
    if let Some(blocks) = arguments.get("blocks") {
        found.blocks(blocks, "/blocks");
    }
    found.attachments(arguments);
    if let Some(view) = arguments.get("view") {
        found.parsed(view, "/view", |view| check_view(view, "/view"));
    }
    found.into_result(method)
}

/// Checks the response to a submitted modal.
pub(crate) fn check_view_response(response: &Value) -> Result<(), Invalid> {
    let mut found = Found::default();
    if let Some(view) = response.get("view") {
        found.add(check_view(view, "/view"));
    }
    found.into_result("response")
}

/// Checks the response to a select that asks for its options.
pub(crate) fn check_options(response: &Value) -> Result<(), Invalid> {
    let mut found = Found::default();
    found.add(check_suggestions(response));
    found.into_result("response")
}

#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn add(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            if problem.certainty == Certainty::Certain {
                self.0.push((problem.pointer, problem.message));
            }
        }
    }

    fn into_result(self, method: &str) -> Result<(), Invalid> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Invalid {
            method: method.to_owned(),
            problems: self.0,
        })
    }

    /// A text of at most so many characters, as Unicode scalar values.
    fn characters(&mut self, arguments: &Map<String, Value>, name: &str, most: usize) {
        let text = arguments.get(name).and_then(Value::as_str);
        let length = text.unwrap_or_default().chars().count();
        if length > most {
            let message = format!("has {length} characters and must be less than {}", most + 1);
            self.0.push((format!("/{name}"), message));
        }
    }

    fn blocks(&mut self, blocks: &Value, root: &str) {
        self.parsed(blocks, root, |blocks| {
            check_blocks(Surface::Message, blocks, root)
        });
    }

    /// Checks a value that may be a text of JSON, as a form has it.
    fn parsed(&mut self, value: &Value, root: &str, check: impl FnOnce(&Value) -> Vec<Problem>) {
        match value {
            Value::Null => {}
            Value::String(text) => match serde_json::from_str(text) {
                Ok(value) => self.add(check(&value)),
                Err(_) => self.0.push((root.to_owned(), "is not JSON".to_owned())),
            },
            value => self.add(check(value)),
        }
    }

    fn attachments(&mut self, arguments: &Map<String, Value>) {
        let attachments = arguments.get("attachments").and_then(Value::as_array);
        let attachments = attachments.map_or(&[][..], Vec::as_slice);
        if attachments.len() > ATTACHMENTS {
            let message = format!("no more than {ATTACHMENTS} items allowed");
            self.0.push(("/attachments".to_owned(), message));
        }
        for (index, attachment) in attachments.iter().enumerate() {
            if let Some(blocks) = attachment.get("blocks") {
                self.blocks(blocks, &format!("/attachments/{index}/blocks"));
            }
        }
    }
}
