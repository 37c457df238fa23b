//! The zip that Lambda takes: one file, `bootstrap`, the same bytes for the same binary.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::elf::Architecture;

/// The file in the zip that Lambda's `provided` runtimes start.
const ENTRY: &str = "bootstrap";

/// Zips `binary`.
///
/// Nothing in it comes from this machine: the time is 1980-01-01, the mode 0755, and the compressor is the one
/// compiled in. The archive's comment is `architecture=<Lambda's name>`, which is where Terraform takes the
/// function's architecture from.
///
/// # Errors
/// When the zip cannot be written, as for a binary beyond 4 GiB.
pub fn zip(binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    zip_at(9, binary, architecture)
}

/// As [`zip`], in a tenth of the time and half as large again: for a build that somebody waits for.
///
/// # Errors
/// As [`zip`].
pub fn zip_fast(binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    zip_at(1, binary, architecture)
}

fn zip_at(level: i64, binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(level))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let comment = format!("architecture={}", architecture.name());
    writer
        .set_raw_comment(comment.into_bytes().into())
        .and_then(|()| writer.start_file(ENTRY, options))
        .and_then(|()| Ok(writer.write_all(binary)?))
        .context("the zip cannot be written")?;
    let zip = writer.finish().context("the zip cannot be written")?;
    Ok(zip.into_inner())
}
