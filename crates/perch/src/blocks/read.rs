//! Texts as Slack writes them: escaped, with mentions and links in angle brackets.

use crate::ids::{ChannelId, UserId};

/// Escapes `&`, `<` and `>`, so that text from elsewhere makes neither links nor mentions in mrkdwn.
///
/// ```
/// assert_eq!(perch::blocks::escape("<!channel> & co"), "&lt;!channel&gt; &amp; co");
/// ```
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The text that a person typed: `&amp;`, `&lt;` and `&gt;` undone, once.
///
/// ```
/// assert_eq!(perch::blocks::unescape("a &lt;b&gt; &amp;amp;"), "a <b> &amp;");
/// ```
pub fn unescape(text: &str) -> String {
    // The ampersand last: `&amp;lt;` is the text `&lt;`.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The person in `<@U012AB3CD>` or `<@U012AB3CD|ada>`; `None` when the text is anything else.
///
/// ```
/// let user = perch::blocks::mentioned_user("<@U012AB3CD|ada>");
/// assert_eq!(user, Some("U012AB3CD".into()));
/// ```
pub fn mentioned_user(text: &str) -> Option<UserId> {
    let (id, _) = bracketed(text, "@")?;
    Some(UserId::new(id))
}

/// The channel in `<#C012AB3CD>` or `<#C012AB3CD|general>`; `None` when the text is anything else.
pub fn mentioned_channel(text: &str) -> Option<ChannelId> {
    let (id, _) = bracketed(text, "#")?;
    Some(ChannelId::new(id))
}

/// The address and the label in `<https://example.com|label>`, or the address alone in `<https://example.com>`; both
/// as they were typed. `None` when the text is anything else, a mention among them.
///
/// ```
/// let link = perch::blocks::link("<https://example.com/?a=1&amp;b=2|here>");
/// assert_eq!(link, Some(("https://example.com/?a=1&b=2".to_owned(), Some("here".to_owned()))));
/// ```
pub fn link(text: &str) -> Option<(String, Option<String>)> {
    let (url, label) = bracketed(text, "")?;
    let is_mention = url.starts_with(['@', '#', '!']);
    (!is_mention).then(|| (unescape(url), label.map(unescape)))
}

/// What is in angle brackets after `mark`, and what follows a bar.
fn bracketed<'a>(text: &'a str, mark: &str) -> Option<(&'a str, Option<&'a str>)> {
    let inner = text.trim().strip_prefix('<')?.strip_suffix('>')?;
    let inner = inner.strip_prefix(mark)?;
    if inner.contains(['<', '>']) {
        return None;
    }
    let (first, label) = match inner.split_once('|') {
        Some((first, label)) => (first, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    (!first.is_empty()).then_some((first, label))
}
