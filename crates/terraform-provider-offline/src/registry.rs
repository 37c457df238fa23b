//! Which resources exist, as far as one run of Terraform shows it.
//!
//! The protocol doesn't carry a resource's address, so that two resources of the same configuration look like one. AWS
//! tells them apart: it refuses the second where the name is the identity, and makes up another id where it isn't. What a
//! refresh read and what was created in this run is remembered here to do the same.
//!
//! Nor does it carry what a resource belongs to, though AWS judges a call about a route by its API's tags. The states of
//! such things are remembered, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::value::Value;

/// What was seen in this run.
#[derive(Default)]
pub struct Registry {
    /// The identities of all resources.
    identities: Mutex<BTreeSet<String>>,
    /// The states of resources that others belong to, by type and id.
    states: Mutex<BTreeMap<(String, String), Value>>,
}

impl Registry {
    /// Adds a resource; `false` if it was there.
    pub fn add(&self, identity: &str) -> bool {
        lock(&self.identities).insert(identity.to_owned())
    }

    /// Removes a resource.
    pub fn remove(&self, identity: &str) {
        lock(&self.identities).remove(identity);
    }

    /// Remembers a resource's state.
    pub fn see(&self, kind: &str, state: &Value) {
        if let Some(id) = state.get("id").as_text() {
            lock(&self.states).insert((kind.to_owned(), id.to_owned()), state.clone());
        }
    }

    /// The last state of a resource that was seen.
    pub fn seen(&self, kind: &str, id: &str) -> Option<Value> {
        lock(&self.states)
            .get(&(kind.to_owned(), id.to_owned()))
            .cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
