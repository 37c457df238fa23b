//! One story from the click to the log line, the calls and the retry: what was delivered to bots, and what it led to.
//!
//! `delivery` is what is kept of one. `ledger` keeps them all and hears what happens in the stage, `calls` what bots call; `attribute`
//! finds whose a line or a call is; `lines` reads log lines; `notices` are what a person is told of a failure, where they asked.

mod attribute;
mod calls;
mod delivery;
mod ledger;
mod lines;
mod notices;

pub use delivery::Outgoing;
pub(crate) use delivery::{Answer, Delivery, Place, Run, Verdict};
pub(crate) use ledger::{Kept, Ledger, short};
pub(crate) use notices::Notice;
