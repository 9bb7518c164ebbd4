//! [`InsertHeader`]: a header that says always the same.

use connect_api::{Outcome, Record, Result, SchemaAndValue, Str, Transform, values};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of [`InsertHeader`]; keys are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct InsertHeaderConfig {
    /// The name of the header.
    #[schemars(extend("x-importance" = "high"))]
    pub header: String,
    /// Its value, whose type is inferred: `7` is a number, `2024-02-29` a date, `[1,2]` an array.
    #[schemars(extend("x-importance" = "high"))]
    pub value_literal: String,
    /// Whether the type is inferred as in Java, which ignores what follows a number or a date.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Adds a header: `org.apache.kafka.connect.transforms.InsertHeader`.
///
/// Others of that name stay.
#[derive(Clone, Debug)]
pub struct InsertHeader {
    name: Str,
    value: SchemaAndValue,
}

impl InsertHeader {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// None: every literal is a value.
    pub fn new(config: InsertHeaderConfig) -> Result<Self> {
        let literal = Str::from(config.value_literal);
        Ok(Self {
            name: config.header.into(),
            value: values::parse(&literal, config.compat_java.into()),
        })
    }
}

impl Transform for InsertHeader {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        record.headers.add(&self.name, self.value.clone());
        Ok(Outcome::Kept)
    }
}
