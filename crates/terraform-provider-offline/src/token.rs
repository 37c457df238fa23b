//! Ids that look made up by chance and are the same every time.

use sha2::{Digest, Sha256};

/// Lower-case letters and digits: API Gateway's ids.
pub const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
/// Upper-case letters and digits: IAM's ids.
pub const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Hexadecimal digits.
pub const HEX: &str = "0123456789abcdef";
/// Digits, none of them leading zeros.
pub const DIGITS: &str = "123456789";

/// `length` characters of the alphabet, told by the seed alone.
pub fn token(alphabet: &str, length: usize, seed: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in seed {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let first = hash.finalize();
    let alphabet = alphabet.as_bytes();
    let mut text = String::with_capacity(length);
    let mut block = first;
    while text.len() < length {
        for byte in block {
            if text.len() < length {
                text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
        }
        block = Sha256::digest(block);
    }
    text
}

/// A UUID, told by the seed alone.
pub fn uuid(seed: &[&str]) -> String {
    let hex = token(HEX, 30, seed);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..15],
        &hex[15..18],
        &hex[18..30]
    )
}
