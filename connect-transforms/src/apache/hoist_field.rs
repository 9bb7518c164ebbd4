//! [`HoistField`]: the whole inside of a field.

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{FieldSyntax, Side, by_schema::BySchema, options::refused};

/// The options of [`HoistField`]; keys and defaults are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct HoistFieldConfig {
    /// The field that the whole becomes.
    pub field: String,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `order.id`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
}

/// Wraps the whole in a field: `org.apache.kafka.connect.transforms.HoistField`.
///
/// A null is wrapped too; with a schema only if that is optional.
#[derive(Clone, Debug)]
pub struct HoistField {
    side: Side,
    /// From the outermost to the innermost.
    names: Vec<Str>,
    /// The schemas around each schema, from the innermost to the outermost.
    around: BySchema<Vec<Schema>>,
}

impl HoistField {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the name of the field is none, or one of elements.
    pub fn new(config: HoistFieldConfig, side: Side) -> Result<Self> {
        let field = &config.field;
        let path = config
            .field_syntax_version
            .path("field", field, Dialect::Strict)?;
        let reason = "expected names only, there are no elements yet";
        let names = path.names();
        Ok(Self {
            side,
            names: names.ok_or_else(|| refused("field", field, reason))?,
            around: BySchema::default(),
        })
    }
}

impl Transform for HoistField {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let SchemaAndValue { schema, mut value } = std::mem::take(self.side.of_mut(record));
        let names = &self.names;
        let hoisted = match schema {
            None => {
                for name in names.iter().rev() {
                    value = Value::map([(name.clone(), value)]);
                }
                value.into()
            }
            Some(schema) if value.is_null() && !schema.is_optional() => {
                return Err(Error::rejected(format!(
                    "hoisting a field: field `{}`: expected a value, found null",
                    names[names.len() - 1]
                )));
            }
            Some(schema) => {
                for around in self
                    .around
                    .get(&schema, |schema| schemas_around(schema, names))?
                {
                    value = Struct::from_values(around, vec![value])?.into();
                }
                value.into()
            }
        };
        *self.side.of_mut(record) = hoisted;
        Ok(Outcome::Kept)
    }
}

fn schemas_around(schema: &Schema, names: &[Str]) -> Result<Vec<Schema>> {
    let mut inner = schema.clone();
    let around = names.iter().rev().map(|name| {
        inner = Schema::structure()
            .field(name.clone(), inner.clone())
            .build()?;
        Ok(inner.clone())
    });
    around.collect()
}
