//! The page of a local stage: a client of the double of Slack in the browser, served on 127.0.0.1.
//!
//! A person types, clicks and fills in there as in Slack, and sees beside it why a bot answered as it did: the request with its
//! signature, the invocation with its log lines, the calls that it made. Everything is live, for any number of browsers.
//!
//! # Layout
//! - `page`: starting and stopping. `server`, `guard`, `body`, `assets`: what is answered to whom.
//! - `workspace`: what one person sees, as JSON. `stage`: schedules, queues, secrets, alarms.
//! - `act/`: what a person does, one file a kind of thing. `send`: a signed request, and what Slack makes of the response.
//! - `story/`: deliveries with what they led to, followed from the stage's events.
//! - `copied`: a delivery as a command line, and as a test of the kit. `history`: what outlasts a start.
//! - `web/`: the page itself, plain HTML, CSS and modules, as the browser gets it.
//!
//! `docs/page.md` is for people; `docs/decisions/0067-a-page-without-a-framework.md` says why it is built like this.

mod act;
mod assets;
mod body;
mod bot;
mod copied;
mod guard;
mod history;
mod page;
mod send;
mod server;
mod stage;
mod story;
mod workspace;

pub use bot::{Address, Bot, Command, Secret, Shortcut};
pub use page::{Page, PageOptions, Sources};
pub use story::Outgoing;
