//! The local stage, with real processes behind it. Each test runs a stage of its own.

mod lifecycle;
mod support;
