//! Mutexes.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex whose holder panicked is still the best there is: nothing here is left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
