//! [`Draft`]: a connector's configuration while it is being checked.

use connect_api::{ConfigMap, ConfigProblem, UnknownKeys};

use super::{
    keys::CommonKeys,
    parts::Quirks,
    plan::{Converters, TransformFromCode},
    problems::Problems,
    worker::WorkerSettings,
};
use crate::plugins::Plugins;

/// A connector's configuration while it is being checked, beside everything that completes it.
pub(super) struct Draft<'a> {
    pub(super) settings: &'a WorkerSettings,
    pub(super) plugins: &'a Plugins,
    /// The worker's converters, from code.
    pub(super) defaults: Option<&'a Converters>,
    pub(super) config: &'a ConfigMap,
    pub(super) keys: &'a CommonKeys,
    pub(super) unknown_keys: UnknownKeys,
    /// The converters that a connector from code was given.
    pub(super) converters: Option<&'a Converters>,
    /// The transforms that a connector from code was given.
    pub(super) transforms: &'a [TransformFromCode],
}

impl Draft<'_> {
    /// Returns whether plugins copy Java's harmful quirks, unless their own options say otherwise.
    pub(super) fn quirks(&self) -> Quirks {
        match self.keys.compat_java.unwrap_or(self.settings.compat_java) {
            true => Quirks::Copied,
            false => Quirks::Refused,
        }
    }

    /// Notes a configuration that has no effect.
    pub(super) fn without_effect(&self, key: &str, why: &str, problems: &mut Problems) {
        let message = format!("Configuration \"{key}\" has no effect: {why}");
        self.ignored(ConfigProblem::new(key, message), problems);
    }

    /// Notes what Java would ignore: a problem, or a warning under a Java name.
    pub(super) fn ignored(&self, problem: ConfigProblem, problems: &mut Problems) {
        match self.unknown_keys {
            UnknownKeys::Refuse => problems.extend([problem]),
            _ => tracing::warn!(connector = self.keys.name, "ignored: {problem}"),
        }
    }
}
