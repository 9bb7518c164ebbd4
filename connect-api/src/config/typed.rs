//! [`TypedConfig`]: options as a struct.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{ConfigDef, ConfigMap};
use crate::Result;

/// What happens to keys that nobody defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownKeys {
    /// They are errors that name the nearest known key.
    Refuse,
    /// They are ignored; whoever asks logs a warning. For Java class names, as Java ignores them.
    Ignore,
}

/// Options as a struct; implemented for everything that is `Deserialize + JsonSchema`.
pub trait TypedConfig: Sized {
    /// Derives the definition: keys, types, defaults, documentation.
    fn definition() -> ConfigDef;

    /// Reads the options, reporting everything that is wrong at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with Connect's wording for each wrong key.
    fn parse(map: &ConfigMap, unknown: UnknownKeys) -> Result<Self>;
}

impl<T: DeserializeOwned + JsonSchema> TypedConfig for T {
    fn definition() -> ConfigDef {
        unimplemented!()
    }

    fn parse(_: &ConfigMap, _: UnknownKeys) -> Result<Self> {
        unimplemented!()
    }
}
