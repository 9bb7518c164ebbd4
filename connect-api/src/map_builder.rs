//! [`MapBuilder`]: entries of which the later one with a key counts.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::Value;

/// Collects the entries of a map.
///
/// Of two with one key the later one counts, in the place of the first.
///
/// ```
/// use connect_api::{MapBuilder, Value};
///
/// let mut map = MapBuilder::new();
/// for (key, value) in [("a", 1), ("b", 2), ("a", 3)] {
///     map.insert(key, value);
/// }
/// assert_eq!(map.build(), Value::map([("a", 3), ("b", 2)]));
/// ```
#[derive(Debug, Default)]
pub struct MapBuilder {
    entries: Vec<(Value, Value)>,
    /// Where each key stands; only for long maps, since short ones are searched faster than hashed.
    #[expect(
        clippy::box_collection,
        reason = "few maps are long enough to need it, and all of them pay for its size"
    )]
    index: Option<Box<HashMap<Key, usize>>>,
}

impl MapBuilder {
    const SEARCHED: usize = 16;

    /// Starts a map without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a map without entries that has room for some.
    #[must_use]
    pub(crate) fn with_room(entries: usize) -> Self {
        Self {
            entries: Vec::with_capacity(entries),
            index: None,
        }
    }

    /// Adds an entry, or replaces the value of the one with that key.
    #[inline]
    pub fn insert(&mut self, key: impl Into<Value>, value: impl Into<Value>) {
        let slot = self.slot(key);
        *self.value_mut(slot) = value.into();
    }

    /// Returns the place of the value with that key; one that is not there is added as null.
    #[inline]
    pub(crate) fn slot(&mut self, key: impl Into<Value>) -> usize {
        let key = key.into();
        match self.position(&key) {
            Some(known) => known,
            None => self.push(key),
        }
    }

    /// Adds a null, and returns its place; no other entry may have its key.
    #[inline]
    pub(crate) fn new_slot(&mut self, key: impl Into<Value>) -> usize {
        debug_assert!(self.index.is_none(), "the index has to know all keys");
        self.push(key.into())
    }

    /// Returns how many entries there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the value in a place.
    #[inline]
    pub(crate) fn value_mut(&mut self, slot: usize) -> &mut Value {
        &mut self.entries[slot].1
    }

    #[inline]
    fn push(&mut self, key: Value) -> usize {
        self.entries.push((key, Value::Null));
        self.entries.len() - 1
    }

    /// Returns the map.
    #[must_use]
    pub fn build(self) -> Value {
        Value::Map(Arc::new(self.entries))
    }

    /// Returns where `key` stands; an unknown one is noted as standing at the end.
    fn position(&mut self, key: &Value) -> Option<usize> {
        let next = self.entries.len();
        if next < Self::SEARCHED {
            return match key {
                Value::String(name) => self
                    .entries
                    .iter()
                    .position(|(known, _)| matches!(known, Value::String(known) if known == name)),
                other => self.entries.iter().position(|(known, _)| known == other),
            };
        }
        let index = self.index.get_or_insert_with(|| {
            let known = self.entries.iter().enumerate();
            Box::new(known.map(|(at, (key, _))| (Key(key.clone()), at)).collect())
        });
        let at = *index.entry(Key(key.clone())).or_insert(next);
        (at < next).then_some(at)
    }
}

/// A key, hashed so that equal values have equal hashes.
#[derive(Debug, PartialEq)]
struct Key(Value);

/// A NaN equals nothing, itself included: it never replaces an entry, which is what `PartialEq` says of it too.
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    std::mem::discriminant(value).hash(state);
    match value {
        Value::Null => {}
        Value::Boolean(truth) => truth.hash(state),
        Value::Int8(n) => n.hash(state),
        Value::Int16(n) => n.hash(state),
        Value::Int32(n) | Value::Date(n) | Value::Time(n) => n.hash(state),
        Value::Int64(n) | Value::Timestamp(n) => n.hash(state),
        // Adding zero makes -0.0, which equals 0.0, the same bits.
        Value::Float32(n) => (n + 0.0).to_bits().hash(state),
        Value::Float64(n) => (n + 0.0).to_bits().hash(state),
        Value::String(text) => text.hash(state),
        Value::Bytes(bytes) => bytes.hash(state),
        Value::Decimal(decimal) => decimal.hash(state),
        Value::Array(elements) => elements.iter().for_each(|element| hash(element, state)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            hash(key, state);
            hash(value, state);
        }),
        Value::Struct(fields) => fields.values().iter().for_each(|value| hash(value, state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_maps_keep_the_rule_of_short_ones() {
        let mut map = MapBuilder::new();
        for round in 0..3i64 {
            for key in 0..100i64 {
                map.insert(key, key * 1000 + round);
            }
        }
        let expected: Vec<_> = (0..100i64)
            .map(|key| (key.into(), (key * 1000 + 2).into()))
            .collect();
        assert_eq!(map.build(), Value::Map(Arc::new(expected)));
    }

    #[test]
    fn keys_of_a_long_map_are_told_apart_as_values_are() {
        let mut map = MapBuilder::new();
        for filler in 0..20i64 {
            map.insert(filler, Value::Null);
        }
        for key in [
            Value::from(0.0),
            (-0.0).into(),
            0.0f32.into(),
            "0".into(),
            0i8.into(),
        ] {
            map.insert(key, true);
        }
        let Value::Map(entries) = map.build() else {
            unreachable!("a map builder builds maps")
        };
        assert_eq!(entries.len(), 24, "{entries:?}");
    }
}
