//! [`TopicRoute`]: topics by regular expression.

use connect_api::{Dialect, Result, Str};

use crate::{recent::Recent, renaming::Renaming};

/// Makes names out of topics, and remembers them.
#[derive(Clone, Debug)]
pub(super) struct TopicRoute {
    renaming: Renaming,
    known: Recent<Str, Option<Str>>,
}

impl TopicRoute {
    /// Compiles the values of two options, each with its key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming the key.
    pub(super) fn new(regex: (&str, &str), replacement: (&str, &str), most: usize) -> Result<Self> {
        Ok(Self {
            renaming: Renaming::new(regex, replacement)?,
            known: Recent::new(most),
        })
    }

    /// Returns what becomes of `topic`, if all of it matches.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(super) fn of(&mut self, topic: &Str) -> Result<Option<Str>> {
        let renaming = &self.renaming;
        let route = || Ok((topic.clone(), renaming.of(topic, Dialect::Strict)?));
        let found = self.known.get(|known| known == topic, |_| false, route)?;
        Ok(found.clone())
    }
}
