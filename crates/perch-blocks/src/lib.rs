//! Block Kit as one table: which blocks, elements and other objects exist, what each has and where it may be used, how
//! long and how many, and which field carries what a person entered.
//!
//! The table is generated from `data/blocks.json`, which names its sources. What the sources disagree on is kept apart from what is
//! certain, and so is what the table does not know: Slack adds to Block Kit every quarter.
//!
//! ```
//! use perch_blocks::{Certainty, Surface, check_blocks};
//! use serde_json::json;
//!
//! let blocks = json!([{ "type": "header", "text": { "type": "plain_text", "text": "x".repeat(151) } }]);
//! let problems = check_blocks(Surface::Message, &blocks, "/blocks");
//! assert_eq!(problems[0].pointer, "/blocks/0/text/text");
//! assert_eq!(problems[0].message, "must be less than 151 characters");
//! assert_eq!(problems[0].certainty, Certainty::Certain);
//! ```
//!
//! # Layout
//!
//! `cases` has the table as examples. `shape` has the table's types, `table` is the table, `check` checks a value against it; `relations` is what properties say of each
//! other.

#![warn(missing_docs)]

pub mod cases;
mod check;
mod relations;
mod shape;
#[rustfmt::skip]
mod table;

pub use check::{Certainty, Problem, check_blocks, check_suggestions, check_view};
pub use shape::{Form, Property, Required, Rule, Shape, Surface, Value};

/// The block of this type, if the table knows it.
pub fn block(name: &str) -> Option<&'static Shape> {
    table::BLOCKS
        .iter()
        .copied()
        .find(|shape| shape.name == name)
}

/// The element of this type, if the table knows it.
pub fn element(name: &str) -> Option<&'static Shape> {
    table::ELEMENTS
        .iter()
        .copied()
        .find(|shape| shape.name == name)
}

/// All blocks.
pub fn blocks() -> &'static [&'static Shape] {
    table::BLOCKS
}

/// All elements.
pub fn elements() -> &'static [&'static Shape] {
    table::ELEMENTS
}
