//! How the double behaves, and what it tells of a request.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::model::Repository;
use crate::{Clock, Token, Tokens, system_clock};

/// How the double behaves.
#[derive(Clone)]
pub struct GitHubOptions {
    /// 0 takes any port that is free.
    pub port: u16,
    pub tokens: Tokens,
    pub clock: Clock,
    /// None for the sample as of the clock's time at the start.
    pub repositories: Option<Vec<Repository>>,
    /// The login that the token belongs to.
    pub login: String,
    /// Requests an hour; GitHub gives a person 5,000.
    pub quota: u32,
}

impl Default for GitHubOptions {
    fn default() -> GitHubOptions {
        GitHubOptions {
            port: 0,
            tokens: Tokens::Any,
            clock: system_clock(),
            repositories: None,
            login: "perch-bot".to_owned(),
            quota: 5_000,
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    /// With the query string.
    pub path: String,
    /// The JSON body; null without one.
    pub body: Value,
    pub token: Token,
    pub time: Timestamp,
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("no answer"),
        }
    }
}
