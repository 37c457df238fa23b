//! Folders to run something in, with the test's function in them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use perch_aws::AccountOptions;
use tempfile::TempDir;

/// Each crate that tests with it builds it under a name of its own.
const BOOTSTRAP: Option<&str> = match option_env!("CARGO_BIN_EXE_perch-aws-test-bootstrap") {
    None => option_env!("CARGO_BIN_EXE_perch-local-test-bootstrap"),
    found => found,
};

/// Folders with the test's function in `dist/function.zip`.
pub fn folder() -> TempDir {
    // Zipped once: a debug build takes its time for it.
    static ZIP: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = TempDir::new().expect("a folder");
    for name in ["root", "dist"] {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
    }
    let zip = folder.path().join("dist/function.zip");
    let content = ZIP.get_or_init(|| {
        let bootstrap = fs::read(BOOTSTRAP.expect("a program for the tests")).expect("it is built");
        write_zip(&zip, &[("bootstrap", 0o755, &bootstrap)]);
        fs::read(&zip).expect("a zip")
    });
    fs::write(&zip, content).expect("a zip");
    folder
}

pub fn write_zip(path: &Path, files: &[(&str, u32, &[u8])]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    for (name, mode, content) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(1))
            .unix_permissions(*mode);
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(content).expect("an entry");
    }
    zip.finish().expect("a zip");
}

pub fn options(folder: &Path) -> AccountOptions {
    let mut options = AccountOptions::new(
        folder.join("root"),
        folder.join("cloud"),
        folder.join("data"),
    );
    options.retry_delays = [Duration::from_millis(1); 2];
    options.backoff = Duration::from_millis(1);
    options.run_schedules = false;
    options
}
