//! The bots of `bench/`, built into `.perch/bench/` by their languages' ordinary tools.
//!
//! Perch and the floor are always there. Another is skipped, with a line that says why, where a tool of its language is missing or
//! does not build it.

mod floor;
mod go;
mod node;
mod perch;
mod python;
mod rust;
mod tools;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::bot::Bot;
use tools::Place;

/// A bot that can be measured, and what it is made of.
#[derive(Debug)]
pub struct Peer {
    /// The bot.
    pub bot: Bot,
    /// Names and versions of what it is built and run with.
    pub made_of: String,
}

/// All bots in the table's order.
#[derive(Default, Debug)]
pub struct Peers {
    /// Those that can be measured.
    pub ready: Vec<Peer>,
    /// The others' titles, and why not.
    pub skipped: Vec<(String, String)>,
}

/// One bot of the benchmark.
struct Source {
    name: &'static str,
    title: &'static str,
    /// Whether the benchmark can do without it.
    optional: bool,
    build: fn(&Place) -> Result<Peer>,
}

const SOURCES: [Source; 6] = [
    Source {
        name: "floor",
        title: "floor: lambda_runtime alone",
        optional: false,
        build: floor::build,
    },
    Source {
        name: "perch",
        title: "Perch",
        optional: false,
        build: perch::build,
    },
    Source {
        name: "rust",
        title: "Rust: slack-morphism, AWS SDK",
        optional: true,
        build: rust::build,
    },
    Source {
        name: "go",
        title: "Go: slack-go, AWS SDK",
        optional: true,
        build: go::build,
    },
    Source {
        name: "node",
        title: "Node.js: Bolt, AWS SDK",
        optional: true,
        build: node::build,
    },
    Source {
        name: "python",
        title: "Python: Bolt, boto3",
        optional: true,
        build: python::build,
    },
];

/// The names that `--only` takes.
pub fn names() -> Vec<&'static str> {
    SOURCES.iter().map(|source| source.name).collect()
}

/// Builds the bots `only`, or all if it is empty. `root` is Perch's folder; a line for each goes to `say`.
///
/// # Errors
/// An unknown name, or what keeps Perch or the floor from being built.
pub fn build(root: &Path, only: &[String], mut say: impl FnMut(&str)) -> Result<Peers> {
    if let Some(unknown) = only.iter().find(|name| !names().contains(&name.as_str())) {
        bail!("--only {unknown}: there are {}", names().join(", "));
    }
    let mut peers = Peers::default();
    for source in &SOURCES {
        if !only.is_empty() && !only.iter().any(|name| name == source.name) {
            continue;
        }
        let place = Place::new(root, source.name, source.title)?;
        let begun = std::time::Instant::now();
        match (source.build)(&place) {
            Ok(peer) => {
                let seconds = begun.elapsed().as_secs();
                say(&format!("built     {seconds:>5}s  {}", source.title));
                peers.ready.push(peer);
            }
            Err(error) if source.optional => {
                say(&format!("skipped   {}: {error:#}", source.title));
                let entry = (source.title.to_owned(), format!("{error:#}"));
                peers.skipped.push(entry);
            }
            Err(error) => return Err(error).context(source.title),
        }
    }
    Ok(peers)
}
