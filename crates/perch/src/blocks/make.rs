//! Interactive elements by functions.

use serde_json::{Value, json};

use super::elements::{
    Button, ChannelsSelect, Checkboxes, ConversationsSelect, Datepicker, Datetimepicker,
    EmailInput, ExternalSelect, FeedbackButtons, FileInput, IconButton, ImageElement,
    MultiChannelsSelect, MultiConversationsSelect, MultiExternalSelect, MultiSelect,
    MultiUsersSelect, NumberInput, Overflow, RadioButtons, RichTextInput, Select, TextInput,
    Timepicker, UrlInput, UsersSelect, WorkflowButton,
};
use super::{Choice, plain, set};

fn element(kind: &str, action_id: impl Into<String>) -> Value {
    json!({ "type": kind, "action_id": action_id.into() })
}

fn with_choices(
    kind: &str,
    action_id: impl Into<String>,
    choices: impl IntoIterator<Item = Choice>,
) -> Value {
    let choices: Vec<Value> = choices.into_iter().map(Value::from).collect();
    set(element(kind, action_id), "options", choices.into())
}

fn with_groups<L: Into<String>, C: IntoIterator<Item = Choice>>(
    kind: &str,
    action_id: impl Into<String>,
    groups: impl IntoIterator<Item = (L, C)>,
) -> Value {
    let group = |(label, choices): (L, C)| {
        let choices: Vec<Value> = choices.into_iter().map(Value::from).collect();
        json!({ "label": plain(label), "options": choices })
    };
    let groups: Vec<Value> = groups.into_iter().map(group).collect();
    set(element(kind, action_id), "option_groups", groups.into())
}

/// A button; the handler is found by `action_id`. Its text has up to 75 characters.
pub fn button(action_id: impl Into<String>, text: impl Into<String>) -> Button {
    Button(element("button", action_id)).with("text", plain(text))
}

/// Boxes to tick, up to ten. What is ticked comes by [`State::values`](crate::State::values).
pub fn checkboxes(
    action_id: impl Into<String>,
    choices: impl IntoIterator<Item = Choice>,
) -> Checkboxes {
    Checkboxes(with_choices("checkboxes", action_id, choices))
}

/// Choices of which one can be taken, up to ten.
pub fn radio_buttons(
    action_id: impl Into<String>,
    choices: impl IntoIterator<Item = Choice>,
) -> RadioButtons {
    RadioButtons(with_choices("radio_buttons", action_id, choices))
}

/// Choices behind three dots, up to five.
pub fn overflow(
    action_id: impl Into<String>,
    choices: impl IntoIterator<Item = Choice>,
) -> Overflow {
    Overflow(with_choices("overflow", action_id, choices))
}

/// A date, as `2026-01-05`.
pub fn datepicker(action_id: impl Into<String>) -> Datepicker {
    Datepicker(element("datepicker", action_id))
}

/// A time of day, as `09:30`.
pub fn timepicker(action_id: impl Into<String>) -> Timepicker {
    Timepicker(element("timepicker", action_id))
}

/// A moment in the person's own time zone; read it with [`State::datetime`](crate::State::datetime).
pub fn datetimepicker(action_id: impl Into<String>) -> Datetimepicker {
    Datetimepicker(element("datetimepicker", action_id))
}

/// One line of text, or more with [`TextInput::multiline`].
pub fn text_input(action_id: impl Into<String>) -> TextInput {
    TextInput(element("plain_text_input", action_id))
}

/// An e-mail address, which Slack checks. In modals alone.
pub fn email_input(action_id: impl Into<String>) -> EmailInput {
    EmailInput(element("email_text_input", action_id))
}

/// A web address, which Slack checks. In modals alone.
pub fn url_input(action_id: impl Into<String>) -> UrlInput {
    UrlInput(element("url_text_input", action_id))
}

/// A whole number. In modals alone; its value comes as text.
pub fn number_input(action_id: impl Into<String>) -> NumberInput {
    NumberInput(element("number_input", action_id)).with("is_decimal_allowed", false)
}

/// A number with decimals. In modals alone; its value comes as text.
pub fn decimal_input(action_id: impl Into<String>) -> NumberInput {
    NumberInput(element("number_input", action_id)).with("is_decimal_allowed", true)
}

/// Formatted text; read it with [`State::rich_text`](crate::State::rich_text).
pub fn rich_text_input(action_id: impl Into<String>) -> RichTextInput {
    RichTextInput(element("rich_text_input", action_id))
}

/// Files to upload, which needs the scope `files:read`; read them with [`State::files`](crate::State::files). In modals
/// alone.
pub fn file_input(action_id: impl Into<String>) -> FileInput {
    FileInput(element("file_input", action_id))
}

/// A menu of these choices, up to 100.
pub fn select(action_id: impl Into<String>, choices: impl IntoIterator<Item = Choice>) -> Select {
    Select(with_choices("static_select", action_id, choices))
}

/// A menu of choices in groups, up to 100 of up to 100.
///
/// ```
/// use perch::blocks::{choice, grouped_select};
///
/// let region = grouped_select("region", [("Japan", [choice("Tokyo", "ap-northeast-1")])]);
/// ```
pub fn grouped_select<L: Into<String>, C: IntoIterator<Item = Choice>>(
    action_id: impl Into<String>,
    groups: impl IntoIterator<Item = (L, C)>,
) -> Select {
    Select(with_groups("static_select", action_id, groups))
}

/// A menu whose choices an [options handler](crate::App::options) gives.
pub fn external_select(action_id: impl Into<String>) -> ExternalSelect {
    ExternalSelect(element("external_select", action_id))
}

/// A menu of people.
pub fn users_select(action_id: impl Into<String>) -> UsersSelect {
    UsersSelect(element("users_select", action_id))
}

/// A menu of channels, direct and group messages.
pub fn conversations_select(action_id: impl Into<String>) -> ConversationsSelect {
    ConversationsSelect(element("conversations_select", action_id))
}

/// A menu of public channels.
pub fn channels_select(action_id: impl Into<String>) -> ChannelsSelect {
    ChannelsSelect(element("channels_select", action_id))
}

/// A menu of these choices, up to 100, of which several can be taken.
pub fn multi_select(
    action_id: impl Into<String>,
    choices: impl IntoIterator<Item = Choice>,
) -> MultiSelect {
    MultiSelect(with_choices("multi_static_select", action_id, choices))
}

/// As [`grouped_select`], for several choices.
pub fn grouped_multi_select<L: Into<String>, C: IntoIterator<Item = Choice>>(
    action_id: impl Into<String>,
    groups: impl IntoIterator<Item = (L, C)>,
) -> MultiSelect {
    MultiSelect(with_groups("multi_static_select", action_id, groups))
}

/// As [`external_select`], for several choices.
pub fn multi_external_select(action_id: impl Into<String>) -> MultiExternalSelect {
    MultiExternalSelect(element("multi_external_select", action_id))
}

/// A menu of people, of whom several can be taken.
pub fn multi_users_select(action_id: impl Into<String>) -> MultiUsersSelect {
    MultiUsersSelect(element("multi_users_select", action_id))
}

/// As [`conversations_select`], for several conversations.
pub fn multi_conversations_select(action_id: impl Into<String>) -> MultiConversationsSelect {
    MultiConversationsSelect(element("multi_conversations_select", action_id))
}

/// As [`channels_select`], for several channels.
pub fn multi_channels_select(action_id: impl Into<String>) -> MultiChannelsSelect {
    MultiChannelsSelect(element("multi_channels_select", action_id))
}

/// A button that starts the workflow of this link trigger.
pub fn workflow_button(
    action_id: impl Into<String>,
    text: impl Into<String>,
    trigger_url: impl Into<String>,
) -> WorkflowButton {
    let workflow = json!({ "trigger": { "url": trigger_url.into() } });
    WorkflowButton(element("workflow_button", action_id))
        .with("text", plain(text))
        .with("workflow", workflow)
}

/// A bin, to delete what stands above it.
pub fn trash_button(action_id: impl Into<String>, text: impl Into<String>) -> IconButton {
    IconButton(element("icon_button", action_id))
        .with("icon", "trash")
        .with("text", plain(text))
}

/// Thumbs up and down: each a text and the value that the handler gets.
pub fn feedback_buttons(
    action_id: impl Into<String>,
    (good, good_value): (&str, &str),
    (bad, bad_value): (&str, &str),
) -> FeedbackButtons {
    FeedbackButtons(element("feedback_buttons", action_id))
        .with(
            "positive_button",
            json!({ "text": plain(good), "value": good_value }),
        )
        .with(
            "negative_button",
            json!({ "text": plain(bad), "value": bad_value }),
        )
}

/// A small image with what it shows in words.
pub fn image_element(url: impl Into<String>, alt_text: impl Into<String>) -> ImageElement {
    ImageElement(json!({ "type": "image", "image_url": url.into(), "alt_text": alt_text.into() }))
}
