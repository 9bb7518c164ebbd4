//! [`ExtractTopic`]: topics that records name themselves.

use connect_api::{Dialect, Error, Outcome, Record, Result, Schema, Str, Transform, Value, values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    path::{FieldPath, Nulls},
};

/// The options of [`ExtractTopic`]; keys and defaults are Aiven's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(clippy::struct_excessive_bools, reason = "each one is a key")]
pub struct ExtractTopicConfig {
    /// Which field holds the name of the topic; without it, the whole key or value.
    #[schemars(extend("x-importance" = "high"))]
    pub field_name: Option<String>,
    /// Whether records without such a name keep their topic, instead of being refused.
    #[schemars(extend("x-importance" = "low"))]
    pub skip_missing_or_null: bool,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `a.b[0]`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, dates and blanks with a schema name topics, and a null is refused where a field is asked for.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Sends records to the topic that they name: `io.aiven.kafka.connect.transforms.ExtractTopic`.
///
/// Text, numbers and booleans are names.
#[derive(Clone, Debug)]
pub struct ExtractTopic {
    side: Side,
    path: FieldPath,
    skip: bool,
    dialect: Dialect,
}

impl ExtractTopic {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `field.name` is no path.
    pub fn new(config: ExtractTopicConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let (syntax, field) = (config.field_syntax_version, config.field_name.as_deref());
        let path = syntax.path_or_whole("field.name", field, dialect)?;
        Ok(Self {
            side,
            path,
            skip: config.skip_missing_or_null,
            dialect,
        })
    }

    fn topic(&self, record: &Record) -> Result<Option<Str>> {
        let datum = self.side.of(record);
        let inside = !self.path.steps().is_empty();
        let (found, reason) = match &datum.value {
            Value::Null if inside && (self.dialect == Dialect::Java || !self.skip) => {
                return Err(self.refused("a map or a struct", "null"));
            }
            Value::Null | Value::Map(_) | Value::Struct(_) => {
                let found = self.path.value_in(&datum.value, Nulls::Replaced);
                let reason = if found.is_some() { "null" } else { "nothing" };
                (found, reason)
            }
            other if inside => {
                return Err(self.refused("a map or a struct", other.type_name()));
            }
            other => (Some(other.clone()), "null"),
        };
        match found {
            None | Some(Value::Null) if self.skip => Ok(None),
            None | Some(Value::Null) => Err(self.refused("a name", reason)),
            Some(found) => self.name(&found, datum.schema.as_ref()),
        }
    }

    fn name(&self, found: &Value, schema: Option<&Schema>) -> Result<Option<Str>> {
        let java = schema.is_some() && self.dialect == Dialect::Java;
        let text = match found {
            Value::String(text) => text.clone(),
            Value::Boolean(_) | Value::Float32(_) | Value::Float64(_) => {
                values::object_text(found, self.dialect)?.into()
            }
            Value::Date(_) | Value::Time(_) | Value::Timestamp(_) if java => {
                values::object_text(found, self.dialect)?.into()
            }
            other if other.as_i64().is_some() => values::object_text(other, self.dialect)?.into(),
            other => {
                return Err(self.refused("a string, a number or a boolean", other.type_name()));
            }
        };
        let blank = match java {
            true => text.is_empty(),
            false => text.trim().is_empty(),
        };
        match (blank, self.skip) {
            (false, _) => Ok(Some(text)),
            (true, true) => Ok(None),
            (true, false) => Err(self.refused("a name", "a blank one")),
        }
    }

    fn refused(&self, expected: &str, found: &str) -> Error {
        let place = self.side.at(&self.path);
        Error::rejected(format!(
            "extracting the topic from {place}: expected {expected}, found {found}"
        ))
    }
}

impl Transform for ExtractTopic {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        if let Some(topic) = self.topic(record)? {
            record.topic = topic;
        }
        Ok(Outcome::Kept)
    }
}
