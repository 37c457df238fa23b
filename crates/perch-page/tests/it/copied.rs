//! What the page copies as a test of the kit compiles, and passes with the bot that has answered so.
//!
//! `src/copied.rs` holds `tests/data/copied.rs` to what the page writes.

#[expect(dead_code, reason = "its main")]
#[path = "../bot/bot.rs"]
mod bot;

use bot::app;

include!("../data/copied.rs");
