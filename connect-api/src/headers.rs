//! [`Headers`]: the ordered multimap beside a record.

use std::sync::Arc;

use crate::{SchemaAndValue, Str};

/// Ordered multimap; without headers it holds no memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(Option<Arc<Vec<(Str, SchemaAndValue)>>>);

impl Headers {
    /// Builds headers without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Appends a header; others of that name stay.
    pub fn add(&mut self, name: impl Into<Str>, value: impl Into<SchemaAndValue>) {
        Arc::make_mut(self.0.get_or_insert_default()).push((name.into(), value.into()));
    }

    /// Removes every header called `name`.
    pub fn remove(&mut self, name: &str) {
        if self.all(name).next().is_some() {
            self.retain(|known, _| known != name);
        }
    }

    /// Keeps the headers for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &SchemaAndValue) -> bool) {
        if let Some(entries) = &mut self.0 {
            Arc::make_mut(entries).retain(|(name, value)| keep(name, value));
        }
    }

    /// Removes all headers.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Returns the last header called `name`.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&SchemaAndValue> {
        self.as_slice()
            .iter()
            .rfind(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Iterates over the headers called `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SchemaAndValue> {
        self.as_slice()
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Returns all headers in order.
    #[must_use]
    pub fn as_slice(&self) -> &[(Str, SchemaAndValue)] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Iterates over all headers in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Str, SchemaAndValue)> {
        self.as_slice().iter()
    }

    /// Returns how many headers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a (Str, SchemaAndValue);
    type IntoIter = std::slice::Iter<'a, (Str, SchemaAndValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: Into<Str>, V: Into<SchemaAndValue>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in entries {
            headers.add(name, value);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order_and_repetitions() {
        let mut headers: Headers = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
        assert_eq!(headers.last("a"), Some(&3.into()));
        assert_eq!(headers.all("a").count(), 2);
        headers.remove("a");
        assert_eq!(headers.as_slice(), [("b".into(), 2.into())]);
    }

    #[test]
    fn a_clone_is_not_changed_with_the_original() {
        let mut headers: Headers = [("a", 1)].into_iter().collect();
        let clone = headers.clone();
        headers.add("b", 2);
        assert_eq!(clone.len(), 1);
    }
}
