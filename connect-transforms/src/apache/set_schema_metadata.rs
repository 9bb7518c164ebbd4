//! [`SetSchemaMetadata`]: another name or version for a schema.

use connect_api::{
    ConfigProblem, Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Str, Transform,
    Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Side, by_schema::BySchema, path::Nulls, rebuilt::TakenOver};

/// For messages.
const PURPOSE: &str = "setting a schema's name and version";

/// The options of [`SetSchemaMetadata`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct SetSchemaMetadataConfig {
    /// The name that the schema gets.
    #[schemars(extend("x-importance" = "high"))]
    pub schema_name: Option<String>,
    /// The version that the schema gets.
    #[schemars(extend("x-importance" = "high"))]
    pub schema_version: Option<i32>,
    /// Whether a null field that has a default counts as the default.
    pub replace_null_with_default: bool,
    /// Whether a required field must not be null even if it has a default, as in Java.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for SetSchemaMetadataConfig {
    fn default() -> Self {
        Self {
            schema_name: None,
            schema_version: None,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// Names a schema: `org.apache.kafka.connect.transforms.SetSchemaMetadata`.
///
/// What is null and has no schema goes on as it is.
#[derive(Clone, Debug)]
pub struct SetSchemaMetadata {
    side: Side,
    name: Option<Str>,
    version: Option<i32>,
    known: BySchema<(Schema, TakenOver)>,
    nulls: Nulls,
    dialect: Dialect,
}

impl SetSchemaMetadata {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is neither a name nor a version.
    pub fn new(config: SetSchemaMetadataConfig, side: Side) -> Result<Self> {
        if config.schema_name.is_none() && config.schema_version.is_none() {
            let message = "Neither schema name nor version configured";
            return Err(ConfigProblem::new("schema.name", message).into());
        }
        Ok(Self {
            side,
            name: config.schema_name.map(Into::into),
            version: config.schema_version,
            known: BySchema::default(),
            nulls: config.replace_null_with_default.into(),
            dialect: config.compat_java.into(),
        })
    }

    fn set(&mut self, datum: SchemaAndValue) -> Result<SchemaAndValue> {
        let Some(schema) = &datum.schema else {
            let found = datum.value.type_name();
            return Err(Error::rejected(format!(
                "expected a schema, found a {found} without one"
            )));
        };
        let (name, version) = (&self.name, self.version);
        let (nulls, dialect) = (self.nulls, self.dialect);
        let (schema, taken_over) = self.known.get(schema, |schema| {
            let mut builder = schema.to_builder();
            if let Some(name) = name {
                builder = builder.name(name);
            }
            if let Some(version) = version {
                builder = builder.version(version);
            }
            Ok((builder.build()?, TakenOver::new(schema, nulls, dialect)))
        })?;
        let value = match datum.value {
            Value::Struct(mut fields) => {
                taken_over.fill(fields.values_mut())?;
                fields.with_schema(schema)?.into()
            }
            value => value,
        };
        Ok(SchemaAndValue::new(schema.clone(), value))
    }
}

impl Transform for SetSchemaMetadata {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = std::mem::take(self.side.of_mut(record));
        if datum != SchemaAndValue::NULL {
            let set = self.set(datum).map_err(|error| error.context(PURPOSE))?;
            *self.side.of_mut(record) = set;
        }
        Ok(Outcome::Kept)
    }
}
