//! Who calls: AWS Signature Version 4, checked in full, as AWS refuses what is signed wrongly.
//!
//! After AWS's "Create a signed AWS API request", and for S3 "Signature Calculations for the Authorization Header".

use bytes::Bytes;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil, tz};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::error::{ApiError, Unauthenticated};
use super::payload::{Chunks, Payload};
use super::signing::{hex, sign, signing_key};
use super::{Service, text};
use crate::identities::Identity;
use crate::shared::Shared;

/// All but letters, digits and `-._~` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// In a path the slashes stay.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// How far the caller's clock may be from ours; S3 gives more.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);
const MAX_SKEW_OF_S3: SignedDuration = SignedDuration::from_mins(15);

/// The parts of the Authorization header.
struct Authorization<'a> {
    access_key_id: &'a str,
    /// `date/region/service/aws4_request`
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// The identity that signed the request, and the body without what S3's clients wrap around it.
pub(super) fn authenticate(
    shared: &Shared,
    service: Service,
    parts: &Parts,
    body: Bytes,
) -> Result<(Identity, Bytes), ApiError> {
    let payload = match service {
        Service::S3 => Payload::of_s3(parts, body),
        _ => Ok(Payload::whole(body)),
    };
    let wrong = ApiError::Unauthenticated;
    let authorization = text(parts, "authorization").ok_or(wrong(Unauthenticated::Missing))?;
    let incomplete = || wrong(Unauthenticated::Incomplete);
    let authorization = Authorization::parse(authorization).ok_or_else(incomplete)?;
    let time = text(parts, "x-amz-date").ok_or_else(incomplete)?;
    let identity = shared
        .identities
        .find(authorization.access_key_id)
        .ok_or(wrong(Unauthenticated::UnknownKey))?;
    let token = identity.credentials.session_token.as_deref();
    if text(parts, "x-amz-security-token") != token {
        return Err(wrong(Unauthenticated::WrongToken));
    }
    check_time(service, time).map_err(wrong)?;
    check_scope(
        authorization.scope,
        time,
        &shared.model().scope.region,
        service,
    )
    .map_err(wrong)?;
    check_signed_headers(&authorization, service, parts).map_err(wrong)?;
    let payload = payload?;
    let key = signing_key(&identity.credentials.secret_access_key, authorization.scope);
    let canonical = canonical_request(parts, service, &payload.hash, authorization.signed_headers);
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let scope = authorization.scope;
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
    // Plain comparison: the one who could time it holds the key already.
    if hex(&sign(&key, &to_sign)) != authorization.signature {
        return Err(wrong(Unauthenticated::Mismatch));
    }
    let chunks = Chunks {
        key: &key,
        time,
        scope,
        seed: authorization.signature,
    };
    Ok((identity, payload.content(&chunks)?))
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

fn check_time(service: Service, time: &str) -> Result<(), Unauthenticated> {
    let parsed = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok();
    let signed = parsed.and_then(|time| time.to_zoned(tz::TimeZone::UTC).ok());
    let Some(signed) = signed else {
        return Err(Unauthenticated::Time(format!(
            "Date must be in ISO-8601 'basic format'. Got '{time}'."
        )));
    };
    let most = match service {
        Service::S3 => MAX_SKEW_OF_S3,
        _ => MAX_SKEW,
    };
    let now = Timestamp::now();
    if now.duration_since(signed.timestamp()).abs() > most {
        return Err(Unauthenticated::Time(format!(
            "Signature expired: {time} is more than {} minutes from {now}",
            most.as_mins()
        )));
    }
    Ok(())
}

fn check_scope(
    scope: &str,
    time: &str,
    region: &str,
    service: Service,
) -> Result<(), Unauthenticated> {
    let day = time.get(..8).unwrap_or_default();
    let expected = format!("{day}/{region}/{}/aws4_request", service.name());
    if scope == expected {
        return Ok(());
    }
    Err(Unauthenticated::Scope {
        given: scope.to_owned(),
        expected,
    })
}

/// The host is always signed; S3 asks for every header of its own as well.
fn check_signed_headers(
    authorization: &Authorization,
    service: Service,
    parts: &Parts,
) -> Result<(), Unauthenticated> {
    let signed = |name: &str| {
        let mut names = authorization.signed_headers.split(';');
        names.any(|found| found == name)
    };
    if !signed("host") {
        return Err(Unauthenticated::UnsignedHeader("Host"));
    }
    let mut own = parts.headers.keys().map(http::HeaderName::as_str);
    let unsigned = own.any(|name| name.starts_with("x-amz-") && !signed(name));
    if service == Service::S3 && unsigned {
        return Err(Unauthenticated::UnsignedHeader("X-Amz-*"));
    }
    Ok(())
}

fn canonical_request(
    parts: &Parts,
    service: Service,
    payload_hash: &str,
    signed_headers: &str,
) -> String {
    let path = parts.uri.path();
    let path = match service {
        Service::S3 => {
            // Encoded once: a slash that is encoded on the wire stays so.
            let encode = |part: &str| {
                let decoded = percent_decode_str(part).decode_utf8_lossy();
                utf8_percent_encode(&decoded, ENCODED).to_string()
            };
            path.split('/').map(encode).collect::<Vec<_>>().join("/")
        }
        // Encoded once on the wire and once more to sign, for every service but S3.
        _ => utf8_percent_encode(path, ENCODED_IN_PATH).to_string(),
    };
    let query = canonical_query(parts.uri.query().unwrap_or_default());
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        let values = parts.headers.get_all(name).iter();
        let values: Vec<String> = values
            .map(|value| canonical_value(value.as_bytes()))
            .collect();
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    format!(
        "{}\n{path}\n{query}\n{headers}\n{signed_headers}\n{payload_hash}",
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
