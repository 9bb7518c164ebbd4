//! [`Flatten`]: fields inside of fields, side by side.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, MapBuilder, Outcome, Record, Result, Schema, SchemaAndValue, SchemaBuilder,
    Str, Struct, Transform, Type, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Side,
    by_schema::BySchema,
    path::Nulls,
    rebuilt::{TakenOver, like},
    shape::misfit,
};

/// For messages.
const PURPOSE: &str = "flattening";

/// The options of [`Flatten`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct FlattenConfig {
    /// What stands between the names of a field and of the one inside of it.
    pub delimiter: String,
    /// Whether the flat struct forgets that it was optional, and decimals and dates without a schema are refused, as in Java.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for FlattenConfig {
    fn default() -> Self {
        Self {
            delimiter: ".".to_owned(),
            compat_java: false,
        }
    }
}

/// Puts nested fields side by side: `org.apache.kafka.connect.transforms.Flatten`.
///
/// `{"a":{"b":1}}` becomes `{"a.b":1}`; a map without entries vanishes. Arrays stay as they are. A field is optional if one
/// of those around it is. Maps that have a schema and structs that contain themselves cannot be flattened. A null goes on as it is.
#[derive(Clone, Debug)]
pub struct Flatten {
    side: Side,
    delimiter: String,
    plans: BySchema<Plan>,
    dialect: Dialect,
}

/// How structs of one schema become flat.
#[derive(Clone, Debug)]
struct Plan {
    schema: Schema,
    level: Level,
    /// What holds for the flat ones.
    flat: TakenOver,
}

/// What happens to the fields of one struct.
#[derive(Clone, Debug)]
struct Level {
    defaults: TakenOver,
    /// In the order of the fields: those inside, if it is a struct.
    fields: Vec<Option<Self>>,
    /// How many fields there are in the end.
    leaves: usize,
}

impl Flatten {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// None: any text is a delimiter.
    pub fn new(config: FlattenConfig, side: Side) -> Result<Self> {
        Ok(Self {
            side,
            delimiter: config.delimiter,
            plans: BySchema::default(),
            dialect: config.compat_java.into(),
        })
    }

    fn flatten(&mut self, datum: SchemaAndValue) -> Result<SchemaAndValue> {
        if datum.schema.is_none() {
            let Value::Map(entries) = datum.value else {
                return Err(misfit("without a schema expected a map", &datum.value));
            };
            let mut flat = MapBuilder::new();
            self.flatten_map(entries, "", &mut flat)?;
            return Ok(flat.build().into());
        }
        let Value::Struct(fields) = datum.value else {
            return Err(misfit("with a schema expected a struct", &datum.value));
        };
        let (delimiter, dialect) = (&self.delimiter, self.dialect);
        let plan = self.plans.get(fields.schema(), |schema| {
            let presence = Presence::of(schema);
            let around = Around {
                prefix: "",
                presence,
                delimiter,
            };
            let builder = like(schema, Schema::structure(), dialect);
            let (level, builder) = around.flatten(schema, builder)?;
            let schema = builder.build()?;
            let flat = TakenOver::new(&schema, Nulls::Kept, dialect);
            Ok(Plan {
                schema,
                level,
                flat,
            })
        })?;
        let mut flat = Vec::with_capacity(plan.level.leaves);
        plan.level.apply(fields, &mut flat)?;
        plan.flat.fill(&mut flat)?;
        Ok(Struct::from_values(&plan.schema, flat)?.into())
    }

    fn flatten_map(
        &self,
        entries: Arc<Vec<(Value, Value)>>,
        prefix: &str,
        flat: &mut MapBuilder,
    ) -> Result<()> {
        for (key, value) in Arc::unwrap_or_clone(entries) {
            let Value::String(name) = key else {
                return Err(misfit("expected the name of a field", &key));
            };
            let name = joined(prefix, &self.delimiter, name);
            match value {
                Value::Map(entries) => self.flatten_map(entries, &name, flat)?,
                Value::Decimal(_) | Value::Date(_) | Value::Time(_) | Value::Timestamp(_)
                    if self.dialect == Dialect::Java =>
                {
                    return Err(in_field(
                        &name,
                        misfit("without a schema expected a plain type", &value),
                    ));
                }
                Value::Struct(_) => {
                    return Err(in_field(
                        &name,
                        misfit("without a schema expected a map", &value),
                    ));
                }
                value => flat.insert(name, value),
            }
        }
        Ok(())
    }
}

impl Transform for Flatten {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = self.side.of_mut(record);
        if !datum.value.is_null() {
            let taken = std::mem::take(datum);
            *datum = self
                .flatten(taken)
                .map_err(|error| error.context(PURPOSE))?;
        }
        Ok(Outcome::Kept)
    }
}

/// What is around the fields of a struct.
struct Around<'a> {
    prefix: &'a str,
    presence: Presence,
    delimiter: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

impl Presence {
    fn of(schema: &Schema) -> Self {
        if schema.is_optional() {
            Self::Optional
        } else {
            Self::Required
        }
    }
}

impl Around<'_> {
    /// Adds the fields of `schema` to `builder`, and says what happens to them.
    fn flatten(
        &self,
        schema: &Schema,
        mut builder: SchemaBuilder,
    ) -> Result<(Level, SchemaBuilder)> {
        let mut level = Level {
            defaults: TakenOver::new(schema, Nulls::Replaced, Dialect::Strict),
            fields: Vec::new(),
            leaves: 0,
        };
        for field in schema.fields() {
            let name = joined(self.prefix, self.delimiter, field.name().clone());
            let presence = match self.presence {
                Presence::Optional => Presence::Optional,
                Presence::Required => Presence::of(field.schema()),
            };
            let (inside, with_field) = match field.schema().type_() {
                Type::Struct if field.schema().is_enclosing() => {
                    let error = Error::rejected(format!(
                        "{} contains itself: it cannot be flattened",
                        field.schema()
                    ));
                    return Err(in_field(&name, error));
                }
                Type::Struct => {
                    let around = Around {
                        prefix: &name,
                        presence,
                        ..*self
                    };
                    let (inside, builder) = around.flatten(field.schema(), builder)?;
                    (Some(inside), builder)
                }
                Type::Map => {
                    let error = Error::rejected("a map that has a schema cannot be flattened");
                    return Err(in_field(&name, error));
                }
                _ => (None, builder.field(name, leaf(field.schema(), presence)?)),
            };
            level.leaves += inside.as_ref().map_or(1, |inside| inside.leaves);
            level.fields.push(inside);
            builder = with_field;
        }
        Ok((level, builder))
    }
}

/// The schema of a field that is not flattened.
fn leaf(schema: &Schema, presence: Presence) -> Result<Schema> {
    if presence == Presence::Optional && !schema.is_optional() {
        schema.to_builder().optional().build()
    } else {
        Ok(schema.clone())
    }
}

impl Level {
    fn apply(&self, fields: Struct, flat: &mut Vec<Value>) -> Result<()> {
        let mut values = fields.into_values();
        self.defaults.fill(&mut values)?;
        for (value, inside) in values.into_iter().zip(&self.fields) {
            match (inside, value) {
                (None, value) => flat.push(value),
                (Some(inside), Value::Struct(fields)) => inside.apply(fields, flat)?,
                (Some(inside), Value::Null) => {
                    flat.resize(flat.len() + inside.leaves, Value::Null);
                }
                (Some(_), found) => return Err(misfit("expected a struct", &found)),
            }
        }
        Ok(())
    }
}

fn joined(prefix: &str, delimiter: &str, name: Str) -> Str {
    if prefix.is_empty() {
        name
    } else {
        [prefix, delimiter, &name].concat().into()
    }
}

fn in_field(name: &Str, error: Error) -> Error {
    error.context(format_args!("field `{name}`"))
}
