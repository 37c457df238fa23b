//! HTTP on 127.0.0.1: the one server under everything that is simulated, and the client of whoever talks to it.
//!
//! The server takes what is addressed to it alone, from no web page elsewhere: see [`serve`].

mod client;
mod guard;
mod server;

pub use client::client;
pub use server::{
    Answer, BodyError, Server, empty, header_text, json, listen, read_body, serve, serve_any_host,
    text, xml,
};
