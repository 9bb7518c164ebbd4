//! [`LabError`]: why the lab is not as a test wants it.

use std::{error::Error, fmt};

/// Why the lab is not as a test wants it.
///
/// It has the end of the log that says more. `Debug` shows the same text as `Display`, with its lines, since tests `unwrap`.
#[derive(Clone)]
pub struct LabError(String);

impl LabError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Says what was tried when something failed.
    pub(crate) fn during(doing: impl fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for LabError {}
