//! [`Pool`]: the messages and enums of `.proto` files, with every name resolved.

mod builder;
mod known;
mod options;
mod serialized;

use std::collections::HashMap;

use connect_api::{Result, Str};

pub(super) use self::known::WRAPPERS;
use crate::{protobuf::wire::WireType, registry::Resolved};

/// A place in [`Pool::messages`].
pub(super) type MessageId = usize;

/// A place in [`Pool::enums`].
pub(super) type EnumId = usize;

/// The messages and enums of a file and of everything that it imports.
///
/// It is as lenient as Confluent's client: fields whose names differ in case alone, enums of proto3 without a zero, options
/// that nobody declared and types that are not imported are no errors.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) package: Str,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    /// The messages of the file itself, which the first of the message indexes counts.
    pub(super) roots: Vec<MessageId>,
    by_name: HashMap<String, MessageId>,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: Str,
    pub(super) full_name: Str,
    pub(super) fields: Vec<Field>,
    /// Those that stand in the text; the label `optional` of proto3 makes none.
    pub(super) oneofs: Vec<Oneof>,
    /// The messages in this one that stand in the text, which message indexes count.
    pub(super) nested: Vec<MessageId>,
    /// The path of message indexes, if it is a message of the file itself.
    pub(super) path: Option<Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Oneof {
    pub(super) name: Str,
    pub(super) full_name: Str,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Str,
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) cardinality: Cardinality,
    pub(super) oneof: Option<usize>,
    pub(super) presence: Presence,
    pub(super) packing: Packing,
    /// The default that proto2 may tell.
    pub(super) default: Option<String>,
    /// The parameters of the option `confluent.field_meta`.
    pub(super) parameters: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cardinality {
    Single,
    Required,
    Repeated,
}

/// Whether a single scalar can be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Zero and absent are the same.
    Implicit,
    /// Told by the label `optional` of proto3.
    Proto3Optional,
    /// Told by the label `optional` of proto2.
    Proto2Optional,
    /// A message, a member of a `oneof`, what is required.
    Explicit,
}

/// How a repeated scalar is written; both are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Packed,
    Unpacked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    Enum(EnumId),
    Message(MessageId),
    /// An obsolete way to write a message, which Confluent's converter refuses.
    Group,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Double,
    Float,
    Int64,
    UInt64,
    Int32,
    Fixed64,
    Fixed32,
    Bool,
    String,
    Bytes,
    UInt32,
    SFixed32,
    SFixed64,
    SInt32,
    SInt64,
}

impl Scalar {
    /// Names the type as `.proto` files do.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int64 => "int64",
            Self::UInt64 => "uint64",
            Self::Int32 => "int32",
            Self::Fixed64 => "fixed64",
            Self::Fixed32 => "fixed32",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::UInt32 => "uint32",
            Self::SFixed32 => "sfixed32",
            Self::SFixed64 => "sfixed64",
            Self::SInt32 => "sint32",
            Self::SInt64 => "sint64",
        }
    }

    /// Returns how a value stands on the wire.
    pub(super) fn wire(self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::SFixed64 => WireType::Fixed64,
            Self::Float | Self::Fixed32 | Self::SFixed32 => WireType::Fixed32,
            Self::String | Self::Bytes => WireType::Length,
            _ => WireType::Varint,
        }
    }
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) name: Str,
    pub(super) full_name: Str,
    /// Symbols and numbers, in the order of the text.
    pub(super) values: Vec<(Str, i32)>,
    pub(super) openness: Openness,
}

/// What becomes of a number that an enum does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Openness {
    /// It is a value as well: proto3.
    Open,
    /// The field is as if it were not there: proto2.
    Closed,
}

impl Pool {
    /// Reads a schema and all that it refers to.
    pub(super) fn of(schema: &Resolved) -> Result<Self> {
        builder::build(schema)
    }

    /// Finds a message by its full name.
    pub(super) fn message(&self, full_name: &str) -> Option<MessageId> {
        self.by_name.get(full_name).copied()
    }

    /// Returns the full name of the first message.
    pub(super) fn first(&self) -> Option<&str> {
        let first = self.roots.first()?;
        Some(&self.messages[*first].full_name)
    }

    /// Follows message indexes.
    pub(super) fn at(&self, path: &[usize]) -> Option<MessageId> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(*self.roots.get(*first)?, |id, index| {
            self.messages[id].nested.get(*index).copied()
        })
    }

    /// Returns the key and the value, if a repeated message is a map's entry.
    pub(super) fn entry(&self, field: &Field) -> Option<(&Field, &Field)> {
        let Kind::Message(id) = field.kind else {
            return None;
        };
        let message = &self.messages[id];
        match message.fields.as_slice() {
            [key, value]
                if field.cardinality == Cardinality::Repeated
                    && message.name.ends_with("Entry")
                    && key.name == "key"
                    && value.name == "value"
                    && key.cardinality != Cardinality::Repeated
                    && value.cardinality != Cardinality::Repeated =>
            {
                Some((key, value))
            }
            _ => None,
        }
    }

    /// Returns the primitive in a message like `google.protobuf.StringValue`.
    pub(super) fn wrapped(&self, id: MessageId) -> Option<Scalar> {
        let name = self.messages[id]
            .full_name
            .strip_prefix("google.protobuf.")?;
        let scalar = match name {
            "DoubleValue" => Scalar::Double,
            "FloatValue" => Scalar::Float,
            "Int64Value" => Scalar::Int64,
            "UInt64Value" => Scalar::UInt64,
            "Int32Value" => Scalar::Int32,
            "UInt32Value" => Scalar::UInt32,
            "BoolValue" => Scalar::Bool,
            "StringValue" => Scalar::String,
            "BytesValue" => Scalar::Bytes,
            _ => return None,
        };
        Some(scalar)
    }
}

impl Field {
    /// Returns a parameter of the option `confluent.field_meta`.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut known = self.parameters.iter();
        known
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
