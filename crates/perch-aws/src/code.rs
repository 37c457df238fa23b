//! A version's code: which zip it is, and where it lies unpacked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::lock::lock;

/// From when a version is out of use, no environment of it starts after this time.
const START_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A zip file, known by its content.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) zip: PathBuf,
    /// In lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// The same content at another path is the same code.
impl PartialEq for Package {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Package {
    /// Checks that a zip is there and for this machine. The error completes "the function …".
    pub(crate) fn find(zip: PathBuf, architecture: &str) -> Result<Package, String> {
        let here = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            other => other,
        };
        if architecture != here {
            return Err(format!(
                "is built for {architecture}, but this machine is {here}: run `make package ARCH={here}` and apply again"
            ));
        }
        let sha256 = digest(&zip).map_err(|error| {
            format!(
                "has no code: cannot read {}: {error}; run `make package`",
                zip.display()
            )
        })?;
        Ok(Package { zip, sha256 })
    }

    /// The folder that it is unpacked into.
    pub(crate) fn folder_name(&self) -> &str {
        &self.sha256[..16]
    }

    /// Where the code is unpacked, once for each content.
    pub(crate) fn unpack(&self, data_dir: &Path) -> io::Result<PathBuf> {
        let parent = data_dir.join("code");
        let folder = parent.join(self.folder_name());
        if folder.is_dir() {
            return Ok(folder);
        }
        fs::create_dir_all(&parent)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".unpacking")
            .tempdir_in(&parent)?;
        extract(&self.zip, unfinished.path())?;
        fs::set_permissions(unfinished.path(), fs::Permissions::from_mode(0o755))?;
        match fs::rename(unfinished.path(), &folder) {
            // Another environment of the same code was faster.
            Err(_) if folder.is_dir() => {}
            renamed => renamed?,
        }
        Ok(folder)
    }
}

/// A file's SHA-256. Of what was read before and has not been written since it is known: every zip of an account is looked at whenever
/// anything is applied.
fn digest(path: &Path) -> io::Result<String> {
    static KNOWN: Mutex<BTreeMap<Written, String>> = Mutex::new(BTreeMap::new());
    let found = fs::metadata(path)?;
    let written = (
        found.dev(),
        found.ino(),
        found.len(),
        found.mtime(),
        found.mtime_nsec(),
    );
    if let Some(known) = lock(&KNOWN).get(&written) {
        return Ok(known.clone());
    }
    let digest = Sha256::digest(fs::read(path)?);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    lock(&KNOWN).insert(written, digest.clone());
    Ok(digest)
}

/// What changes when a file is written: device, inode, size, and the time in seconds and nanoseconds.
type Written = (u64, u64, u64, i64, i64);

/// Removes unpacked code that no version has any more, unless it was unpacked just now: an environment may be about to start it.
/// What cannot be removed stays.
pub(crate) fn remove_unused(data_dir: &Path, used: &BTreeSet<&str>) {
    let Ok(folders) = fs::read_dir(data_dir.join("code")) else {
        return;
    };
    for folder in folders.flatten() {
        let age = folder.metadata().and_then(|found| found.modified());
        let age = age.ok().and_then(|unpacked| unpacked.elapsed().ok());
        let is_old = age.is_some_and(|age| age > START_WITHIN);
        let name = folder.file_name();
        if is_old && !name.to_str().is_some_and(|name| used.contains(name)) {
            let _ = fs::remove_dir_all(folder.path());
        }
    }
}

/// Writes a zip's files below a folder, with the modes that the zip gives them: Lambda keeps them, and a bootstrap
/// that is not executable fails here as it fails there.
fn extract(zip: &Path, folder: &Path) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(zip)?)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        // None for a name that leads out of the folder.
        let Some(name) = entry.enclosed_name() else {
            continue;
        };
        let path = folder.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        fs::write(&path, bytes)?;
        let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}
