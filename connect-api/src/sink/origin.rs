//! [`Origin`]: where a sink record was consumed.

use std::{any::Any, collections::BTreeMap, fmt, sync::Arc};

use crate::Str;

/// A partition of a topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TopicPartition {
    /// The topic.
    pub topic: Str,
    /// The partition.
    pub partition: i32,
}

impl TopicPartition {
    /// Names a partition.
    pub fn new(topic: impl Into<Str>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
        }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The next offset to read, per topic-partition.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// The consumed records of a fetch, kept for the dead letter queue.
///
/// They live while any record of the fetch lives. Opaque to plugins: the runtime that made it knows its type.
pub type RawRecords = Arc<dyn Any + Send + Sync>;

/// Where a sink record came from. Transforms never see it, so they cannot change it.
#[derive(Clone)]
pub struct Origin {
    at: TopicPartition,
    offset: i64,
    output: u32,
    index: u32,
    raw: Option<RawRecords>,
}

impl Origin {
    /// Names the record at `offset` of `at`.
    #[must_use]
    pub fn new(at: TopicPartition, offset: i64) -> Self {
        Self {
            at,
            offset,
            output: 0,
            index: 0,
            raw: None,
        }
    }

    /// Says which output of a one-to-many transform this is.
    #[must_use]
    pub fn with_output(mut self, output: u32) -> Self {
        self.output = output;
        self
    }

    /// Keeps the consumed bytes: entry `index` of `raw`.
    #[must_use]
    pub fn with_raw(mut self, raw: RawRecords, index: u32) -> Self {
        self.raw = Some(raw);
        self.index = index;
        self
    }

    /// Returns the partition it was consumed from.
    #[must_use]
    pub fn partition(&self) -> &TopicPartition {
        &self.at
    }

    /// Returns its offset there.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// Returns which output of a one-to-many transform this is.
    ///
    /// Ids that are built from coordinates append it when it is not 0.
    #[must_use]
    pub fn output(&self) -> u32 {
        self.output
    }

    /// Returns the consumed bytes, for the runtime that put them there.
    #[must_use]
    pub fn raw(&self) -> Option<(&RawRecords, u32)> {
        self.raw.as_ref().map(|raw| (raw, self.index))
    }
}

/// Equal if the coordinates are.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (&self.at, self.offset, self.output) == (&other.at, other.offset, other.output)
    }
}

impl Eq for Origin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.at, self.offset)?;
        if self.output > 0 {
            write!(f, "#{}", self.output)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
