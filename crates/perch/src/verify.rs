//! The only way from an HTTP event to a request: raw bytes, HMAC, age, and only then a parser.
//!
//! As "Verifying requests from Slack" documents it: HMAC-SHA256 under the signing secret over `v0:timestamp:body`,
//! written as `v0=` and 64 lower-case hex digits, with a timestamp at most five minutes from now. Where Slack leaves a
//! point open, this reads strictly: what Slack sends is well known, and nothing else is let in. The one request that
//! Slack does not sign, [`Unverified::is_ssl_check`], becomes no request here either: it is answered and forgotten.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::incoming::{Incoming, Leaf};
use crate::secret::Secret;

/// Slack's own limit on the age of a request, either way: five minutes.
const WINDOW_SECONDS: u64 = 300;

/// Characters of `v0=` and a SHA-256 in hex.
const SIGNATURE_LENGTH: usize = 3 + 64;

/// Characters of a signing secret as Slack makes them, all of them hex digits.
const SECRET_LENGTH: usize = 32;

/// An API Gateway event (payload format 2.0) before verification: nothing of its body can be reached.
#[derive(Clone, Copy)]
pub(crate) struct Unverified<'a> {
    event: &'a Incoming,
}

/// A body that Slack signed. Parsers take this, and only [`Unverified::verify`] makes it.
pub(crate) struct Verified<'a> {
    event: Unverified<'a>,
    body: Cow<'a, [u8]>,
}

/// What Slack signs with: never blank. While one secret follows another, both.
pub(crate) struct SigningSecret(Secret);

impl SigningSecret {
    /// `None` for a blank one: HMAC takes an empty key, and everyone knows it.
    pub(crate) fn new(secret: Secret) -> Option<SigningSecret> {
        (!secret.expose().trim().is_empty()).then_some(SigningSecret(secret))
    }

    /// The value as it was read.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// The keys, any of which may have signed a request: the words of the value when each of them is a signing secret as
    /// Slack makes them, else the value as it stands. No other text is taken apart, so that no piece of it becomes a key.
    fn keys(&self) -> impl Iterator<Item = &str> {
        let value = self.0.expose();
        let words = || {
            value
                .split([' ', ',', '\n', '\r', '\t'])
                .filter(|word| !word.is_empty())
        };
        let is_slacks = |word: &str| {
            word.len() == SECRET_LENGTH && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let are_slacks = words().all(is_slacks);
        let whole = (!are_slacks).then_some(value);
        words().filter(move |_| are_slacks).chain(whole)
    }
}

/// Why a request was turned away. Says nothing of what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoTimestamp,
    NoSignature,
    AmbiguousHeader,
    MalformedTimestamp,
    MalformedSignature,
    UnreadableBody,
    Stale,
    WrongSignature,
    WrongToken,
}

impl Refusal {
    /// 401, except where the body that was signed cannot be recovered.
    pub(crate) fn status(self) -> u16 {
        match self {
            Refusal::UnreadableBody => 400,
            _ => 401,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Refusal::NoTimestamp => "no timestamp header",
            Refusal::NoSignature => "no signature header",
            Refusal::AmbiguousHeader => "a Slack header was sent twice with different values",
            Refusal::MalformedTimestamp => {
                "the timestamp is not a whole number of seconds as Slack writes it"
            }
            Refusal::MalformedSignature => "the signature is not v0= and 64 lower-case hex digits",
            Refusal::UnreadableBody => "the body is not the base64 that the event says it is",
            Refusal::Stale => "the timestamp is more than 300 s from now",
            Refusal::WrongSignature => "the signature does not match the body",
            Refusal::WrongToken => "the verification token differs from SLACK_VERIFICATION_TOKEN",
        })
    }
}

impl<'a> Unverified<'a> {
    pub(crate) fn new(event: &'a Incoming) -> Unverified<'a> {
        Unverified { event }
    }

    /// The HTTP method; `None` in an event that API Gateway did not write.
    pub(crate) fn method(&self) -> Option<&'a str> {
        self.event.method()
    }

    /// When API Gateway received the request, in milliseconds since 1970.
    pub(crate) fn received_ms(&self) -> Option<i64> {
        self.event.received_ms()
    }

    /// Whether this is Slack's look at the server's certificate, which it does not sign: a form with `ssl_check=1`, and
    /// without anything that a handler could be called for.
    ///
    /// This exception let forged requests into other frameworks, whose parsers then found a `payload` or a `command`
    /// beside it. Here names are compared as the parser decodes them, and nothing but the answer yes leaves this
    /// function. A request with either of Slack's headers is one to verify.
    pub(crate) fn is_ssl_check(&self) -> bool {
        let has = |name| self.header(name) != Ok(None);
        if has("x-slack-signature") || has("x-slack-request-timestamp") {
            return false;
        }
        let content_type = self.header("content-type").ok().flatten();
        let (true, Ok(body)) = (content_type.is_some_and(is_form), self.body()) else {
            return false;
        };
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        let mut checks = 0;
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "payload" | "command" => return false,
                "ssl_check" if value == "1" => checks += 1,
                "ssl_check" => return false,
                _ => {}
            }
        }
        checks == 1
    }

    /// Checks signature and age against `now`, in seconds since 1970.
    pub(crate) fn verify(self, secret: &SigningSecret, now: i64) -> Result<Verified<'a>, Refusal> {
        let timestamp = self
            .header("x-slack-request-timestamp")?
            .ok_or(Refusal::NoTimestamp)?;
        let signature = self
            .header("x-slack-signature")?
            .ok_or(Refusal::NoSignature)?;
        let seconds = seconds(timestamp)?;
        if !is_signature(signature) {
            return Err(Refusal::MalformedSignature);
        }
        if now.abs_diff(seconds) > WINDOW_SECONDS {
            return Err(Refusal::Stale);
        }
        let body = self.body()?;
        let is_by = |key| {
            let expected = sign(key, timestamp, &body);
            bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
        };
        if secret.keys().any(is_by) {
            Ok(Verified { event: self, body })
        } else {
            Err(Refusal::WrongSignature)
        }
    }

    /// The header's value, whatever the case of its name; a null one is missing.
    fn header(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.event.header(name);
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(Refusal::AmbiguousHeader);
        }
        Ok(first)
    }

    /// The bytes that were sent. API Gateway writes base64 for every content type that it does not hold for text.
    fn body(&self) -> Result<Cow<'a, [u8]>, Refusal> {
        let text = match &self.event.body {
            Leaf::Null => "",
            Leaf::Text(text) => text,
            _ => return Err(Refusal::UnreadableBody),
        };
        if self.event.is_base64 != Leaf::Bool(true) {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        // Padding and alphabet are read either way: the signature covers the bytes, not how they travelled.
        let config =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let alphabet = if text.contains(['-', '_']) {
            &alphabet::URL_SAFE
        } else {
            &alphabet::STANDARD
        };
        GeneralPurpose::new(alphabet, config)
            .decode(text)
            .map(Cow::Owned)
            .map_err(|_| Refusal::UnreadableBody)
    }
}

impl Verified<'_> {
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header's value; one that came twice with different values is none.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.event.header(name).ok().flatten()
    }

    /// The second, older check: the verification token that Slack puts into each body.
    pub(crate) fn check_token(sent: Option<&str>, expected: &Secret) -> Result<(), Refusal> {
        let sent = sent.unwrap_or_default().as_bytes();
        let expected = expected.expose().as_bytes();
        // `ct_eq` answers at once for different lengths; the length of a token is public, 24 characters.
        if !expected.is_empty() && bool::from(sent.ct_eq(expected)) {
            Ok(())
        } else {
            Err(Refusal::WrongToken)
        }
    }
}

/// `v0=` and the hex digits that Slack sends with `timestamp` and `body`.
pub(crate) fn sign(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    let mut signature = String::with_capacity(SIGNATURE_LENGTH);
    signature.push_str("v0=");
    for byte in mac.finalize().into_bytes() {
        for digit in [byte >> 4, byte & 15] {
            signature.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    signature
}

/// Digits alone, without a sign, a space or a leading zero: the text is part of what is signed, so two texts for one
/// moment would be two signatures.
fn seconds(timestamp: &str) -> Result<i64, Refusal> {
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (timestamp.starts_with('0') && timestamp != "0") {
        return Err(Refusal::MalformedTimestamp);
    }
    timestamp.parse().map_err(|_| Refusal::MalformedTimestamp)
}

/// Whether a content type is that of a form, whatever its parameters.
fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn is_signature(signature: &str) -> bool {
    signature.len() == SIGNATURE_LENGTH
        && signature.strip_prefix("v0=").is_some_and(|hex| {
            hex.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}
