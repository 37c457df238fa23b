//! Lambda: versions, execution environments, invocations.

pub(crate) mod code;
