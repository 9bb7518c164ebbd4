//! Rows: how everything but records is written into the database.
//!
//! One table holds chunks, the other all the rest; the first byte of its keys says what a row is. So a small commit
//! touches few pages.

use std::collections::BTreeMap;

use connect_api::{Offsets, Str, TopicPartition};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};

use super::log::LogId;

/// `LogId`, base offset → chunk.
pub(super) const CHUNKS: TableDefinition<u128, &[u8]> = TableDefinition::new("chunks");
/// All the rest.
pub(super) const STATE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("state");

/// What the rows and chunks look like; a database of another one is refused.
pub(super) const FORMAT: u32 = 1;

/// Returns the key of the chunk at `base`.
pub(super) fn chunk_key(log: LogId, base: i64) -> u128 {
    u128::from(log.0) << 64 | u128::from(base.max(0).cast_unsigned())
}

/// Returns the base offset in `key`.
pub(super) fn base_of(key: u128) -> i64 {
    (key as u64).cast_signed()
}

/// Numbers that are never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) format: u32,
    pub(super) topics: u32,
    pub(super) producers: u64,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TopicRow {
    pub(super) id: u32,
    pub(super) partitions: u32,
    pub(super) configs: BTreeMap<String, String>,
}

/// A log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogRow {
    pub(super) start: i64,
    pub(super) end: i64,
    /// How many bytes its chunks have.
    pub(super) bytes: u64,
    /// Below it each key has one record.
    pub(super) clean: i64,
    /// How many bytes its chunks have from there on.
    pub(super) dirty: u64,
}

/// A transactional id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TransactionRow {
    pub(super) producer: u64,
    pub(super) epoch: u32,
    /// The logs of the open transaction, with its first offset in each.
    pub(super) logs: BTreeMap<LogId, i64>,
}

/// What a row of [`STATE`] holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Counters(Counters),
    Topic(Str, TopicRow),
    Log(LogId, LogRow),
    Transaction(Str, TransactionRow),
    /// Log, first offset, the one after the last, producer.
    Aborted(LogId, i64, i64, u64),
    /// What a group has committed.
    Committed(Str, TopicPartition, i64),
    /// A deleted topic whose chunks are still there.
    Garbage(u32),
}

/// Names a row of [`STATE`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    Counters,
    Topic(&'a str),
    Log(LogId),
    Transaction(&'a str),
    Aborted(LogId, i64),
    Committed(&'a str, &'a TopicPartition),
    Garbage(u32),
}

impl Key<'_> {
    pub(super) fn encode(self) -> Vec<u8> {
        match self {
            Self::Counters => vec![b'n'],
            Self::Topic(name) => [b"t", name.as_bytes()].concat(),
            Self::Log(id) => [b"l", &id.0.to_be_bytes()[..]].concat(),
            Self::Transaction(id) => [b"x", id.as_bytes()].concat(),
            Self::Aborted(id, first) => {
                [b"a", &id.0.to_be_bytes()[..], &first.to_be_bytes()].concat()
            }
            Self::Committed(group, at) => {
                let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
                let partition = at.partition.to_be_bytes();
                [
                    b"g",
                    &length.to_be_bytes()[..],
                    group.as_bytes(),
                    &partition,
                    at.topic.as_bytes(),
                ]
                .concat()
            }
            Self::Garbage(topic) => [b"d", &topic.to_be_bytes()[..]].concat(),
        }
    }
}

impl Row {
    /// Returns key and value.
    pub(super) fn encode(&self) -> (Vec<u8>, Vec<u8>) {
        match self {
            Self::Counters(row) => (Key::Counters.encode(), row.encode()),
            Self::Topic(name, row) => (
                Key::Topic(name).encode(),
                serde_json::to_vec(row).expect("numbers and strings have JSON"),
            ),
            Self::Log(id, row) => (Key::Log(*id).encode(), row.encode().to_vec()),
            Self::Transaction(id, row) => (Key::Transaction(id).encode(), row.encode()),
            Self::Aborted(id, first, end, producer) => (
                Key::Aborted(*id, *first).encode(),
                [end.to_le_bytes(), producer.to_le_bytes()].concat(),
            ),
            Self::Committed(group, at, offset) => (
                Key::Committed(group, at).encode(),
                offset.to_le_bytes().to_vec(),
            ),
            Self::Garbage(topic) => (Key::Garbage(*topic).encode(), Vec::new()),
        }
    }

    /// Reads a row; `None` if it is none.
    pub(super) fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (kind, key) = key.split_first()?;
        match kind {
            b'n' => Counters::decode(value).map(Self::Counters),
            b't' => Some(Self::Topic(text(key)?, serde_json::from_slice(value).ok()?)),
            b'l' => Some(Self::Log(log_id(key)?, LogRow::decode(value)?)),
            b'x' => Some(Self::Transaction(
                text(key)?,
                TransactionRow::decode(value)?,
            )),
            b'a' => {
                let mut value = Fields(value);
                let (id, first) = key.split_at_checked(8)?;
                let first = i64::from_be_bytes(first.try_into().ok()?);
                Some(Self::Aborted(
                    log_id(id)?,
                    first,
                    value.i64()?,
                    value.u64()?,
                ))
            }
            b'g' => committed(key, value),
            b'd' => Some(Self::Garbage(u32::from_be_bytes(key.try_into().ok()?))),
            _ => None,
        }
    }
}

fn committed(key: &[u8], value: &[u8]) -> Option<Row> {
    let (length, rest) = key.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (group, rest) = rest.split_at_checked(length)?;
    let (partition, topic) = rest.split_first_chunk()?;
    let at = TopicPartition {
        topic: text(topic)?,
        partition: i32::from_be_bytes(*partition),
    };
    Some(Row::Committed(text(group)?, at, Fields(value).i64()?))
}

fn text(bytes: &[u8]) -> Option<Str> {
    std::str::from_utf8(bytes).ok().map(Str::from)
}

fn log_id(bytes: &[u8]) -> Option<LogId> {
    Some(LogId(u64::from_be_bytes(bytes.try_into().ok()?)))
}

impl Counters {
    fn encode(self) -> Vec<u8> {
        let mut bytes = self.format.to_le_bytes().to_vec();
        bytes.extend(self.topics.to_le_bytes());
        bytes.extend(self.producers.to_le_bytes());
        bytes
    }

    fn decode(value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        Some(Self {
            format: fields.u32()?,
            topics: fields.u32()?,
            producers: fields.u64()?,
        })
    }
}

impl LogRow {
    pub(super) fn encode(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.start.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.end.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.clean.to_le_bytes());
        bytes[32..].copy_from_slice(&self.dirty.to_le_bytes());
        bytes
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        Some(Self {
            start: fields.i64()?,
            end: fields.i64()?,
            bytes: fields.u64()?,
            clean: fields.i64()?,
            dirty: fields.u64()?,
        })
    }
}

impl TransactionRow {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.producer.to_le_bytes().to_vec();
        bytes.extend(self.epoch.to_le_bytes());
        for (log, first) in &self.logs {
            bytes.extend(log.0.to_le_bytes());
            bytes.extend(first.to_le_bytes());
        }
        bytes
    }

    fn decode(value: &[u8]) -> Option<Self> {
        let mut fields = Fields(value);
        let mut row = Self {
            producer: fields.u64()?,
            epoch: fields.u32()?,
            logs: BTreeMap::new(),
        };
        while !fields.0.is_empty() {
            row.logs.insert(LogId(fields.u64()?), fields.i64()?);
        }
        Some(row)
    }
}

/// Reads numbers one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }
}

/// The committed offsets of all groups.
pub(super) type Committed = BTreeMap<Str, Offsets>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let at = TopicPartition::new("orders", 3);
        let row = TransactionRow {
            producer: 9,
            epoch: 2,
            logs: [(LogId::new(1, 2), 44), (LogId::new(1, 3), 0)].into(),
        };
        let rows = [
            Row::Counters(Counters {
                format: 1,
                topics: 2,
                producers: 3,
            }),
            Row::Topic(
                "orders".into(),
                TopicRow {
                    id: 4,
                    partitions: 5,
                    configs: [("a".to_owned(), "b".to_owned())].into(),
                },
            ),
            Row::Log(
                LogId::new(6, 7),
                LogRow {
                    start: 1,
                    end: 2,
                    bytes: 3,
                    clean: 4,
                    dirty: 5,
                },
            ),
            Row::Transaction("id".into(), row),
            Row::Aborted(LogId::new(1, 2), 3, 4, 5),
            Row::Committed("group".into(), at, 77),
            Row::Garbage(8),
        ];
        for row in rows {
            let (key, value) = row.encode();
            assert_eq!(Row::decode(&key, &value), Some(row));
        }
    }

    #[test]
    fn foreign_rows_are_none() {
        for key in [&b""[..], b"?", b"l123", b"g\0\0\0\xff", b"a\0"] {
            assert_eq!(Row::decode(key, b"12"), None);
        }
    }

    #[test]
    fn chunks_sort_by_log_then_offset() {
        let log = LogId::new(1, 2);
        assert!(chunk_key(log, i64::MAX) < chunk_key(LogId::new(1, 3), 0));
        assert!(chunk_key(log, 255) < chunk_key(log, 256));
        assert_eq!(base_of(chunk_key(log, 256)), 256);
    }
}
