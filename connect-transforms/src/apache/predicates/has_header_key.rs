//! [`HasHeaderKey`]: records with a header.

use connect_api::{Predicate, Record, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::options::refused;

/// The options of [`HasHeaderKey`]; keys are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct HasHeaderKeyConfig {
    /// The name of the header.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// Holds for records with a header: `org.apache.kafka.connect.transforms.predicates.HasHeaderKey`.
#[derive(Clone, Debug)]
pub struct HasHeaderKey {
    name: String,
}

impl HasHeaderKey {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the name is empty.
    pub fn new(config: HasHeaderKeyConfig) -> Result<Self> {
        let name = config.name;
        if name.is_empty() {
            return Err(refused("name", &name, "String must be non-empty"));
        }
        Ok(Self { name })
    }
}

impl Predicate for HasHeaderKey {
    fn test(&self, record: &Record) -> Result<bool> {
        Ok(record.headers.last(&self.name).is_some())
    }
}
