//! A value that must not be seen: hidden in `Debug`, without `Display`, overwritten when dropped.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A secret text, such as a bot token or a signing secret.
///
/// Clones share one allocation, which is overwritten with zeros when the last of them is dropped. There is no
/// `Display` and no `Serialize`, so that a secret reaches a log line or a request body through [`expose`] alone:
/// searching for that name finds every use.
///
/// ```
/// let secret = perch::Secret::new("xoxb-example");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.expose(), "xoxb-example");
/// ```
///
/// [`expose`]: Secret::expose
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes `value` over without copying it when it is a `String`.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(Arc::new(Zeroizing::new(value.into())))
    }

    /// The value itself. Do not put it into an error, a log line or anything that is kept.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No length either: it tells a short test value from a real token.
        formatter.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Secret {
        Secret::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Secret {
        Secret::new(value)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}
