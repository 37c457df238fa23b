//! Signs, sends, and repeats.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::{Method, RequestBuilder};
use tokio::time::Instant;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::call::{Answer, Call};
use crate::error::Error;
use crate::retry::{self, Retry};

/// Who calls AWS, where, and with how much patience.
#[derive(Clone)]
pub struct Caller {
    /// Part of the signature, such as `ap-northeast-1`.
    pub region: String,
    /// Whom AWS takes the caller for.
    pub credentials: Credentials,
    /// How often a call is made, and how long the pauses are.
    pub retry: Retry,
}

impl Caller {
    /// Sends `call`, and again while AWS is throttling or failing and there is time.
    ///
    /// # Errors
    /// [`Error`]: what the last attempt ended with.
    pub async fn send(&self, http: &reqwest::Client, call: &Call<'_>) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(http, call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if attempt == self.retry.attempts {
                return Err(error);
            }
            let Some(failure) = retry::failure(&error, call.idempotent) else {
                return Err(error);
            };
            let pause = self
                .retry
                .pause(failure, attempt, error.retry_after(), retry::jitter());
            if time_left(call.deadline).is_some_and(|left| left <= pause) {
                return Err(error);
            }
            tracing::debug!(operation = call.operation, attempt, error = %error, "trying again");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, http: &reqwest::Client, call: &Call<'_>) -> Result<Answer, Error> {
        let request = self.sign(http, call)?;
        let timeout = time_left(call.deadline).map_or(call.timeout, |left| left.min(call.timeout));
        let lost = |error| Error::unreachable(call, error);
        let mut answer = request.timeout(timeout).send().await.map_err(lost)?;
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let body = answer.bytes().await.map_err(lost)?;
        if status.is_success() {
            return Ok(Answer { headers, body });
        }
        let token = self.credentials.session_token();
        Err(Error::refused(call, status, &headers, &body, token))
    }

    fn sign(&self, http: &reqwest::Client, call: &Call<'_>) -> Result<RequestBuilder, Error> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(call.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| Error::Unsigned(error.into()))?
            .into();
        let body = SignableBody::Bytes(call.body);
        let headers = call.headers.iter().copied();
        let signable = SignableRequest::new(call.method, call.url, headers, body)
            .map_err(|error| Error::Unsigned(error.into()))?;
        // At trace level the signer prints what it signs, and with it the session token.
        let silent = NoSubscriber::default();
        let (instructions, _) = with_default(silent, || sign(signable, &parameters))
            .map_err(|error| Error::Unsigned(error.into()))?
            .into_parts();
        let method: Method = call.method.parse().map_err(|_| {
            Error::Unsigned(format!("{} is not an HTTP method", call.method).into())
        })?;
        let mut request = http.request(method, call.url).body(call.body.to_vec());
        for (name, value) in call.headers.iter().copied().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        Ok(request)
    }
}

/// What is left until `deadline`: zero when it has passed, `None` when there is none.
fn time_left(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}
