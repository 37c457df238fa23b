//! HTTP on 127.0.0.1: the one server under everything that is simulated, and the client of whoever talks to it.

mod client;
mod server;

pub use client::client;
pub use server::{
    Answer, BodyError, Server, empty, header_text, json, listen, read_body, serve, text, xml,
};
