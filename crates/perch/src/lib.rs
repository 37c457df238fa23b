//! The kit that every Perch bot is written with: a Slack bot is its handlers, served on AWS Lambda.
//!
//! ```no_run
//! use perch::{App, Command, Context, Reply, Result};
//!
//! async fn greet(command: Command, _: Context) -> Result<Reply> {
//!     Ok(Reply::ephemeral(format!("Hello {}", command.user_id.mention())))
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<()> {
//!     App::new().command("/greet", greet).serve().await
//! }
//! ```
//!
//! `docs/bot.md` covers everything that you need to write a bot.
//!
//! # Layout
//!
//! The request side: [`App`] holds the handlers and makes the state that they share from the [`Environment`]; `serve`
//! is Init and Lambda's loop; `service` tells events apart and logs; `verify` is the only way from an HTTP event to
//! `request`, which parses it; `dispatch` finds the handler and writes what it says, or that there is none (`unhandled`); [`blocks`], [`Reply`],
//! [`ViewReply`], [`Modal`] and [`Options`] are what it may say. [`Job`] and [`Scheduled`] are what comes otherwise.
//! [`testing`] runs all this in memory.
//!
//! The client side, in a handler's [`Context`]: [`slack`] is the Web API, [`respond`] replies by `response_url`,
//! [`secrets`] reads Parameter Store through `parameter_store`, [`Invoker`] queues jobs, `aws` has region and credentials,
//! [`Http`] is the one HTTP client below them.
//!
//! # Environment
//!
//! | Variable | What | Default |
//! |---|---|---|
//! | any `NAME=ssm:/path` | a secret, read in Init; see [`Context::secret`] | |
//! | `SLACK_SIGNING_SECRET` | secret; verifies requests, needed by every app with handlers of them | |
//! | `SLACK_BOT_TOKEN` | secret; what [`Context::slack`] calls with | |
//! | `SLACK_VERIFICATION_TOKEN` | secret; when set, the token in each body is compared as a second check | |
//! | `RUST_LOG` | levels of the log, such as `info,tryo=debug` | `AWS_LAMBDA_LOG_LEVEL`, else `info` |
//! | `SLACK_API_URL` | the Web API's address | `https://slack.com/api/` |
//! | `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL_LAMBDA`, `AWS_ENDPOINT_URL` | AWS's addresses | AWS's own |
//!
//! # What it does not do
//!
//! No OAuth installation flow, no Socket Mode, no Lambda response streaming, no state between invocations.

#![warn(missing_docs)]

mod app;
mod aws;
pub mod blocks;
mod context;
mod dispatch;
mod environment;
mod error;
mod http;
mod ids;
mod incoming;
mod invoke;
mod job;
mod listen;
mod log;
mod parameter_store;
mod reply;
mod request;
pub mod respond;
mod routes;
mod schedule;
mod secret;
pub mod secrets;
mod secrets_error;
mod serve;
mod service;
pub mod slack;
pub mod testing;
mod tls;
mod unhandled;
mod verify;
mod view;

pub use app::App;
pub use aws::Aws;
pub use context::Context;
pub use environment::Environment;
pub use error::{Error, Result};
pub use http::Http;
pub use ids::{
    AppId, ChannelId, EnterpriseId, EventId, MessageTs, TeamId, TriggerId, UserId, ViewId,
};
pub use invoke::{InvokeError, Invoker, MAX_PAYLOAD};
pub use jiff::Timestamp;
pub use job::Job;
pub use listen::Messages;
pub use reply::{Options, Reply, ViewReply};
pub use request::{
    Action, ActionElement, AppRateLimited, Authorization, BlockSuggestion, Command, Enterprise,
    Event, Message, MessageAction, MessagePlace, Request, Retry, Shortcut, SslCheck, State, Step,
    Unknown, UrlVerification, User, View, ViewClosed, ViewSubmission,
};
pub use respond::{FollowUp, Responder};
pub use routes::Handled;
pub use schedule::Scheduled;
pub use secret::Secret;
pub use secrets::Secrets;
pub use slack::WebClient;
pub use view::{Home, Modal};

/// The examples of the page about writing a bot.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/bot.md")]
mod bot_page {}
