//! The page's server, through HTTP, and the page itself in a real browser. Each test runs a stage of its own.

mod browser;
mod copied;
mod guard;
mod history;
mod story;
mod support;
