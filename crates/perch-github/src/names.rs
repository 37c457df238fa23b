//! Names of repositories and pull requests, checked before they become part of a URL.

use std::fmt;
use std::str::FromStr;

/// A repository, `owner/name`. Two that differ in case alone are equal, as they are on GitHub.
#[derive(Clone, Debug)]
pub struct Repository {
    owner: String,
    name: String,
}

/// A pull request, `owner/name#12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRef {
    pub repository: Repository,
    pub number: u64,
}

/// The repositories that a setting allows: one, `owner/name`, or all of an owner, `owner/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryPattern {
    One(Repository),
    AllOf(String),
}

/// Text that cannot be a name on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidName {
    text: String,
    expected: &'static str,
}

impl Repository {
    /// Checks both parts against what GitHub accepts: an owner of up to 39 letters, digits and hyphens (and the
    /// underscore of managed users), a name of up to 100 letters, digits, `-`, `_` and `.`.
    pub fn new(owner: &str, name: &str) -> Result<Repository, InvalidName> {
        let owner_holds = (1..=39).contains(&owner.len())
            && owner
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let name_holds = (1..=100).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && name != "."
            && name != "..";
        if !owner_holds || !name_holds {
            return Err(InvalidName::new(
                &format!("{owner}/{name}"),
                "owner/repository",
            ));
        }
        Ok(Repository {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The user or organisation.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The name without its owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Repository {
    fn eq(&self, other: &Repository) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for Repository {}

impl RepositoryPattern {
    /// Whether `repository` is one of those meant.
    pub fn matches(&self, repository: &Repository) -> bool {
        match self {
            RepositoryPattern::One(one) => one == repository,
            RepositoryPattern::AllOf(owner) => owner.eq_ignore_ascii_case(repository.owner()),
        }
    }
}

impl FromStr for Repository {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Repository, InvalidName> {
        let (owner, name) = text
            .split_once('/')
            .ok_or_else(|| InvalidName::new(text, "owner/repository"))?;
        Repository::new(owner, name)
    }
}

impl FromStr for PullRef {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<PullRef, InvalidName> {
        let invalid = || InvalidName::new(text, "owner/repository#number");
        let (repository, number) = text.split_once('#').ok_or_else(invalid)?;
        let repository = repository.parse().map_err(|_| invalid())?;
        match number.parse() {
            // A sign is not part of a number on GitHub, but `u64` reads one.
            Ok(number) if number > 0 && !text.contains('+') => Ok(PullRef { repository, number }),
            _ => Err(invalid()),
        }
    }
}

impl FromStr for RepositoryPattern {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<RepositoryPattern, InvalidName> {
        let invalid = || InvalidName::new(text, "owner/repository or owner/*");
        match text.strip_suffix("/*") {
            // A placeholder name has the owner checked by the one rule.
            Some(owner) => Repository::new(owner, "any")
                .map(|checked| RepositoryPattern::AllOf(checked.owner))
                .map_err(|_| invalid()),
            None => text
                .parse()
                .map(RepositoryPattern::One)
                .map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl fmt::Display for PullRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}

impl fmt::Display for RepositoryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RepositoryPattern::One(repository) => repository.fmt(f),
            RepositoryPattern::AllOf(owner) => write!(f, "{owner}/*"),
        }
    }
}

impl InvalidName {
    fn new(text: &str, expected: &'static str) -> InvalidName {
        // Enough to recognise what was written, without repeating a page that was pasted by mistake.
        InvalidName {
            text: text.chars().take(60).collect(),
            expected,
        }
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not of the form {}", self.text, self.expected)
    }
}

impl std::error::Error for InvalidName {}
