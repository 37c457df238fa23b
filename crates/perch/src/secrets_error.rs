//! Why secrets cannot be read: variables and paths, never a value.

use std::fmt;

/// Why secrets cannot be had. Names variables and paths, never a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretsError {
    /// These variables begin with `ssm:` and no path follows.
    Malformed(Vec<String>),
    /// These parameters are missing or denied: all of them, not the first.
    Unreadable(Vec<Unreadable>),
    /// Parameter Store did not answer, or not as it should.
    Unavailable {
        /// The variables that wait for it.
        variables: Vec<String>,
        /// What the call ended with.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No secret of this name is declared.
    Undeclared(String),
}

/// A parameter that cannot be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unreadable {
    /// The environment variable that names it.
    pub variable: String,
    /// Its name in Parameter Store.
    pub path: String,
    /// What AWS said when the role may not read it; `None` when there is no such parameter.
    pub denied: Option<String>,
}

impl fmt::Display for SecretsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretsError::Malformed(variables) => write!(
                formatter,
                "{}: write ssm: and the parameter's path, such as ssm:/perch/staging/slack-bot-token",
                variables.join(", ")
            ),
            SecretsError::Unreadable(parameters) => {
                for (index, parameter) in parameters.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(formatter, "{separator}{parameter}")?;
                }
                Ok(())
            }
            SecretsError::Unavailable { variables, .. } => write!(
                formatter,
                "cannot read {} from Parameter Store",
                variables.join(", ")
            ),
            SecretsError::Undeclared(name) => write!(
                formatter,
                "{name} is not a secret of this function: add it under `secrets` in function.yaml"
            ),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable {
            variable,
            path,
            denied,
        } = self;
        if let Some(reason) = denied {
            return write!(
                formatter,
                "{variable}: the role may not read {path}: add it under `secrets` in function.yaml and apply ({reason})"
            );
        }
        write!(formatter, "{variable}: there is no parameter {path}: ")?;
        let place = path
            .strip_prefix("/perch/")
            .and_then(|rest| rest.split_once('/'));
        match place {
            Some((stage, name)) => write!(formatter, "run `make secret STAGE={stage} NAME={name}`"),
            None => write!(formatter, "put a SecureString there"),
        }
    }
}

impl std::error::Error for SecretsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SecretsError::Unavailable { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

/// An error with its causes on one line, for the log.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
