//! [`Insertion`]: one value, and the field that it gets.

use connect_api::{Dialect, Error, Record, Result, Schema, Str, Value};

use crate::{FieldSyntax, path::FieldPath};

/// One value, and the field that it gets.
#[derive(Clone, Debug)]
pub(super) struct Insertion {
    /// The option that asks for it.
    pub(super) key: &'static str,
    pub(super) path: FieldPath,
    source: Source,
    presence: Presence,
}

/// Where the value is from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static(Str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

/// Whether the field has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    WithSchema,
    Schemaless,
}

impl Insertion {
    /// Reads the name of a field with its suffix.
    pub(super) fn new(
        key: &'static str,
        text: &str,
        source: Source,
        syntax: FieldSyntax,
        dialect: Dialect,
    ) -> Result<Self> {
        let (name, presence) = match (text.strip_suffix('!'), text.strip_suffix('?')) {
            (Some(name), _) => (name, Presence::Required),
            (None, Some(name)) => (name, Presence::Optional),
            (None, None) => (text, Presence::Optional),
        };
        let path = syntax.path(key, name, dialect)?.of_fields(key, text)?;
        Ok(Self {
            key,
            path,
            source,
            presence,
        })
    }

    /// Returns the schema of the field.
    pub(super) fn schema(&self) -> Result<Schema> {
        let builder = match self.source {
            Source::Topic | Source::Static(_) => Schema::string(),
            Source::Partition => Schema::int32(),
            Source::Offset => Schema::int64(),
            Source::Timestamp => Schema::timestamp(),
        };
        match self.presence {
            Presence::Required => builder.build(),
            Presence::Optional => builder.optional().build(),
        }
    }

    /// Returns the value, null if the record has none.
    ///
    /// # Errors
    ///
    /// In Java's dialect: it is the offset, and the record is of a source.
    pub(super) fn value(&self, record: &Record, form: Form, dialect: Dialect) -> Result<Value> {
        Ok(match &self.source {
            Source::Topic => record.topic.clone().into(),
            Source::Partition => record.partition.into(),
            Source::Offset if record.offset.is_none() && dialect == Dialect::Java => {
                return Err(Error::rejected(
                    "expected a record of a sink for offset.field",
                ));
            }
            Source::Offset => record.offset.into(),
            Source::Timestamp => match (record.timestamp, form) {
                (Some(millis), Form::WithSchema) => Value::Timestamp(millis),
                (millis, _) => millis.into(),
            },
            Source::Static(text) => text.clone().into(),
        })
    }

    /// Refuses that a required field with a schema gets no value, which Java leaves to the converter.
    pub(super) fn check(&self, value: &Value, dialect: Dialect) -> Result<()> {
        if !value.is_null() || self.presence == Presence::Optional || dialect == Dialect::Java {
            return Ok(());
        }
        let what = self.key.trim_end_matches(".field");
        Err(Error::rejected(format!(
            "field `{}`: expected a {what}, the record has none",
            self.path
        )))
    }
}
