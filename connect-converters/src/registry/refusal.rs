//! [`Refusal`]: a registry's no.

use std::{error::Error as StdError, fmt};

use connect_api::{Error, ErrorKind};

/// What a registry answered instead of what it was asked for.
///
/// It is the cause of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    status: u16,
    code: Option<i32>,
    message: String,
}

impl Refusal {
    /// `code` is the registry's own; without one, somebody else answered.
    pub(super) fn new(status: u16, code: Option<i32>, message: String) -> Self {
        Self {
            status,
            code,
            message,
        }
    }

    /// Finds the refusal behind an error, if there is one.
    #[must_use]
    pub fn behind(error: &Error) -> Option<&Self> {
        error.source()?.downcast_ref()
    }

    /// Returns the status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the registry's own code, such as 40403.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.code
    }

    /// Returns the registry's words, or what was answered in their place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether the registry does not have what was asked for.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.status == 404 && self.code.is_some_and(|code| code / 100 == 404)
    }

    /// Returns whether the same request may be answered later.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.status, 408 | 429 | 500..=599)
    }

    /// Says what becomes of who asked.
    pub(super) fn kind(&self) -> ErrorKind {
        match (self.status, self.code) {
            (401 | 403 | 407, _) => ErrorKind::Fatal,
            _ if self.is_transient() => ErrorKind::Unavailable,
            (404, _) if self.is_missing() => ErrorKind::Rejected,
            // Another server, or a path that the registry does not have: no record is to blame.
            (404, _) => ErrorKind::Unavailable,
            (413, _) | (400..=499, Some(_)) => ErrorKind::Rejected,
            _ => ErrorKind::Unavailable,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl StdError for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_registrys_own_no_condemns_a_record() {
        let kind = |status, code| Refusal::new(status, code, String::new()).kind();
        assert_eq!(kind(404, Some(40403)), ErrorKind::Rejected);
        assert_eq!(kind(409, Some(409)), ErrorKind::Rejected);
        assert_eq!(kind(422, Some(42201)), ErrorKind::Rejected);
        assert_eq!(kind(413, None), ErrorKind::Rejected);
        // A proxy's page, or a path that is not the registry's.
        assert_eq!(kind(404, None), ErrorKind::Unavailable);
        assert_eq!(kind(404, Some(404)), ErrorKind::Unavailable);
        assert_eq!(kind(301, None), ErrorKind::Unavailable);
        assert_eq!(kind(405, None), ErrorKind::Unavailable);
        for status in [408, 429, 500, 503, 504, 507] {
            assert_eq!(kind(status, Some(50001)), ErrorKind::Unavailable);
        }
        for status in [401, 403, 407] {
            assert_eq!(kind(status, Some(40301)), ErrorKind::Fatal);
        }
    }
}
