//! [`Parts`]: messages that come in parts, which together are one.

use bytes::Bytes;

use super::plan::Slot;
use crate::protobuf::wire::Cursor;

/// The messages in a message, to be read when all of their parts are known.
#[derive(Default)]
pub(super) struct Parts<'m> {
    /// By the field of the struct, ascending: a `oneof` has one message at most.
    places: Vec<(usize, Option<(usize, Whole<'m>)>)>,
}

impl<'m> Parts<'m> {
    /// Adds a part of a message, which a field of the plan tells how to read.
    pub(super) fn add(&mut self, slot: Slot, field: usize, part: Cursor<'m>) {
        let at = match self.find(slot) {
            Ok(at) => at,
            Err(at) => {
                self.places.insert(at, (slot.field(), None));
                at
            }
        };
        let place = &mut self.places[at].1;
        match place {
            Some((known, whole)) if *known == field => whole.append(part),
            // Another member of a `oneof` ends what was read of this one.
            _ => *place = Some((field, Whole::One(part))),
        }
    }

    /// Forgets the message of a `oneof`, of which another member was found.
    pub(super) fn forget(&mut self, slot: Slot) {
        if let Ok(at) = self.find(slot) {
            self.places[at].1 = None;
        }
    }

    /// Returns the messages with the fields that tell how to read them.
    pub(super) fn into_wholes(self) -> impl Iterator<Item = (usize, Whole<'m>)> {
        self.places.into_iter().filter_map(|(_, whole)| whole)
    }

    fn find(&self, slot: Slot) -> Result<usize, usize> {
        match self.places.last() {
            // Fields come in the order of their numbers, mostly.
            Some((last, _)) if *last < slot.field() => Err(self.places.len()),
            _ => self
                .places
                .binary_search_by_key(&slot.field(), |(place, _)| *place),
        }
    }
}

/// The parts of one message.
pub(super) enum Whole<'m> {
    One(Cursor<'m>),
    Joined(Vec<u8>),
}

impl<'m> Whole<'m> {
    /// Adds a part to those that are there, if any.
    pub(super) fn add(whole: &mut Option<Self>, part: Cursor<'m>) {
        match whole {
            Some(whole) => whole.append(part),
            None => *whole = Some(Self::One(part)),
        }
    }

    /// Reads the message.
    pub(super) fn read<T>(self, read: impl FnOnce(Cursor<'_>) -> T) -> T {
        match self {
            Self::One(part) => read(part),
            Self::Joined(bytes) => read(Cursor::new(&Bytes::from(bytes))),
        }
    }

    fn append(&mut self, part: Cursor<'_>) {
        match self {
            Self::One(first) => *self = Self::Joined([first.rest(), part.rest()].concat()),
            Self::Joined(bytes) => bytes.extend_from_slice(&part.rest()),
        }
    }
}
