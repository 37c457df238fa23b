//! The variables of the function's environment, without its secrets.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The variables that `environment` in `function.yaml` sets, and Lambda's own; those that name a secret
/// (`NAME=ssm:/path`) are left out.
///
/// [`App::with_state`](crate::App::with_state) reads a bot's settings from it, once.
///
/// ```
/// use perch::{Environment, Error, Result};
///
/// struct Settings {
///     channel: String,
///     most: usize,
/// }
///
/// impl Settings {
///     fn read(environment: &Environment) -> Result<Settings> {
///         let most = environment.get("MOST").unwrap_or("10");
///         Ok(Settings {
///             channel: environment.required("CHANNEL", "C0123456789")?.to_owned(),
///             most: most.parse().map_err(|_| {
///                 Error::internal(format!("MOST is {most:?}, which is not a whole number: write one such as 10"))
///             })?,
///         })
///     }
/// }
///
/// let settings = Settings::read(&Environment::from_iter([("CHANNEL", "C0REVIEWS")]))?;
/// assert_eq!((settings.channel.as_str(), settings.most), ("C0REVIEWS", 10));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process. What is not UTF-8 is left out.
    pub(crate) fn of_process() -> Environment {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(_, value)| !value.starts_with("ssm:"))
            .collect()
    }

    /// The variable's value as it stands; `None` when it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The variable's value as it stands. When it is not set, an error that names it and shows `example`.
    pub fn required(&self, name: &str, example: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| {
            Error::internal(format!(
                "{name} is not set: write it under environment in the bot's function.yaml, such as {name}: {example:?}"
            ))
        })
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }
}

/// For a test of what reads it.
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Environment {
        let variables = variables.into_iter();
        Environment(
            variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
