//! [`DropHeaders`]: headers that are not to go on.

use connect_api::{Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::options::refused;

/// The options of [`DropHeaders`]; keys are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct DropHeadersConfig {
    /// The names of the headers that are removed.
    #[schemars(extend("x-importance" = "high"))]
    pub headers: Vec<String>,
}

/// Removes headers: `org.apache.kafka.connect.transforms.DropHeaders`.
///
/// Of several headers with one name all go.
#[derive(Clone, Debug)]
pub struct DropHeaders {
    names: Vec<String>,
}

impl DropHeaders {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no name.
    pub fn new(config: DropHeadersConfig) -> Result<Self> {
        let names = config.headers;
        if names.is_empty() {
            return Err(refused("headers", "[]", "expected at least one header"));
        }
        Ok(Self { names })
    }
}

impl Transform for DropHeaders {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        for name in &self.names {
            record.headers.remove(name);
        }
        Ok(Outcome::Kept)
    }
}
