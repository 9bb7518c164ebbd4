//! [`Error`] and [`ErrorKind`]: what went wrong, and what happens next.

use std::{error::Error as StdError, fmt, time::Duration};

use crate::{ConfigProblem, Origin};

/// The result of everything a plugin or the runtime does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A plugin or the runtime could not do what was asked.
///
/// Its [`kind`](Self::kind) decides what happens next.
///
/// There is no `From` for foreign errors: `?` on a foreign error does not compile until it is classified, see [`Classify`].
/// `Display` prints the message alone; the cause is [`source`](StdError::source), and [`report`](Self::report)
/// prints both.
pub struct Error(Box<Parts>);

struct Parts {
    kind: ErrorKind,
    message: String,
    at: Option<Origin>,
    retry_after: Option<Duration>,
    problems: Vec<ConfigProblem>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The branches a caller takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system is unreachable or overloaded: the same call may succeed later, and is repeated.
    Unavailable,
    /// This record is bad and others may succeed: tolerance and the dead letter queue decide.
    Rejected,
    /// Nothing will succeed until somebody acts: the task stops.
    Fatal,
    /// Another owner wrote: check the right, then open anew or stop.
    Fenced,
    /// Something must be fetched first: ask [`Converter::prepare`](crate::Converter::prepare).
    NotPrepared,
    /// The configuration is wrong; the message names the keys.
    Config,
}

impl ErrorKind {
    /// Names the kind in one or two words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
            Self::Fatal => "fatal",
            Self::Fenced => "fenced",
            Self::NotPrepared => "not prepared",
            Self::Config => "config",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Error {
    /// Builds an error of `kind`.
    ///
    /// The message is lower case, names the thing, and has no full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            at: None,
            retry_after: None,
            problems: Vec::new(),
            source: None,
        }))
    }

    /// Builds an error after which the same call is repeated.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// Builds an error that condemns a record.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Rejected, message)
    }

    /// Builds an error that stops the task.
    pub fn fatal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Fatal, message)
    }

    /// Builds an error that says another owner wrote.
    pub fn fenced(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Fenced, message)
    }

    /// Builds an error that asks a converter to prepare.
    pub fn not_prepared(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotPrepared, message)
    }

    /// Builds an error that refuses a configuration.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Builds an error that refuses a configuration for each of `problems`, one a line.
    pub fn invalid_config(problems: impl IntoIterator<Item = ConfigProblem>) -> Self {
        let problems: Vec<_> = problems.into_iter().collect();
        let lines: Vec<_> = problems.iter().map(ConfigProblem::message).collect();
        let mut error = Self::config(lines.join("\n"));
        error.0.problems = problems;
        error
    }

    /// Returns what is wrong with which option, if [`invalid_config`](Self::invalid_config) said so.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.0.problems
    }

    /// Returns what the caller should do.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message without its cause.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns which sink record is to blame, if one is.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.0.at.as_ref()
    }

    /// Returns how long the other side asked us to wait.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Blames the sink record that came from `origin`.
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.0.at = Some(origin.clone());
        self
    }

    /// Asks for a pause before the call is repeated.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Puts `doing` in front of the message: `doing: message`.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// Changes the kind, for callers that know better.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Says `report` instead of the message and its causes.
    ///
    /// For callers that must not show them.
    #[must_use]
    pub fn with_report(mut self, report: impl Into<String>) -> Self {
        self.0.message = report.into();
        self.0.source = None;
        self
    }

    /// Prints the message and every cause below it, separated by `: `.
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.report(), self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

struct Report<'a>(&'a Error);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl From<ConfigProblem> for Error {
    fn from(problem: ConfigProblem) -> Self {
        Self::invalid_config([problem])
    }
}

/// Turns foreign errors into [`Error`]s in one word: `client.get().await.unavailable("reading the sensor")?`.
pub trait Classify<T> {
    /// Says that the same call may succeed later.
    ///
    /// # Errors
    ///
    /// The error itself, as [`ErrorKind::Unavailable`].
    fn unavailable(self, doing: &str) -> Result<T>;
    /// Says that the record from `origin` is bad.
    ///
    /// # Errors
    ///
    /// The error itself, as [`ErrorKind::Rejected`], naming the record.
    fn rejected(self, origin: &Origin, doing: &str) -> Result<T>;
    /// Says that nothing will succeed until somebody acts.
    ///
    /// # Errors
    ///
    /// The error itself, as [`ErrorKind::Fatal`].
    fn fatal(self, doing: &str) -> Result<T>;
    /// Says that the configuration is wrong.
    ///
    /// # Errors
    ///
    /// The error itself, as [`ErrorKind::Config`].
    fn config(self, doing: &str) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Classify<T> for std::result::Result<T, E> {
    fn unavailable(self, doing: &str) -> Result<T> {
        self.map_err(|error| Error::unavailable(doing).with_source(error))
    }

    fn rejected(self, origin: &Origin, doing: &str) -> Result<T> {
        self.map_err(|error| Error::rejected(doing).at(origin).with_source(error))
    }

    fn fatal(self, doing: &str) -> Result<T> {
        self.map_err(|error| Error::fatal(doing).with_source(error))
    }

    fn config(self, doing: &str) -> Result<T> {
        self.map_err(|error| Error::config(doing).with_source(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_prints_each_cause_once() {
        let io: Result<(), _> = Err(std::io::Error::other("disk is gone"));
        let error = io
            .unavailable("reading `a.log`")
            .unwrap_err()
            .context("task files-0");
        assert_eq!(error.to_string(), "task files-0: reading `a.log`");
        assert_eq!(
            error.report().to_string(),
            "task files-0: reading `a.log`: disk is gone"
        );
    }
}
