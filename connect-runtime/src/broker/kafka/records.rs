//! Records as the client read them, as records of the runtime's.

use bytes::{Bytes, BytesMut};
use connect_api::{Str, TopicPartition};
use connect_librdkafka::{self as client, FoundHeaders, Message, Messages};

use super::super::{ConsumedRecord, Fetched};

/// What was read of one partition.
#[derive(Debug)]
pub(super) enum Read {
    /// Consecutive records.
    Records(Fetched),
    /// Nothing more comes.
    Failed(TopicPartition, client::Error),
}

/// Sorts what was read into runs of one partition of about `limit` bytes.
pub(super) fn read(messages: &Messages, limit: usize) -> Vec<Read> {
    let mut all = Vec::new();
    let mut run = Run::default();
    for message in messages.iter() {
        if !run.fits(&message, limit) {
            all.extend(run.end());
        }
        match message.error() {
            None => run.push(message),
            Some(error) => {
                all.extend(run.end());
                all.push(Read::Failed(partition_of(&message), error));
            }
        }
    }
    all.extend(run.end());
    all
}

fn partition_of(message: &Message<'_>) -> TopicPartition {
    TopicPartition::new(message.topic(), message.partition())
}

/// Consecutive messages of one partition.
#[derive(Default)]
struct Run<'a> {
    /// With their headers, since looking for them costs as much as all the rest.
    messages: Vec<(Message<'a>, FoundHeaders<'a>)>,
    bytes: usize,
}

impl<'a> Run<'a> {
    fn fits(&self, message: &Message<'_>, limit: usize) -> bool {
        self.messages.last().is_none_or(|(last, _)| {
            last.partition() == message.partition()
                && last.topic_number() == message.topic_number()
                && self.bytes < limit
        })
    }

    fn push(&mut self, message: Message<'a>) {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let headers = message.headers();
        let size_of_headers: usize = headers
            .iter()
            .map(|(name, value)| name.len() + length(value))
            .sum();
        self.bytes += length(message.key()) + length(message.value()) + size_of_headers;
        self.messages.push((message, headers));
    }

    /// Copies the run into one block of memory, of which its records are slices.
    fn end(&mut self) -> Option<Read> {
        let (last, _) = self.messages.last()?;
        let (partition, next) = (partition_of(last), last.offset() + 1);
        let mut block = Block(BytesMut::with_capacity(self.bytes));
        let records = self
            .messages
            .drain(..)
            .map(|(message, headers)| block.record(&message, headers));
        let records = records.collect();
        self.bytes = 0;
        Some(Read::Records(Fetched {
            partition,
            records,
            next,
        }))
    }
}

/// Memory that the records of a run share.
struct Block(BytesMut);

impl Block {
    fn record(&mut self, message: &Message<'_>, headers: FoundHeaders<'_>) -> ConsumedRecord {
        ConsumedRecord {
            offset: message.offset(),
            timestamp: message.timestamp(),
            key: message.key().map(|key| self.copy(key)),
            value: message.value().map(|value| self.copy(value)),
            headers: headers
                .iter()
                .map(|(name, value)| (self.text(name), value.map(|value| self.copy(value))))
                .collect(),
        }
    }

    fn copy(&mut self, bytes: &[u8]) -> Bytes {
        self.0.extend_from_slice(bytes);
        self.0.split().freeze()
    }

    fn text(&mut self, bytes: &[u8]) -> Str {
        let copied = self.copy(bytes);
        Str::from_utf8(copied)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
    }
}
