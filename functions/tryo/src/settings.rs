//! What tryo reads from its environment; see `docs/bots.md`.

use std::collections::BTreeMap;

use perch::{Environment, Error, UserId};
use perch_github::{ApiUrl, Repository, RepositoryPattern};

/// Whom and what tryo knows.
#[derive(Debug)]
pub struct Settings {
    /// `TRYO_REPOSITORIES`: what may be shown, such as `acme/web,perch-demo/*`.
    repositories: Vec<RepositoryPattern>,
    /// `TRYO_GITHUB_LOGINS`: who is who, such as `U012AB3CD=octocat`.
    logins: BTreeMap<UserId, String>,
    /// `GITHUB_API_URL`: where GitHub's API is.
    pub github: ApiUrl,
}

impl Settings {
    /// Reads them. The error names the variable, what is wrong with it and what to write.
    pub fn read(environment: &Environment) -> perch::Result<Settings> {
        let shown = environment.required("TRYO_REPOSITORIES", "acme/web,acme-labs/*")?;
        let known =
            environment.required("TRYO_GITHUB_LOGINS", "U012AB3CD=octocat,U034EF5GH=hubot")?;
        Ok(Settings {
            repositories: repositories(shown).map_err(Error::internal)?,
            logins: logins(known).map_err(Error::internal)?,
            github: ApiUrl::from_variable(environment.get("GITHUB_API_URL"))?,
        })
    }

    /// Whether pull requests of `repository` may be shown.
    pub fn allows(&self, repository: &Repository) -> bool {
        self.repositories
            .iter()
            .any(|pattern| pattern.matches(repository))
    }

    /// The repositories that may be shown, in words.
    pub fn allowed(&self) -> String {
        let patterns: Vec<String> = self
            .repositories
            .iter()
            .map(|pattern| format!("`{pattern}`"))
            .collect();
        patterns.join(", ")
    }

    /// The GitHub login of somebody in Slack.
    pub fn login(&self, user: &UserId) -> Option<&str> {
        self.logins.get(user).map(String::as_str)
    }
}

fn repositories(list: &str) -> Result<Vec<RepositoryPattern>, String> {
    let read = |name: &str| {
        name.parse().map_err(|error| {
            format!("TRYO_REPOSITORIES: {error}; separate names with commas, such as acme/web,acme-labs/*")
        })
    };
    list.split(',').map(str::trim).map(read).collect()
}

/// Reads `U012AB3CD=octocat,…` or `{"U012AB3CD":"octocat",…}`. Nothing at all means that nobody is known yet.
fn logins(text: &str) -> Result<BTreeMap<UserId, String>, String> {
    const EXPECTED: &str = r#"write pairs such as U012AB3CD=octocat,U034EF5GH=hubot or a JSON object such as {"U012AB3CD":"octocat"}"#;
    let text = text.trim();
    let pairs: Vec<(String, String)> = if text.starts_with('{') {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
            .map_err(|error| {
                format!("TRYO_GITHUB_LOGINS is not a JSON object ({error}); {EXPECTED}")
            })?;
        let pair = |(user, login): (String, serde_json::Value)| {
            (user, login.as_str().unwrap_or_default().to_owned())
        };
        object.into_iter().map(pair).collect()
    } else {
        let pairs = text.split(',').map(str::trim).filter(|_| !text.is_empty());
        let pair = |pair: &str| {
            let (user, login) = pair.split_once('=').unwrap_or((pair, ""));
            (user.trim().to_owned(), login.trim().to_owned())
        };
        pairs.map(pair).collect()
    };
    let mut logins = BTreeMap::new();
    for (user, login) in pairs {
        if !is_user_id(&user) {
            return Err(format!(
                "TRYO_GITHUB_LOGINS: {user:?} is not a Slack member ID; {EXPECTED}"
            ));
        }
        if !is_login(&login) {
            return Err(format!(
                "TRYO_GITHUB_LOGINS: {user} has no GitHub login beside it, but {login:?}; {EXPECTED}"
            ));
        }
        if logins.insert(UserId::new(&*user), login).is_some() {
            return Err(format!(
                "TRYO_GITHUB_LOGINS names {user} twice; take one away"
            ));
        }
    }
    Ok(logins)
}

/// `U…`, or `W…` in an Enterprise Grid organisation.
fn is_user_id(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(['U', 'W'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// As GitHub takes them; the underscore is in those of managed users.
fn is_login(text: &str) -> bool {
    (1..=39).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
