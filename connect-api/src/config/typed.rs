//! [`TypedConfig`]: options as a struct.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{ConfigDef, ConfigKey, ConfigMap, layout::Layout};
use crate::{
    ConfigProblem, Error, Result, Value,
    serde_bridge::{Failure, read},
};

/// What happens to keys that nobody defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownKeys {
    /// They are errors that name the nearest known key.
    Refuse,
    /// They are ignored; whoever asks logs [`ConfigDef::unknown`]. For Java class names, as Java ignores them.
    Ignore,
}

/// Options as a struct; implemented for everything that is `Deserialize + JsonSchema`.
///
/// The struct is the whole definition: its fields are the keys, its documentation is theirs.
///
/// ```
/// use connect_api::{ConfigMap, Secret, TypedConfig, UnknownKeys};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Options {
///     /// Where the shop answers.
///     #[schemars(extend("x-importance" = "high", "x-group" = "Connection"))]
///     url: String,
///     /// What the shop asks for.
///     password: Option<Secret>,
///     /// How many rows one request asks for.
///     #[serde(default = "thousand")]
///     #[schemars(range(min = 1))]
///     batch_max_rows: i32,
///     /// Which rows are read.
///     #[serde(default)]
///     mode: Mode,
/// }
///
/// #[derive(Default, Deserialize, Serialize, JsonSchema, Debug, PartialEq)]
/// #[serde(rename_all = "lowercase")]
/// enum Mode {
///     #[default]
///     All,
///     New,
/// }
///
/// fn thousand() -> i32 {
///     1000
/// }
///
/// let map = ConfigMap::from([("url", "http://shop"), ("mode", "new")]);
/// let options = Options::parse(&map, UnknownKeys::Refuse)?;
/// assert_eq!((options.batch_max_rows, options.mode), (1000, Mode::New));
///
/// let wrong = ConfigMap::from([("batch.max.rows", "0"), ("mode", "old"), ("urll", "x")]);
/// let error = Options::parse(&wrong, UnknownKeys::Refuse).err().map(|error| error.to_string());
/// assert_eq!(error.as_deref(), Some("\
/// Missing required configuration \"url\" which has no default value.
/// Invalid value 0 for configuration batch.max.rows: Value must be at least 1
/// Invalid value old for configuration mode: String must be one of: all, new
/// Unknown configuration \"urll\": did you mean \"url\"?"));
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// | Rust | key |
/// |---|---|
/// | field `batch_max_rows` | `batch.max.rows`; a name with a dot, from `#[serde(rename)]`, stays as it is |
/// | documentation | documentation |
/// | `#[serde(default)]`, `#[serde(default = "f")]` | default; shown if its type is `Serialize` |
/// | `Option<T>` | default null |
/// | `bool`, `String`, `f64` | BOOLEAN, STRING, DOUBLE |
/// | `i8` `u8` `i16`; `u16` `i32`; all wider | SHORT; INT; LONG; `u32` is INT if its range says so |
/// | `NonZero<…>`, `#[schemars(range(min = 1, max = 9))]` | a range |
/// | `#[schemars(length(min = 1))]` | text that is not empty |
/// | [`Secret`](crate::Secret) | PASSWORD; its value is in no message |
/// | [`Millis`](crate::Millis) | LONG of at least 0 |
/// | `Vec<T>`, sets | LIST, split at commas |
/// | enum of unit variants | STRING with valid values |
/// | `#[serde(flatten)]` struct | its keys stand beside the others |
/// | `#[serde(flatten)]` enum with `#[serde(tag = "…")]` | the tag's valid values, and the keys of all variants |
/// | struct in a field `retry` | its keys stand below `retry.` |
/// | map in a field `producer` | takes every key below `producer.`, without that prefix |
/// | `#[serde(flatten)]` map | takes every key that no field takes |
/// | `()`, a struct without fields | no options |
///
/// What Rust cannot say is said with `#[schemars(extend("x-importance" = "high"))]`: `x-importance` (high, medium,
/// low), `x-group`, `x-order` (counted within the group if absent), `x-width` (none, short, medium, long),
/// `x-display-name`, `x-dependents` (an array), `x-type` (one of Connect's types, e.g. `CLASS`), and
/// `x-case` = `insensitive` for valid values in any case.
///
/// Text is read as Connect reads it: trimmed; `true` and `false` in any case and nothing else; lists split at commas.
/// `#[serde(deny_unknown_fields)]` is not needed and does no harm: what happens to unknown keys is said by the caller.
/// The keys of [`ConfigDef::IMPLICIT`] are never unknown.
pub trait TypedConfig: Sized {
    /// Derives the definition, once for any number of configurations.
    fn parser() -> ConfigParser<Self>;

    /// Derives the definition: keys, types, defaults, documentation.
    #[must_use]
    fn definition() -> ConfigDef {
        Self::parser().definition
    }

    /// Reads the options, reporting everything that is wrong at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), with a [`ConfigProblem`] in Connect's wording for each wrong
    /// key: [`Error::problems`].
    fn parse(map: &ConfigMap, unknown: UnknownKeys) -> Result<Self> {
        Self::parser().parse(map, unknown)
    }
}

impl<T: DeserializeOwned + JsonSchema> TypedConfig for T {
    fn parser() -> ConfigParser<T> {
        let layout = Layout::of::<T>();
        ConfigParser {
            definition: layout.definition(),
            layout,
            read: |value| read(value),
        }
    }
}

/// A derived definition, kept: deriving it costs far more than reading a configuration with it.
pub struct ConfigParser<T> {
    layout: Layout,
    definition: ConfigDef,
    read: fn(&Value) -> Result<T, Failure>,
}

impl<T> ConfigParser<T> {
    /// Returns the definition.
    #[must_use]
    pub fn definition(&self) -> &ConfigDef {
        &self.definition
    }

    /// Reads options, reporting everything that is wrong at once.
    ///
    /// # Errors
    ///
    /// As [`TypedConfig::parse`].
    pub fn parse(&self, map: &ConfigMap, unknown: UnknownKeys) -> Result<T> {
        let mut problems = Vec::new();
        let value = self.layout.read(map, &mut problems);
        let read = self.read(value, map, &mut problems);
        if unknown == UnknownKeys::Refuse {
            problems.extend(self.definition.unknown(map));
        }
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(Error::invalid_config(problems)),
        }
    }

    /// Reads the value as often as there are keys that their types refuse, to find them all.
    fn read(
        &self,
        mut value: Value,
        map: &ConfigMap,
        problems: &mut Vec<ConfigProblem>,
    ) -> Option<T> {
        loop {
            let failure = match (self.read)(&value) {
                Ok(read) => return Some(read),
                Err(failure) => failure,
            };
            let problem = blame(&self.layout, map, &failure);
            if problems.iter().any(|known| known.key() == problem.key()) {
                return None;
            }
            problems.push(problem);
            // Without that value its default stands in, and the next mistake shows.
            if !remove(&mut value, &failure.fields()) {
                return None;
            }
        }
    }
}

impl<T> fmt::Debug for ConfigParser<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.definition, f)
    }
}

/// Says which key a type refused with its own words.
fn blame(layout: &Layout, map: &ConfigMap, failure: &Failure) -> ConfigProblem {
    let Some(key) = layout.key_at(&failure.fields()) else {
        return ConfigProblem::new("", failure.to_string());
    };
    match map.get(key.name()) {
        Some(text) => key.refuse(text, failure.message()),
        None => missing(&key, failure),
    }
}

fn missing(key: &ConfigKey, failure: &Failure) -> ConfigProblem {
    if key.is_required() {
        key.missing()
    } else {
        // Another key makes this one necessary, or its default does not fit.
        ConfigProblem::invalid(key.name(), "null", failure.message()).with_expected(key.expected())
    }
}

/// Removes the entry at `path` or the innermost one above it; false if there is none.
fn remove(value: &mut Value, path: &[&str]) -> bool {
    let (Value::Map(entries), Some((first, below))) = (value, path.split_first()) else {
        return false;
    };
    let entries = Arc::make_mut(entries);
    let Some(at) = entries
        .iter()
        .position(|(key, _)| key.as_str() == Some(first))
    else {
        return false;
    };
    if !below.is_empty() && matches!(entries[at].1, Value::Map(_)) {
        return remove(&mut entries[at].1, below);
    }
    entries.remove(at);
    true
}
