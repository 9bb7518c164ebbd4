//! [`TopicRoute`]: topics by regular expression.

use connect_api::{Result, Str};

use super::recent::Recent;
use crate::{
    options::refused,
    pattern::{Pattern, Replacement},
};

/// Makes names out of topics, and remembers them.
#[derive(Clone, Debug)]
pub(super) struct TopicRoute {
    pattern: Pattern,
    replacement: Replacement,
    known: Recent<Str, Option<Str>>,
}

impl TopicRoute {
    /// Compiles the values of two options, each with its key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming the key.
    pub(super) fn new(
        (regex_key, regex): (&str, &str),
        (replacement_key, replacement): (&str, &str),
        most: usize,
    ) -> Result<Self> {
        let pattern = Pattern::new(regex).map_err(|reason| refused(regex_key, regex, reason))?;
        let replacement = Replacement::new(replacement, &pattern)
            .map_err(|reason| refused(replacement_key, replacement, reason))?;
        Ok(Self {
            pattern,
            replacement,
            known: Recent::new(most),
        })
    }

    /// Returns what becomes of `topic`, if all of it matches.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(super) fn of(&mut self, topic: &Str) -> Result<Option<Str>> {
        let (pattern, replacement) = (&self.pattern, &self.replacement);
        let route = || {
            let captures = pattern.captures(topic)?;
            let name = captures.map(|captures| replacement.expand(&captures).into());
            Ok((topic.clone(), name))
        };
        let found = self.known.get(|known| known == topic, |_| false, route)?;
        Ok(found.clone())
    }
}
