//! The kit through its public interface.

mod answers;
mod invocations;
mod logged;
mod requests;
mod vectors;
mod verification;
mod double;
mod invoke;
mod secrets;
mod web_client;
