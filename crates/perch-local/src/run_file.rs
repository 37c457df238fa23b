//! `<data_dir>/run.json`: how another process finds the stage that runs. Readable by its owner alone, as it holds the
//! administrator's key.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use perch_aws::Error;

/// What a running stage tells of itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunFile {
    /// The process that runs the stage.
    pub pid: u32,
    /// The control API's URL, on 127.0.0.1.
    pub control: String,
    /// The applied URL of each HTTP API, and where it answers locally.
    pub apis: BTreeMap<String, String>,
    /// Where AWS's APIs answer, and as whom.
    pub aws: AwsAccess,
}

/// What an ordinary client of AWS needs to call the stage's account. `Debug` shows no secret.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct AwsAccess {
    /// `http://127.0.0.1:<port>`, for every service.
    pub endpoint: String,
    /// The region that calls are signed for.
    pub region: String,
    /// The administrator's.
    pub access_key_id: String,
    /// The administrator's.
    pub secret_access_key: String,
}

impl fmt::Debug for AwsAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsAccess")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
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
            // serde_json quotes a value of the wrong type, which could be the key: say where, not what.
            Error::new(format!(
                "{}:{}:{} is not a local stage's run.json: remove it",
                path.display(),
                error.line(),
                error.column()
            ))
        })?;
        Ok(found.is_alive().then_some(found))
    }

    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), Error> {
        let path = path(data_dir);
        let attempt = || -> io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(".run")
                .permissions(fs::Permissions::from_mode(0o600))
                .tempfile_in(data_dir)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.persist(&path)?;
            Ok(())
        };
        attempt()
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
