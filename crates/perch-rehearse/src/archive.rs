//! Artifacts: the files that a buildspec's patterns match, as zips.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use glob::{MatchOptions, Pattern};
use walkdir::WalkDir;
use zip::write::SimpleFileOptions;

/// `*` stays within a folder, `**` does not, and a leading dot is like any other character.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A file that goes into an archive.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Its name in the archive.
    pub(crate) name: String,
}

/// The files below `base` that one of `files` and none of `exclude` matches, by name.
///
/// Links to files count as what they lead to unless `symlinks`, as with `enable-symlinks`.
pub(crate) fn find(
    base: &Path,
    files: &[String],
    exclude: &[String],
    discard_paths: bool,
    symlinks: bool,
) -> Result<Vec<Found>> {
    let compile = |patterns: &[String]| -> Result<Vec<Pattern>> {
        let read = |text: &String| {
            let text = text.strip_prefix("./").unwrap_or(text);
            Pattern::new(text).with_context(|| format!("{text:?} is not a pattern"))
        };
        patterns.iter().map(read).collect()
    };
    let (wanted, unwanted) = (compile(files)?, compile(exclude)?);
    let mut found = Vec::new();
    for entry in WalkDir::new(base)
        .follow_links(!symlinks)
        .sort_by_file_name()
    {
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_dir() {
            continue;
        }
        let relative = entry
            .path()
            .strip_prefix(base)?
            .to_string_lossy()
            .into_owned();
        let matches = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches_with(&relative, MATCHING))
        };
        if matches(&wanted) && !matches(&unwanted) {
            let name = if discard_paths {
                entry.file_name().to_string_lossy().into_owned()
            } else {
                relative
            };
            found.push(Found {
                path: entry.into_path(),
                name,
            });
        }
    }
    Ok(found)
}

/// Writes a zip with the files' modes.
pub(crate) fn pack(found: &[Found], to: &Path) -> Result<()> {
    let failed = || format!("{} cannot be written", to.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    // Under another name until it is whole.
    let part = to.with_extension("part");
    let mut zip = zip::ZipWriter::new(File::create(&part).with_context(failed)?);
    for file in found {
        let read = || format!("{} cannot be read", file.path.display());
        let metadata = fs::symlink_metadata(&file.path).with_context(read)?;
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .large_file(metadata.len() >= u64::from(u32::MAX))
            .unix_permissions(metadata.permissions().mode() & 0o7777);
        if metadata.is_symlink() {
            let target = fs::read_link(&file.path).with_context(read)?;
            zip.add_symlink(&file.name, target.to_string_lossy(), options)?;
            continue;
        }
        zip.start_file(&file.name, options)?;
        let mut source = File::open(&file.path).with_context(read)?;
        io::copy(&mut source, &mut zip).with_context(failed)?;
    }
    zip.finish()?.flush().with_context(failed)?;
    fs::rename(&part, to).with_context(failed)
}

/// Unpacks a zip into a folder of its own, modes and links included.
pub(crate) fn unpack(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("{} cannot be unpacked", from.display());
    fs::create_dir_all(to).with_context(failed)?;
    let file = File::open(from).with_context(failed)?;
    let mut zip = zip::ZipArchive::new(file).with_context(failed)?;
    zip.extract(to).with_context(failed)
}
