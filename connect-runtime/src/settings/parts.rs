//! Building converters, transforms and predicates from their options.

use std::sync::Arc;

use connect_api::{
    Build, ConfigMap, ConfigProblem, Converter, Error, HeaderConverter, Plugin, Predicate, Result,
    Transform, UnknownKeys,
};

use super::problems::build;
use crate::plugins::Named;

/// Whether plugins copy also those quirks of Java that do harm: `compat.java`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirks {
    Copied,
    Refused,
}

impl Quirks {
    fn text(self) -> &'static str {
        match self {
            Self::Copied => "true",
            Self::Refused => "false",
        }
    }
}

/// A plugin and its options, ready to be built any number of times.
#[derive(Clone, Debug)]
pub(super) struct Part {
    plugin: Arc<Plugin>,
    options: ConfigMap,
    unknown_keys: UnknownKeys,
}

impl Part {
    /// Gives a plugin its options, and warns of those that are ignored.
    pub(super) fn new(named: Named<'_>, mut options: ConfigMap, quirks: Quirks) -> Self {
        if !options.contains_key("compat.java") {
            options.insert("compat.java", quirks.text());
        }
        if named.unknown_keys == UnknownKeys::Ignore {
            warn_of_ignored(named, &named.plugin.config().unknown(&options));
        }
        Self {
            plugin: Arc::clone(named.plugin),
            options,
            unknown_keys: named.unknown_keys,
        }
    }

    /// Sets an option that the runtime knows better.
    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.options.insert(key, value);
        self
    }

    pub(super) fn name(&self) -> &'static str {
        self.plugin.name()
    }

    pub(super) fn converter(&self) -> Result<Arc<dyn Converter>> {
        match self.plugin.build() {
            Build::Converter(new) => self.build(|options, unknown| new(options, unknown)),
            other => Err(self.mistaken(other)),
        }
    }

    pub(super) fn header_converter(&self) -> Result<Arc<dyn HeaderConverter>> {
        match self.plugin.build() {
            Build::HeaderConverter(new) => self.build(|options, unknown| new(options, unknown)),
            other => Err(self.mistaken(other)),
        }
    }

    pub(super) fn transform(&self) -> Result<Box<dyn Transform>> {
        match self.plugin.build() {
            Build::Transform(new) => self.build(|options, unknown| new(options, unknown)),
            other => Err(self.mistaken(other)),
        }
    }

    pub(super) fn predicate(&self) -> Result<Box<dyn Predicate>> {
        match self.plugin.build() {
            Build::Predicate(new) => self.build(|options, unknown| new(options, unknown)),
            other => Err(self.mistaken(other)),
        }
    }

    fn build<T>(&self, new: impl FnOnce(&ConfigMap, UnknownKeys) -> Result<T>) -> Result<T> {
        let what = format!("{} `{}`", self.plugin.build().kind(), self.plugin.name());
        build(&what, || new(&self.options, self.unknown_keys))
    }

    fn mistaken(&self, kind: &Build) -> Error {
        let name = self.plugin.name();
        Error::config(format!("`{name}` is of another kind: {}", kind.kind()))
    }
}

/// Logs the options that are ignored under a Java name, because nobody knows them.
pub(super) fn warn_of_ignored(named: Named<'_>, unknown: &[ConfigProblem]) {
    for problem in unknown {
        tracing::warn!(plugin = named.plugin.name(), "ignored: {problem}");
    }
}
