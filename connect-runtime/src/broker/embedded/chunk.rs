//! [`Chunk`]: consecutive records of one partition, encoded into one buffer.
//!
//! A chunk is a value of the database. Its base offset is in its key, so that the producer can encode it before the
//! writer knows where it goes.
//!
//! ```text
//! crc32 of the rest: 4 │ version: 1 │ flags: 1 │ records: 4 │ span: 4 │ producer: 8
//! first timestamp: 8 │ last timestamp: 8 │ delete horizon: 8
//! record: offset gap, timestamp delta, key length + 1, key, value length + 1, value,
//!         header count, { name length, name, value length + 1, value }     (all numbers are varints)
//! ```

use bytes::Bytes;
use connect_api::Str;

use super::{
    super::{ConsumedRecord, ProducerRecord},
    varint,
};

const VERSION: u8 = 1;
const TRANSACTIONAL: u8 = 1;
const HEADER: usize = 46;

/// The size that a chunk aims at.
///
/// The database stores a value of this size in a page of a power of two; the difference is what it adds.
pub(super) const TARGET: usize = 128 * 1024 - 256;

/// Consecutive records of one partition, ready to be stored.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// How many offsets it takes.
    pub(super) span: u32,
}

/// Who wrote a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// Nobody in particular: readable at once.
    Plain,
    /// A transaction of this producer.
    Transaction(u64),
}

/// Builds a chunk record by record.
#[derive(Debug)]
pub(super) struct Encoder {
    buffer: Vec<u8>,
    records: u32,
    /// The delta that the next record would have without a gap.
    span: u32,
    first: i64,
    last: i64,
}

impl Encoder {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut buffer = Vec::with_capacity(HEADER + bytes);
        buffer.resize(HEADER, 0);
        Self {
            buffer,
            records: 0,
            span: 0,
            first: 0,
            last: i64::MIN,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Appends `record` at the next offset.
    pub(super) fn push(&mut self, timestamp: i64, record: &ProducerRecord) {
        self.put(
            self.span,
            timestamp,
            (&record.key, &record.value),
            &record.headers,
        );
    }

    /// Appends a record that was read, `delta` offsets behind the base.
    pub(super) fn keep(&mut self, delta: u32, record: &ConsumedRecord) {
        self.put(
            delta,
            record.timestamp,
            (&record.key, &record.value),
            &record.headers,
        );
    }

    #[inline]
    fn put(
        &mut self,
        delta: u32,
        timestamp: i64,
        (key, value): (&Option<Bytes>, &Option<Bytes>),
        headers: &[(Str, Option<Bytes>)],
    ) {
        if self.records == 0 {
            self.first = timestamp;
        }
        self.last = self.last.max(timestamp);
        let buffer = &mut self.buffer;
        varint::put(buffer, u64::from(delta - self.span));
        varint::put_signed(buffer, timestamp.wrapping_sub(self.first));
        put_bytes(buffer, key.as_ref());
        put_bytes(buffer, value.as_ref());
        varint::put(buffer, headers.len() as u64);
        for (name, value) in headers {
            varint::put(buffer, name.len() as u64);
            buffer.extend_from_slice(name.as_bytes());
            put_bytes(buffer, value.as_ref());
        }
        self.records += 1;
        self.span = delta + 1;
    }

    /// Ends the chunk. `horizon` is when its tombstones may go, 0 if that is open.
    pub(super) fn finish(mut self, author: Author, horizon: i64) -> Chunk {
        let (flags, producer) = match author {
            Author::Plain => (0, 0),
            Author::Transaction(producer) => (TRANSACTIONAL, producer),
        };
        let header = &mut self.buffer[..HEADER];
        header[4] = VERSION;
        header[5] = flags;
        header[6..10].copy_from_slice(&self.records.to_le_bytes());
        header[10..14].copy_from_slice(&self.span.to_le_bytes());
        header[14..22].copy_from_slice(&producer.to_le_bytes());
        header[22..30].copy_from_slice(&self.first.to_le_bytes());
        header[30..38].copy_from_slice(&self.last.to_le_bytes());
        header[38..46].copy_from_slice(&horizon.to_le_bytes());
        let crc = crc32fast::hash(&self.buffer[4..]);
        self.buffer[..4].copy_from_slice(&crc.to_le_bytes());
        Chunk {
            bytes: self.buffer,
            span: self.span,
        }
    }
}

#[inline]
fn put_bytes(buffer: &mut Vec<u8>, bytes: Option<&Bytes>) {
    match bytes {
        None => buffer.push(0),
        Some(bytes) => {
            varint::put(buffer, bytes.len() as u64 + 1);
            buffer.extend_from_slice(bytes);
        }
    }
}

/// What a chunk says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) author: Author,
    pub(super) records: u32,
    /// How many offsets it takes.
    pub(super) span: u32,
    first: i64,
    /// The newest timestamp.
    pub(super) newest: i64,
    /// When its tombstones may go; 0: not decided.
    pub(super) horizon: i64,
}

impl Header {
    /// Reads the header without looking at the records; `None` if these bytes are no chunk.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER>()?;
        if header[4] != VERSION {
            return None;
        }
        let author = match header[5] {
            0 => Author::Plain,
            TRANSACTIONAL => Author::Transaction(u64::from_le_bytes(array(header, 14))),
            _ => return None,
        };
        Some(Self {
            author,
            records: u32::from_le_bytes(array(header, 6)),
            span: u32::from_le_bytes(array(header, 10)),
            first: i64::from_le_bytes(array(header, 22)),
            newest: i64::from_le_bytes(array(header, 30)),
            horizon: i64::from_le_bytes(array(header, 38)),
        })
    }
}

fn array<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    *header[at..]
        .first_chunk()
        .expect("fields lie inside the header")
}

/// Appends the records of `bytes`, a chunk at `base`, from offset `from` on.
///
/// Keys, values and headers are slices of `bytes`. `None` if these bytes are no chunk, or damaged.
pub(super) fn decode(
    bytes: &Bytes,
    base: i64,
    from: i64,
    records: &mut Vec<ConsumedRecord>,
) -> Option<Header> {
    let header = Header::of(bytes)?;
    if bytes[..4] != crc32fast::hash(&bytes[4..]).to_le_bytes() {
        return None;
    }
    records.reserve((header.records as usize).min(bytes.len() / 5));
    let mut at = HEADER;
    let mut offset = base;
    for _ in 0..header.records {
        offset = offset.checked_add_unsigned(varint::get(bytes, &mut at)?)?;
        let timestamp = header
            .first
            .wrapping_add(varint::get_signed(bytes, &mut at)?);
        if offset < from {
            skip_bytes(bytes, &mut at)?;
            skip_bytes(bytes, &mut at)?;
            headers(bytes, &mut at)?;
        } else {
            records.push(ConsumedRecord {
                offset,
                timestamp,
                key: get_bytes(bytes, &mut at)?,
                value: get_bytes(bytes, &mut at)?,
                headers: headers(bytes, &mut at)?,
            });
        }
        offset = offset.checked_add(1)?;
    }
    Some(header)
}

#[inline]
fn get_bytes(bytes: &Bytes, at: &mut usize) -> Option<Option<Bytes>> {
    let start = skip_bytes(bytes, at)?;
    Some(start.map(|start| bytes.slice(start..*at)))
}

/// Moves `at` behind the bytes there, and returns where they start.
#[inline]
fn skip_bytes(bytes: &Bytes, at: &mut usize) -> Option<Option<usize>> {
    let Some(length) = varint::get(bytes, at)?.checked_sub(1) else {
        return Some(None);
    };
    let start = *at;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    if end > bytes.len() {
        return None;
    }
    *at = end;
    Some(Some(start))
}

fn headers(bytes: &Bytes, at: &mut usize) -> Option<Vec<(Str, Option<Bytes>)>> {
    let count = usize::try_from(varint::get(bytes, at)?).ok()?;
    if count == 0 {
        return Some(Vec::new());
    }
    let mut headers = Vec::with_capacity(count.min(bytes.len() / 2));
    for _ in 0..count {
        let length = usize::try_from(varint::get(bytes, at)?).ok()?;
        let end = at.checked_add(length).filter(|end| *end <= bytes.len())?;
        let name = Str::from_utf8(bytes.slice(*at..end)).ok()?;
        *at = end;
        headers.push((name, get_bytes(bytes, at)?));
    }
    Some(headers)
}

/// Decodes `bytes`, once as they are and once with the right checksum.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    for _ in 0..2 {
        let mut records = Vec::new();
        let _header = decode(&Bytes::copy_from_slice(&bytes), 7, 0, &mut records);
        if let Some((crc, rest)) = bytes.split_first_chunk_mut() {
            *crc = crc32fast::hash(rest).to_le_bytes();
        }
    }
}

/// Returns sound chunks.
#[cfg(test)]
pub(crate) fn fuzz_corpus() -> Vec<Vec<u8>> {
    let mut record = ProducerRecord::new("t", "value").with_key("key");
    record.headers.push(("name".into(), Some("value".into())));
    record.headers.push(("null".into(), None));
    let chunk = |author, records: usize| {
        let mut encoder = Encoder::with_capacity(0);
        (0..records).for_each(|at| encoder.push(at as i64, &record));
        encoder.finish(author, 0).bytes
    };
    vec![chunk(Author::Plain, 1), chunk(Author::Transaction(3), 5)]
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn record() -> impl Strategy<Value = ProducerRecord> {
        let bytes = || option::of(vec(any::<u8>(), 0..300).prop_map(Bytes::from));
        let header = (any::<String>().prop_map(Str::from), bytes());
        (any::<i64>(), bytes(), bytes(), vec(header, 0..3)).prop_map(
            |(timestamp, key, value, headers)| ProducerRecord {
                key,
                value,
                timestamp: Some(timestamp),
                headers,
                ..ProducerRecord::default()
            },
        )
    }

    fn encode(records: &[ProducerRecord], author: Author) -> Bytes {
        let mut encoder = Encoder::with_capacity(100);
        for record in records {
            encoder.push(record.timestamp.unwrap(), record);
        }
        encoder.finish(author, 7).bytes.into()
    }

    proptest! {
        #[test]
        fn records_come_back_from_any_offset(
            records in vec(record(), 1..20), from in 0_i64..25, author: Option<u64>,
        ) {
            let author = author.map_or(Author::Plain, Author::Transaction);
            let bytes = encode(&records, author);
            let mut decoded = Vec::new();
            let header = decode(&bytes, 1_000, 1_000 + from, &mut decoded).unwrap();
            prop_assert_eq!(header.author, author);
            prop_assert_eq!(header.span as usize, records.len());
            prop_assert_eq!(header.horizon, 7);
            let newest = records.iter().filter_map(|record| record.timestamp).max();
            prop_assert_eq!(Some(header.newest), newest);
            let expected: Vec<_> = (1_000..).zip(&records).skip(from as usize)
                .map(|(offset, record)| ConsumedRecord {
                    offset,
                    timestamp: record.timestamp.unwrap(),
                    key: record.key.clone(),
                    value: record.value.clone(),
                    headers: record.headers.clone(),
                })
                .collect();
            prop_assert_eq!(decoded, expected);
        }

        #[test]
        fn damaged_chunks_are_told_and_never_panic(
            records in vec(record(), 1..5), at: prop::sample::Index, flip in 1_u8..,
        ) {
            let mut bytes = encode(&records, Author::Plain).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(decode(&bytes.into(), 0, 0, &mut Vec::new()).is_none());
        }

        #[test]
        fn foreign_bytes_never_panic(mut bytes in vec(any::<u8>(), 0..200)) {
            if bytes.len() > HEADER {
                // Past the checks, so that the records are looked at.
                bytes[4] = VERSION;
                bytes[5] = 0;
                let crc = crc32fast::hash(&bytes[4..]);
                bytes[..4].copy_from_slice(&crc.to_le_bytes());
            }
            let _ = decode(&bytes.into(), 0, 0, &mut Vec::new());
        }
    }

    #[test]
    fn gaps_between_offsets_are_kept() {
        let mut encoder = Encoder::with_capacity(0);
        for delta in [3, 4, 9] {
            encoder.keep(delta, &ConsumedRecord::default());
        }
        let chunk = encoder.finish(Author::Plain, 0);
        assert_eq!(chunk.span, 10);
        let mut decoded = Vec::new();
        decode(&chunk.bytes.into(), 100, 0, &mut decoded).unwrap();
        let offsets: Vec<_> = decoded.iter().map(|record| record.offset).collect();
        assert_eq!(offsets, [103, 104, 109]);
    }

    #[test]
    fn records_share_the_buffer_of_the_chunk() {
        let bytes = encode(
            &[ProducerRecord {
                timestamp: Some(0),
                ..ProducerRecord::new("t", "value")
            }],
            Author::Plain,
        );
        let mut decoded = Vec::new();
        decode(&bytes, 0, 0, &mut decoded).unwrap();
        let value = decoded[0].value.as_ref().unwrap().as_ptr_range();
        assert!(bytes.as_ptr_range().contains(&value.start), "copied");
    }
}
