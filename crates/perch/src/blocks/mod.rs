//! Builders for Block Kit, with room for raw JSON wherever they end.
//!
//! ```
//! use perch::blocks;
//! use perch::blocks::{actions, button, context_block, section};
//!
//! let card = blocks![
//!     section("*<https://github.com/acme/app/pull/7|Fix the door>* by ada"),
//!     context_block(["+12 −3", "2 days old"]),
//!     actions([
//!         button("take", "Take it").value("acme/app/7").primary(),
//!         button("later", "Remind me later").value("acme/app/7"),
//!     ]),
//! ];
//! let reply = perch::Reply::in_channel("A review is wanted").blocks(card);
//! ```

#[macro_use]
mod setters;
mod elements;
mod kinds;
mod make;
mod read;
pub mod rich;

use serde::Serialize;
use serde_json::{Value, json};

pub use elements::{
    Button, ChannelsSelect, Checkboxes, ConversationFilter, ConversationsSelect, Datepicker,
    Datetimepicker, EmailInput, ExternalSelect, FeedbackButtons, FileInput, IconButton,
    ImageElement, MultiChannelsSelect, MultiConversationsSelect, MultiExternalSelect, MultiSelect,
    MultiUsersSelect, NumberInput, Overflow, RadioButtons, RichTextInput, Select, TextInput,
    Timepicker, UrlInput, UsersSelect, WorkflowButton,
};
pub use kinds::{
    Card, Column, Container, DataTable, Header, Image, Input, Section, Table, TaskCard, Video,
};
pub use make::{
    button, channels_select, checkboxes, conversations_select, datepicker, datetimepicker,
    decimal_input, email_input, external_select, feedback_buttons, file_input,
    grouped_multi_select, grouped_select, image_element, multi_channels_select,
    multi_conversations_select, multi_external_select, multi_select, multi_users_select,
    number_input, overflow, radio_buttons, rich_text_input, select, text_input, timepicker,
    trash_button, url_input, users_select, workflow_button,
};
pub use read::{escape, link, mentioned_channel, mentioned_user, unescape};

/// One block of a message or a view, of any kind.
///
/// A block with settings of its own is a type of its own, which has those and no other, and becomes a `Block` in
/// [`blocks!`](crate::blocks!):
///
/// ```
/// use perch::blocks::{button, divider, section};
///
/// let card = perch::blocks![section("*Lunch?*").accessory(button("yes", "Yes")), divider()];
/// ```
///
/// ```compile_fail
/// use perch::blocks::{button, header};
///
/// let title = header("Lunch?").accessory(button("yes", "Yes"));
/// ```
///
/// ```compile_fail
/// let line = perch::blocks::divider().optional();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Block(Value);

/// An interactive element of any type, for [`actions`], [`input`] or beside a [`section`].
///
/// In a row of different ones each becomes an `Element`: `actions(perch::elements![button("a", "A"), datepicker("b")])`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Element(Value);

/// A dialog that asks before an element acts; made by [`confirm`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Confirm(Value);

/// A list of blocks of different kinds, as a `Vec<Block>`.
///
/// ```
/// use perch::blocks::{context_block, section};
///
/// let reply = perch::Reply::ephemeral("Lunch?").blocks(perch::blocks![section("*Lunch?*"), context_block(["at noon"])]);
/// ```
#[macro_export]
macro_rules! blocks {
    ($($block:expr),* $(,)?) => {
        ::std::vec![$($crate::blocks::Block::from($block)),*]
    };
}

/// A row of elements of different kinds, as a `Vec<Element>`.
///
/// ```
/// use perch::blocks::{actions, button, datepicker};
///
/// let row = actions(perch::elements![button("now", "Now"), datepicker("day")]);
/// ```
#[macro_export]
macro_rules! elements {
    ($($element:expr),* $(,)?) => {
        ::std::vec![$($crate::blocks::Element::from($element)),*]
    };
}

/// One choice of a select.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Choice(Value);

/// A paragraph of mrkdwn, up to 3,000 characters.
pub fn section(text: impl Into<String>) -> Section {
    Section(json!({ "type": "section", "text": mrkdwn(text) }))
}

/// Short texts in two columns, up to ten of 2,000 characters.
pub fn fields<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Section {
    let fields: Vec<_> = texts.into_iter().map(mrkdwn).collect();
    Section(json!({ "type": "section", "fields": fields }))
}

/// Small grey texts in a row, up to ten.
pub fn context_block<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Block {
    let elements: Vec<_> = texts.into_iter().map(mrkdwn).collect();
    Block(json!({ "type": "context", "elements": elements }))
}

/// Small grey texts and images in a row, up to ten: texts by [`note`], images by [`image_element`].
///
/// ```
/// use perch::blocks::{context_of, image_element, note};
///
/// let face = image_element("https://example.com/ada.png", "Ada");
/// let by = context_of([face.into(), note("by Ada")]);
/// ```
pub fn context_of(elements: impl IntoIterator<Item = Element>) -> Block {
    let elements: Vec<_> = elements.into_iter().map(Value::from).collect();
    Block(json!({ "type": "context", "elements": elements }))
}

/// A text in mrkdwn for [`context_of`].
pub fn note(text: impl Into<String>) -> Element {
    Element(mrkdwn(text))
}

/// Thumbs or a bin below a message: see [`feedback_buttons`] and [`trash_button`].
pub fn context_actions<E: Into<Element>>(elements: impl IntoIterator<Item = E>) -> Block {
    elements_block("context_actions", elements)
}

/// An image with what it shows in words, up to 2,000 characters.
pub fn image(url: impl Into<String>, alt_text: impl Into<String>) -> Image {
    Image(json!({ "type": "image", "image_url": url.into(), "alt_text": alt_text.into() }))
}

/// An image that was uploaded to Slack, by the file's id, with what it shows in words.
pub fn image_of_file(file_id: impl Into<String>, alt_text: impl Into<String>) -> Image {
    let file = json!({ "id": file_id.into() });
    Image(json!({ "type": "image", "slack_file": file, "alt_text": alt_text.into() }))
}

/// Markdown as other programs write it, up to 12,000 characters in a message. In messages alone.
pub fn markdown(text: impl Into<String>) -> Block {
    Block(json!({ "type": "markdown", "text": text.into() }))
}

/// A table of texts, the first row its head; up to 100 rows of 20 cells, one table in a message.
///
/// ```
/// let versions = perch::blocks::table([["Stage", "Version"], ["staging", "42"], ["production", "41"]]);
/// ```
pub fn table<T: Into<String>, R: IntoIterator<Item = T>>(
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let cell = |text: T| json!({ "type": "raw_text", "text": text.into() });
    let row = |row: R| row.into_iter().map(cell).collect::<Vec<_>>();
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    Table(json!({ "type": "table", "rows": rows }))
}

/// A video in a player: its title, what it shows in words, the address of the player to embed, and a picture. Needs the
/// scope `links.embed:write`.
pub fn video(
    title: impl Into<String>,
    alt_text: impl Into<String>,
    video_url: impl Into<String>,
    thumbnail_url: impl Into<String>,
) -> Video {
    Video(json!({
        "type": "video",
        "title": plain(title),
        "alt_text": alt_text.into(),
        "video_url": video_url.into(),
        "thumbnail_url": thumbnail_url.into(),
    }))
}

/// A remote file, as Slack shows it in messages.
pub fn file(external_id: impl Into<String>) -> Block {
    Block(json!({ "type": "file", "external_id": external_id.into(), "source": "remote" }))
}

/// A card: a title of up to 150 characters and a text of up to 200, both in mrkdwn. Buttons by [`Card::actions`].
pub fn card(title: impl Into<String>, body: impl Into<String>) -> Card {
    Card(json!({ "type": "card", "title": mrkdwn(title), "body": mrkdwn(body) }))
}

/// Up to ten [`card`]s side by side.
pub fn carousel(cards: impl IntoIterator<Item = Card>) -> Block {
    Block(json!({ "type": "carousel", "elements": Vec::from_iter(cards) }))
}

/// Up to ten blocks below one title of up to 150 characters. In messages alone.
pub fn container<B: Into<Block>>(
    title: impl Into<String>,
    blocks: impl IntoIterator<Item = B>,
) -> Container {
    Container(json!({
        "type": "container", "title": plain(title), "child_blocks": Vec::from_iter(blocks.into_iter().map(Into::into)),
    }))
}

/// A table that people sort and leaf through: what it shows in words, and its rows, the first one its head.
pub fn data_table<T: Into<String>, R: IntoIterator<Item = T>>(
    caption: impl Into<String>,
    rows: impl IntoIterator<Item = R>,
) -> DataTable {
    let Table(table) = table(rows);
    DataTable(table)
        .with("type", "data_table")
        .with("caption", caption.into())
}

/// A chart with a title of up to 50 characters; `chart` is as Slack documents it, such as
/// `{"type": "pie", "segments": [{"label": "open", "value": 3}]}`. Two in a message.
pub fn data_visualization(title: impl Into<String>, chart: Value) -> Block {
    Block(json!({ "type": "data_visualization", "title": title.into(), "chart": chart }))
}

/// What an agent is doing: an id, a title, and a status of `pending`, `in_progress`, `complete` or `error`.
pub fn task_card(task_id: impl Into<String>, title: impl Into<String>, status: &str) -> TaskCard {
    TaskCard(json!({
        "type": "task_card", "task_id": task_id.into(), "title": title.into(), "status": status,
    }))
}

/// The [`task_card`]s of an agent below one title; one in a message.
pub fn plan(title: impl Into<String>, tasks: impl IntoIterator<Item = TaskCard>) -> Block {
    Block(json!({ "type": "plan", "title": title.into(), "tasks": Vec::from_iter(tasks) }))
}

/// A call that was registered with `calls.add`, by its id.
pub fn call(call_id: impl Into<String>) -> Block {
    Block(json!({ "type": "call", "call_id": call_id.into() }))
}

/// A coloured notice, in modals alone; `level` is `default`, `info`, `warning`, `error` or `success`.
pub fn alert(level: &str, text: impl Into<String>) -> Block {
    Block(json!({ "type": "alert", "level": level, "text": mrkdwn(text) }))
}

/// A large title without formatting, up to 150 characters.
pub fn header(text: impl Into<String>) -> Header {
    Header(json!({ "type": "header", "text": plain(text) }))
}

/// A line across.
pub fn divider() -> Block {
    Block(json!({ "type": "divider" }))
}

/// Interactive elements in a row, up to 25.
pub fn actions<E: Into<Element>>(elements: impl IntoIterator<Item = E>) -> Block {
    elements_block("actions", elements)
}

fn elements_block<E: Into<Element>>(kind: &str, elements: impl IntoIterator<Item = E>) -> Block {
    let elements = elements
        .into_iter()
        .map(|element| Value::from(element.into()));
    Block(json!({ "type": kind, "elements": elements.collect::<Vec<_>>() }))
}

/// A labelled input of a view. Its block id is where [`ViewReply::error`](crate::ViewReply::error) points.
///
/// ```
/// use perch::blocks::{datepicker, input, text_input};
///
/// let note = input("note_block", "A note", text_input("note").multiline()).optional();
/// let day = input("day_block", "When", datepicker("day").initial("2026-01-05"));
/// ```
pub fn input(
    block_id: impl Into<String>,
    label: impl Into<String>,
    element: impl Into<Element>,
) -> Input {
    Input(json!({
        "type": "input",
        "block_id": block_id.into(),
        "label": plain(label),
        "element": element.into().0,
    }))
}

impl Block {
    /// Any block as JSON, for what has no builder here.
    ///
    /// ```
    /// let door = perch::blocks::Block::raw(serde_json::json!({ "type": "door", "is_open": true }));
    /// ```
    pub fn raw(block: Value) -> Block {
        Block(block)
    }

    /// Sets the block id, up to 255 characters.
    #[must_use]
    pub fn id(self, block_id: impl Into<String>) -> Block {
        self.with("block_id", block_id.into())
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(self, field: &str, value: impl Into<Value>) -> Block {
        Block(set(self.0, field, value.into()))
    }
}

impl From<Block> for Value {
    fn from(block: Block) -> Value {
        block.0
    }
}

/// One choice: what is shown, and what the handler gets.
pub fn choice(text: impl Into<String>, value: impl Into<String>) -> Choice {
    Choice(json!({ "text": plain(text), "value": value.into() }))
}

impl Choice {
    /// A second line below the text, up to 75 characters.
    #[must_use]
    pub fn description(self, text: impl Into<String>) -> Choice {
        self.with("description", plain(text))
    }

    /// Opens this address as well, in an [`overflow`].
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Choice {
        self.with("url", url.into())
    }

    /// Sets any field by Slack's name for it.
    #[must_use]
    pub fn with(self, field: &str, value: impl Into<Value>) -> Choice {
        Choice(set(self.0, field, value.into()))
    }
}

/// A dialog that asks before an element acts: a title of up to 100 characters, a text in mrkdwn of up to 300, and the
/// two answers of up to 30.
pub fn confirm(
    title: impl Into<String>,
    text: impl Into<String>,
    yes: impl Into<String>,
    no: impl Into<String>,
) -> Confirm {
    Confirm(json!({
        "title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain(no),
    }))
}

impl Confirm {
    /// Red: cannot be undone.
    #[must_use]
    pub fn danger(self) -> Confirm {
        Confirm(set(self.0, "style", "danger".into()))
    }
}

impl From<Confirm> for Value {
    fn from(confirm: Confirm) -> Value {
        confirm.0
    }
}

impl Element {
    /// Any element as JSON, for what has no builder here.
    pub fn raw(element: Value) -> Element {
        Element(element)
    }
}

impl From<Element> for Value {
    fn from(element: Element) -> Value {
        element.0
    }
}

impl From<Choice> for Value {
    fn from(choice: Choice) -> Value {
        choice.0
    }
}

pub(crate) fn plain(text: impl Into<String>) -> Value {
    json!({ "type": "plain_text", "text": text.into(), "emoji": true })
}

fn mrkdwn(text: impl Into<String>) -> Value {
    json!({ "type": "mrkdwn", "text": text.into() })
}

/// Leaves raw JSON that is not an object as it is; Slack will say what it thinks of it.
fn set(mut holder: Value, field: &str, value: Value) -> Value {
    if let Some(fields) = holder.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
    holder
}
