//! The zip that Lambda takes: one file, `bootstrap`, the same bytes for the same binary.

use anyhow::{Context, Result};
use libdeflater::{CompressionLvl, Compressor};

use super::elf::Architecture;

/// The file in the zip that Lambda's `provided` runtimes start.
const ENTRY: &[u8] = b"bootstrap";

/// Zips `binary`.
///
/// Nothing in it comes from this machine: the time is 1980-01-01, the mode 0755, and the compressor is the one
/// compiled in. The archive's comment is `architecture=<Lambda's name>`, which is where Terraform takes the
/// function's architecture from.
///
/// Written field by field ("APPNOTE.TXT - .ZIP File Format Specification", 4.3): archive libraries bring compressors of their
/// own, and libdeflate's is denser. `docs/decisions/0081-the-same-bytes-anywhere.md` has the figures.
///
/// # Errors
/// When the binary is 4 GiB or more.
pub fn zip(binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    zip_at(CompressionLvl::best(), binary, architecture)
}

/// As [`zip`], in a tenth of the time and half as large again: for a build that somebody waits for.
///
/// # Errors
/// As [`zip`].
pub fn zip_fast(binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    zip_at(CompressionLvl::fastest(), binary, architecture)
}

fn zip_at(level: CompressionLvl, binary: &[u8], architecture: Architecture) -> Result<Vec<u8>> {
    let size = u32::try_from(binary.len()).context("the binary is 4 GiB or more")?;
    let mut compressor = Compressor::new(level);
    let mut packed = vec![0; compressor.deflate_compress_bound(binary.len())];
    let length = compressor
        .deflate_compress(binary, &mut packed)
        .context("the binary cannot be compressed")?;
    packed.truncate(length);
    let entry = Entry {
        crc: libdeflater::crc32(binary),
        packed: u32::try_from(length).context("the zip is 4 GiB or more")?,
        size,
    };
    let comment = format!("architecture={}", architecture.name());

    let mut zip = Vec::with_capacity(packed.len() + 256);
    entry.local_header(&mut zip);
    zip.extend_from_slice(&packed);
    let directory = zip.len();
    entry.directory_header(&mut zip);
    end(&mut zip, directory, comment.as_bytes()).context("the zip is 4 GiB or more")?;
    Ok(zip)
}

/// What both headers of the one file say.
struct Entry {
    crc: u32,
    packed: u32,
    size: u32,
}

impl Entry {
    fn local_header(&self, zip: &mut Vec<u8>) {
        zip.extend_from_slice(b"PK\x03\x04");
        self.common(zip);
        zip.extend_from_slice(ENTRY);
    }

    /// Version needed (2.0), no flags, deflated, 1980-01-01 00:00, checksum, sizes, length of the name, no extra field.
    fn common(&self, zip: &mut Vec<u8>) {
        put16(zip, &[20, 0, 8, 0, 0x0021]);
        put32(zip, &[self.crc, self.packed, self.size]);
        put16(zip, &[u16::try_from(ENTRY.len()).unwrap_or_default(), 0]);
    }

    fn directory_header(&self, zip: &mut Vec<u8>) {
        const UNIX: u16 = 3 << 8;
        const REGULAR_FILE_0755: u32 = 0o100_755 << 16;
        zip.extend_from_slice(b"PK\x01\x02");
        put16(zip, &[UNIX | 20]);
        self.common(zip);
        // No comment, the first disk, no internal attributes.
        put16(zip, &[0, 0, 0]);
        // The external attributes, and where the local header is: at the start.
        put32(zip, &[REGULAR_FILE_0755, 0]);
        zip.extend_from_slice(ENTRY);
    }
}

/// The end of the directory that begins at `directory`: one disk, one file.
fn end(
    zip: &mut Vec<u8>,
    directory: usize,
    comment: &[u8],
) -> Result<(), std::num::TryFromIntError> {
    let length = u32::try_from(zip.len() - directory)?;
    let directory = u32::try_from(directory)?;
    let comment_length = u16::try_from(comment.len())?;
    zip.extend_from_slice(b"PK\x05\x06");
    put16(zip, &[0, 0, 1, 1]);
    put32(zip, &[length, directory]);
    put16(zip, &[comment_length]);
    zip.extend_from_slice(comment);
    Ok(())
}

fn put16(zip: &mut Vec<u8>, values: &[u16]) {
    for value in values {
        zip.extend_from_slice(&value.to_le_bytes());
    }
}

fn put32(zip: &mut Vec<u8>, values: &[u32]) {
    for value in values {
        zip.extend_from_slice(&value.to_le_bytes());
    }
}
