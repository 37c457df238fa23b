//! YAML files that people write, with errors that show where something is wrong and nothing that may be a token.

use anyhow::{Result, anyhow};
use serde::de::DeserializeOwned;

/// How tokens of Slack and GitHub start, as in `terraform/modules/stage`.
const TOKENS: [&str; 5] = ["xox", "xapp-", "xoxe.", "gh", "github_pat_"];

/// Reads a file's text. Aliases and nesting are bounded, so that a small file cannot stand for an endless one.
///
/// # Errors
/// Line, column and what is expected there. The lines themselves are left out: somebody may have written a token into one.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| anyhow!("{}", without_tokens(&error.to_string())))
}

/// The text with `…` for every word that looks like a token.
fn without_tokens(text: &str) -> String {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest
            .find(|letter| !is_of_word(letter))
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        shown.push_str(if is_token(word) { "…" } else { word });
        let next = behind.find(is_of_word).unwrap_or(behind.len());
        let (between, behind) = behind.split_at(next);
        shown.push_str(between);
        rest = behind;
    }
    shown
}

fn is_token(word: &str) -> bool {
    let has_mark = word.contains('-') || word.contains('_');
    has_mark && TOKENS.iter().any(|start| word.starts_with(start))
}
