//! [`Cast`]: values of another type.

mod value;

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaBuilder, Transform, Type, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    edit::{Edit, Edits},
    options::{refused, yes},
    path::{FieldPath, Nulls},
};

/// The options of [`Cast`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct CastConfig {
    /// Which fields get which type, as `price:float64,id:string`; or the one type that the whole key or value gets.
    ///
    /// Types are int8, int16, int32, int64, float32, float64, boolean and string.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub spec: Vec<String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].price`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether numbers that do not fit lose their upper digits, as in Java, and what else Java does silently.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for CastConfig {
    fn default() -> Self {
        Self {
            spec: Vec::new(),
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: yes(),
            compat_java: false,
        }
    }
}

/// Casts fields, or a whole key or value, to another type: `org.apache.kafka.connect.transforms.Cast`.
///
/// Numbers, booleans and text become each other; dates and times count as the numbers that they are, and become text as
/// header values do; bytes become base64 text. Nulls stay null. Fractions are cut off.
#[derive(Clone, Debug)]
pub struct Cast {
    side: Side,
    edits: Edits<To>,
}

impl Cast {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `spec` names no type, an unknown one, or a type for the whole
    /// beside types for fields.
    pub fn new(config: CastConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let spec = &config.spec;
        let refuse = |reason: &str| refused("spec", &format!("{spec:?}"), reason);
        if spec.is_empty() {
            return Err(refuse("expected at least one type"));
        }
        let scope = if spec.iter().all(|entry| entry.contains(':')) {
            Scope::Fields
        } else {
            Scope::Whole
        };
        if scope == Scope::Whole && spec.len() > 1 {
            return Err(refuse("expected one type for the whole, or fields alone"));
        }
        let mut edits = Vec::new();
        for entry in spec {
            let (path, target) = match entry.split_once(':') {
                None => (FieldPath::whole(), entry.as_str()),
                Some((field, target)) => {
                    let syntax = config.field_syntax_version;
                    (syntax.path("spec", field.trim(), dialect)?, target)
                }
            };
            let type_ = target_type(target.trim()).ok_or_else(|| {
                refused(
                    "spec",
                    entry,
                    "expected a type of int8, int16, int32, int64, float32, float64, boolean, string",
                )
            })?;
            let to = To {
                type_,
                scope,
                dialect,
            };
            edits.push((path, to));
        }
        let nulls = Nulls::from(config.replace_null_with_default);
        Ok(Self {
            side,
            edits: Edits::new("casting", edits, nulls, dialect),
        })
    }
}

impl Transform for Cast {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = self.side.of_mut(record);
        if !datum.value.is_null() {
            self.edits.apply(datum)?;
        }
        Ok(Outcome::Kept)
    }
}

/// What gets another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The whole key or value.
    Whole,
    /// Fields of it.
    Fields,
}

fn target_type(name: &str) -> Option<Type> {
    const TYPES: [Type; 8] = [
        Type::Int8,
        Type::Int16,
        Type::Int32,
        Type::Int64,
        Type::Float32,
        Type::Float64,
        Type::Boolean,
        Type::String,
    ];
    TYPES
        .into_iter()
        .find(|type_| type_.name().eq_ignore_ascii_case(name))
}

#[derive(Clone, Debug)]
struct To {
    type_: Type,
    scope: Scope,
    dialect: Dialect,
}

impl Edit for To {
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        let mut builder = Schema::primitive(self.type_)?;
        if self.scope == Scope::Whole {
            builder = self.keep_attributes(schema, builder);
        }
        if schema.is_optional() {
            builder = builder.optional();
        }
        if let Some(default) = schema.default_value() {
            builder = builder.default_value(self.value(Some(schema), default.clone())?);
        }
        builder.build()
    }

    fn value(&self, schema: Option<&Schema>, value: Value) -> Result<Value> {
        let is_logical = matches!(
            value,
            Value::Decimal(_) | Value::Date(_) | Value::Time(_) | Value::Timestamp(_)
        );
        if is_logical && schema.is_none() && self.dialect == Dialect::Java {
            let found = value.type_name();
            return Err(Error::rejected(format!(
                "a {found} without a schema cannot be cast"
            )));
        }
        value::cast(value, self.type_, self.dialect)
    }
}

impl To {
    /// The whole keeps its name and the like; the name of a logical type would say what is no longer true, and stays in
    /// Java's dialect alone.
    fn keep_attributes(&self, schema: &Schema, mut builder: SchemaBuilder) -> SchemaBuilder {
        if schema.logical().is_none() || self.dialect == Dialect::Java {
            if let Some(name) = schema.name() {
                builder = builder.name(name.clone());
            }
            if let Some(version) = schema.version() {
                builder = builder.version(version);
            }
            for (name, value) in schema.parameters() {
                builder = builder.parameter(name.clone(), value.clone());
            }
        }
        match schema.doc() {
            Some(doc) => builder.doc(doc.clone()),
            None => builder,
        }
    }
}
