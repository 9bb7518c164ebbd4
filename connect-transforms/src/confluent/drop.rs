//! [`Drop`]: records without their key or value.

use connect_api::{Error, Outcome, Record, Result, Schema, Transform, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Side, by_schema::BySchema};

/// The options of [`Drop`]; keys and defaults are Confluent's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct DropConfig {
    /// What becomes of the schema.
    #[schemars(extend("x-case" = "insensitive"))]
    pub schema_behavior: SchemaBehavior,
}

/// What becomes of the schema of a datum that is dropped: `schema.behavior`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "Confluent has these four")]
pub enum SchemaBehavior {
    /// It is dropped too.
    #[default]
    Nullify,
    /// It stays, also if it does not allow null.
    Retain,
    /// It stays; one that does not allow null condemns the record.
    Validate,
    /// It stays and is made optional.
    ForceOptional,
}

/// Makes the key or the value null: `io.confluent.connect.transforms.Drop`.
#[derive(Clone, Debug)]
pub struct Drop {
    side: Side,
    behavior: SchemaBehavior,
    optional: BySchema<Schema>,
}

impl Drop {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// There are none; all constructors of transforms are alike.
    pub fn new(config: DropConfig, side: Side) -> Result<Self> {
        Ok(Self {
            side,
            behavior: config.schema_behavior,
            optional: BySchema::default(),
        })
    }

    fn schema(&mut self, schema: Schema) -> Result<Option<Schema>> {
        match self.behavior {
            SchemaBehavior::Nullify => Ok(None),
            SchemaBehavior::Retain => Ok(Some(schema)),
            _ if schema.is_optional() => Ok(Some(schema)),
            SchemaBehavior::Validate => Err(Error::rejected(format!(
                "dropping the {}: expected an optional schema, found {schema}",
                self.side
            ))),
            SchemaBehavior::ForceOptional => self
                .optional
                .get(&schema, |schema| schema.to_builder().optional().build())
                .cloned()
                .map(Some),
        }
    }
}

impl Transform for Drop {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let schema = self.side.of_mut(record).schema.take();
        let schema = schema.map(|schema| self.schema(schema)).transpose()?;
        let datum = self.side.of_mut(record);
        datum.schema = schema.flatten();
        datum.value = Value::Null;
        Ok(Outcome::Kept)
    }
}
