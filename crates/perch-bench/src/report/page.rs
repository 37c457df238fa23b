//! Sections of a page between markers, which a run replaces; the rest is written by hand.

use anyhow::{Result, bail};

/// `text` with `content` in its section, between `<!-- bench:<section> -->` and `<!-- /bench:<section> -->`.
///
/// # Errors
/// When a marker is missing, is there twice, or the two are the wrong way round.
pub fn replace(text: &str, section: &str, content: &str) -> Result<String> {
    let start = format!("<!-- bench:{section} -->\n");
    let end = format!("<!-- /bench:{section} -->");
    let (starts, ends) = (text.matches(&start).count(), text.matches(&end).count());
    let halves = text.split_once(&start);
    let Some((before, (_, after))) =
        halves.and_then(|(before, rest)| Some((before, rest.split_once(&end)?)))
    else {
        bail!("no section between {} and {end}", start.trim_end());
    };
    if starts != 1 || ends != 1 {
        bail!("the section {section} is there more than once");
    }
    Ok(format!(
        "{before}{start}\n{}\n\n{end}{after}",
        content.trim_end()
    ))
}
