//! [`Hash`](struct@Hash): text that is known by its hash only.

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Transform, Type, Value,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest;

use crate::{
    FieldSyntax, Side,
    edit::{Edit, Edits},
    path::{FieldPath, Nulls},
};

const PURPOSE: &str = "hashing";

/// The options of [`Hash`](struct@Hash); keys and defaults are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(clippy::struct_excessive_bools, reason = "each one is a key")]
pub struct HashConfig {
    /// Which field is hashed; without it, the whole key or value.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub field_name: Option<String>,
    /// Whether records in which it is null or missing pass as they are, instead of being refused.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub skip_missing_or_null: bool,
    /// The hash function.
    #[schemars(extend("x-importance" = "high"))]
    pub function: HashFunction,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].name`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, data without a schema are refused, and nulls where a field is asked for.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// A hash function: `function`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Aiven has these three")]
pub enum HashFunction {
    /// 128 bits; collisions can be made.
    Md5,
    /// 160 bits; collisions can be made.
    Sha1,
    /// 256 bits.
    Sha256,
}

impl HashFunction {
    /// Returns the hash of text in UTF-8, in hexadecimal digits.
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hexadecimal(&md5::Md5::digest(text)),
            Self::Sha1 => hexadecimal(&sha1::Sha1::digest(text)),
            Self::Sha256 => hexadecimal(&sha2::Sha256::digest(text)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// Replaces text with its hash: `io.aiven.kafka.connect.transforms.Hash`.
///
/// Schemas stay as they are.
#[derive(Clone, Debug)]
pub struct Hash {
    side: Side,
    path: FieldPath,
    edits: Edits<Digesting>,
    skip: bool,
    dialect: Dialect,
}

impl Hash {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `field.name` is no path.
    pub fn new(config: HashConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let (syntax, field) = (config.field_syntax_version, config.field_name.as_deref());
        let path = syntax.path_or_whole("field.name", field, dialect)?;
        let skip = config.skip_missing_or_null;
        let edit = Digesting {
            function: config.function,
            skip,
        };
        // What is missing in a map stays missing: it is looked for before.
        let edits = [(path.clone(), edit)];
        Ok(Self {
            side,
            edits: Edits::new(PURPOSE, edits, Nulls::Kept, Dialect::Strict),
            path,
            skip,
            dialect,
        })
    }

    /// Returns whether there is something to hash.
    fn is_there(&self, datum: &SchemaAndValue) -> Result<bool> {
        let java = self.dialect == Dialect::Java;
        if java && datum.schema.is_none() {
            return Err(self.refused("a schema", "none"));
        }
        let inside = !self.path.steps().is_empty();
        match &datum.value {
            Value::Null if inside && (java || !self.skip) => {
                return Err(self.refused("a map or a struct", "null"));
            }
            Value::Null | Value::Map(_) | Value::Struct(_) => {}
            other if inside => return Err(self.refused("a map or a struct", other.type_name())),
            _ => {}
        }
        match self.path.value_in(&datum.value, Nulls::Kept) {
            None | Some(Value::Null) if self.skip => {
                let schema = datum.schema.as_ref();
                let schema = schema.map(|schema| self.path.schema_in(schema));
                match schema.transpose()?.flatten() {
                    Some(schema) if schema.type_() != Type::String => {
                        Err(self.refused("a string", schema.type_().name()))
                    }
                    _ => Ok(false),
                }
            }
            None => Err(self.refused("a string", "nothing")),
            Some(Value::Null) => Err(self.refused("a string", "null")),
            Some(_) => Ok(true),
        }
    }

    fn refused(&self, expected: &str, found: &str) -> Error {
        let place = self.side.at(&self.path);
        Error::rejected(format!(
            "{PURPOSE} {place}: expected {expected}, found {found}"
        ))
    }
}

impl Transform for Hash {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let side = self.side;
        if self.is_there(side.of(record))? {
            let edited = self.edits.apply(side.of_mut(record));
            edited.map_err(|error| error.context(format_args!("{PURPOSE} the {side}")))?;
        }
        Ok(Outcome::Kept)
    }
}

#[derive(Clone, Debug)]
struct Digesting {
    function: HashFunction,
    skip: bool,
}

impl Edit for Digesting {
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        match schema.type_() {
            Type::String => Ok(schema.clone()),
            other => Err(Error::rejected(format!(
                "expected a schema of type string, found {other}"
            ))),
        }
    }

    fn value(&self, _: Option<&Schema>, value: Value) -> Result<Value> {
        match value {
            Value::String(text) => Ok(self.function.of(&text).into()),
            Value::Null if self.skip => Ok(Value::Null),
            other => Err(Error::rejected(format!(
                "expected a string, found {}",
                other.type_name()
            ))),
        }
    }
}
