//! Slack's limits on texts, blocks and views, checked before a call is sent.
//!
//! Slack would refuse with `invalid_blocks`, or cut a text without a word. The figures are those of its reference
//! pages: Block Kit (blocks, block elements, composition objects), `chat.*`, views. Characters are Unicode scalar
//! values. What is not listed here goes out as it is: new kinds of blocks must not need a new kit.

use std::fmt;

use serde_json::{Map, Value};

/// An argument that is longer than Slack takes. Says where and how long it is, not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitError {
    /// The method, or `response_url`.
    pub method: String,
    /// Where, such as `blocks[2].text.text`.
    pub field: String,
    /// What it has.
    pub found: usize,
    /// What Slack takes.
    pub limit: usize,
    /// Of what: `characters`, `blocks`, `elements`.
    pub unit: &'static str,
}

impl fmt::Display for LimitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LimitError {
            method,
            field,
            found,
            limit,
            unit,
        } = self;
        write!(
            formatter,
            "{method}: {field} has {found} {unit} and slack takes at most {limit}"
        )
    }
}

impl std::error::Error for LimitError {}

/// Text of a message: longer ones are cut ("Truncating really long messages").
const TEXT: usize = 40_000;

/// Text of `chat.update`: `msg_too_long` beyond.
const UPDATED_TEXT: usize = 4_000;

const MESSAGE_BLOCKS: usize = 50;
const VIEW_BLOCKS: usize = 100;

/// A text object, where its place says nothing narrower.
const TEXT_OBJECT: usize = 3_000;

/// `action_id`, `block_id`, `callback_id`, `external_id`.
const ID: usize = 255;

/// All `markdown` blocks of a message together.
const MARKDOWN: usize = 12_000;

/// Checks the arguments of `method` that have limits: `text`, `blocks`, `view`.
pub(crate) fn check_arguments(
    method: &str,
    arguments: &Map<String, Value>,
) -> Result<(), LimitError> {
    let check = Check { method };
    let text = if method == "chat.update" {
        UPDATED_TEXT
    } else {
        TEXT
    };
    check.characters(arguments.get("text"), "text", text)?;
    if let Some(blocks) = arguments.get("blocks") {
        check.blocks(blocks, "blocks", MESSAGE_BLOCKS)?;
    }
    if let Some(view) = arguments.get("view") {
        check.view(view)?;
    }
    Ok(())
}

/// Checks on behalf of one method, which errors name.
struct Check<'a> {
    method: &'a str,
}

type Checked = Result<(), LimitError>;

impl Check<'_> {
    fn at_most(&self, field: &str, found: usize, limit: usize, unit: &'static str) -> Checked {
        if found <= limit {
            return Ok(());
        }
        Err(LimitError {
            method: self.method.to_owned(),
            field: field.to_owned(),
            found,
            limit,
            unit,
        })
    }

    /// A text, when it is there.
    fn characters(&self, value: Option<&Value>, field: &str, limit: usize) -> Checked {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        self.at_most(field, text.chars().count(), limit, "characters")
    }

    fn member(&self, object: &Value, name: &str, path: &str, limit: usize) -> Checked {
        self.characters(object.get(name), &format!("{path}.{name}"), limit)
    }

    /// The text of a text object, when it is there.
    fn text_object(&self, object: &Value, name: &str, path: &str, limit: usize) -> Checked {
        let text = object.get(name).and_then(|text| text.get("text"));
        self.characters(text, &format!("{path}.{name}.text"), limit)
    }

    /// A list, when it is there, and each of its items.
    fn list(
        &self,
        object: &Value,
        name: &str,
        path: &str,
        limit: usize,
        item: impl Fn(&Value, &str) -> Checked,
    ) -> Checked {
        let path = format!("{path}.{name}");
        let items = object.get(name).and_then(Value::as_array);
        let items = items.map_or(&[][..], Vec::as_slice);
        self.at_most(&path, items.len(), limit, name_of(name))?;
        items
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| item(value, &format!("{path}[{index}]")))
    }

    fn view(&self, view: &Value) -> Checked {
        let limit = match view.get("type").and_then(Value::as_str) {
            Some("modal" | "home") | None => VIEW_BLOCKS,
            // A surface that is not known here.
            Some(_) => usize::MAX,
        };
        for name in ["title", "submit", "close"] {
            self.text_object(view, name, "view", 24)?;
        }
        self.member(view, "private_metadata", "view", 3_000)?;
        self.member(view, "callback_id", "view", ID)?;
        self.member(view, "external_id", "view", ID)?;
        match view.get("blocks") {
            Some(blocks) => self.blocks(blocks, "view.blocks", limit),
            None => Ok(()),
        }
    }

    fn blocks(&self, blocks: &Value, path: &str, limit: usize) -> Checked {
        let blocks = blocks.as_array().map_or(&[][..], Vec::as_slice);
        self.at_most(path, blocks.len(), limit, "blocks")?;
        for (index, block) in blocks.iter().enumerate() {
            self.block(block, &format!("{path}[{index}]"))?;
        }
        let markdown = blocks
            .iter()
            .filter(|block| is_a(block, "markdown"))
            .filter_map(|block| block.get("text")?.as_str())
            .map(|text| text.chars().count())
            .sum();
        self.at_most(
            &format!("{path} (markdown)"),
            markdown,
            MARKDOWN,
            "characters",
        )
    }

    fn block(&self, block: &Value, path: &str) -> Checked {
        self.member(block, "block_id", path, ID)?;
        match block
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
        {
            "section" => {
                self.text_object(block, "text", path, TEXT_OBJECT)?;
                self.list(block, "fields", path, 10, |field, path| {
                    self.member(field, "text", path, 2_000)
                })?;
                self.optional_element(block, "accessory", path)
            }
            "header" => self.text_object(block, "text", path, 150),
            "actions" => self.list(block, "elements", path, 25, |one, path| {
                self.element(one, path)
            }),
            "context" => self.list(block, "elements", path, 10, |one, path| {
                self.element(one, path)
            }),
            "input" => {
                self.text_object(block, "label", path, 2_000)?;
                self.text_object(block, "hint", path, 2_000)?;
                self.optional_element(block, "element", path)
            }
            "image" => {
                self.text_object(block, "title", path, 2_000)?;
                self.element(block, path)
            }
            _ => Ok(()),
        }
    }

    fn optional_element(&self, block: &Value, name: &str, path: &str) -> Checked {
        match block.get(name) {
            Some(element) => self.element(element, &format!("{path}.{name}")),
            None => Ok(()),
        }
    }

    fn element(&self, element: &Value, path: &str) -> Checked {
        self.member(element, "action_id", path, ID)?;
        self.text_object(element, "placeholder", path, 150)?;
        if let Some(confirm) = element.get("confirm") {
            self.confirm(confirm, &format!("{path}.confirm"))?;
        }
        let kind = element
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match kind {
            "mrkdwn" | "plain_text" => self.member(element, "text", path, TEXT_OBJECT),
            "image" => {
                self.member(element, "image_url", path, 3_000)?;
                self.member(element, "alt_text", path, 2_000)
            }
            "button" => {
                self.text_object(element, "text", path, 75)?;
                self.member(element, "value", path, 2_000)?;
                self.member(element, "url", path, 3_000)?;
                self.member(element, "accessibility_label", path, 75)
            }
            "overflow" => self.options(element, path, 5),
            "checkboxes" | "radio_buttons" => self.options(element, path, 10),
            _ => {
                self.options(element, path, 100)?;
                self.list(element, "option_groups", path, 100, |group, path| {
                    self.text_object(group, "label", path, 75)?;
                    self.options(group, path, 100)
                })
            }
        }
    }

    fn options(&self, element: &Value, path: &str, limit: usize) -> Checked {
        self.list(element, "options", path, limit, |option, path| {
            self.text_object(option, "text", path, 75)?;
            self.text_object(option, "description", path, 75)?;
            self.member(option, "value", path, 150)?;
            self.member(option, "url", path, 3_000)
        })
    }

    fn confirm(&self, confirm: &Value, path: &str) -> Checked {
        self.text_object(confirm, "title", path, 100)?;
        self.text_object(confirm, "text", path, 300)?;
        self.text_object(confirm, "confirm", path, 30)?;
        self.text_object(confirm, "deny", path, 30)
    }
}

fn is_a(block: &Value, kind: &str) -> bool {
    block.get("type").and_then(Value::as_str) == Some(kind)
}

/// The unit of a list, for the message.
fn name_of(list: &str) -> &'static str {
    match list {
        "fields" => "fields",
        "options" => "options",
        "option_groups" => "groups",
        _ => "elements",
    }
}
