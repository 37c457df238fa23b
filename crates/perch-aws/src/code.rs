//! A version's code: which zip it is, and where it lies unpacked.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

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
        let bytes = fs::read(&zip).map_err(|error| {
            format!(
                "has no code: cannot read {}: {error}; run `make package`",
                zip.display()
            )
        })?;
        let digest = Sha256::digest(&bytes);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Package { zip, sha256 })
    }

    /// Where the code is unpacked, once for each content.
    pub(crate) fn unpack(&self, data_dir: &Path) -> io::Result<PathBuf> {
        let parent = data_dir.join("code");
        let folder = parent.join(&self.sha256[..16]);
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
