//! Which failures are worth another attempt, and after what pause: the AWS SDKs' standard mode ("Retry behavior" in the
//! AWS SDKs and Tools Reference Guide).
//!
//! Not kept is the mode's quota of retries: it is for processes that call AWS without end.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;

use crate::error::Error;

/// No pause is longer, before AWS asks for one.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How much longer than its own pause a caller waits when AWS asks for it.
const LONGEST_ASKED: Duration = Duration::from_secs(5);

/// How often a call is made, and how long the pauses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts of one call, the first included.
    pub attempts: u32,
    /// The longest pause after AWS throttled the first attempt; each further one doubles it.
    pub throttled: Duration,
    /// The longest pause after the first attempt failed; each further one doubles it.
    pub failed: Duration,
}

impl Retry {
    /// The standard mode's figures.
    pub const STANDARD: Retry = Retry {
        attempts: 3,
        throttled: Duration::from_secs(1),
        failed: Duration::from_millis(50),
    };

    /// The pause after attempt number `attempt` (from 1). `jitter`, between 0 and 1, keeps callers that failed together from
    /// coming back together. What AWS asks for is kept to within five seconds.
    pub(crate) fn pause(
        &self,
        failure: Failure,
        attempt: u32,
        asked: Option<Duration>,
        jitter: f64,
    ) -> Duration {
        let first = match failure {
            Failure::Throttled => self.throttled,
            Failure::Transient => self.failed,
        };
        let doubled = first.saturating_mul(2_u32.saturating_pow(attempt - 1));
        let own = doubled.min(LONGEST_PAUSE).mul_f64(jitter);
        asked.map_or(own, |asked| asked.clamp(own, own + LONGEST_ASKED))
    }
}

/// Between 0 and 1, from the clock: enough for a pause, and no generator of random numbers in a bot's zip.
pub(crate) fn jitter() -> f64 {
    let nanos = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |now| now.subsec_nanos());
    f64::from(nanos / 100 % 10_000) / 10_000.0
}

/// A failure that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// AWS takes no more calls for now.
    Throttled,
    /// The service's own failure, or the connection's.
    Transient,
}

/// Why another attempt is worth it; `None` when it is not, or when the first may have been acted on and must not be twice.
pub(crate) fn failure(error: &Error, idempotent: bool) -> Option<Failure> {
    match error {
        Error::Unsigned(_) => None,
        // Whether a call that was sent was also received is not known; one that found no connection was not sent.
        Error::Unreachable { source, .. } => {
            (idempotent || source.is_connect()).then_some(Failure::Transient)
        }
        Error::Refused { status, code, .. } => {
            if THROTTLING.contains(&code.as_str()) || *status == StatusCode::TOO_MANY_REQUESTS {
                return Some(Failure::Throttled);
            }
            let transient = match *status {
                // The service says so itself.
                StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE => true,
                // Whoever says so lost the service's answer.
                StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => idempotent,
                _ => TRANSIENT.contains(&code.as_str()),
            };
            transient.then_some(Failure::Transient)
        }
    }
}

/// AWS's names for throttling.
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// AWS's names for a request that it did not get whole.
const TRANSIENT: &[&str] = &["RequestTimeout", "RequestTimeoutException"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_are_spread_and_end_at_twenty_seconds() {
        let pause = |failure, attempt, jitter| {
            Retry::STANDARD
                .pause(failure, attempt, None, jitter)
                .as_millis()
        };
        let longest = [1, 2, 3, 6, 40].map(|attempt| pause(Failure::Throttled, attempt, 1.0));
        assert_eq!(longest, [1000, 2000, 4000, 20_000, 20_000]);
        let longest = [1, 2, 3].map(|attempt| pause(Failure::Transient, attempt, 1.0));
        assert_eq!(longest, [50, 100, 200]);
        assert_eq!(pause(Failure::Throttled, 2, 0.0), 0);
        assert_eq!(pause(Failure::Throttled, 2, 0.5), 1000);
        let spread: std::collections::BTreeSet<u64> =
            (0..100_000).map(|_| (jitter() * 10_000.0) as u64).collect();
        assert!(spread.len() > 1 && spread.iter().all(|part| *part < 10_000));
    }

    #[test]
    fn what_aws_asks_for_is_kept_within_five_seconds() {
        let pause = |asked| {
            let asked = Some(Duration::from_millis(asked));
            Retry::STANDARD
                .pause(Failure::Transient, 1, asked, 1.0)
                .as_millis()
        };
        assert_eq!([10, 3000, 60_000].map(pause), [50, 3000, 5050]);
    }
}
