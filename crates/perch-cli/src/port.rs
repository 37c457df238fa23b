//! The port of a stage's HTTP API, which stays the same from start to start: it is in people's histories and notes.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// The port of the last start, if it is free; else 0, which takes any.
pub fn usual(data_dir: &Path) -> u16 {
    let Some(port) = read(data_dir) else {
        return 0;
    };
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => port,
        Err(_) => {
            eprintln!("perch: port {port} of the last start is taken: another one this time");
            0
        }
    }
}

/// Remembers the first start's port. A later one that had to take another does not count: the usual one may be free again.
pub fn remember(data_dir: &Path, apis: &BTreeMap<String, String>) {
    let local = apis.values().next();
    let port = local.and_then(|url| url.rsplit_once(':')?.1.parse::<u16>().ok());
    if let (None, Some(port)) = (read(data_dir), port) {
        // Without it the next start takes another port, and says nothing of this one.
        let _ = std::fs::write(file(data_dir), format!("{port}\n"));
    }
}

fn read(data_dir: &Path) -> Option<u16> {
    std::fs::read_to_string(file(data_dir))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("port")
}
