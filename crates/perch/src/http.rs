//! The one HTTP client of a function: HTTP/1.1 over one TLS stack, built when the first call needs it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use reqwest::redirect::{Action, Attempt, Policy};
use tokio::time::Instant;

use crate::tls;

/// How long an unused connection is kept.
///
/// Lambda freezes the environment between invocations, and a server or a gateway may drop the connection
/// meanwhile. Below the idle time-outs of Slack's and AWS's load balancers (60 s and more), so that a thawed
/// environment opens a new connection rather than writes into a closed one.
const IDLE_CONNECTION: Duration = Duration::from_secs(20);

/// Time to open a connection, TLS handshake included. One lost SYN is sent again after 1 s.
const CONNECT: Duration = Duration::from_secs(3);

/// Redirects that one call follows.
const REDIRECTS: usize = 5;

/// A shared handle on the function's HTTP client; clones share its connections.
///
/// Creating the handle costs nothing. The first [`client`](Http::client) builds the client with trust anchors
/// that are compiled in (Mozilla's, by `webpki-roots`): reading the system's CA certificates takes longer than
/// all the rest of Init. Proxies in the environment are not used.
#[derive(Clone, Debug, Default)]
pub struct Http {
    client: Arc<OnceLock<reqwest::Client>>,
}

impl Http {
    /// A handle whose client is built at the first use.
    pub fn new() -> Http {
        Http::default()
    }

    /// The client, for calls of a bot's own to any HTTPS API.
    pub fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(build)
    }
}

fn build() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client())
        .http1_only()
        .no_proxy()
        .redirect(Policy::custom(within_host))
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE_CONNECTION)
        .user_agent(concat!("perch/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("constant settings: nothing in them depends on the environment")
}

/// Follows redirects on one host alone, as GitHub's for a renamed repository. Any other answer stands as it is: a
/// `response_url` that has been checked must not lead elsewhere.
fn within_host(attempt: Attempt<'_>) -> Action {
    let first = attempt.previous().first();
    let same = first.is_some_and(|url| url.origin() == attempt.url().origin());
    if same && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// What is left until `deadline`: zero when it has passed, `None` when there is no deadline.
pub(crate) fn time_left(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

/// The pause after failed attempt number `attempt` (from 1): 50 to 100 ms, doubling.
///
/// The random half keeps environments that failed together from coming back together.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let nanos = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |now| now.subsec_nanos());
    let base = Duration::from_millis(50) * 2_u32.pow(attempt.saturating_sub(1).min(6));
    base + base * (nanos % 1000) / 1000
}

/// What an answer 429 says in `Retry-After`, in seconds.
///
/// 1 s when it says nothing readable: the pace that Slack allows for messages in a channel.
pub(crate) fn retry_after(header: Option<&HeaderValue>) -> Duration {
    let seconds = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}
