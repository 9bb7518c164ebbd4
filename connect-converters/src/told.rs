//! [`Told`]: an error that is told several times.

use std::time::Duration;

use connect_api::{Error, ErrorKind};

/// An error that is told several times.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    kind: ErrorKind,
    report: String,
    delay: Option<Duration>,
}

impl From<&Error> for Told {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            report: error.report().to_string(),
            delay: error.delay(),
        }
    }
}

impl From<Told> for Error {
    fn from(told: Told) -> Self {
        let error = Self::new(told.kind, told.report);
        match told.delay {
            Some(delay) => error.retry_after(delay),
            None => error,
        }
    }
}
