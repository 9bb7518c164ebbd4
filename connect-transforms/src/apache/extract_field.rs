//! [`ExtractField`]: one field instead of all.

use connect_api::{Dialect, Error, Outcome, Record, Result, SchemaAndValue, Transform, Value};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    by_schema::BySchema,
    options::yes,
    path::{FieldPath, Nulls, Place},
    shape::misfit,
};

/// For messages.
const PURPOSE: &str = "extracting a field";

/// The options of [`ExtractField`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct ExtractFieldConfig {
    /// The field whose value takes the place of the whole.
    pub field: String,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].price`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive", "x-importance" = "high"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether a field inside of an optional struct keeps a schema that is not optional, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ExtractFieldConfig {
    fn default() -> Self {
        Self {
            field: String::new(),
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// Puts a field in the place of the whole: `org.apache.kafka.connect.transforms.ExtractField`.
///
/// A null stays null. With a schema there must be such a field, without one a missing one is null.
#[derive(Clone, Debug)]
pub struct ExtractField {
    side: Side,
    path: FieldPath,
    places: BySchema<Place>,
    nulls: Nulls,
    dialect: Dialect,
}

impl ExtractField {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the name of the field is none.
    pub fn new(config: ExtractFieldConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let syntax = config.field_syntax_version;
        Ok(Self {
            side,
            path: syntax.path("field", &config.field, dialect)?,
            places: BySchema::default(),
            nulls: config.replace_null_with_default.into(),
            dialect,
        })
    }

    fn extract(&mut self, datum: &SchemaAndValue) -> Result<SchemaAndValue> {
        let path = &self.path;
        let Some(schema) = &datum.schema else {
            return match &datum.value {
                Value::Map(_) | Value::Null => path.find(&datum.value).map(|value| {
                    let schema = None;
                    SchemaAndValue { schema, value }
                }),
                found => Err(misfit("without a schema expected a map", found)),
            }
            .map_err(|error| self.failed(error));
        };
        let schema = match &datum.value {
            Value::Struct(fields) => fields.schema(),
            Value::Map(_) if schema.key_schema().is_some() => schema,
            Value::Null => schema,
            found => {
                let error = misfit("with a schema expected a struct", found);
                return Err(self.failed(error));
            }
        };
        let dialect = self.dialect;
        let place = self.places.get(schema, |schema| {
            let place = path.place_in(schema, dialect);
            place.map_err(|error| error.context(PURPOSE))
        })?;
        let value = place.value_in(&datum.value, self.nulls);
        Ok(SchemaAndValue::new(place.schema().clone(), value))
    }

    fn failed(&self, error: Error) -> Error {
        error.context(format_args!("{PURPOSE} `{}`", self.path))
    }
}

impl Transform for ExtractField {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = std::mem::take(self.side.of_mut(record));
        *self.side.of_mut(record) = self.extract(&datum)?;
        Ok(Outcome::Kept)
    }
}
