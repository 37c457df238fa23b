//! What a stage runs, and its control API tells of.

use std::sync::Arc;

use perch_aws::Account;

/// One applied state of an account.
#[derive(Clone, Debug)]
pub(crate) struct AppliedState {
    pub(crate) account: Arc<Account>,
    /// The name under which it is applied.
    pub(crate) name: String,
}
