//! What is written after `/tryo`.

use perch::blocks::{escape, link, unescape};
use perch_github::{PullRef, Repository};

/// What somebody wants to know who writes something else than a pull request.
pub const HELP: &str = "Write `/tryo` and the address of a pull request, such as \
`/tryo https://github.com/acme/web/pull/12`. I post a card here with its size, age, checks and reviewers: \
*Take it* makes you a reviewer, *Remind me later* sends you a message when you like.";

/// The pull request that `text` names, or what to tell whoever wrote it.
///
/// Takes an address as browsers and Slack have it: with or without `https://`, with a tab such as `/files`, a query or
/// a fragment after it, and in Slack's own `<address|label>`.
pub fn read(text: &str) -> Result<PullRef, String> {
    let linked = link(text).map(|(address, _)| address);
    let text = linked.unwrap_or_else(|| unescape(text.trim()));
    let text = text.as_str();
    let without_scheme = ["https://", "http://"]
        .iter()
        .find_map(|scheme| {
            text.get(..scheme.len())
                .filter(|start| start.eq_ignore_ascii_case(scheme))
        })
        .map(|scheme| &text[scheme.len()..]);
    let address = without_scheme.unwrap_or(text);
    if address.contains(char::is_whitespace) {
        return Err(HELP.to_owned());
    }
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let mut parts = address.split('/').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or_default().to_ascii_lowercase();
    let parts: Vec<&str> = parts.collect();
    match host.as_str() {
        "github.com" | "www.github.com" => read_path(&parts),
        // Only what looks like an address is treated as one; anything else is a person in need of help.
        _ if without_scheme.is_some() => Err(format!(
            "That is on `{}`, and I know pull requests on github.com alone. {HELP}",
            escape(&host)
        )),
        _ => Err(HELP.to_owned()),
    }
}

/// Reads the path of an address on github.com.
fn read_path(parts: &[&str]) -> Result<PullRef, String> {
    let no_pull = || format!("That is not the address of a pull request. {HELP}");
    let [owner, name, kind, number, ..] = parts else {
        return Err(no_pull());
    };
    let repository = Repository::new(owner, name).map_err(|_| no_pull())?;
    let pull: PullRef = format!("{repository}#{number}")
        .parse()
        .map_err(|_| no_pull())?;
    match *kind {
        "pull" => Ok(pull),
        "issues" => Err(format!(
            "{pull} is an issue, and only a pull request can be reviewed. {HELP}"
        )),
        _ => Err(no_pull()),
    }
}
