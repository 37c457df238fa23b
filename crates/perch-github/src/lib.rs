//! The few GitHub calls that the bots make, on the kit's HTTP client.
//!
//! ```no_run
//! # async fn example(http: &reqwest::Client, token: &str) -> Result<(), perch_github::Error> {
//! use std::time::Duration;
//!
//! let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
//! let api = perch_github::ApiUrl::from_variable(None)?;
//! let github = perch_github::Client::new(http, &api, token, deadline)?;
//! let pull = github.pull(&"acme/web#12".parse()?).await?;
//! println!("{} by {}", pull.title, perch_github::login(&pull.user));
//! # Ok(())
//! # }
//! ```
//!
//! What it keeps to, from GitHub's REST documentation:
//! - Lists are read to their end by the `Link` header, and only from the host that the client was made for.
//! - After a rate limit (`Retry-After`, `X-RateLimit-Remaining: 0`, a secondary limit) nothing is sent until
//!   GitHub allows it. When that is after the deadline the call fails at once with [`Error::RateLimited`].
//! - A body is read into the fields that the bots use; what GitHub adds is ignored.
//!
//! Layout: `api_url.rs` is where, `client.rs` sends and pages, `pulls.rs`, `checks.rs` and `timeline.rs` are the calls and their types,
//! `names.rs` holds `owner/repo` and `owner/repo#12`, `words.rs` says in words what a message tells of them.
//!
//! It does not log in as a GitHub App, and it does not know GraphQL.

mod api_url;
mod checks;
mod client;
mod error;
mod names;
mod pulls;
mod timeline;
mod words;

pub use api_url::ApiUrl;
pub use checks::{CheckRun, CommitStatus};
pub use client::Client;
pub use error::Error;
pub use names::{InvalidName, PullRef, Repository, RepositoryPattern};
pub use pulls::{Commit, Pull, PullSummary, Team, User, login};
pub use timeline::TimelineEvent;
pub use words::{age, checks, counted, reviewers};
