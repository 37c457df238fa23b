//! Measures bots on Lambda's Runtime API, Perch's and its peers', on the same work beside each other.
//!
//! [`peers`] builds them from `bench/`, [`check`] holds their answers, [`rounds`] starts them by turns and takes the figures, and
//! [`report`] writes them down. [`runtime`] is what they run against: the Runtime API and a Parameter Store. How it measures, and
//! why so, is in `docs/decisions/0103-measured-in-shuffled-rounds.md`.

pub mod bot;
pub mod check;
pub mod event;
pub mod measure;
pub mod peers;
pub mod process;
pub mod report;
pub mod rounds;
pub mod runtime;
pub mod share;
mod stamped;
pub mod statistics;
