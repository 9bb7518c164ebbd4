//! [`TaskConfig`]: what one source task does.

use std::num::NonZeroUsize;

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

    /// Spreads `units` over at most `max` tasks.
    ///
    /// Each task lists its units under `key`, one a line.
    /// A unit stays with the task of `current` that has it, as far as balance allows, so that only changed tasks
    /// restart. [`units`](Self::units) reads the list.
    #[must_use]
    pub fn spread(key: &str, units: &[String], max: NonZeroUsize, current: &[Self]) -> Vec<Self> {
        let tasks = units.len().min(max.get());
        if tasks == 0 {
            return Vec::new();
        }
        let fair = units.len().div_ceil(tasks);
        let mut spread: Vec<Vec<&str>> = (0..tasks)
            .map(|task| {
                current
                    .get(task)
                    .map(|config| config.units(key).collect())
                    .unwrap_or_default()
            })
            .map(|old: Vec<&str>| {
                old.into_iter()
                    .filter(|unit| units.iter().any(|u| u == unit))
                    .take(fair)
                    .collect()
            })
            .collect();
        let placed: std::collections::HashSet<&str> = spread.iter().flatten().copied().collect();
        let mut homeless = units
            .iter()
            .map(String::as_str)
            .filter(|unit| !placed.contains(unit));
        let least = units.len() / tasks;
        for room in [least, fair] {
            for task in &mut spread {
                while task.len() < room {
                    let Some(unit) = homeless.next() else { break };
                    task.push(unit);
                }
            }
        }
        spread
            .into_iter()
            .map(|units| Self::new().with(key, units.join("\n")))
            .collect()
    }

    /// Iterates over the units that [`spread`](Self::spread) listed under `key`.
    pub fn units<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        self.get(key)
            .unwrap_or_default()
            .split('\n')
            .filter(|unit| !unit.is_empty())
    }
}

impl From<ConfigMap> for TaskConfig {
    fn from(map: ConfigMap) -> Self {
        Self(map)
    }
}
