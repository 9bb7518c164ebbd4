//! [`ExtractTopic`]: topics that records name themselves.

use connect_api::{Dialect, Error, Outcome, Record, Result, Str, Transform, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax, Side,
    jsonpath::{Found, JsonPath},
    options::refused,
    path::{FieldPath, Nulls},
    shape::misfit,
};

/// The options of [`ExtractTopic`]; keys and defaults are Confluent's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ExtractTopicConfig {
    /// Which field, or which header, holds the name of the topic; empty for the whole key or value.
    pub field: String,
    /// How the field is named: `PLAIN`, or `JSON_PATH` for the way to a nested one.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_format: FieldFormat,
    /// Whether records without such a name keep their topic, instead of being refused.
    pub skip_missing_or_null: bool,
    /// How a `PLAIN` field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `a.b[0]`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
}

/// How a field is named: `field.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::exhaustive_enums, reason = "Confluent has these two")]
pub enum FieldFormat {
    /// By its name, or its path with `field.syntax.version=V2`.
    #[default]
    Plain,
    /// By a JSONPath that leads to one value.
    JsonPath,
}

/// Sends records to the topic that they name: `io.confluent.connect.transforms.ExtractTopic`.
#[derive(Clone, Debug)]
pub struct ExtractTopic {
    source: Source,
    skip: bool,
}

/// Where the name is.
#[derive(Clone, Debug)]
enum Source {
    Field(Side, FieldPath),
    Path(Side, JsonPath),
    Header(String),
}

impl ExtractTopic {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `field` is no path, or may lead to several values.
    pub fn new(config: ExtractTopicConfig, side: Side) -> Result<Self> {
        let field = config.field.as_str();
        let source = match config.field_format {
            _ if field.is_empty() => Source::Field(side, FieldPath::whole()),
            FieldFormat::Plain => {
                let syntax = config.field_syntax_version;
                Source::Field(side, syntax.path("field", field, Dialect::Strict)?)
            }
            FieldFormat::JsonPath if config.field_syntax_version == FieldSyntax::V2 => {
                let reason = "expected V1, because field.format is JSON_PATH";
                return Err(refused("field.syntax.version", "V2", reason));
            }
            FieldFormat::JsonPath => {
                let path = JsonPath::parse(field).map_err(|why| refused("field", field, why))?;
                if !path.is_definite() {
                    let reason = "expected a path that leads to one value, such as $.a.b[0]";
                    return Err(refused("field", field, reason));
                }
                Source::Path(side, path)
            }
        };
        Ok(Self {
            source,
            skip: config.skip_missing_or_null,
        })
    }

    /// Builds it for a header, of which the last one of that name counts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `field` is empty, or its format is not `PLAIN`.
    pub fn from_header(config: ExtractTopicConfig) -> Result<Self> {
        if config.field.is_empty() {
            return Err(refused("field", "", "expected the name of a header"));
        }
        if config.field_format != FieldFormat::Plain {
            let reason = "expected PLAIN, because it is a header that holds the topic";
            return Err(refused("field.format", "JSON_PATH", reason));
        }
        if config.field_syntax_version != FieldSyntax::V1 {
            let reason = "expected V1, because it is a header that holds the topic";
            return Err(refused("field.syntax.version", "V2", reason));
        }
        Ok(Self {
            source: Source::Header(config.field),
            skip: config.skip_missing_or_null,
        })
    }

    fn topic(&self, record: &Record) -> Result<Option<Str>> {
        let found = self.source.find(record)?;
        let reason = match found {
            Some(Value::String(topic)) if !topic.is_empty() => return Ok(Some(topic)),
            None | Some(Value::Null) if self.skip => return Ok(None),
            None => "nothing".to_owned(),
            Some(Value::String(_)) => "an empty one".to_owned(),
            Some(other) => other.type_name().to_owned(),
        };
        Err(Error::rejected(format!(
            "extracting the topic from {}: expected a string, found {reason}",
            self.source
        )))
    }
}

impl Source {
    fn find(&self, record: &Record) -> Result<Option<Value>> {
        match self {
            Self::Field(side, path) => {
                let value = &side.of(record).value;
                let holds_fields = matches!(value, Value::Null | Value::Map(_) | Value::Struct(_));
                if !holds_fields && !path.steps().is_empty() {
                    let error = misfit("expected a map or a struct", value);
                    return Err(error.context(format_args!("extracting the topic from {self}")));
                }
                Ok(path.value_in(value, Nulls::Replaced))
            }
            Self::Path(side, path) => match path.select(&side.of(record).value)? {
                Found::One(value) => Ok(Some(value.clone())),
                _ => Ok(None),
            },
            Self::Header(name) => Ok(record.headers.last(name).map(|header| header.value.clone())),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(side, path) => f.write_str(&side.at(path)),
            Self::Path(side, path) => write!(f, "`{path}` of the {side}"),
            Self::Header(name) => write!(f, "header `{name}`"),
        }
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
