//! [`CaseTransform`]: text in upper or lower case.

use connect_api::{
    Dialect, Outcome, Record, Result, Schema, SchemaAndValue, Transform, Type, Value, values,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax, Side,
    edit::{Edit, Edits},
    path::Nulls,
    shape::misfit,
};

const PURPOSE: &str = "changing the case";

/// The options of [`CaseTransform`]; keys are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct CaseTransformConfig {
    /// Which fields are changed.
    #[schemars(extend("x-importance" = "high"))]
    pub field_names: Vec<String>,
    /// What they are changed to.
    #[schemars(extend("x-importance" = "high"))]
    pub case: Case,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].name`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, a map gets a null for what it lacks and texts for what are none, and nulls become defaults.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// What text is changed to: `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Case {
    /// `abc`.
    Lower,
    /// `ABC`.
    Upper,
}

/// Changes the case of text: `io.aiven.kafka.connect.transforms.CaseTransform`.
///
/// Fields that are no text, or not there, are left alone. Schemas stay as they are.
#[derive(Clone, Debug)]
pub struct CaseTransform {
    side: Side,
    edits: Edits<Change>,
    dialect: Dialect,
}

impl CaseTransform {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, or its name is none.
    pub fn new(config: CaseTransformConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let syntax = config.field_syntax_version;
        let paths = syntax.paths("field.names", &config.field_names, dialect)?;
        let change = Change {
            case: config.case,
            dialect,
        };
        let edits = paths.into_iter().map(|path| (path, change.clone()));
        let nulls = Nulls::from(config.compat_java);
        Ok(Self {
            side,
            edits: Edits::new(PURPOSE, edits, nulls, dialect),
            dialect,
        })
    }
}

impl Transform for CaseTransform {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = self.side.of_mut(record);
        let type_ = datum.schema.as_ref().map(Schema::type_);
        match (type_, &datum.value) {
            (_, Value::Null) => return Err(super::null(PURPOSE, self.side)),
            // To Java the schema of a map says nothing of single entries.
            (Some(Type::Map), Value::Map(_)) if self.dialect == Dialect::Java => {
                let mut map = SchemaAndValue::from(std::mem::take(&mut datum.value));
                self.edits.apply(&mut map)?;
                datum.value = map.value;
            }
            (None | Some(Type::Map), Value::Map(_)) | (Some(_), Value::Struct(_)) => {
                self.edits.apply_to_any(datum)?;
            }
            (_, found) => {
                let error = misfit("expected a map or a struct", found);
                return Err(error.context(PURPOSE));
            }
        }
        Ok(Outcome::Kept)
    }
}

#[derive(Clone, Debug)]
struct Change {
    case: Case,
    dialect: Dialect,
}

impl Change {
    fn text(&self, text: &str) -> Value {
        match self.case {
            Case::Lower => text.to_lowercase().into(),
            Case::Upper => text.to_uppercase().into(),
        }
    }
}

impl Edit for Change {
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        Ok(schema.clone())
    }

    fn value(&self, schema: Option<&Schema>, value: Value) -> Result<Value> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::String(text) => Ok(self.text(&text)),
            other if schema.is_none() && self.dialect == Dialect::Java => {
                let text = values::object_text(&other, Dialect::Java)?;
                Ok(self.text(&text))
            }
            other => Ok(other),
        }
    }
}
