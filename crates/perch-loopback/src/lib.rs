//! HTTP on 127.0.0.1: the one server under everything that is simulated, and the client for talking to it.
//!
//! The server accepts only what is addressed to it, and nothing from web pages elsewhere: see [`serve`].

mod answer;
mod client;
mod guard;
mod server;

pub use answer::{Answer, empty, json, text, xml};
pub use client::{builder, client};
pub use server::{BodyError, Server, header_text, listen, read_body, serve, serve_any_host};
