//! [`Pieces`]: what does not fit into one record of the cluster topic.
//!
//! A topic takes records of about a megabyte, and the tasks of one connector may need more. Such a value stands in pieces,
//! each under a key of its own, and behind them a record under the key itself, which says how many there are. It counts
//! with that record, so it appears and is replaced at once. A piece names the value that it is of: of pieces of two values
//! none is made.

use std::{collections::BTreeMap, str};

use connect_api::Str;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::record::ClusterRecord;
use crate::broker::ProducerRecord;

/// How many bytes a value has at most that stands in one record.
///
/// Topics take a record of 1 MiB unless somebody has said otherwise. Workers of a version without pieces read such values
/// alone.
pub(super) const MOST: usize = 900 * 1024;

/// How many pieces take as many bytes as one record. Quoted once more these may be twice as many.
const PIECES_OF_MOST: usize = 4;

/// What a value begins with that stands in pieces.
const HEAD: &[u8] = br#"{"pieces":"#;

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// Which value it is of.
    of: Str,
    text: Str,
}

/// A piece that no value has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LoosePiece {
    /// The key of the value that it is or was of.
    pub(crate) of: Str,
    pub(crate) number: u32,
    value: Str,
}

/// Says that a value stands in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    pieces: u32,
    of: Str,
}

/// The pieces that are there, and which of them are in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// By the key of the value, and by number.
    known: BTreeMap<(Str, u32), Piece>,
    /// The values in pieces, by key.
    heads: BTreeMap<Str, Head>,
}

impl Pieces {
    /// Reads a record, and puts pieces together where it is the last one of a value.
    ///
    /// # Errors
    ///
    /// As [`ClusterRecord::parse`]; or a piece is missing, because it was replaced: then the value is as well, behind it.
    pub(super) fn read(
        &mut self,
        key: &str,
        value: Option<&[u8]>,
    ) -> Result<ClusterRecord, String> {
        self.heads.remove(key);
        let Some(value) = value.filter(|value| value.starts_with(HEAD)) else {
            return ClusterRecord::parse(key, value);
        };
        let head: Head = serde_json::from_slice(value).map_err(|error| error.to_string())?;
        let key = Str::from(key);
        // Its pieces are in use also where this version cannot read what they make.
        self.heads.insert(key.clone(), head.clone());
        let mut whole = String::new();
        for number in 0..head.pieces {
            let piece = self.known.get(&(key.clone(), number));
            let piece = piece.filter(|piece| piece.of == head.of);
            let missing = || format!("piece {number} of {} is missing", head.pieces);
            whole.push_str(&piece.ok_or_else(missing)?.text);
        }
        ClusterRecord::parse(&key, Some(whole.as_bytes()))
    }

    /// Takes a piece, or removes one.
    pub(super) fn apply(&mut self, at: (Str, u32), piece: Option<Piece>) {
        match piece {
            Some(piece) => drop(self.known.insert(at, piece)),
            None => drop(self.known.remove(&at)),
        }
    }

    /// Returns the keys of the values that stand in pieces.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Str> {
        self.heads.keys()
    }

    /// Returns the numbers of the pieces that are of the value under a key.
    pub(crate) fn of(&self, key: &Str) -> impl Iterator<Item = u32> {
        let all = (key.clone(), 0)..=(key.clone(), u32::MAX);
        self.known.range(all).map(|((_, number), _)| *number)
    }

    /// Returns the pieces of no value: of one that is gone, that had more of them, or that is still being written.
    pub(crate) fn loose(&self) -> impl Iterator<Item = LoosePiece> {
        let is_loose = |(at, piece): &(&(Str, u32), &Piece)| {
            let (key, number) = at;
            let head = self.heads.get(key);
            head.is_none_or(|head| head.of != piece.of || head.pieces <= *number)
        };
        let loose = self.known.iter().filter(is_loose);
        loose.map(|((of, number), piece)| LoosePiece {
            of: of.clone(),
            number: *number,
            value: piece.of.clone(),
        })
    }
}

/// Builds the records of a value: one if it has at most `most` bytes.
pub(super) fn encode(
    topic: &Str,
    (key, value): (String, Option<Vec<u8>>),
    most: usize,
) -> Vec<ProducerRecord> {
    let record = |key: String, value: Option<Vec<u8>>| ProducerRecord {
        topic: topic.clone(),
        key: Some(key.into()),
        value: value.map(Into::into),
        ..ProducerRecord::default()
    };
    let large = value.as_deref().filter(|value| value.len() > most);
    // Values are JSON.
    let Some(text) = large.and_then(|value| str::from_utf8(value).ok()) else {
        return vec![record(key, value)];
    };
    let of = Str::from(format!(
        "{}:{:016x}",
        text.len(),
        SipHasher13::new().hash(text.as_bytes())
    ));
    let whole = Str::from(key.as_str());
    let mut records = Vec::new();
    let mut pieces = 0;
    for text in split(text, most / PIECES_OF_MOST) {
        let (of, text) = (of.clone(), text.into());
        let piece = ClusterRecord::Piece {
            of: whole.clone(),
            number: pieces,
            piece: Some(Piece { of, text }),
        };
        records.push(record(piece.key(), piece.value()));
        pieces += 1;
    }
    // Of this type none is refused.
    let head = serde_json::to_vec(&Head { pieces, of }).ok();
    records.push(record(key, head));
    records
}

/// Splits a text into parts of at most `most` bytes, which has to be enough for any character.
fn split(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.floor_char_boundary(most);
        let (part, more) = rest.split_at_checked(end)?;
        rest = more;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        broker::ConsumedRecord,
        status::{Direction, Guarantee},
        stores::{ClusterState, Code, View},
    };

    /// A connector from code of this name whose tasks have so many characters.
    fn code(name: &str, tasks: &[usize]) -> ClusterRecord {
        let config = |size: &usize| {
            let text: String = "a\"é€".chars().cycle().take(*size).collect();
            connect_api::ConfigMap::from([("text", text)])
        };
        ClusterRecord::Code {
            connector: name.into(),
            code: Some(Code {
                version: "1".into(),
                fingerprint: "f".into(),
                config: connect_api::ConfigMap::new(),
                direction: Direction::Source,
                guarantee: Guarantee::ExactlyOnce,
                state: "STARTED".into(),
                tasks: Some(tasks.iter().map(config).collect()),
            }),
        }
    }

    /// A topic, as it is read.
    #[derive(Clone, Default)]
    struct Topic(Vec<ConsumedRecord>);

    impl Topic {
        fn write(&mut self, record: &ClusterRecord) {
            for record in record.encode_within(&"t".into(), 20) {
                self.0.push(ConsumedRecord {
                    offset: i64::try_from(self.0.len()).unwrap(),
                    key: record.key,
                    value: record.value,
                    ..ConsumedRecord::default()
                });
            }
        }

        fn read(&self) -> ClusterState {
            let mut state = ClusterState::default();
            for record in &self.0 {
                View::apply(&mut state, 0, record.clone());
            }
            state
        }

        /// Keeps of the first `end` records those that no later one of them replaces.
        fn compacted(&self, end: usize) -> Self {
            let (first, rest) = self.0.split_at(end);
            let is_last = |(at, record): &(usize, &ConsumedRecord)| {
                first[at + 1..].iter().all(|later| later.key != record.key)
            };
            let kept = first.iter().enumerate().filter(is_last);
            let kept = kept.map(|(_, record)| record.clone());
            Self(kept.chain(rest.iter().cloned()).collect())
        }
    }

    #[test]
    fn a_value_that_is_small_enough_is_one_record_and_no_piece_is_larger() {
        let record = code("x", &[100, 3]);
        let text = record.value().unwrap();
        assert_eq!(record.encode_within(&"t".into(), text.len()).len(), 1);
        let records = record.encode_within(&"t".into(), 50);
        let keys: Vec<_> = records.iter().map(|it| it.key.clone().unwrap()).collect();
        assert_eq!(keys[0], "piece-0-code-x");
        assert_eq!(keys.last().unwrap(), "code-x");
        let (head, pieces) = records.split_last().unwrap();
        let head: Head = serde_json::from_slice(head.value.as_ref().unwrap()).unwrap();
        assert_eq!(head.pieces as usize, pieces.len());
        let mut whole = String::new();
        for piece in pieces {
            let piece: Piece = serde_json::from_slice(piece.value.as_ref().unwrap()).unwrap();
            assert!((1..=12).contains(&piece.text.len()), "{piece:?}");
            whole.push_str(&piece.text);
        }
        assert_eq!(whole.as_bytes(), text);
    }

    #[test]
    fn of_pieces_of_two_values_none_is_made() {
        let mut topic = Topic::default();
        topic.write(&code("x", &[100]));
        let first = topic.0.len();
        topic.write(&code("x", &[101]));
        // The head of the first value behind pieces of the second one.
        let mut mixed = Topic(topic.0[first..].to_vec());
        *mixed.0.last_mut().unwrap() = topic.0[first - 1].clone();
        let state = mixed.read();
        assert!(state.code.is_empty());
        assert!(state.pieces.loose().count() > 3, "they can be removed");
        assert_eq!(topic.read().pieces.loose().count(), 0);
    }

    #[test]
    fn pieces_of_what_this_version_cannot_read_are_kept() {
        let topic = Str::from("t");
        let unreadable = br#"{"something":"of a later version, and long"}"#.to_vec();
        let key = "request-00000000-0000-0000-0000-000000000007";
        let mut state = ClusterState::default();
        for record in encode(&topic, (key.to_owned(), Some(unreadable)), 20) {
            let record = ConsumedRecord {
                key: record.key,
                value: record.value,
                ..ConsumedRecord::default()
            };
            View::apply(&mut state, 0, record);
        }
        assert_eq!(state.pieces.loose().count(), 0);
        assert_eq!(state.pieces.of(&key.into()).count(), 9);
        assert_eq!(state.unread().count(), 1);
    }

    proptest! {
        /// Whatever was compacted, the end of the topic says the same.
        #[test]
        fn compaction_loses_no_task(
            sets in prop::collection::vec((0..2_usize, prop::collection::vec(0..60_usize, 0..4)), 1..8),
            ends in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let mut topic = Topic::default();
            for (name, tasks) in &sets {
                topic.write(&code(["x", "y"][*name], tasks));
            }
            let (expected, mut compacted) = (topic.read(), topic.clone());
            for end in ends {
                compacted = compacted.compacted(end.index(compacted.0.len() + 1));
                prop_assert_eq!(&compacted.read(), &expected);
            }
        }
    }
}
