//! [`Layout`]: which fields the Connect struct of a message has.

use super::{
    ProtobufDataConfig,
    pool::{Message, Pool},
};

/// The fields of the struct of a message, in order: the unions first, as Confluent has them.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
}

/// A field of a struct.
#[derive(Debug)]
pub(super) enum Place {
    /// A struct with a field for each member of a `oneof`.
    Union {
        /// Where it stands in [`Message::oneofs`].
        oneof: usize,
        name: String,
        /// Where its members stand in [`Message::fields`].
        members: Vec<usize>,
    },
    /// A field of the message, which stands at this place of [`Message::fields`].
    Field { at: usize, membership: Membership },
}

/// Whether a field is a member of a `oneof`, and is absent whenever another one is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    None,
    Member,
}

impl Layout {
    pub(super) fn of(message: &Message, config: &ProtobufDataConfig) -> Self {
        let mut places = Vec::with_capacity(message.fields.len());
        for (oneof, of) in message.oneofs.iter().enumerate() {
            let fields = message.fields.iter().enumerate();
            let members = fields
                .filter(|(_, field)| field.oneof == Some(oneof))
                .map(|(at, _)| at);
            if config.flatten_unions {
                places.extend(members.map(|at| Place::Field {
                    at,
                    membership: Membership::Member,
                }));
                continue;
            }
            places.push(Place::Union {
                oneof,
                name: if config.generate_index_for_unions {
                    format!("{}_{oneof}", of.name)
                } else {
                    of.name.to_string()
                },
                members: members.collect(),
            });
        }
        let fields = message.fields.iter().enumerate();
        let alone = fields.filter(|(_, field)| field.oneof.is_none());
        places.extend(alone.map(|(at, _)| Place::Field {
            at,
            membership: Membership::None,
        }));
        Self { places }
    }
}

/// What a message is to Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Decimal,
    Date,
    Time,
    Timestamp,
    Variant,
    /// A message around a primitive, which is read as that.
    Wrapper(super::pool::Scalar),
    Struct,
}

impl Meaning {
    /// Returns what a message in another one is.
    pub(super) fn of(pool: &Pool, id: usize, config: &ProtobufDataConfig) -> Self {
        match &*pool.messages[id].full_name {
            "confluent.type.Decimal" => Self::Decimal,
            "confluent.type.Variant" => Self::Variant,
            "google.type.Date" => Self::Date,
            "google.type.TimeOfDay" => Self::Time,
            "google.protobuf.Timestamp" => Self::Timestamp,
            _ if config.wrapper_for_nullables => {
                pool.wrapped(id).map_or(Self::Struct, Self::Wrapper)
            }
            _ => Self::of_root(pool, id, config),
        }
    }

    /// Returns what a message that stands in no other one is.
    pub(super) fn of_root(pool: &Pool, id: usize, config: &ProtobufDataConfig) -> Self {
        let wrapped = pool.wrapped(id);
        match wrapped.filter(|_| config.wrapper_for_raw_primitives) {
            Some(scalar) => Self::Wrapper(scalar),
            None => Self::Struct,
        }
    }
}
