//! What a command came to: lines for a person, or with `--json` the same value for a script.

use std::fmt::Display;

use serde::Serialize;

/// Prints a result to stdout.
pub fn print(result: &(impl Display + Serialize), json: bool) {
    if json {
        let text = serde_json::to_string_pretty(result).expect("its keys are text");
        println!("{text}");
    } else {
        let text = result.to_string();
        if !text.is_empty() {
            println!("{text}");
        }
    }
}

/// Lines, with none at the end of the last.
pub fn lines<T: Display>(
    f: &mut std::fmt::Formatter<'_>,
    all: impl IntoIterator<Item = T>,
) -> std::fmt::Result {
    for (at, line) in all.into_iter().enumerate() {
        let end = if at == 0 { "" } else { "\n" };
        write!(f, "{end}{line}")?;
    }
    Ok(())
}
