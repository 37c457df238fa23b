//! What a run found: on the terminal, in `docs/performance.md` and in its plots.

pub mod goals;
pub mod page;
pub mod plot;
pub mod setup;
pub mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::rounds::Series;
use setup::Setup;

/// The page that is written to.
pub const PAGE: &str = "docs/performance.md";

/// The folder of its plots.
pub const PLOTS: &str = "docs/performance";

/// Writes the page's marked sections and the plots.
///
/// # Errors
/// When a file cannot be written, or the page lacks a section's markers.
pub fn write(root: &Path, setup: &Setup, all: &[Series]) -> Result<()> {
    let path = root.join(PAGE);
    let mut text = fs::read_to_string(&path).with_context(|| format!("{PAGE} cannot be read"))?;
    for (section, content) in [
        ("setup", setup.markdown()),
        ("figures", table::markdown(all)),
        ("goals", goals::markdown(all)),
    ] {
        text = page::replace(&text, section, &content).context(PAGE)?;
    }
    let folder = root.join(PLOTS);
    fs::create_dir_all(&folder).with_context(|| format!("{PLOTS} cannot be made"))?;
    for measure in table::MEASURES {
        let file = folder.join(format!("{}.svg", measure.name));
        fs::write(&file, plot::svg(&measure, all))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    fs::write(&path, text).with_context(|| format!("{PAGE} cannot be written"))
}
