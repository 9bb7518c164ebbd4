//! [`Renaming`]: names made of other names by a regular expression.

use connect_api::{Dialect, Result, Str};

use crate::{
    options::refused,
    pattern::{Pattern, Replacement},
};

/// What names become that a regular expression matches as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Renaming {
    pattern: Pattern,
    replacement: Replacement,
}

impl Renaming {
    /// Compiles the values of two options, each with its key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming the key.
    pub(crate) fn new(
        (regex_key, regex): (&str, &str),
        (replacement_key, replacement): (&str, &str),
    ) -> Result<Self> {
        let pattern = Pattern::new(regex).map_err(|reason| refused(regex_key, regex, reason))?;
        let replacement = Replacement::new(replacement, &pattern)
            .map_err(|reason| refused(replacement_key, replacement, reason))?;
        Ok(Self {
            pattern,
            replacement,
        })
    }

    /// Returns what becomes of `name`, if all of it matches; `dialect` is that of [`Pattern::replaced`].
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(crate) fn of(&self, name: &str, dialect: Dialect) -> Result<Option<Str>> {
        let replaced = self.pattern.replaced(name, &self.replacement, dialect)?;
        Ok(replaced.map(Into::into))
    }
}
