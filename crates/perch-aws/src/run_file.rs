//! `<data_dir>/run.json`: how another process finds the stage that runs.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What a running stage tells of itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunFile {
    /// The process that runs the stage.
    pub pid: u32,
    /// The control API's URL, on 127.0.0.1.
    pub control: String,
    /// The applied URL of each HTTP API, and where it answers locally.
    pub apis: BTreeMap<String, String>,
}

impl RunFile {
    /// The stage that runs with this data directory; `None` when none does.
    /// A file left by a stage that was killed counts as none: its process is gone or its control API does not answer.
    pub fn find(data_dir: &Path) -> Result<Option<RunFile>, Error> {
        let path = path(data_dir);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("cannot read {}", path.display());
                return Err(Error::with_source(message, error));
            }
        };
        let found: RunFile = serde_json::from_str(&text).map_err(|error| {
            let message = format!("{} is not a stage's run.json: remove it", path.display());
            Error::with_source(message, error)
        })?;
        Ok(found.is_alive().then_some(found))
    }

    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), Error> {
        let path = path(data_dir);
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write(&path, text)
            .map_err(|error| Error::with_source(format!("cannot write {}", path.display()), error))
    }

    pub(crate) fn remove(data_dir: &Path) {
        // Nothing to do about a failure: the next reader sees that nobody answers.
        let _ = fs::remove_file(path(data_dir));
    }

    fn is_alive(&self) -> bool {
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let exists = pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
        // The number may belong to another process by now, so the port has to answer as well.
        let address = self
            .control
            .strip_prefix("http://")
            .map(str::parse::<SocketAddr>);
        let answers =
            |address| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        exists && matches!(address, Some(Ok(address)) if answers(address))
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("run.json")
}
