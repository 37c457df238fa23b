//! Who calls: AWS Signature Version 4, checked in full, as AWS refuses what is signed wrongly.
//!
//! After AWS's "Create a signed AWS API request".

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil, tz};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::{AwsError, header};
use crate::shared::{Identity, Shared};

/// All but letters, digits and `-._~` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// In a path the slashes stay.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// How far the caller's clock may be from ours.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The parts of the Authorization header.
struct Authorization<'a> {
    access_key_id: &'a str,
    /// `date/region/service/aws4_request`
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// The identity that signed the request.
pub(super) fn authenticate(
    shared: &Shared,
    parts: &Parts,
    body: &Bytes,
    service: &str,
) -> Result<Identity, AwsError> {
    let Some(text) = header(parts, "authorization") else {
        return Err(AwsError::new(
            0,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    };
    let incomplete = || {
        let message = "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, \
                       and the request an X-Amz-Date";
        AwsError::new(0, "IncompleteSignatureException", message)
    };
    let authorization = Authorization::parse(text).ok_or_else(incomplete)?;
    let time = header(parts, "x-amz-date").ok_or_else(incomplete)?;
    let unknown = || {
        AwsError::new(
            0,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    };
    let identity = shared
        .identities
        .find(authorization.access_key_id)
        .ok_or_else(unknown)?;
    if header(parts, "x-amz-security-token") != Some(&identity.credentials.session_token) {
        return Err(unknown());
    }
    let invalid = |message: String| AwsError::new(0, "InvalidSignatureException", message);
    check_time(time).map_err(invalid)?;
    let region = &shared.model().scope.region;
    check_scope(authorization.scope, time, region, service).map_err(invalid)?;
    if !matches_signature(&authorization, &identity, parts, body, time) {
        return Err(invalid(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method."
                .to_owned(),
        ));
    }
    Ok(identity)
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut credential = None;
        let mut signed_headers = None;
        let mut signature = None;
        for part in text.strip_prefix("AWS4-HMAC-SHA256")?.split(',') {
            match part.trim().split_once('=')? {
                ("Credential", value) => credential = Some(value),
                ("SignedHeaders", value) => signed_headers = Some(value),
                ("Signature", value) => signature = Some(value),
                _ => {}
            }
        }
        let (access_key_id, scope) = credential?.split_once('/')?;
        Some(Authorization {
            access_key_id,
            scope,
            signed_headers: signed_headers?,
            signature: signature?,
        })
    }
}

fn check_time(time: &str) -> Result<(), String> {
    let parsed = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok();
    let signed = parsed.and_then(|time| time.to_zoned(tz::TimeZone::UTC).ok());
    let Some(signed) = signed else {
        return Err(format!(
            "Date must be in ISO-8601 'basic format'. Got '{time}'."
        ));
    };
    let now = Timestamp::now();
    if now.duration_since(signed.timestamp()).abs() > MAX_SKEW {
        return Err(format!(
            "Signature expired: {time} is more than 5 minutes from {now}"
        ));
    }
    Ok(())
}

fn check_scope(scope: &str, time: &str, region: &str, service: &str) -> Result<(), String> {
    let expected = format!(
        "{}/{region}/{service}/aws4_request",
        time.get(..8).unwrap_or_default()
    );
    if scope == expected {
        return Ok(());
    }
    Err(format!("Credential should be scoped to '{expected}'."))
}

fn matches_signature(
    authorization: &Authorization,
    identity: &Identity,
    parts: &Parts,
    body: &Bytes,
    time: &str,
) -> bool {
    let canonical = canonical_request(parts, body, authorization.signed_headers);
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{}\n{digest}",
        authorization.scope
    );
    let mut key = format!("AWS4{}", identity.credentials.secret_access_key).into_bytes();
    for part in authorization.scope.split('/') {
        key = sign(&key, part);
    }
    // Plain comparison: the one who could time it holds the key already.
    hex(&sign(&key, &text)) == authorization.signature
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn canonical_request(parts: &Parts, body: &Bytes, signed_headers: &str) -> String {
    // The path is encoded once on the wire and once more to sign, for every service but S3.
    let path = utf8_percent_encode(parts.uri.path(), ENCODED_IN_PATH);
    let query = canonical_query(parts.uri.query().unwrap_or_default());
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        let values = parts.headers.get_all(name).iter();
        let values: Vec<String> = values
            .map(|value| canonical_value(value.as_bytes()))
            .collect();
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let digest = hex(&Sha256::digest(body));
    format!(
        "{}\n{path}\n{query}\n{headers}\n{signed_headers}\n{digest}",
        parts.method
    )
}

fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        utf8_percent_encode(&decoded, ENCODED).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Trimmed, and with one space for several.
fn canonical_value(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
