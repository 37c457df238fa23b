//! Whose access key it is: the roles' sessions, and the account's administrator.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use crate::lock::lock;

/// The user that a person's own commands call as.
const ADMINISTRATOR: &str = "administrator";

/// An access key in AWS's format, made up and good for nothing but this account. `Debug` shows no secret.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// Twenty characters: `ASIA…` for a session's, `AKIA…` for a user's.
    pub access_key_id: String,
    /// What requests are signed with.
    pub secret_access_key: String,
    /// Sent with every request; none for a user's.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    fn make_up(kind: &str, session_token: Option<String>) -> Self {
        let secret = hex();
        Credentials {
            access_key_id: format!("{kind}{}", base32(&hex()[..16])),
            secret_access_key: format!("{secret}{}", &hex()[..8]),
            session_token,
        }
    }
}

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Principal {
    /// May do everything.
    Administrator,
    /// A role that was taken on, by its name and the session's.
    Session { role: String, session: String },
}

impl Principal {
    /// The name of the administrator's user, for its ARN.
    pub(crate) fn administrator() -> &'static str {
        ADMINISTRATOR
    }
}

/// Whose credentials they are.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) principal: Principal,
    pub(crate) credentials: Credentials,
}

/// All access keys that are good, by their ids.
pub(crate) struct Identities {
    administrator: Credentials,
    all: Mutex<HashMap<String, Identity>>,
}

impl Identities {
    pub(crate) fn new() -> Self {
        let administrator = Credentials::make_up("AKIA", None);
        let identity = Identity {
            principal: Principal::Administrator,
            credentials: administrator.clone(),
        };
        let all = HashMap::from([(administrator.access_key_id.clone(), identity)]);
        Identities {
            administrator,
            all: Mutex::new(all),
        }
    }

    pub(crate) fn administrator(&self) -> &Credentials {
        &self.administrator
    }

    /// Makes up the credentials of a role's session.
    pub(crate) fn add(&self, role: &str, session: &str) -> Credentials {
        let token = format!("{}{}{}", hex(), hex(), hex());
        let credentials = Credentials::make_up("ASIA", Some(token));
        let identity = Identity {
            principal: Principal::Session {
                role: role.to_owned(),
                session: session.to_owned(),
            },
            credentials: credentials.clone(),
        };
        lock(&self.all).insert(credentials.access_key_id.clone(), identity);
        credentials
    }

    pub(crate) fn remove(&self, access_key_id: &str) {
        lock(&self.all).remove(access_key_id);
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Identity> {
        lock(&self.all).get(access_key_id).cloned()
    }
}

/// 128 random bits.
fn hex() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Sixteen hexadecimal digits in letters that base 32 has.
fn base32(hex: &str) -> String {
    let digits = hex.chars().filter_map(|c| c.to_digit(16));
    digits
        .filter_map(|digit| "ABCDEFGHIJKLMNOP".chars().nth(digit as usize))
        .collect()
}
