//! The kit through its public interface.

mod agents;
mod answers;
mod builders;
mod clock;
mod double;
mod events;
mod hooks;
mod invocations;
mod invoke;
mod logged;
mod requests;
mod secrets;
mod served;
mod ssl_check;
mod vectors;
mod verification;
mod ways_out;
mod web_client;
