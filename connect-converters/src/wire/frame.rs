//! [`Frame`]: what says which schema a message has.

use bytes::{BufMut, Bytes};
use connect_api::{Error, Headers, Result, Value};
use uuid::Uuid;

use super::{Format, Message, Side};
use crate::registry::{Key, Known};

/// In front of a number of four bytes.
const ID: u8 = 0;

/// In front of a GUID of 16 bytes.
const GUID: u8 = 1;

/// Where messages say which schema they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// In front: a zero, and the number of the schema.
    Prefix,
    /// In a header: a one, and the GUID of the schema.
    Header,
}

impl Framing {
    pub(super) fn named(key: &str, name: &str) -> Result<Self> {
        let class = "io.confluent.kafka.serializers.schema.id.";
        match name.strip_prefix(class).unwrap_or(name) {
            "prefix" | "PrefixSchemaIdSerializer" => Ok(Self::Prefix),
            "header" | "HeaderSchemaIdSerializer" => Ok(Self::Header),
            _ => Err(Error::config(format!(
                "{key}: expected `prefix`, `header` or Confluent's class for it, found `{name}`"
            ))),
        }
    }
}

/// What goes before the messages of one schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// These bytes, in front.
    Prefix(Bytes),
    /// These bytes, in a header.
    Header(Bytes),
}

impl Frame {
    /// Refuses a registry that gives schemas no such number as the framing needs.
    pub(super) fn check(framing: Framing, known: &Known) -> Result<()> {
        Self::new(framing, known, &[]).map(drop)
    }

    /// Returns what says that a message has this schema, followed by its message indexes.
    pub(super) fn new(framing: Framing, known: &Known, indexes: &[u8]) -> Result<Self> {
        let mut bytes = Vec::with_capacity(17 + indexes.len());
        match framing {
            Framing::Prefix => {
                bytes.put_u8(ID);
                bytes.put_i32(known.id.ok_or_else(|| {
                    Error::fatal(
                        "expected a registry that gives schemas a number, found one that does not",
                    )
                })?);
            }
            Framing::Header => {
                bytes.put_u8(GUID);
                let guid = known.guid.ok_or_else(|| {
                    Error::fatal(
                        "expected a registry that gives schemas a GUID, as headers have it, found one that does not: \
                         use the serializer `prefix`",
                    )
                })?;
                bytes.extend_from_slice(guid.as_bytes());
            }
        }
        bytes.extend_from_slice(indexes);
        Ok(match framing {
            Framing::Prefix => Self::Prefix(bytes.into()),
            Framing::Header => Self::Header(bytes.into()),
        })
    }

    /// Returns the bytes that messages begin with.
    pub(super) fn prefix(&self) -> &[u8] {
        match self {
            Self::Prefix(bytes) => bytes,
            Self::Header(_) => &[],
        }
    }

    /// Adds the header, unless the last one of that name says the same; readers go by the last one.
    pub(super) fn mark(&self, side: Side, headers: &mut Headers) {
        let Self::Header(bytes) = self else {
            return;
        };
        let value = Value::Bytes(bytes.clone());
        match headers.last(side.header()) {
            Some(known) if known.value == value => {}
            _ => headers.add(side.header(), value),
        }
    }
}

/// A message, and what it says of its schema.
#[derive(Debug)]
pub(super) struct Framed {
    pub(super) key: Key,
    /// What stood behind the GUID in a header.
    indexes: Option<Bytes>,
    body: Bytes,
}

impl Framed {
    /// Finds what a message says of its schema: the header counts before what stands in front.
    ///
    /// Behind the GUID in a header stands nothing, unless the format has indexes.
    pub(super) fn read<F: Format>(side: Side, headers: &Headers, bytes: &Bytes) -> Result<Self> {
        let header = headers.last(side.header()).map(|header| &header.value);
        if let Some(Value::Bytes(header)) = header {
            let (key, length) = key(header)
                .map_err(|error| error.context(format!("header `{}`", side.header())))?;
            if !F::INDEXED && header.len() > length {
                return Err(Error::rejected(format!(
                    "header `{}`: expected {length} bytes, found {}",
                    side.header(),
                    header.len()
                )));
            }
            return Ok(Self {
                key,
                indexes: Some(header.slice(length..)),
                body: bytes.clone(),
            });
        }
        let (key, length) = key(bytes)?;
        Ok(Self {
            key,
            indexes: None,
            body: bytes.slice(length..),
        })
    }

    pub(super) fn message(&self) -> Message<'_> {
        Message {
            indexes: self.indexes.as_deref(),
            body: &self.body,
        }
    }
}

/// Reads the number or the GUID, and says how many bytes it took.
fn key(bytes: &[u8]) -> Result<(Key, usize)> {
    match bytes {
        [ID, a, b, c, d, ..] => Ok((Key::Id(i32::from_be_bytes([*a, *b, *c, *d])), 5)),
        [GUID, rest @ ..] if rest.len() >= 16 => {
            let mut guid = [0; 16];
            guid.copy_from_slice(&rest[..16]);
            Ok((Key::Guid(Uuid::from_bytes(guid)), 17))
        }
        [ID | GUID, ..] => Err(Error::rejected(format!(
            "expected the number of a schema in front (0 and 4 bytes, or 1 and 16), found {} bytes",
            bytes.len()
        ))),
        [other, ..] => Err(Error::rejected(format!(
            "expected the number of a schema in front, behind a byte 0 or 1, found the byte {other:#04x}: these bytes \
             were not written with a schema registry"
        ))),
        [] => Err(Error::rejected(
            "expected the number of a schema in front, found no bytes at all",
        )),
    }
}
