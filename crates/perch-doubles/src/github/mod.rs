//! A double of GitHub, with an organisation that does not exist: its REST API, webhooks, and repositories to push to.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! use perch_doubles::git::BareRepository;
//! use perch_doubles::github::{GitHub, GitHubOptions};
//!
//! let github = GitHub::start(GitHubOptions::default()).await?;
//! println!("GITHUB_API_URL={}", github.url());
//! // What is pushed to this folder is delivered to the repository's webhooks.
//! github.host(BareRepository::init("bots.git".as_ref(), "acme", "bots").await?)?;
//! # Ok(())
//! # }
//! ```
//!
//! It knows repositories, pull requests (list, one, reviews, requested reviewers and asking for them), check runs and
//! combined status of a commit, an issue's timeline and events, the user and the rate limit, with GitHub's pages
//! (`Link`), its `x-ratelimit-…` headers and its errors. Repositories are private: without a token they are not there.
//! A request without `User-Agent` is refused, as GitHub does. A repository's webhooks can be made, changed, pinged and
//! removed, and their deliveries listed and sent again.
//!
//! # Layout
//!
//! `core.rs` is what it remembers and how a request is counted, recorded and answered. `model.rs` is what it knows, `sample.rs`
//! the sample, `payload.rs` GitHub's objects, `routes.rs` what is asked of pull requests, `hooks.rs` what is asked of webhooks;
//! `deliver.rs` sends to those, `pushes.rs` what was pushed.

mod core;
mod deliver;
mod delivery;
mod error;
mod hook;
mod hooks;
mod model;
mod options;
mod payload;
mod pushes;
mod routes;
mod sample;

use std::io;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc};

use self::core::GitHubCore;
use self::pushes::Hosted;
use super::Failure;
use super::git::BareRepository;
use super::server::{self, Server, lock};

pub use self::delivery::{Delivery, DeliveryResponse};
pub use self::hook::Webhook;
pub use self::model::{Check, Entry, Happened, Pull, Repository};
pub use self::options::{Call, GitHubOptions};
pub use self::sample::repositories;

/// A running double. Dropping it stops it.
pub struct GitHub {
    core: Arc<GitHubCore>,
    server: Server,
    hosted: Mutex<Vec<Hosted>>,
}

impl GitHub {
    /// Starts the double on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(options: GitHubOptions) -> io::Result<GitHub> {
        let http = perch_loopback::client().map_err(io::Error::other)?;
        let mut made = None;
        let server = server::start(options.port, |address| {
            let core = Arc::new(GitHubCore::new(options, address, http));
            made = Some(core.clone());
            Arc::new(move |request| core.react(&request))
        })
        .await?;
        let core = made.ok_or_else(|| io::Error::other("the server made no handler"))?;
        Ok(GitHub {
            core,
            server,
            hosted: Mutex::default(),
        })
    }

    /// The value for `GITHUB_API_URL`, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.core.state).calls.clone()
    }

    /// Takes a repository in: whoever pushes to its folder pushes to GitHub, and its webhooks are told.
    ///
    /// # Errors
    ///
    /// When the repository's `post-receive` hook cannot be written.
    pub fn host(&self, repository: BareRepository) -> Result<()> {
        {
            let mut state = lock(&self.core.state);
            let (owner, name) = (repository.owner(), repository.name());
            let mut known = state.repositories.iter();
            if !known.any(|one| one.is_called(owner, name)) {
                let highest = state.repositories.iter().map(|one| one.id).max();
                state.repositories.push(Repository {
                    id: highest.unwrap_or(5000) + 1,
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                    collaborators: vec![owner.to_owned()],
                    pulls: Vec::new(),
                });
            }
        }
        let hosted = Hosted::start(self.core.clone(), repository)?;
        lock(&self.hosted).push(hosted);
        Ok(())
    }

    /// Registers a webhook for the repository `owner/name`, as a call of the API does; GitHub sends a ping then. Returns
    /// the hook's number.
    ///
    /// # Errors
    ///
    /// When there is no such repository, or it has a webhook with this URL.
    pub fn register(&self, repository: &str, webhook: Webhook) -> Result<u64> {
        self.core
            .repository(repository)
            .with_context(|| format!("GitHub has no repository {repository}"))?;
        let hook = self.core.create_hook(repository, webhook);
        let hook =
            hook.map_err(|error| anyhow::anyhow!("GitHub refused the webhook: {}", error.message))?;
        Ok(hook.id)
    }

    /// Deliveries to `applied` go to `local`: what is on AWS answers on this machine.
    pub fn route(&self, applied: &str, local: &str) {
        let addresses = &mut lock(&self.core.state).addresses;
        addresses.insert(applied.to_owned(), local.to_owned());
    }

    /// Every delivery from now on, once it was answered.
    pub fn deliveries(&self) -> mpsc::UnboundedReceiver<Delivery> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.core.state).subscribers.push(sender);
        receiver
    }

    /// Delivers an event of any kind to the hooks of `owner/name` that want it, as GitHub does for what is no push.
    pub async fn deliver(&self, repository: &str, event: &str, payload: &Value) {
        self.core.deliver(repository, event, payload).await;
    }

    /// Delivers again what was delivered, as the button on GitHub's page does.
    ///
    /// # Errors
    ///
    /// When there is no such delivery, or its webhook is gone.
    pub async fn redeliver(&self, delivery: u64) -> Result<Delivery> {
        self.core.clone().redeliver(delivery).await
    }

    /// A pull request as it stands now.
    pub fn pull(&self, owner: &str, name: &str, number: u64) -> Option<Pull> {
        let state = lock(&self.core.state);
        let mut repositories = state.repositories.iter();
        let repository =
            repositories.find(|repository| repository.owner == owner && repository.name == name)?;
        repository
            .pulls
            .iter()
            .find(|pull| pull.number == number)
            .cloned()
    }

    /// Requests from now on. A receiver that lags by more than 1024 misses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Call> {
        self.core.events.subscribe()
    }

    /// Makes the next request of this path (without query string) fail. Several queue up.
    pub fn fail_next(&self, path: &str, failure: Failure) {
        lock(&self.core.state)
            .failures
            .entry(path.to_owned())
            .or_default()
            .push_back(failure);
    }
}
