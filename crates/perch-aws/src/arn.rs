//! Amazon Resource Names: `arn:partition:service:region:account:resource`.

/// A name taken apart, borrowed from its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// May hold colons itself, as in `function:name:alias`.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        Some(Arn {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|resource| !resource.is_empty())?,
        })
    }
}

/// Which function is meant, and which of its versions or aliases.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FunctionRef {
    pub(crate) name: String,
    /// A version's number or an alias's name; `$LATEST` is meant where there is none.
    pub(crate) qualifier: Option<String>,
}

impl FunctionRef {
    /// Reads every form that Lambda's API takes: `name`, `name:qualifier`, `account:function:name` and the ARN.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = match Arn::parse(text) {
            Some(arn) if arn.service == "lambda" => arn.resource.strip_prefix("function:")?,
            Some(_) => return None,
            None => text.split_once(":function:").map_or(text, |(_, rest)| rest),
        };
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        let known = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
        let valid = |part: &str| !part.is_empty() && part.chars().all(known);
        (valid(name) && qualifier.is_none_or(valid)).then(|| FunctionRef {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        })
    }

    /// Reads an API Gateway integration's URI: a function's ARN, bare or in the form of its `invoke_arn`.
    pub(crate) fn from_integration_uri(uri: &str) -> Option<Self> {
        let arn = match uri.split_once("/functions/") {
            Some((_, rest)) => rest.strip_suffix("/invocations")?,
            None => uri,
        };
        Arn::parse(arn).and_then(|_| Self::parse(arn))
    }
}

/// Whether a text matches a pattern of IAM: `*` is any text, `?` any one character.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and how far the text had been read there, to try again with the star one longer.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_at, read)) = star {
            star = Some((star_at, read + 1));
            p = star_at + 1;
            t = read + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// IAM's `ArnLike`: each of the six parts is matched on its own, so that a star does not reach into the next.
pub(crate) fn arn_like(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let mut patterns = pattern.splitn(6, ':');
    let mut texts = text.splitn(6, ':');
    for _ in 0..6 {
        match (patterns.next(), texts.next()) {
            (Some(pattern), Some(text)) if matches(pattern, text) => {}
            _ => return false,
        }
    }
    true
}
