//! What outlasts a start, in the stage's folder and readable by its owner alone: `page.json`, the port and the token, so that an
//! open page goes on with the next start; `page-history.json`, the workspace and the deliveries.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use perch_doubles::slack::Saved;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::story::Kept;

pub(crate) struct History {
    folder: PathBuf,
}

/// How the page is reached.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Access {
    pub port: u16,
    pub token: String,
}

/// What was there when the stage ended.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Past {
    pub slack: Saved,
    pub story: Kept,
}

impl History {
    pub(crate) fn in_folder(folder: &Path) -> History {
        History {
            folder: folder.to_owned(),
        }
    }

    fn access_file(&self) -> PathBuf {
        self.folder.join("page.json")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("page-history.json")
    }

    /// The access of the last start, or a new one.
    pub(crate) fn access(&self) -> io::Result<Access> {
        let kept = read(&self.access_file())?;
        Ok(kept.unwrap_or_else(|| Access {
            port: 0,
            token: uuid::Uuid::new_v4().simple().to_string(),
        }))
    }

    pub(crate) fn keep_access(&self, access: &Access) -> io::Result<()> {
        self.write_file(&self.access_file(), access)
    }

    pub(crate) fn read(&self) -> io::Result<Past> {
        Ok(read(&self.file())?.unwrap_or_default())
    }

    pub(crate) fn write(&self, slack: Saved, story: Kept) -> io::Result<()> {
        self.write_file(&self.file(), &Past { slack, story })
    }

    /// All or nothing: a reader never meets half a file.
    fn write_file(&self, path: &Path, content: &impl Serialize) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".page")
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(&self.folder)?;
        serde_json::to_writer(&mut file, content)?;
        file.persist(path)?;
        Ok(())
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Not serde's own text, which may quote what is in the file.
    let read = serde_json::from_str(&text).map_err(|_| {
        let path = path.display();
        io::Error::other(format!("{path} is not what the page writes: remove it"))
    });
    read.map(Some)
}
