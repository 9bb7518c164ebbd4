//! What a check reports.

use std::fmt;

/// A place that does not follow a habit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    place: String,
    found: String,
    expected: String,
}

impl Finding {
    /// Reports what stands at `place`, and what the habit expects there.
    pub fn new(
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: found {}, expected {}",
            self.place, self.found, self.expected
        )
    }
}
