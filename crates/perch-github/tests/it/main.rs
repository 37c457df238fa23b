//! The client against a scripted GitHub, and names as people write them.

mod client;
mod names;
mod words;
