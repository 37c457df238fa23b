//! The account's SSM parameters, as a file: `<data_dir>/ssm.json`, readable by its owner alone.
//!
//! It reads the file at every call, so a value set while it runs counts at once, as in AWS.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The parameters of one account.
#[derive(Clone, Debug)]
pub struct Parameters {
    path: PathBuf,
}

/// One parameter. `Debug` shows no value.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) value: String,
    /// Counts from 1, one more with every write.
    pub(crate) version: u64,
    /// Unix time in seconds.
    pub(crate) modified: i64,
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Parameters {
    /// The parameters kept below an account's data directory. A missing file holds none.
    pub fn in_data_dir(data_dir: &Path) -> Self {
        Parameters {
            path: data_dir.join("ssm.json"),
        }
    }

    /// The file that holds them.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All names, in order; never a value.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        Ok(self.read()?.into_keys().collect())
    }

    /// The value of a parameter, for signing as Slack does; none when it isn't set.
    pub fn value(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.read()?.remove(name).map(|parameter| parameter.value))
    }

    /// Sets a parameter, new or not, and returns its version. The name is a full path such as
    /// `/perch/staging/slack-bot-token`.
    ///
    /// # Errors
    /// When the name is not one of SSM's, the value is empty, or the file cannot be read or written.
    pub fn set(&self, name: &str, value: &str) -> Result<u64, Error> {
        check_name(name)?;
        if value.is_empty() {
            return Err(Error::new(format!(
                "the value of {name} is empty: SSM does not accept empty parameters"
            )));
        }
        let mut all = self.read()?;
        let version = all.get(name).map_or(1, |old| old.version + 1);
        let modified = jiff::Timestamp::now().as_second();
        let parameter = Parameter {
            value: value.to_owned(),
            version,
            modified,
        };
        all.insert(name.to_owned(), parameter);
        self.write(&all)?;
        Ok(version)
    }

    /// Removes a parameter; false when there is none of that name.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        let mut all = self.read()?;
        let removed = all.remove(name).is_some();
        if removed {
            self.write(&all)?;
        }
        Ok(removed)
    }

    pub(crate) fn read(&self) -> Result<BTreeMap<String, Parameter>, Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            Err(error) => {
                let message = format!("cannot read the parameters in {}", self.path.display());
                return Err(Error::with_source(message, error));
            }
        };
        serde_json::from_str(&text).map_err(|error| {
            // serde_json quotes a value of the wrong type, which could be a secret: say where, not what.
            Error::new(format!(
                "{}:{}:{} is not a valid parameter file: fix or remove it, and set the parameters again",
                self.path.display(),
                error.line(),
                error.column()
            ))
        })
    }

    /// Whole or not at all: written beside, then renamed. A temporary file has mode 0600 from the start.
    fn write(&self, all: &BTreeMap<String, Parameter>) -> Result<(), Error> {
        let fail = |error: std::io::Error| {
            Error::with_source(
                format!("cannot write the parameters to {}", self.path.display()),
                error,
            )
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(fail)?;
        let mut file = tempfile::Builder::new()
            .prefix(".ssm")
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(folder)
            .map_err(fail)?;
        let text = serde_json::to_string_pretty(all).map_err(|error| fail(error.into()))?;
        file.write_all(text.as_bytes()).map_err(fail)?;
        file.persist(&self.path)
            .map_err(|error| fail(error.error))?;
        Ok(())
    }
}

/// SSM's rule for a name: letters, digits and `.-_/`, at most 15 levels, at most 1011 characters.
fn check_name(name: &str) -> Result<(), Error> {
    let known = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
    let levels = name.matches('/').count();
    if name.starts_with('/')
        && !name.ends_with('/')
        && name.chars().all(known)
        && name.len() <= 1011
        && levels <= 15
    {
        return Ok(());
    }
    Err(Error::new(format!(
        "{name:?} is not a parameter's path: start with /, and use only letters, digits and . - _ /, as in /perch/staging/slack-bot-token"
    )))
}
