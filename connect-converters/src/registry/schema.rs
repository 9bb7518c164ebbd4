//! [`SchemaText`]: a schema as a registry holds it.

use std::{fmt, sync::Arc};

/// The formats that a registry holds schemas of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemaType {
    /// Apache Avro: a schema is JSON.
    Avro,
    /// Protocol Buffers: a schema is a `.proto` file.
    Protobuf,
    /// JSON Schema.
    Json,
}

impl SchemaType {
    /// Names the type as the registry does: `AVRO`, `PROTOBUF`, `JSON`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Protobuf => "PROTOBUF",
            Self::Json => "JSON",
        }
    }
}

impl fmt::Display for SchemaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A schema as it is registered: its text, and what it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SchemaText {
    /// The format.
    pub schema_type: SchemaType,
    /// The schema in that format.
    pub text: Arc<str>,
    /// The schemas that it refers to.
    pub references: Vec<Reference>,
}

impl SchemaText {
    /// Builds a schema that refers to no other.
    #[must_use]
    pub fn new(schema_type: SchemaType, text: impl Into<Arc<str>>) -> Self {
        Self {
            schema_type,
            text: text.into(),
            references: Vec::new(),
        }
    }

    /// Says where the schemas stand that it refers to.
    #[must_use]
    pub fn with_references(mut self, references: Vec<Reference>) -> Self {
        self.references = references;
        self
    }
}

/// Where a schema stands that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reference {
    /// What the other one calls it: an Avro full name, a `.proto` import, a `$ref`.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Its version in that subject.
    pub version: i32,
}

impl Reference {
    /// Builds a reference.
    pub fn new(name: impl Into<String>, subject: impl Into<String>, version: i32) -> Self {
        Self {
            name: name.into(),
            subject: subject.into(),
            version,
        }
    }
}
