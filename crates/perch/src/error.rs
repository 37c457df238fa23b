//! The one error of a handler: what the log gets, and what the person is told.

use std::error::Error as StdError;
use std::fmt;

/// What handlers and [`App::serve`](crate::App::serve) return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with two audiences.
///
/// Any standard error becomes one by `?`. It is internal: the log gets it with all its causes, and the person an
/// apology that holds the request id and nothing else. [`Error::user`] is the other kind: its text is shown to the
/// person as it stands.
///
/// ```
/// use perch::{Command, Context, Error, Reply, Result};
///
/// async fn weekday(command: Command, _: Context) -> Result<Reply> {
///     let day: u8 = command.text.parse().map_err(|error| {
///         Error::user("Write a number from 1 to 7, as in `/weekday 3`.").caused_by(error)
///     })?;
///     let name = std::fs::read_to_string(format!("/opt/weekdays/{day}"))?; // internal when it fails
///     Ok(Reply::ephemeral(name))
/// }
/// # let _ = perch::App::new().command("/weekday", weekday);
/// ```
///
/// It does not implement [`std::error::Error`] itself: the conversion by `?` from every error that does could not
/// exist beside that.
pub struct Error(Box<Inner>);

struct Inner {
    message: String,
    /// Whether `message` is meant for the person.
    for_user: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error whose text is shown to the person who asked, in Slack's mrkdwn. Keep it free of inner details.
    pub fn user(text: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            message: text.into(),
            for_user: true,
            source: None,
        }))
    }

    /// An internal error that is this message: for the log alone.
    pub fn internal(message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            message: message.into(),
            for_user: false,
            source: None,
        }))
    }

    /// The same error with its cause, which goes to the log alone.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// The text for the person, when there is one.
    pub fn user_text(&self) -> Option<&str> {
        self.0.for_user.then_some(self.0.message.as_str())
    }

    /// The cause.
    pub fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl<E> From<E> for Error
where
    E: StdError + Send + Sync + 'static,
{
    fn from(source: E) -> Error {
        Error(Box::new(Inner {
            message: String::new(),
            for_user: false,
            source: Some(Box::new(source)),
        }))
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        error.to_string().into()
    }
}

/// The whole chain on one line, for the log.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)?;
        let mut separator = if self.0.message.is_empty() { "" } else { ": " };
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(formatter, "{separator}{error}")?;
            separator = ": ";
            cause = error.source();
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display), because a `main` that returns an error prints it so.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
