//! Records as JSON lines, the same in both directions.

use std::collections::BTreeMap;

use connect_api::{Bytes, Str};
use connect_runtime::broker::{ConsumedRecord, ProducerRecord};
use serde::{Deserialize, Serialize};

use crate::content::Content;

/// A record as a JSON line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition: Option<i32>,
    /// Told, and of no effect where it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(default)]
    key: Option<Content>,
    /// Without it a line would be a tombstone by accident.
    #[serde(deserialize_with = "Option::deserialize")]
    value: Option<Content>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, Option<Content>)>,
}

impl JsonRecord {
    pub(super) fn of(partition: i32, record: &ConsumedRecord) -> Self {
        let headers = record.headers.iter();
        Self {
            partition: Some(partition),
            offset: Some(record.offset),
            timestamp: Some(record.timestamp),
            key: record.key.as_ref().map(Content::of),
            value: record.value.as_ref().map(Content::of),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.as_ref().map(Content::of)))
                .collect(),
        }
    }

    /// Reads a line of `write --json`.
    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| {
            format!("expected an object with `value` and perhaps `key`, `headers`, `partition`, `timestamp`: {error}")
        })
    }

    pub(super) fn into_record(self, topic: &Str) -> Result<ProducerRecord, String> {
        let bytes = |content: Option<Content>| content.map(Content::into_bytes).transpose();
        let mut record = ProducerRecord::new(topic.clone(), Bytes::new());
        record.partition = self.partition;
        record.timestamp = self.timestamp;
        record.key = bytes(self.key)?;
        record.value = bytes(self.value)?;
        for (name, value) in self.headers {
            record.headers.push((name.into(), bytes(value)?));
        }
        Ok(record)
    }

    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

/// Prints bytes for people: what is no UTF-8 as `\xff`.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// What a topic holds, per partition.
pub(super) type Counts = BTreeMap<i32, Count>;

/// What a partition holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) records: u64,
    /// Of keys, values and headers.
    pub(super) bytes: u64,
}

impl Count {
    pub(super) fn add(&mut self, record: &ConsumedRecord) {
        let of = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers = record.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.len() + of(value)).sum();
        self.records += 1;
        self.bytes += (of(&record.key) + of(&record.value) + headers) as u64;
    }
}

#[cfg(test)]
pub(crate) fn fuzz(bytes: &[u8]) {
    if let Ok(record) = JsonRecord::parse(bytes) {
        drop(record.into_record(&"topic".into()));
    }
    readable(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_escaped_for_people() {
        assert_eq!(readable("é".as_bytes()), "é");
        assert_eq!(readable(b"a\xff\xfeb"), "a\\xff\\xfeb");
    }

    #[test]
    fn a_line_needs_a_value_so_that_nobody_writes_tombstones_by_accident() {
        assert!(JsonRecord::parse(b"{\"key\":\"a\"}").is_err());
        assert!(JsonRecord::parse(b"{\"key\":\"a\",\"value\":null}").is_ok());
        assert!(JsonRecord::parse(b"{\"value\":\"a\",\"vale\":1}").is_err());
    }
}
