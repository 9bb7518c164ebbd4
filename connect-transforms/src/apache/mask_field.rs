//! [`MaskField`]: values that nobody is to see.

use std::sync::Arc;

use connect_api::{
    Decimal, Dialect, Error, Outcome, Record, Result, Schema, Str, Transform, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    edit::{Edit, Edits},
    options::{refused, yes},
    path::Nulls,
};

/// The options of [`MaskField`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct MaskFieldConfig {
    /// Which fields are masked.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub fields: Vec<String>,
    /// What stands in their place, in numbers and text; without it, zero, an empty text and the like.
    #[schemars(length(min = 1), extend("x-importance" = "low"))]
    pub replacement: Option<String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].price`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether the entry of a map that is not there is added as a null, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for MaskFieldConfig {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            replacement: None,
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: yes(),
            compat_java: false,
        }
    }
}

/// Masks fields: `org.apache.kafka.connect.transforms.MaskField`.
///
/// Nulls stay null. Bytes, structs and unknown types cannot be masked. Schemas stay as they are.
#[derive(Clone, Debug)]
pub struct MaskField {
    side: Side,
    edits: Edits<Mask>,
}

impl MaskField {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, or its name is none.
    pub fn new(config: MaskFieldConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        if config.fields.is_empty() {
            return Err(refused("fields", "[]", "expected at least one field"));
        }
        let replacement = config
            .replacement
            .map(|text| Replacement::new(text.into(), dialect));
        let edits = config.fields.iter().map(|field| {
            let path = config.field_syntax_version.path("fields", field, dialect)?;
            Ok((
                path,
                Mask {
                    replacement: replacement.clone(),
                    dialect,
                },
            ))
        });
        let nulls = Nulls::from(config.replace_null_with_default);
        let edits = edits.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            side,
            edits: Edits::new("masking fields", edits, nulls, dialect),
        })
    }
}

impl Transform for MaskField {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = self.side.of_mut(record);
        if datum.value.is_null() {
            return Err(Error::rejected(
                "masking fields: expected a map or a struct, found null",
            ));
        }
        self.edits.apply(datum)?;
        Ok(Outcome::Kept)
    }
}

#[derive(Clone, Debug)]
struct Mask {
    replacement: Option<Replacement>,
    dialect: Dialect,
}

impl Edit for Mask {
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        Ok(schema.clone())
    }

    fn value(&self, _: Option<&Schema>, value: Value) -> Result<Value> {
        match (&self.replacement, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Some(replacement), value) => replacement.like(&value, self.dialect),
            (None, value) => blank(value, self.dialect),
        }
    }
}

/// Returns the value that says nothing, of the same type.
fn blank(value: Value, dialect: Dialect) -> Result<Value> {
    Ok(match value {
        Value::Boolean(_) => Value::Boolean(false),
        Value::Int8(_) => Value::Int8(0),
        Value::Int16(_) => Value::Int16(0),
        Value::Int32(_) => Value::Int32(0),
        Value::Int64(_) => Value::Int64(0),
        Value::Float32(_) => Value::Float32(0.0),
        Value::Float64(_) => Value::Float64(0.0),
        Value::String(_) => Str::default().into(),
        Value::Array(_) => Value::Array(Arc::default()),
        Value::Map(_) => Value::Map(Arc::default()),
        // Java's has the scale 0, which converters of decimals refuse.
        Value::Decimal(_) if dialect == Dialect::Java => Decimal::new(0, 0).into(),
        Value::Decimal(number) => Decimal::new(0, number.scale()).into(),
        Value::Date(_) => Value::Date(0),
        Value::Time(_) => Value::Time(0),
        Value::Timestamp(_) => Value::Timestamp(0),
        other => {
            let found = other.type_name();
            return Err(Error::rejected(format!("{found} cannot be masked")));
        }
    })
}

/// What stands in the place of values, read as each type that it may be of.
#[derive(Clone, Debug)]
struct Replacement {
    text: Str,
    whole: Option<i64>,
    float32: Option<f32>,
    float64: Option<f64>,
    decimal: Option<Decimal>,
}

impl Replacement {
    fn new(text: Str, dialect: Dialect) -> Self {
        let decimal = text.parse::<Decimal>().ok();
        Self {
            whole: decimal.as_ref().and_then(|n| narrowed(n, dialect)),
            float32: text.parse().ok(),
            float64: text.parse().ok(),
            decimal,
            text,
        }
    }

    /// Returns it as a value of the same type as `value`.
    fn like(&self, value: &Value, dialect: Dialect) -> Result<Value> {
        let (whole, decimal) = (self.whole, self.decimal.as_ref());
        let replaced = match value {
            Value::String(_) => Some(self.text.clone().into()),
            Value::Int8(_) => whole.and_then(|n| fit(n, n as i8, dialect)),
            Value::Int16(_) => whole.and_then(|n| fit(n, n as i16, dialect)),
            Value::Int32(_) => whole.and_then(|n| fit(n, n as i32, dialect)),
            Value::Int64(_) => whole.map(Value::from),
            Value::Float32(_) => self.float32.map(Value::from),
            Value::Float64(_) => self.float64.map(Value::from),
            Value::Decimal(_) if dialect == Dialect::Java => decimal.cloned().map(Value::from),
            Value::Decimal(old) => decimal
                .and_then(|new| new.rescale(old.scale()))
                .map(Value::from),
            other => {
                let found = other.type_name();
                return Err(Error::rejected(format!(
                    "{found} cannot be masked with a replacement"
                )));
            }
        };
        replaced.ok_or_else(|| {
            let (expected, found) = (value.type_name(), &self.text);
            Error::rejected(format!(
                "expected a replacement of type {expected}, found `{found}`"
            ))
        })
    }
}

/// Returns the integer; in Java's dialect without its fraction and its upper bits.
fn narrowed(number: &Decimal, dialect: Dialect) -> Option<i64> {
    match dialect {
        Dialect::Java => Some(number.wrapping_i64()),
        _ => number.to_i64(),
    }
}

/// Returns the narrow form of an integer, if nothing is lost or Java would not mind.
fn fit<N: Copy + Into<i64>>(wide: i64, narrow: N, dialect: Dialect) -> Option<Value>
where
    Value: From<N>,
{
    (dialect == Dialect::Java || Into::<i64>::into(narrow) == wide).then(|| Value::from(narrow))
}
