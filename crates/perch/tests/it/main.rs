//! The kit through its public interface.

mod logged;
mod vectors;
