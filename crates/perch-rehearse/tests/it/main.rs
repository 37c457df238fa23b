//! Tests through the public interface: real git, real shells, no network but 127.0.0.1.

mod builds;
mod buildspec;
mod pipeline;
mod rehearsal;
mod support;
mod webhook;
