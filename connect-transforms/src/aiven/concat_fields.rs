//! [`ConcatFields`]: a field that joins others.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Value,
    values,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    by_schema::BySchema,
    path::{FieldPath, Nulls},
    rebuilt::{like, values_of},
    shape::{misfit, set},
};

const PURPOSE: &str = "joining fields";

/// The options of [`ConcatFields`]; keys and defaults are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ConcatFieldsConfig {
    /// Which fields are joined, in that order.
    #[schemars(extend("x-importance" = "high"))]
    pub field_names: Vec<String>,
    /// Which field they are joined in; one that is there is replaced.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub output_field_name: String,
    /// What stands in place of a field that is null or not there.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub field_replace_missing: String,
    /// What stands between two fields.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub delimiter: String,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `a.b[0]`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, the struct loses its name and what else its schema says, and nulls become defaults.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Joins fields to a text: `io.aiven.kafka.connect.transforms.ConcatFields`.
///
/// Fields that are no text are written as Java prints them.
#[derive(Clone, Debug)]
pub struct ConcatFields {
    side: Side,
    join: Join,
    output: Str,
    plans: BySchema<Plan>,
}

/// How structs of one schema are extended.
#[derive(Clone, Debug)]
struct Plan {
    schema: Schema,
    /// Where the text stands, if such a field is there already.
    replaced: Option<usize>,
}

#[derive(Clone, Debug)]
struct Join {
    fields: Vec<FieldPath>,
    missing: String,
    delimiter: String,
    dialect: Dialect,
}

impl ConcatFields {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, or its name is none.
    pub fn new(config: ConcatFieldsConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let syntax = config.field_syntax_version;
        Ok(Self {
            side,
            join: Join {
                fields: syntax.paths("field.names", &config.field_names, dialect)?,
                missing: config.field_replace_missing,
                delimiter: config.delimiter,
                dialect,
            },
            output: config.output_field_name.into(),
            plans: BySchema::default(),
        })
    }

    fn extend(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        let text = self.join.text(&datum.value)?;
        match (&datum.schema, std::mem::take(&mut datum.value)) {
            (None, Value::Map(mut entries)) => {
                set(Arc::make_mut(&mut entries), &self.output, text);
                datum.value = Value::Map(entries);
                Ok(())
            }
            (_, Value::Struct(fields)) => {
                let (join, output) = (&self.join, &self.output);
                let plan = self
                    .plans
                    .get(fields.schema(), |schema| Plan::new(schema, join, output))?;
                datum.value = plan.apply(fields, text, join.dialect)?.into();
                datum.schema = Some(plan.schema.clone());
                Ok(())
            }
            (_, found) => {
                let expected = "expected a struct, or a map without a schema";
                Err(misfit(expected, &found).context(PURPOSE))
            }
        }
    }
}

impl Transform for ConcatFields {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let side = self.side;
        let datum = side.of_mut(record);
        if datum.value.is_null() {
            return Err(super::null(PURPOSE, side));
        }
        self.extend(datum)?;
        Ok(Outcome::Kept)
    }
}

impl Join {
    fn text(&self, value: &Value) -> Result<Value> {
        let mut text = String::new();
        for (n, field) in self.fields.iter().enumerate() {
            if n > 0 {
                text.push_str(&self.delimiter);
            }
            match field.value_in(value, Nulls::Replaced) {
                None | Some(Value::Null) => text.push_str(&self.missing),
                Some(found) => {
                    let found = values::object_text(&found, self.dialect).map_err(|error| {
                        error.context(format_args!("{PURPOSE}: field `{field}`"))
                    })?;
                    text.push_str(&found);
                }
            }
        }
        Ok(text.into())
    }
}

impl Plan {
    fn new(schema: &Schema, join: &Join, output: &Str) -> Result<Self> {
        let replaced = schema.field_index(output);
        let mut builder = Schema::structure();
        if join.dialect == Dialect::Java {
            if replaced.is_some() {
                return Err(Error::rejected(format!(
                    "{PURPOSE}: expected no field `{output}` yet"
                )));
            }
        } else {
            builder = like(schema, builder, Dialect::Strict);
        }
        for (index, field) in schema.fields().iter().enumerate() {
            let of_field = match replaced {
                Some(at) if at == index => Schema::optional_string(),
                _ => field.schema().clone(),
            };
            builder = builder.field(field.name().clone(), of_field);
        }
        if replaced.is_none() {
            builder = builder.field(output.clone(), Schema::optional_string());
        }
        let plan = Self {
            schema: builder.build()?,
            replaced,
        };
        match schema.default_value() {
            Some(default @ Value::Struct(fields)) if join.dialect != Dialect::Java => {
                let default = plan.apply(fields.clone(), join.text(default)?, join.dialect)?;
                let schema = plan.schema.to_builder().default_value(default).build()?;
                Ok(Self { schema, ..plan })
            }
            _ => Ok(plan),
        }
    }

    fn apply(&self, fields: Struct, text: Value, dialect: Dialect) -> Result<Struct> {
        let mut values = values_of(fields, dialect);
        match self.replaced {
            Some(at) => values[at] = text,
            None => values.push(text),
        }
        Struct::from_values(&self.schema, values)
    }
}
