//! Amazon Resource Names, `arn:partition:service:region:account:resource`, and where the simulated account is.

/// Where in AWS something is: what the ARNs of one account and region have in common.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Such as `ap-northeast-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

impl Default for Scope {
    /// Where nothing is applied yet: the region of the Terraform roots, the account that the offline provider makes up.
    fn default() -> Self {
        Scope {
            partition: "aws".to_owned(),
            region: "ap-northeast-1".to_owned(),
            account: "123456789012".to_owned(),
        }
    }
}

impl Scope {
    /// Where the thing with this ARN is; none where the ARN names no region or account, as a bucket's.
    pub fn of(arn: &str) -> Option<Scope> {
        let arn = Arn::parse(arn)?;
        (!arn.region.is_empty() && !arn.account.is_empty()).then(|| Scope {
            partition: arn.partition.to_owned(),
            region: arn.region.to_owned(),
            account: arn.account.to_owned(),
        })
    }

    /// The ARN of a thing of a regional service.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Scope {
            partition,
            region,
            account,
        } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The ARN of a function, or of one of its versions or aliases.
    pub fn function(&self, name: &str, qualifier: Option<&str>) -> String {
        match qualifier {
            Some(qualifier) => self.arn("lambda", &format!("function:{name}:{qualifier}")),
            None => self.arn("lambda", &format!("function:{name}")),
        }
    }

    /// The ARN of an SSM parameter, whose name may begin with a slash.
    pub fn parameter(&self, name: &str) -> String {
        let name = name.strip_prefix('/').unwrap_or(name);
        self.arn("ssm", &format!("parameter/{name}"))
    }

    /// The ARN of a role without a path.
    pub fn role(&self, name: &str) -> String {
        let (partition, account) = (&self.partition, &self.account);
        format!("arn:{partition}:iam::{account}:role/{name}")
    }

    /// The ARN of whoever has taken on a role, under the name that it gave its session.
    pub fn assumed_role(&self, role: &str, session: &str) -> String {
        let (partition, account) = (&self.partition, &self.account);
        format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
    }

    /// The ARN of a bucket of S3.
    pub fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }
}

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

/// A role's name from its ARN, which may hold a path before it.
pub fn role_name(arn: &str) -> Option<String> {
    let path = Arn::parse(arn)?.resource.strip_prefix("role/")?;
    Some(path.rsplit('/').next()?.to_owned())
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
