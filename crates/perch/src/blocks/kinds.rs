//! The types of blocks that have setters, each with those that it has and no other. Blocks without any are a [`Block`].

use serde::Serialize;
use serde_json::{Value, json};

use super::rich::RichText;
use super::{Block, Button, Element, ImageElement, mrkdwn, plain, set};

/// Block types with their setters: `name("field": kind)`.
macro_rules! kinds {
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

            /// Sets the block id, up to 255 characters.
            #[must_use]
            pub fn id(self, block_id: impl Into<String>) -> Self {
                self.with("block_id", block_id.into())
            }

            /// Sets any field by Slack's name for it.
            #[must_use]
            pub fn with(self, field: &str, value: impl Into<Value>) -> Self {
                $type(set(self.0, field, value.into()))
            }
        }

        impl From<$type> for Block {
            fn from(block: $type) -> Block {
                Block(block.0)
            }
        }

        impl From<$type> for Value {
            fn from(block: $type) -> Value {
                block.0
            }
        }
    )+};
}

kinds! {
    /// A paragraph, or short texts in two columns: [`section`](super::section), [`fields`](super::fields).
    Section {
        /// Shows a long text whole, without "See more".
        expanded("expand": flag);
    }

    /// A large title: [`header`](super::header).
    Header {
        /// Its level, from 1 to 4, as in a document.
        level("level": value u32);
    }

    /// An image of its own: [`image`](super::image).
    Image {
        /// A title above it, up to 2,000 characters.
        title("title": plain);
    }

    /// A labelled input: [`input`](super::input).
    Input {
        /// An explanation below it, up to 2,000 characters.
        hint("hint": plain);
        /// Lets it stay empty.
        optional("optional": flag);
        /// Has it call the [action](crate::App::action) of its element as soon as something is entered.
        dispatch_action("dispatch_action": flag);
    }

    /// A video in a player: [`video`](super::video).
    Video {
        /// Where its title leads, by `https`.
        title_url("title_url": text);
        /// Who made it, up to 50 characters.
        author_name("author_name": text);
        /// Where it is from, such as `YouTube`.
        provider_name("provider_name": text);
        /// The address of the provider's icon.
        provider_icon_url("provider_icon_url": text);
        /// What it is about, up to 200 characters.
        description("description": plain);
    }

    /// A card: [`card`](super::card).
    Card {
        /// A second line below the title, in mrkdwn.
        subtitle("subtitle": mrkdwn);
        /// A small text below all, in mrkdwn.
        subtext("subtext": mrkdwn);
        /// A small picture beside the title.
        icon("icon": value ImageElement);
        /// A large picture above it.
        hero_image("hero_image": value ImageElement);
    }

    /// Blocks below one title: [`container`](super::container).
    Container {
        /// A second line below the title.
        subtitle("subtitle": plain);
        /// A small picture beside it.
        icon("icon": value ImageElement);
        /// `narrow`, `standard`, `wide` or `full`.
        width("width": text);
        /// Lets people collapse it.
        collapsible("is_collapsible": flag);
        /// A line below its head.
        header_divider("has_header_divider": flag);
    }

    /// A table of texts: [`table`](super::table).
    Table {
    }

    /// A table that people sort and leaf through: [`data_table`](super::data_table).
    DataTable {
        /// Rows on a page, from 1 to 100.
        page_size("page_size": value u32);
        /// The column that names the rows, from 0.
        row_header_column_index("row_header_column_index": value u32);
    }

    /// What an agent is doing: [`task_card`](super::task_card).
    TaskCard {
        /// More on it.
        details("details": value RichText);
        /// What came of it.
        output("output": value RichText);
        /// Shows the card without its title.
        hide_title("hide_title": flag);
    }
}

impl Section {
    /// Puts an element at its right.
    #[must_use]
    pub fn accessory(self, element: impl Into<Element>) -> Section {
        self.with("accessory", Value::from(element.into()))
    }

    /// Adds short texts in two columns below, up to ten of 2,000 characters.
    #[must_use]
    pub fn fields<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Section {
        let fields: Vec<_> = texts.into_iter().map(mrkdwn).collect();
        self.with("fields", fields)
    }
}

/// An icon of Slack's own, by its name.
fn slack_icon(name: impl Into<String>) -> Value {
    json!({ "type": "icon", "name": name.into() })
}

impl Card {
    /// An icon of Slack's own beside the title, by its name.
    #[must_use]
    pub fn slack_icon(self, name: impl Into<String>) -> Card {
        self.with("slack_icon", slack_icon(name))
    }

    /// Up to two buttons below it.
    #[must_use]
    pub fn actions(self, buttons: impl IntoIterator<Item = Button>) -> Card {
        let buttons: Vec<_> = buttons.into_iter().map(Value::from).collect();
        self.with("actions", buttons)
    }
}

impl Container {
    /// A title with formatting, in place of the plain one.
    #[must_use]
    pub fn rich_title(self, title: RichText) -> Container {
        let mut container = self.with("rich_text_title", title);
        if let Some(fields) = container.0.as_object_mut() {
            fields.remove("title");
        }
        container
    }

    /// Lets people open it, and shows it closed at first.
    #[must_use]
    pub fn collapsed(self) -> Container {
        self.collapsible().with("default_collapsed", true)
    }
}

/// How a column of a [`Table`] looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Column(Value);

impl Column {
    /// Its texts at the left.
    pub fn left() -> Column {
        Column(json!({ "align": "left" }))
    }

    /// Its texts in the middle.
    pub fn center() -> Column {
        Column(json!({ "align": "center" }))
    }

    /// Its texts at the right.
    pub fn right() -> Column {
        Column(json!({ "align": "right" }))
    }

    /// Breaks long texts into lines.
    #[must_use]
    pub fn wrapped(self) -> Column {
        Column(set(self.0, "is_wrapped", true.into()))
    }
}

impl Table {
    /// How its columns look, from the left; up to 20.
    #[must_use]
    pub fn columns(self, columns: impl IntoIterator<Item = Column>) -> Table {
        let columns: Vec<_> = columns.into_iter().map(|column| column.0).collect();
        self.with("column_settings", columns)
    }
}

impl TaskCard {
    /// An icon of Slack's own, by its name.
    #[must_use]
    pub fn icon(self, name: impl Into<String>) -> TaskCard {
        self.with("icon", slack_icon(name))
    }

    /// Adds a page that it is based on: its address, and the text to show.
    #[must_use]
    pub fn source(mut self, url: impl Into<String>, text: impl Into<String>) -> TaskCard {
        let source = json!({ "type": "url", "url": url.into(), "text": text.into() });
        match self.0["sources"].as_array_mut() {
            Some(sources) => sources.push(source),
            None => self.0["sources"] = json!([source]),
        }
        self
    }
}
