//! [`Record`]: what moves through a pipeline.

use crate::{Headers, Schema, Str, Value};

/// A value with its schema: `None` is schemaless, and a null may have a schema.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct SchemaAndValue {
    /// What `value` looks like, if that is known.
    pub schema: Option<Schema>,
    /// The datum.
    pub value: Value,
}

impl SchemaAndValue {
    /// No schema and no value.
    pub const NULL: Self = Self {
        schema: None,
        value: Value::Null,
    };

    /// Pairs `value` with `schema`, unchecked: [`Schema::check`] does that.
    pub fn new(schema: Schema, value: impl Into<Value>) -> Self {
        Self {
            schema: Some(schema),
            value: value.into(),
        }
    }
}

/// Without a schema, except that a struct brings its own.
impl<T: Into<Value>> From<T> for SchemaAndValue {
    fn from(value: T) -> Self {
        let value = value.into();
        let schema = value.as_struct().map(|fields| fields.schema().clone());
        Self { schema, value }
    }
}

/// What transforms see and may change.
///
/// A null value is a tombstone: it deletes the key from a compacted topic.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// The topic that the record goes to or came from.
    pub topic: Str,
    /// The partition of that topic; `None` lets the partitioner choose.
    pub partition: Option<i32>,
    /// The key.
    pub key: SchemaAndValue,
    /// The value.
    pub value: SchemaAndValue,
    /// Milliseconds since the epoch; `None` lets the broker stamp it.
    pub timestamp: Option<i64>,
    /// Where the record stood in the topic it came from; `None` in a source.
    ///
    /// A transform that changes it changes what those behind it see; what is committed does not follow it.
    pub offset: Option<i64>,
    /// The headers.
    pub headers: Headers,
}

impl Record {
    /// Builds a record without a key.
    pub fn new(topic: impl Into<Str>, value: impl Into<SchemaAndValue>) -> Self {
        Self {
            topic: topic.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// Builds the record that deletes `key`.
    pub fn tombstone(topic: impl Into<Str>, key: impl Into<SchemaAndValue>) -> Self {
        Self {
            topic: topic.into(),
            key: key.into(),
            ..Self::default()
        }
    }

    /// Sets the key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<SchemaAndValue>) -> Self {
        self.key = key.into();
        self
    }

    /// Sets the partition.
    #[must_use]
    pub fn with_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Sets the timestamp, in milliseconds since the epoch.
    #[must_use]
    pub fn with_timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }

    /// Sets the offset in the topic that the record came from.
    #[must_use]
    pub fn with_offset(mut self, offset: i64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Sets the headers.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }
}
