//! [`ValueToKey`]: a key made of fields of the value.

use connect_api::{
    Dialect, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax,
    by_schema::BySchema,
    options::{refused, yes},
    path::{FieldPath, Nulls, Place},
    rebuilt::TakenOver,
    shape::misfit,
};

/// For messages.
const PURPOSE: &str = "copying fields from value to key";

/// The options of [`ValueToKey`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct ValueToKeyConfig {
    /// The fields of the value that the key consists of.
    #[schemars(extend("x-importance" = "high"))]
    pub fields: Vec<String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `customer.id`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether a required field must not be null even if it has a default, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ValueToKeyConfig {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// Makes the key of fields of the value: `org.apache.kafka.connect.transforms.ValueToKey`.
///
/// A nested field is called in the key as the last name on the way to it. With a schema there must be such a field, without
/// one a missing one is null.
#[derive(Clone, Debug)]
pub struct ValueToKey {
    fields: Vec<(Str, FieldPath)>,
    keys: BySchema<Key>,
    nulls: Nulls,
    dialect: Dialect,
}

/// How keys are made of values of one schema.
#[derive(Clone, Debug)]
struct Key {
    schema: Schema,
    places: Vec<Place>,
    taken_over: TakenOver,
}

impl ValueToKey {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, its name is none, or two would have one name.
    pub fn new(config: ValueToKeyConfig) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        if config.fields.is_empty() {
            return Err(refused("fields", "[]", "expected at least one field"));
        }
        let mut fields: Vec<(Str, FieldPath)> = Vec::new();
        for field in &config.fields {
            let path = config.field_syntax_version.path("fields", field, dialect)?;
            let name = path.last_name().cloned().unwrap_or_default();
            if dialect != Dialect::Java && fields.iter().any(|(known, _)| *known == name) {
                let reason = format!("two fields of the key would be called `{name}`");
                return Err(refused("fields", &config.fields.join(","), reason));
            }
            fields.push((name, path));
        }
        Ok(Self {
            fields,
            keys: BySchema::default(),
            nulls: config.replace_null_with_default.into(),
            dialect,
        })
    }

    fn key(&mut self, value: &SchemaAndValue) -> Result<SchemaAndValue> {
        let fields = &self.fields;
        let structure = match (&value.schema, &value.value) {
            (None, Value::Map(_)) => {
                let entries = fields.iter().map(|(name, path)| {
                    let found = path.find(&value.value);
                    let found =
                        found.map_err(|error| error.context(format_args!("field `{path}`")))?;
                    Ok((name.clone(), found))
                });
                return Ok(Value::map(entries.collect::<Result<Vec<_>>>()?).into());
            }
            (None, found) => return Err(misfit("without a schema expected a map", found)),
            (Some(_), Value::Struct(structure)) => structure,
            (Some(_), found) => return Err(misfit("with a schema expected a struct", found)),
        };
        let (nulls, dialect) = (self.nulls, self.dialect);
        let key = self.keys.get(structure.schema(), |schema| {
            Key::new(fields, schema, dialect)
        })?;
        let values = key
            .places
            .iter()
            .map(|place| place.value_in(&value.value, nulls));
        let mut values: Vec<_> = values.collect();
        key.taken_over.fill(&mut values)?;
        Ok(Struct::from_values(&key.schema, values)?.into())
    }
}

impl Key {
    fn new(fields: &[(Str, FieldPath)], schema: &Schema, dialect: Dialect) -> Result<Self> {
        let mut builder = Schema::structure();
        let mut places = Vec::new();
        for (name, path) in fields {
            let place = path.place_in(schema, dialect)?;
            builder = builder.field(name, place.schema().clone());
            places.push(place);
        }
        let schema = builder.build()?;
        Ok(Self {
            taken_over: TakenOver::new(&schema, Nulls::Kept, dialect),
            schema,
            places,
        })
    }
}

impl Transform for ValueToKey {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let key = self.key(&record.value);
        record.key = key.map_err(|error| error.context(PURPOSE))?;
        Ok(Outcome::Kept)
    }
}
