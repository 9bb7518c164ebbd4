//! JSON Schema: JSON whose schema stands in a registry.
//!
//! [`JsonSchemaData`] maps between Connect and JSON Schema as Confluent's `JsonSchemaData` does, and needs no registry:
//!
//! ```
//! use connect_api::{Bytes, Schema, Struct};
//! use connect_converters::json_schema::JsonSchemaData;
//!
//! let order = Schema::record("Order")
//!     .field("id", Schema::plain_int64())
//!     .field("note", Schema::optional_string())
//!     .build()?;
//! let mapping = JsonSchemaData::default();
//! let text = mapping.describe(&order)?;
//! let value = Struct::new(&order)?.with("id", 7_i64)?;
//! let bytes = mapping.writer(&order).write(&value.into())?;
//! assert_eq!(bytes, r#"{"id":7,"note":null}"#);
//!
//! let read = mapping.reader(&text)?.read(&bytes)?;
//! assert_eq!(read.schema, Some(order));
//! # Ok::<(), connect_api::Error>(())
//! ```
//!
//! # What becomes of what
//!
//! | Connect | JSON Schema |
//! |---|---|
//! | `int8` … `int64` | `integer` with `connect.type`; without it, an `integer` is an `int64` |
//! | `float32`, `float64` | `number` with `connect.type`; without it, a `number` is a `float64` |
//! | `boolean`, `string` | `boolean`, `string` |
//! | `bytes` | `string` with `connect.type`: base64 |
//! | array | `array` with `items` |
//! | map, keys are text and not optional | `object` with `additionalProperties` and `connect.type` |
//! | other map | `array` of objects with `key` and `value`, and `connect.type` |
//! | struct | `object` with `properties`, each with its `connect.index` |
//! | struct with the parameter or the name of a union | `oneOf` its fields |
//! | string with the parameters of an enum | `enum` |
//! | optional | `oneOf` null and the schema |
//! | decimal | as bytes, or with `decimal.format=NUMERIC` a `number` |
//! | date, time, timestamp | as the integers that they are in Connect |
//! | struct that [stands for one around it](Schema::enclosing) | `$ref` to its `id` |
//! | name, version, doc, parameters, default | `title`, `connect.version`, `description`, `connect.parameters`, `default` |
//!
//! A schema that others wrote has no `connect.…`; `allOf` is then the struct of all properties, `anyOf` and `oneOf` are
//! unions, an `enum` or `const` is a text with the values in its parameters, `$ref` leads to a definition, to an `$id` or
//! `$anchor`, or to one of the references that are registered with it, and `{}` is any JSON, in Parquet's variant
//! encoding. Where there is no `connect.index`, fields come in the order of Java's hash maps, as Confluent has them.
//!
//! # What JSON Schema does not hold
//!
//! - The default of a struct; name, version and parameters of a union; the documentation of a schema that stands for one
//!   around it; whether a default was there as null.
//! - The field of a union, if a value fits more than one: it is read as the first.
//! - A null field that has a default: it becomes the default.
//!
//! `docs/decisions/0183-json-schemas-are-read-as-confluents-library-reads-them.md` says where it differs from Confluent.

mod compatibility;
mod config;
mod converter;
mod describe;
mod document;
mod java_map;
mod names;
mod plan;
mod to_connect;
mod tree;
mod variant;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use connect_api::{Error, Result, Schema, SchemaAndValue, Value, json, json::Reader};

pub use self::{
    config::JsonSchemaDataConfig,
    converter::{JsonSchemaConverter, JsonSchemaConverterConfig},
};
use self::{
    document::{Dialects, Document},
    plan::Plan,
};
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    typical::Typical,
    wire::{Described, Format, Message, Null},
};

/// The mapping between Connect's data and JSON with a JSON Schema.
#[derive(Clone, Debug, Default)]
pub struct JsonSchemaData {
    config: JsonSchemaDataConfig,
}

/// Writes values of one Connect schema.
pub struct JsonSchemaWriter {
    /// Without one, any value is written.
    plan: Option<Plan>,
    typical: Typical,
}

/// Reads values of one JSON Schema.
#[derive(Debug)]
pub struct JsonSchemaReader {
    schema: Schema,
    plan: Plan,
}

impl JsonSchemaData {
    /// Builds a mapping.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): an option asks for what is not there.
    pub fn new(config: JsonSchemaDataConfig) -> Result<Self> {
        if config.json_fail_invalid_schema {
            return Err(Error::config(
                "json.fail.invalid.schema: expected false, as values are not validated by their JSON Schema, found true",
            ));
        }
        Ok(Self { config })
    }

    /// Returns the JSON Schema of values of `schema`, as Confluent registers it.
    ///
    /// # Errors
    ///
    /// It is nested too deep, or a default is not a value of it.
    pub fn describe(&self, schema: &Schema) -> Result<String> {
        describe::describe(schema, &self.config).map(|tree| tree.to_text())
    }

    /// Returns what writes values of `schema`.
    #[must_use]
    pub fn writer(&self, schema: &Schema) -> JsonSchemaWriter {
        JsonSchemaWriter::new(Some(Plan::of(schema, &self.config)))
    }

    /// Returns what reads values of a JSON Schema that refers to no other.
    ///
    /// # Errors
    ///
    /// The text is no JSON Schema, or one that has no counterpart in Connect; says where in it.
    pub fn reader(&self, text: &str) -> Result<JsonSchemaReader> {
        let schema = Resolved {
            schema_type: SchemaType::Json,
            text: text.into(),
            references: Vec::new(),
        };
        self.reader_of(&schema, None)
    }

    fn reader_of(&self, schema: &Resolved, version: Option<i32>) -> Result<JsonSchemaReader> {
        let document = self.document(schema)?;
        let schema = to_connect::map(&document, version, &self.config)?;
        let plan = Plan::of(&schema, &self.config);
        Ok(JsonSchemaReader { schema, plan })
    }

    fn document(&self, schema: &Resolved) -> Result<Document> {
        let dialects = if self.config.ignore_modern_dialects {
            Dialects::UpToDraft7
        } else {
            Dialects::All
        };
        Document::read(schema, dialects)
    }
}

impl JsonSchemaWriter {
    fn new(plan: Option<Plan>) -> Self {
        Self {
            plan,
            typical: Typical::default(),
        }
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// It is not of the schema; names the field, what was expected and what was found.
    pub fn write(&self, value: &Value) -> Result<Bytes> {
        let mut text = String::with_capacity(self.typical.capacity());
        match &self.plan {
            Some(plan) => plan.write(value, &mut text)?,
            None => json::write(value, &mut text),
        }
        Ok(self.typical.finish(text.into_bytes()))
    }
}

impl fmt::Debug for JsonSchemaWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonSchemaWriter")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

impl JsonSchemaReader {
    /// Returns the schema that values have in Connect.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads a value; text in it is a slice of `bytes`.
    ///
    /// # Errors
    ///
    /// It is not JSON, or not of the schema; names the field, what was expected and what was found.
    pub fn read(&self, bytes: &Bytes) -> Result<SchemaAndValue> {
        let text = Reader::text(bytes)?;
        let value = self.plan.read(&text)?;
        Ok(SchemaAndValue::new(self.schema.clone(), value))
    }
}

impl Format for JsonSchemaData {
    const TYPE: SchemaType = SchemaType::Json;

    type Writer = JsonSchemaWriter;

    type Reader = JsonSchemaReader;

    fn describe(&self, schema: Option<&Schema>) -> Result<Described> {
        let text = match schema {
            Some(schema) => Self::describe(self, schema)?,
            None => "{}".to_owned(),
        };
        let name = schema.and_then(Schema::name).map(ToString::to_string);
        Ok(Described {
            schema: SchemaText::new(SchemaType::Json, text),
            name,
        })
    }

    /// Values are written by their own schema, as Confluent does; what the registered one says is for readers.
    fn writer(&self, schema: Option<&Schema>, _registered: &Resolved) -> Result<JsonSchemaWriter> {
        Ok(JsonSchemaWriter::new(
            schema.map(|schema| Plan::of(schema, &self.config)),
        ))
    }

    /// As in Java: a schema's default, or the text `null` where the schema allows it.
    fn null(&self, schema: Option<&Schema>) -> Result<Null> {
        let is_written = |schema: &Schema| schema.is_optional() || schema.default_value().is_some();
        Ok(match schema.is_some_and(is_written) {
            true => Null::Value,
            false => Null::Tombstone,
        })
    }

    fn write(
        &self,
        writer: &JsonSchemaWriter,
        data: &SchemaAndValue,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        out.extend_from_slice(&JsonSchemaWriter::write(writer, &data.value)?);
        Ok(())
    }

    fn reader(
        &self,
        written: &Resolved,
        wanted: Option<&Resolved>,
        version: Option<i32>,
    ) -> Result<JsonSchemaReader> {
        self.reader_of(wanted.unwrap_or(written), version)
    }

    fn read(&self, reader: &JsonSchemaReader, message: Message<'_>) -> Result<SchemaAndValue> {
        reader.read(message.body)
    }

    fn name(&self, registered: &Resolved) -> Result<Option<String>> {
        let document = self.document(registered)?;
        let root = document.node(document.resolve(document.root()));
        Ok(root.title.as_ref().map(ToString::to_string))
    }

    fn check_fits(&self, described: &Described, registered: &Resolved) -> Result<()> {
        if described.schema.text == registered.text {
            return Ok(());
        }
        let written = Resolved {
            schema_type: SchemaType::Json,
            text: Arc::clone(&described.schema.text),
            references: Vec::new(),
        };
        compatibility::check(&self.document(&written)?, &self.document(registered)?)
    }
}
