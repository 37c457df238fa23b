//! What the arguments of AWS's resources may be.

use crate::checks::Check;
use crate::diagnostic::Diagnostic;
use crate::value::Value;

/// The checks of a resource type's arguments.
pub fn checks(kind: &str) -> &'static [(&'static str, Check)] {
    let _ = kind;
    &[]
}

/// What no single argument shows to be wrong.
pub fn validate(_: &str, _: &Value) -> Vec<Diagnostic> {
    Vec::new()
}
