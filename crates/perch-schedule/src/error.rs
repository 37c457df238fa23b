//! What is wrong with an expression, and what to write instead.

use std::fmt;

/// Why an expression or a time zone was refused.
///
/// The text names the field, what was found in it and what to write instead; it is meant for the person who wrote the
/// expression. Nothing decides by the kind of error, hence no enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(String);

impl ParseError {
    pub(crate) fn new(message: impl Into<String>) -> ParseError {
        ParseError(message.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}
