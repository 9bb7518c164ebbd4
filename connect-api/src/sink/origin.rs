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
    fetch: Arc<Fetch>,
    offset: i64,
    output: u32,
    index: u32,
}

/// What the records of one fetch have in common.
///
/// An [`Origin`] made of it costs no memory.
///
/// Clones are the same fetch.
#[derive(Clone)]
pub struct Origins(Arc<Fetch>);

struct Fetch {
    at: TopicPartition,
    raw: Option<RawRecords>,
}

impl Origins {
    /// Keeps the consumed records of `at`, for the runtime that puts them there.
    #[must_use]
    pub fn new(at: TopicPartition, raw: RawRecords) -> Self {
        let raw = Some(raw);
        Self(Arc::new(Fetch { at, raw }))
    }

    /// Names the record at `offset`, which is entry `index` of the consumed records.
    #[must_use]
    pub fn at(&self, offset: i64, index: u32) -> Origin {
        Origin {
            fetch: Arc::clone(&self.0),
            offset,
            output: 0,
            index,
        }
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.at, f)
    }
}

impl Origin {
    /// Names the record at `offset` of `at`.
    #[must_use]
    pub fn new(at: TopicPartition, offset: i64) -> Self {
        Self {
            fetch: Arc::new(Fetch { at, raw: None }),
            offset,
            output: 0,
            index: 0,
        }
    }

    /// Says which output of a one-to-many transform this is.
    #[must_use]
    pub fn with_output(mut self, output: u32) -> Self {
        self.output = output;
        self
    }

    /// Returns the partition it was consumed from.
    #[must_use]
    pub fn partition(&self) -> &TopicPartition {
        &self.fetch.at
    }

    /// Returns whether both were consumed from one partition; within a fetch it costs one comparison.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.fetch, &other.fetch) || self.fetch.at == other.fetch.at
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
        self.fetch.raw.as_ref().map(|raw| (raw, self.index))
    }
}

/// Equal if the coordinates are.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (self.offset, self.output) == (other.offset, other.output) && self.is_beside(other)
    }
}

impl Eq for Origin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.fetch.at, self.offset)?;
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
