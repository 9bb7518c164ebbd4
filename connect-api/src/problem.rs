//! [`ConfigProblem`]: what is wrong with one option.

use std::fmt;

/// What is wrong with one option; `Display` is Connect's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    key: String,
    message: String,
    expected: Option<String>,
    found: Option<String>,
    nearest: Option<String>,
}

impl ConfigProblem {
    /// Says `message` about `key`; an empty key blames no single one.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
            expected: None,
            found: None,
            nearest: None,
        }
    }

    /// Refuses the value of `key`: `Invalid value v for configuration n: reason`.
    ///
    /// `found` is printed: for a secret it is `[hidden]`.
    pub fn invalid(
        key: impl Into<String>,
        found: impl Into<String>,
        reason: impl fmt::Display,
    ) -> Self {
        let (key, found) = (key.into(), found.into());
        let message = format!("Invalid value {found} for configuration {key}: {reason}");
        Self::new(key, message).with_found(found)
    }

    /// Misses `key`, which has no default.
    pub fn missing(key: impl Into<String>) -> Self {
        let key = key.into();
        let message =
            format!("Missing required configuration \"{key}\" which has no default value.");
        Self::new(key, message).with_found("nothing")
    }

    /// Does not know `key`; of `known` the nearest is named.
    pub fn unknown<'a>(key: impl Into<String>, known: impl IntoIterator<Item = &'a str>) -> Self {
        let key = key.into();
        let nearest = nearest(&key, known);
        let mut message = format!("Unknown configuration \"{key}\"");
        if let Some(nearest) = nearest {
            message.push_str(&format!(": did you mean \"{nearest}\"?"));
        }
        Self {
            nearest: nearest.map(str::to_owned),
            ..Self::new(key, message)
        }
    }

    /// Says what would have been right.
    #[must_use]
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what was there instead; never the text of a secret.
    #[must_use]
    pub fn with_found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Returns the key; empty if no single key is to blame.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the message in Connect's wording.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what would have been right.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// Returns what was there instead; `[hidden]` for a secret.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// Returns the known key that is most like an unknown one.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Finds the key that a typing mistake of at most a third of its letters turns into `key`.
fn nearest<'a>(key: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (key.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}
