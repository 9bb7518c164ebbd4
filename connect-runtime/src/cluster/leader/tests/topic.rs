//! [`Topic`]: the log, as bytes.

use std::collections::BTreeSet;

use connect_api::Str;

use crate::{
    broker::{ConsumedRecord, ProducerRecord},
    stores::View,
};

/// A topic with one partition.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: Str,
    records: Vec<ConsumedRecord>,
    end: i64,
}

impl Topic {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            records: Vec::new(),
            end: 0,
        }
    }

    pub(super) fn append(&mut self, record: ProducerRecord) {
        self.records.push(ConsumedRecord {
            offset: self.end,
            key: record.key,
            value: record.value,
            ..ConsumedRecord::default()
        });
        self.end += 1;
    }

    /// Lets `view` take at most so many records from an offset on.
    pub(super) fn read(&self, view: &mut impl View, from: &mut i64, most: usize) {
        let start = self.records.partition_point(|record| record.offset < *from);
        for record in self.records[start..].iter().take(most) {
            *from = record.offset + 1;
            view.apply(0, record.clone());
        }
    }

    /// Lets a new view take all records.
    pub(super) fn read_anew<V: View>(&self) -> V {
        let mut view = V::default();
        self.read(&mut view, &mut 0, usize::MAX);
        view
    }

    /// Keeps the last record of each key; of tombstones, those that not everybody has read.
    pub(super) fn compact(&mut self, read: i64) {
        let mut seen = BTreeSet::new();
        let mut kept: Vec<_> = self.records.drain(..).rev().collect();
        kept.retain(|record| {
            let is_last = seen.insert(record.key.clone());
            is_last && (record.value.is_some() || record.offset >= read)
        });
        kept.reverse();
        self.records = kept;
    }

    /// Returns the keys of records with values.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let present = self.records.iter().filter(|record| record.value.is_some());
        present.map(|record| String::from_utf8_lossy(record.key.as_ref().unwrap()).into_owned())
    }
}
