//! The arithmetic of Signature Version 4, for a request and for the chunks of a payload.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The key for a credential scope, `date/region/service/aws4_request`.
pub(super) fn signing_key(secret_access_key: &str, scope: &str) -> Vec<u8> {
    let key = format!("AWS4{secret_access_key}").into_bytes();
    scope.split('/').fold(key, |key, part| sign(&key, part))
}

/// HMAC-SHA256 of a text.
pub(super) fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
