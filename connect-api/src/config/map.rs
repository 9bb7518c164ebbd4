//! [`ConfigMap`]: options as they were written.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Options as they were written: keys and texts, references like `${env:X}` unresolved.
///
/// `Debug` prints the keys only, since values may be secrets.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ConfigMap(BTreeMap<String, String>);

impl ConfigMap {
    /// Builds a map without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the text of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Sets `key`, and returns what it was.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        self.0.insert(key.into(), value.into())
    }

    /// Removes `key`, and returns what it was.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    /// Returns whether `key` is set.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Returns the entries below `prefix`, without it: `a.b` of `x.a.b` for `x.`.
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> Self {
        let entries = self
            .0
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix));
        entries
            .map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()))
            .collect()
    }

    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        let mut from = self.0.range(prefix.to_owned()..);
        from.next().is_some_and(|(key, _)| key.starts_with(prefix))
    }

    /// Iterates over the entries, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for ConfigMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for ConfigMap {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

impl<K: Into<String>, V: Into<String>> Extend<(K, V)> for ConfigMap {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.0.extend(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        );
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for ConfigMap {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl IntoIterator for ConfigMap {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// As the options of a plugin it takes every key, and as a field of options every key below that field.
impl<'de> Deserialize<'de> for ConfigMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self)
    }
}

/// Whoever stores it stores secrets, unless these are references.
impl Serialize for ConfigMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl schemars::JsonSchema for ConfigMap {
    fn schema_name() -> Cow<'static, str> {
        "ConfigMap".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, String>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_keys_and_no_value() {
        let map = ConfigMap::from([("password", "hunter2")]);
        assert_eq!(format!("{map:?}"), r#"{"password"}"#);
    }

    #[test]
    fn a_prefix_selects_its_keys_only() {
        let map = ConfigMap::from([("a.x", "1"), ("a.y", "2"), ("ab", "3"), ("b.x", "4")]);
        assert_eq!(
            map.with_prefix("a."),
            ConfigMap::from([("x", "1"), ("y", "2")])
        );
    }
}
