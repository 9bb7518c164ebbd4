//! [`TaskConfig`]: what one source task does.

use std::{cmp::Reverse, collections::HashSet, num::NonZeroUsize};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{ConfigMap, text::Texts};
use crate::{Classify, Error, Result};

/// What one source task does: a flat map of texts, stored in the config topic.
///
/// It holds only what differs from the connector's own configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskConfig(ConfigMap);

impl TaskConfig {
    /// Builds the config of a source's only task.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a serde struct: its fields are the keys, as serde names them.
    ///
    /// Text is kept as it is, numbers and booleans become text, `None` is left out, and whatever is nested becomes
    /// JSON text. What is flattened into the struct may hold text only.
    ///
    /// ```
    /// use connect_api::TaskConfig;
    ///
    /// #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    /// struct Part {
    ///     table: String,
    ///     buckets: Vec<u32>,
    /// }
    ///
    /// let part = Part { table: "orders".to_owned(), buckets: vec![1, 2] };
    /// let config = TaskConfig::of(&part)?;
    /// assert_eq!(config, TaskConfig::new().with("table", "orders").with("buckets", "[1,2]"));
    /// assert_eq!(config.decode::<Part>()?, part);
    /// # Ok::<(), connect_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`](crate::ErrorKind::Fatal): `fields` is no struct or map with text keys.
    pub fn of(fields: &(impl Serialize + ?Sized)) -> Result<Self> {
        let fields = match serde_json::to_value(fields).fatal("writing a task config")? {
            Json::Object(fields) => fields,
            Json::Null => return Ok(Self::new()),
            other => {
                return Err(Error::fatal(format!(
                    "writing a task config: expected a struct or a map, found {other}"
                )));
            }
        };
        let texts = fields.into_iter().filter_map(|(key, value)| match value {
            Json::Null => None,
            Json::String(text) => Some((key, text)),
            other => Some((key, other.to_string())),
        });
        Ok(Self(texts.collect()))
    }

    /// Reads what [`of`](Self::of) wrote; keys that `T` does not know are ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the key, what was expected and what was found.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        T::deserialize(Texts(&self.0))
            .map_err(|failure| Error::config(format!("task config: {failure}")))
    }

    /// Sets `key`.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key, value);
        self
    }

    /// Returns the text of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)
    }

    /// Returns all entries.
    #[must_use]
    pub fn map(&self) -> &ConfigMap {
        &self.0
    }

    /// Spreads `units` over at most `max` tasks, each task listing its units under `key`.
    ///
    /// Sizes differ by one at most. A unit stays with the task of `current` that has it, as far as that allows, so
    /// that only changed tasks restart; unchanged units give the answer unchanged. [`units`](Self::units) reads the
    /// list.
    ///
    /// ```
    /// use std::{cmp::Reverse, collections::HashSet, num::NonZeroUsize};
    /// use connect_api::TaskConfig;
    ///
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let first = TaskConfig::spread("tables", &["a", "b", "c"], two, &[]);
    /// assert_eq!(first[0].units("tables"), ["a", "c"]);
    /// assert_eq!(first[1].units("tables"), ["b"]);
    ///
    /// let second = TaskConfig::spread("tables", &["d", "c", "b", "a"], two, &first);
    /// assert_eq!(second[0], first[0]);
    /// assert_eq!(second[1].units("tables"), ["b", "d"]);
    /// ```
    #[must_use]
    pub fn spread(
        key: &str,
        units: &[impl AsRef<str>],
        max: NonZeroUsize,
        current: &[Self],
    ) -> Vec<Self> {
        let mut wanted: Vec<&str> = Vec::with_capacity(units.len());
        let mut homeless = HashSet::new();
        wanted.extend(
            units
                .iter()
                .map(AsRef::as_ref)
                .filter(|unit| homeless.insert(*unit)),
        );

        let tasks = wanted.len().min(max.get());
        let mut spread: Vec<Vec<&str>> = vec![Vec::new(); tasks];
        for (task, config) in spread.iter_mut().zip(current) {
            let kept = config.units(key);
            task.extend(kept.iter().filter_map(|unit| homeless.take(unit.as_str())));
        }
        let mut fullest: Vec<&mut Vec<&str>> = spread.iter_mut().collect();
        fullest.sort_by_key(|task| Reverse(task.len()));
        let sizes = Sizes::new(wanted.len(), tasks);
        for (rank, task) in fullest.iter_mut().enumerate() {
            let fair = task.len().min(sizes.of(rank));
            homeless.extend(task.drain(fair..));
        }
        let mut homeless = wanted.into_iter().filter(|unit| homeless.contains(unit));
        for size in 1..=sizes.of(0) {
            for (rank, task) in fullest.iter_mut().enumerate() {
                if task.len() < size.min(sizes.of(rank)) {
                    task.extend(homeless.next());
                }
            }
        }
        let config = |units| Self::new().with(key, Json::from(units).to_string());
        spread.into_iter().map(config).collect()
    }

    /// Returns the units that [`spread`](Self::spread) listed under `key`.
    ///
    /// A list separated by commas is understood too: that is how Java's connectors write it.
    #[must_use]
    pub fn units(&self, key: &str) -> Vec<String> {
        let text = self.get(key).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_else(|_| {
            let units = text.split(',').map(str::trim);
            units
                .filter(|unit| !unit.is_empty())
                .map(str::to_owned)
                .collect()
        })
    }
}

/// How many units each task has, the fullest first.
struct Sizes {
    least: usize,
    with_one_more: usize,
}

impl Sizes {
    fn new(units: usize, tasks: usize) -> Self {
        Self {
            least: units.checked_div(tasks).unwrap_or(0),
            with_one_more: units.checked_rem(tasks).unwrap_or(0),
        }
    }

    fn of(&self, rank: usize) -> usize {
        self.least + usize::from(rank < self.with_one_more)
    }
}

impl From<ConfigMap> for TaskConfig {
    fn from(map: ConfigMap) -> Self {
        Self(map)
    }
}
