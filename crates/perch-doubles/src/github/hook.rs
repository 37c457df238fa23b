//! A webhook of a repository.

use jiff::Timestamp;

/// A webhook to register. Its `Debug` leaves the secret out.
#[derive(Clone)]
pub struct Webhook {
    pub active: bool,
    /// Names of events, or `*` for all of them.
    pub events: Vec<String>,
    pub url: String,
    /// `json` or `form`.
    pub content_type: String,
    /// What deliveries are signed with; empty for none.
    pub secret: String,
    pub insecure_ssl: bool,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("active", &self.active)
            .field("events", &self.events)
            .field("url", &self.url)
            .field("content_type", &self.content_type)
            .field("insecure_ssl", &self.insecure_ssl)
            .finish_non_exhaustive()
    }
}

/// A webhook that a repository has.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub id: u64,
    /// `owner/name`, as the repository is written.
    pub repository: String,
    pub webhook: Webhook,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Hook {
    /// Whether it is told of an event.
    pub(super) fn wants(&self, event: &str) -> bool {
        let mut events = self.webhook.events.iter();
        self.webhook.active && events.any(|one| one == event || one == "*")
    }
}
