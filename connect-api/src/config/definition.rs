//! [`ConfigDef`]: which keys exist, of which type, with which default.

use super::{ConfigKey, ConfigMap, UnknownKeys};
use crate::ConfigProblem;

/// Which keys exist: derived from a plugin's options, or put together key by key.
///
/// A definition can be asked about a configuration without building anything:
///
/// ```
/// use connect_api::{ConfigDef, ConfigKey, ConfigMap, ConfigType, UnknownKeys};
///
/// let def = ConfigDef::new()
///     .with_key(ConfigKey::new("file", ConfigType::String).non_empty())
///     .with_key(ConfigKey::new("batch.size", ConfigType::Int).with_default("2000").at_least(1));
/// let map = ConfigMap::from([("batch.size", "0"), ("flie", "a.log")]);
/// let problems: Vec<_> = def.problems(&map, UnknownKeys::Refuse).iter().map(|p| p.to_string()).collect();
/// assert_eq!(problems, [
///     r#"Missing required configuration "file" which has no default value."#,
///     "Invalid value 0 for configuration batch.size: Value must be at least 1",
///     r#"Unknown configuration "flie": did you mean "file"?"#,
/// ]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
    /// Keys below these are somebody else's, and passed on as they are.
    prefixes: Vec<String>,
}

impl ConfigDef {
    /// Keys that every plugin is given, whether it defines them or not.
    pub const IMPLICIT: &'static [&'static str] = &["compat.java", "converter.type"];

    /// Builds a definition without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a key; one that is already there stays as it is.
    #[must_use]
    pub fn with_key(mut self, key: ConfigKey) -> Self {
        if self.key(key.name()).is_none() {
            self.keys.push(key);
        }
        self
    }

    /// Lets every key below `prefix` pass, e.g. `producer.override.`; the empty prefix is below all.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefixes.push(prefix.into());
        self
    }

    /// Appends what `other` defines; keys that are already there stay as they are.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.prefixes.extend(other.prefixes);
        other.keys.into_iter().fold(self, Self::with_key)
    }

    /// Appends what `child` defines below `prefix`, e.g. a transform's options below `transforms.mask.`.
    ///
    /// In a form its keys stand in `group`, `order` places further down.
    #[must_use]
    pub fn embed(mut self, prefix: &str, group: &str, order: i32, child: &Self) -> Self {
        let below = |name: &String| format!("{prefix}{name}");
        self.prefixes.extend(child.prefixes.iter().map(below));
        child.keys.iter().fold(self, |def, key| {
            def.with_key(key.embedded(prefix, group, order))
        })
    }

    /// The definition of a group that may be absent as a whole.
    pub(super) fn all_optional(mut self) -> Self {
        for key in self.keys.iter_mut().filter(|key| key.is_required()) {
            *key = key.clone().optional();
        }
        self
    }

    /// Returns the keys in the order of definition.
    #[must_use]
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }

    /// Returns the key called `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&ConfigKey> {
        self.keys.iter().find(|key| key.name() == name)
    }

    /// Returns the prefixes below which every key passes.
    #[must_use]
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Returns whether somebody reads the key called `name`.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        Self::IMPLICIT.contains(&name)
            || self.key(name).is_some()
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Returns the entries of `map` that this definition knows.
    #[must_use]
    pub fn select(&self, map: &ConfigMap) -> ConfigMap {
        map.iter().filter(|(key, _)| self.knows(key)).collect()
    }

    /// Lists everything that is wrong with `map`.
    ///
    /// That is what is missing, what does not read, and what is unknown.
    #[must_use]
    pub fn problems(&self, map: &ConfigMap, unknown: UnknownKeys) -> Vec<ConfigProblem> {
        let keys = self
            .keys
            .iter()
            .filter_map(|key| match map.get(key.name()) {
                Some(text) => key.read(text).err(),
                None => key.is_required().then(|| key.missing()),
            });
        let unknown = match unknown {
            UnknownKeys::Refuse => self.unknown(map),
            UnknownKeys::Ignore => Vec::new(),
        };
        keys.chain(unknown).collect()
    }

    /// Lists the keys of `map` that nobody reads, each with the nearest known key.
    ///
    /// Where they are ignored, as under a Java class name, these are the warnings.
    #[must_use]
    pub fn unknown(&self, map: &ConfigMap) -> Vec<ConfigProblem> {
        let known = || self.keys.iter().map(ConfigKey::name);
        map.iter()
            .filter(|(key, _)| !self.knows(key))
            .map(|(key, _)| ConfigProblem::unknown(key, known()))
            .collect()
    }
}
