//! The types of interactive elements, each with the setters that it has and no other.
//!
//! A long file: one short declaration for each element, and they read best beside each other.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Choice, Confirm, Element, plain, rich::RichText, set};
use crate::ids::{ChannelId, UserId};

/// Element types with their setters: `name("field": kind)`.
macro_rules! elements {
    ($(
        $(#[$doc:meta])*
        $type:ident {
            $($(#[$setter_doc:meta])* $setter:ident($field:literal: $($kind:tt)+);)*
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(transparent)]
        pub struct $type(pub(super) Value);

        impl $type {
            $(setter!($(#[$setter_doc])* $setter, $field, $($kind)+);)*

            /// Sets any field by Slack's name for it.
            #[must_use]
            pub fn with(self, field: &str, value: impl Into<Value>) -> Self {
                $type(set(self.0, field, value.into()))
            }
        }

        impl From<$type> for Element {
            fn from(element: $type) -> Element {
                Element::raw(element.0)
            }
        }

        impl From<$type> for Value {
            fn from(element: $type) -> Value {
                element.0
            }
        }
    )+};
}

elements! {
    /// A button, made by [`button`](super::button).
    Button {
        /// What it hands to its handler, up to 2,000 characters.
        value("value": text);
        /// Opens this address as well; the handler is called all the same.
        url("url": text);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// What a screen reader says, up to 75 characters.
        accessibility_label("accessibility_label": text);
    }

    /// Up to ten boxes of which several can be ticked, made by [`checkboxes`](super::checkboxes).
    Checkboxes {
        /// Those that are ticked at first; of its choices.
        initial("initial_options": choices);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// Up to ten choices of which one can be taken, made by [`radio_buttons`](super::radio_buttons).
    RadioButtons {
        /// What is chosen at first; one of its choices.
        initial("initial_option": choice);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// Up to five choices behind three dots, made by [`overflow`](super::overflow).
    Overflow {
        /// Asks before it acts.
        confirm("confirm": value Confirm);
    }

    /// A date, made by [`datepicker`](super::datepicker).
    Datepicker {
        /// What it begins with, such as `2026-01-05`.
        initial("initial_date": text);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A time of day, made by [`timepicker`](super::timepicker).
    Timepicker {
        /// What it begins with, such as `09:30`.
        initial("initial_time": text);
        /// The IANA time zone that is shown beside it, such as `Asia/Tokyo`.
        timezone("timezone": text);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A moment, made by [`datetimepicker`](super::datetimepicker).
    Datetimepicker {
        /// What it begins with, in seconds since 1970.
        initial("initial_date_time": value i64);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A line of text or several, made by [`text_input`](super::text_input).
    TextInput {
        /// What it begins with.
        initial("initial_value": text);
        /// Lets it have several lines.
        multiline("multiline": flag);
        /// The fewest characters that can be submitted, up to 3,000.
        min_length("min_length": value u32);
        /// The most characters that can be entered, up to 3,000.
        max_length("max_length": value u32);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// An e-mail address, made by [`email_input`](super::email_input).
    EmailInput {
        /// What it begins with.
        initial("initial_value": text);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A web address, made by [`url_input`](super::url_input).
    UrlInput {
        /// What it begins with.
        initial("initial_value": text);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A number, made by [`number_input`](super::number_input) or [`decimal_input`](super::decimal_input).
    NumberInput {
        /// What it begins with, as text such as `1.5`.
        initial("initial_value": text);
        /// The least that can be entered, as text.
        min("min_value": text);
        /// The most that can be entered, as text.
        max("max_value": text);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// Formatted text, made by [`rich_text_input`](super::rich_text_input).
    RichTextInput {
        /// What it begins with.
        initial("initial_value": value RichText);
        /// Lines that are shown at least.
        min_lines("min_lines": value u32);
        /// Lines that are shown before it scrolls.
        max_lines("max_lines": value u32);
        /// Grey text while nothing is entered, up to 150 characters.
        placeholder("placeholder": plain);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// Files to upload, made by [`file_input`](super::file_input).
    FileInput {
        /// The endings that are taken, such as `csv`.
        filetypes("filetypes": list String);
        /// How many at most, up to ten.
        max_files("max_files": value u32);
    }

    /// A menu of given choices, made by [`select`](super::select) or [`grouped_select`](super::grouped_select).
    Select {
        /// What is chosen at first; one of its choices.
        initial("initial_option": choice);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A menu whose choices an [options handler](crate::App::options) gives, made by [`external_select`](super::external_select).
    ExternalSelect {
        /// What is chosen at first.
        initial("initial_option": choice);
        /// Characters that must be typed before choices are asked for; 3 otherwise.
        min_query_length("min_query_length": value u32);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A menu of people, made by [`users_select`](super::users_select).
    UsersSelect {
        /// Who is chosen at first.
        initial("initial_user": id UserId);
        /// Grey text while nobody is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A menu of conversations: channels, direct and group messages; made by [`conversations_select`](super::conversations_select).
    ConversationsSelect {
        /// What is chosen at first.
        initial("initial_conversation": id ChannelId);
        /// Begins with the conversation in which the view was opened.
        initial_is_current("default_to_current_conversation": flag);
        /// Which conversations are offered.
        filter("filter": value ConversationFilter);
        /// In an input of a modal: the submission brings a `response_url` for the chosen conversation.
        response_url("response_url_enabled": flag);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A menu of public channels, made by [`channels_select`](super::channels_select).
    ChannelsSelect {
        /// What is chosen at first.
        initial("initial_channel": id ChannelId);
        /// In an input of a modal: the submission brings a `response_url` for the chosen channel.
        response_url("response_url_enabled": flag);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A menu of given choices of which several can be taken, made by [`multi_select`](super::multi_select) or [`grouped_multi_select`](super::grouped_multi_select).
    MultiSelect {
        /// What is chosen at first; of its choices.
        initial("initial_options": choices);
        /// How many can be chosen.
        max_selected("max_selected_items": value u32);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// As [`ExternalSelect`], for several choices; made by [`multi_external_select`](super::multi_external_select).
    MultiExternalSelect {
        /// What is chosen at first.
        initial("initial_options": choices);
        /// Characters that must be typed before choices are asked for; 3 otherwise.
        min_query_length("min_query_length": value u32);
        /// How many can be chosen.
        max_selected("max_selected_items": value u32);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// As [`UsersSelect`], for several people; made by [`multi_users_select`](super::multi_users_select).
    MultiUsersSelect {
        /// Who is chosen at first.
        initial("initial_users": list UserId);
        /// How many can be chosen.
        max_selected("max_selected_items": value u32);
        /// Grey text while nobody is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// As [`ConversationsSelect`], for several conversations; made by [`multi_conversations_select`](super::multi_conversations_select).
    MultiConversationsSelect {
        /// What is chosen at first.
        initial("initial_conversations": list ChannelId);
        /// Begins with the conversation in which the view was opened.
        initial_is_current("default_to_current_conversation": flag);
        /// Which conversations are offered.
        filter("filter": value ConversationFilter);
        /// How many can be chosen.
        max_selected("max_selected_items": value u32);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// As [`ChannelsSelect`], for several channels; made by [`multi_channels_select`](super::multi_channels_select).
    MultiChannelsSelect {
        /// What is chosen at first.
        initial("initial_channels": list ChannelId);
        /// How many can be chosen.
        max_selected("max_selected_items": value u32);
        /// Grey text while nothing is chosen, up to 150 characters.
        placeholder("placeholder": plain);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// Has the cursor when the view opens; one element of a view may.
        focus_on_load("focus_on_load": flag);
    }

    /// A button that starts a workflow, made by [`workflow_button`](super::workflow_button).
    WorkflowButton {
        /// What a screen reader says, up to 75 characters.
        accessibility_label("accessibility_label": text);
    }

    /// A button that is an icon, for [`context_actions`](super::context_actions); made by [`trash_button`](super::trash_button).
    IconButton {
        /// What it hands to its handler, up to 2,000 characters.
        value("value": text);
        /// Asks before it acts.
        confirm("confirm": value Confirm);
        /// What a screen reader says, up to 75 characters.
        accessibility_label("accessibility_label": text);
    }

    /// Thumbs up and down, for [`context_actions`](super::context_actions); made by [`feedback_buttons`](super::feedback_buttons).
    FeedbackButtons {}

    /// A small image, for [`context_of`](super::context_of) or beside a [`section`](super::section); made by
    /// [`image_element`](super::image_element).
    ImageElement {}
}

impl Button {
    /// Green: the one thing to do.
    #[must_use]
    pub fn primary(self) -> Button {
        self.with("style", "primary")
    }

    /// Red: cannot be undone.
    #[must_use]
    pub fn danger(self) -> Button {
        self.with("style", "danger")
    }
}

impl WorkflowButton {
    /// Green: the one thing to do.
    #[must_use]
    pub fn primary(self) -> WorkflowButton {
        self.with("style", "primary")
    }

    /// Red: cannot be undone.
    #[must_use]
    pub fn danger(self) -> WorkflowButton {
        self.with("style", "danger")
    }
}

/// Which conversations a select offers.
///
/// ```
/// use perch::blocks::{ConversationFilter, conversations_select};
///
/// let channels = ConversationFilter::of(["public", "private"]).without_bots();
/// let select = conversations_select("where").filter(channels);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ConversationFilter(Value);

impl ConversationFilter {
    /// Those of these kinds: `public`, `private`, `im`, `mpim`.
    pub fn of<K: Into<String>>(kinds: impl IntoIterator<Item = K>) -> ConversationFilter {
        let kinds: Vec<String> = kinds.into_iter().map(Into::into).collect();
        ConversationFilter(json!({ "include": kinds }))
    }

    /// Leaves out channels shared with other organisations.
    #[must_use]
    pub fn without_shared(self) -> ConversationFilter {
        ConversationFilter(set(self.0, "exclude_external_shared_channels", true.into()))
    }

    /// Leaves out direct messages with bots.
    #[must_use]
    pub fn without_bots(self) -> ConversationFilter {
        ConversationFilter(set(self.0, "exclude_bot_users", true.into()))
    }
}

impl From<ConversationFilter> for Value {
    fn from(filter: ConversationFilter) -> Value {
        filter.0
    }
}
