//! Which resources exist, as far as one run of Terraform shows it.
//!
//! The protocol doesn't carry a resource's address, so that two resources of the same configuration look like one. AWS
//! tells them apart: it refuses the second where the name is the identity, and makes up another id where it isn't. What a
//! refresh read and what was created in this run is remembered here to do the same.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The identities of all resources seen in this run.
#[derive(Default)]
pub struct Registry(Mutex<BTreeSet<String>>);

impl Registry {
    /// Adds a resource; `false` if it was there.
    pub fn add(&self, identity: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(identity.to_owned())
    }

    /// Removes a resource.
    pub fn remove(&self, identity: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(identity);
    }
}
