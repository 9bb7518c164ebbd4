//! [`Format`]: what Avro, Protobuf and JSON Schema each bring.

use bytes::Bytes;
use connect_api::{Result, Schema, SchemaAndValue};

use crate::registry::{Resolved, SchemaText, SchemaType};

/// A format whose schemas stand in a registry.
///
/// None of its methods waits. Errors are `Rejected`, and say which field, what was expected and what was found.
pub(crate) trait Format: Send + Sync + 'static {
    /// How the registry calls it.
    const TYPE: SchemaType;

    /// Whether message indexes stand between the number of the schema and the value.
    const INDEXED: bool = false;

    /// What writes values of one Connect schema under one registered schema.
    type Writer: Send + Sync + 'static;

    /// What reads messages that were written with one registered schema.
    type Reader: Send + Sync + 'static;

    /// Says with which schema values of `schema` are written; without one, what fits any value.
    fn describe(&self, schema: Option<&Schema>) -> Result<Described>;

    /// Prepares the writing of values of `schema` with a registered schema.
    ///
    /// That is what `describe` said, or another one (`use.latest.version`, `use.schema.id`): then fields are found by
    /// name, those that only the registered one has get their defaults, and what does not fit is an error here or in
    /// `write`.
    fn writer(&self, schema: Option<&Schema>, registered: &Resolved) -> Result<Self::Writer>;

    /// Says what becomes of a null that is the whole value.
    ///
    /// One that is written as a value is given to `write`.
    fn null(&self, schema: Option<&Schema>) -> Result<Null>;

    /// Appends a value; null only if `null` says that it is one.
    fn write(&self, writer: &Self::Writer, data: &SchemaAndValue, out: &mut Vec<u8>) -> Result<()>;

    /// Returns what stands between the number of the schema and the value: Protobuf's message indexes.
    fn indexes<'a>(&self, writer: &'a Self::Writer) -> &'a [u8] {
        let _ = writer;
        &[]
    }

    /// Prepares the reading of messages.
    ///
    /// Values come as `wanted` says, if it is given. `version` is the registry's, for a schema that tells none itself.
    fn reader(
        &self,
        written: &Resolved,
        wanted: Option<&Resolved>,
        version: Option<i32>,
    ) -> Result<Self::Reader>;

    /// Returns the full name of a registered schema's record or message, which some subjects are named after.
    fn name(&self, registered: &Resolved) -> Result<Option<String>>;

    /// Reads a value: any bytes are taken or refused, and memory and stack stay within bounds.
    fn read(&self, reader: &Self::Reader, message: Message<'_>) -> Result<SchemaAndValue>;

    /// Refuses a registered schema with which what was written as `described` cannot be read.
    fn check_fits(&self, described: &Described, registered: &Resolved) -> Result<()>;
}

/// What becomes of a null that is the whole value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// No bytes at all.
    Tombstone,
    /// Bytes that say null, or the default of the schema.
    #[cfg_attr(
        not(feature = "json-schema"),
        expect(dead_code, reason = "no other format says null as a whole")
    )]
    Value,
}

/// The schema that values of a Connect schema are written with.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) schema: SchemaText,
    /// The full name of the record or message, which some subjects are named after.
    pub(crate) name: Option<String>,
}

/// A message without what says which schema it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// What stood behind the GUID, if that was in a header: Protobuf's message indexes, which are otherwise the first
    /// bytes of the body.
    #[cfg_attr(
        not(feature = "protobuf"),
        expect(dead_code, reason = "no other format has message indexes")
    )]
    pub(crate) indexes: Option<&'a [u8]>,
    pub(crate) body: &'a Bytes,
}
