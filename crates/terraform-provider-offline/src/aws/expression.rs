//! Schedule expressions.
