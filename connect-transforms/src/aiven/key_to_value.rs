//! [`KeyToValue`]: fields of the key in the value too.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Type,
    Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax,
    by_schema::BySchema,
    options::refused,
    path::{FieldPath, Nulls},
    rebuilt::{like, values_of},
    shape::{misfit, set},
};

const PURPOSE: &str = "copying the key into the value";

/// The options of [`KeyToValue`]; keys and defaults are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct KeyToValueConfig {
    /// Which fields of the key are copied; `*` is the whole key.
    #[schemars(extend("x-importance" = "high"))]
    pub key_fields: Vec<String>,
    /// What they are called in the value, in the same order; what is empty or missing is called as in the key, the whole key
    /// `_key`.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub value_fields: Vec<String>,
    /// How fields of the key are named: `V1`, a field at the top; `V2`, the way to a nested one, as `a.b[0]`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, a map gets a null for what the key lacks, an empty name counts, and nulls become defaults.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Adds fields of the key to the value: `io.aiven.kafka.connect.transforms.KeyToValue`.
///
/// The value is a map without a schema or a struct; a field that it has already is replaced where it stands.
#[derive(Clone, Debug)]
pub struct KeyToValue {
    copies: Vec<Copied>,
    dialect: Dialect,
    /// By the schema of the value, then by that of the key.
    plans: BySchema<BySchema<Plan>>,
}

#[derive(Clone, Debug)]
struct Copied {
    /// Without steps, the whole key.
    from: FieldPath,
    to: Str,
}

/// How values of one schema are extended with keys of another.
#[derive(Clone, Debug)]
struct Plan {
    schema: Schema,
    /// Where each copy goes: in place of a field, or behind the last one.
    places: Vec<usize>,
}

impl KeyToValue {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): no field is named, one is no path, or two get one name.
    pub fn new(config: KeyToValueConfig) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        if config.key_fields.is_empty() {
            return Err(refused("key.fields", "[]", "expected at least one field"));
        }
        let mut copies: Vec<Copied> = Vec::new();
        for (n, field) in config.key_fields.iter().enumerate() {
            let from = match field.as_str() {
                "*" => FieldPath::whole(),
                field => config
                    .field_syntax_version
                    .path("key.fields", field, dialect)?,
            };
            let named = config.value_fields.get(n);
            let named = named.filter(|name| dialect == Dialect::Java || !name.is_empty());
            let to = match (named.map(String::as_str), from.last_name()) {
                (Some("*") | None, None) | (Some("*"), _) => "_key".into(),
                (Some(name), _) => name.into(),
                (None, Some(name)) => name.clone(),
            };
            if copies.iter().any(|copied| copied.to == to) {
                let reason = format_args!("expected different names, found `{to}` twice");
                let found = config.value_fields.join(",");
                return Err(refused("value.fields", &found, reason));
            }
            copies.push(Copied { from, to });
        }
        Ok(Self {
            copies,
            dialect,
            plans: BySchema::default(),
        })
    }

    fn extend(&mut self, key: &SchemaAndValue, value: &mut SchemaAndValue) -> Result<()> {
        if let Some(copied) = self.copies.iter().find(|copied| copied.is_inside()) {
            holds_fields(key, copied)?;
        }
        match (&value.schema, std::mem::take(&mut value.value)) {
            (None, Value::Map(mut entries)) => {
                self.extend_map(key, Arc::make_mut(&mut entries))?;
                value.value = Value::Map(entries);
            }
            (Some(_), Value::Struct(fields)) => {
                let (schema, fields) = self.extend_struct(key, fields)?;
                *value = SchemaAndValue::new(schema, fields);
            }
            (_, found) => {
                let expected = "expected a value that is a struct, or a map without a schema";
                return Err(misfit(expected, &found).context(PURPOSE));
            }
        }
        Ok(())
    }

    fn extend_map(&self, key: &SchemaAndValue, entries: &mut Vec<(Value, Value)>) -> Result<()> {
        for copied in &self.copies {
            let found = match copied.from.value_in(&key.value, Nulls::Replaced) {
                Some(_) if key.value.is_null() && copied.is_inside() => continue,
                Some(found) => found,
                None if key.value.as_struct().is_some() => return Err(copied.missing()),
                None if self.dialect == Dialect::Java => Value::Null,
                None => continue,
            };
            set(entries, &copied.to, found);
        }
        Ok(())
    }

    fn extend_struct(&mut self, key: &SchemaAndValue, fields: Struct) -> Result<(Schema, Struct)> {
        let inferred;
        let key_schema = match &key.schema {
            Some(schema) => schema,
            None => {
                inferred = inferred_schema(&key.value)?;
                &inferred
            }
        };
        let copies = &self.copies;
        let by_key = self
            .plans
            .get_mut(fields.schema(), |_| Ok(BySchema::default()))?;
        let plan = by_key.get(key_schema, |key_schema| {
            Plan::new(fields.schema(), key_schema, copies)
        })?;
        let mut values = values_of(fields, self.dialect);
        values.resize(plan.schema.fields().len(), Value::Null);
        for (copied, place) in copies.iter().zip(&plan.places) {
            let found = copied.from.value_in(&key.value, Nulls::Replaced);
            let found = found.unwrap_or_default();
            let schema = plan.schema.fields()[*place].schema();
            if found.is_null() && !schema.is_optional() && schema.default_value().is_none() {
                return Err(Error::rejected(format!(
                    "{PURPOSE}: field `{}`: expected a value, found null",
                    copied.from
                )));
            }
            values[*place] = found;
        }
        Ok((
            plan.schema.clone(),
            Struct::from_values(&plan.schema, values)?,
        ))
    }
}

impl Copied {
    fn is_inside(&self) -> bool {
        !self.from.steps().is_empty()
    }

    fn missing(&self) -> Error {
        Error::rejected(format!(
            "{PURPOSE}: expected a field `{}` in the key, found none",
            self.from
        ))
    }
}

impl Plan {
    fn new(value: &Schema, key: &Schema, copies: &[Copied]) -> Result<Self> {
        let mut fields: Vec<(Str, Schema)> = value
            .fields()
            .iter()
            .map(|field| (field.name().clone(), field.schema().clone()))
            .collect();
        let mut places = Vec::new();
        for copied in copies {
            let schema = copied.from.schema_in(key)?;
            let schema = schema.ok_or_else(|| copied.missing())?;
            let known = fields.iter().position(|(name, _)| *name == copied.to);
            let place = known.unwrap_or_else(|| {
                fields.push((copied.to.clone(), schema.clone()));
                fields.len() - 1
            });
            fields[place].1 = schema;
            places.push(place);
        }
        // A default of the value would hold nothing of the key.
        let mut builder = like(value, Schema::structure(), Dialect::Strict);
        for (name, schema) in fields {
            builder = builder.field(name, schema);
        }
        Ok(Self {
            schema: builder.build()?,
            places,
        })
    }
}

/// Refuses a key that has no fields.
fn holds_fields(key: &SchemaAndValue, copied: &Copied) -> Result<()> {
    let holds = match (&key.schema, &key.value) {
        (Some(schema), Value::Struct(_) | Value::Null) => schema.type_() == Type::Struct,
        (None, Value::Struct(_) | Value::Map(_)) => true,
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let expected = format_args!("expected a key with a field `{}`", copied.from);
    Err(misfit(expected, &key.value).context(PURPOSE))
}

/// Returns the schema of a key that has none.
fn inferred_schema(key: &Value) -> Result<Schema> {
    Ok(match key {
        Value::Boolean(_) => Schema::plain_boolean(),
        Value::Int8(_) => Schema::plain_int8(),
        Value::Int16(_) => Schema::plain_int16(),
        Value::Int32(_) => Schema::plain_int32(),
        Value::Int64(_) => Schema::plain_int64(),
        Value::Float32(_) => Schema::plain_float32(),
        Value::Float64(_) => Schema::plain_float64(),
        Value::String(_) => Schema::plain_string(),
        Value::Bytes(_) => Schema::plain_bytes(),
        Value::Struct(fields) => fields.schema().clone(),
        Value::Decimal(number) => Schema::decimal(number.scale()).build()?,
        Value::Date(_) => Schema::date().build()?,
        Value::Time(_) => Schema::time().build()?,
        Value::Timestamp(_) => Schema::timestamp().build()?,
        other => {
            return Err(Error::rejected(format!(
                "{PURPOSE}: expected a key with a schema, because the value has one, found {} without",
                other.type_name()
            )));
        }
    })
}

impl Transform for KeyToValue {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.extend(&record.key, &mut record.value)?;
        Ok(Outcome::Kept)
    }
}
