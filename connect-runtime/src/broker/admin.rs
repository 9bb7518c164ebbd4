//! Topics and groups as admin calls see them.

use std::collections::BTreeMap;

use connect_api::Str;

/// A topic to create.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewTopic {
    /// The name.
    pub name: Str,
    /// How many partitions; `None` is the broker's default.
    pub partitions: Option<i32>,
    /// How many replicas; `None` is the broker's default.
    pub replication_factor: Option<i16>,
    /// Kafka's topic settings, such as `cleanup.policy` and `retention.ms`.
    pub configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// Names a topic with the broker's defaults.
    pub fn new(name: impl Into<Str>) -> Self {
        Self {
            name: name.into(),
            partitions: None,
            replication_factor: None,
            configs: BTreeMap::new(),
        }
    }

    /// Sets the number of partitions.
    #[must_use]
    pub fn partitions(mut self, partitions: i32) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// Sets the number of replicas.
    #[must_use]
    pub fn replication_factor(mut self, replicas: i16) -> Self {
        self.replication_factor = Some(replicas);
        self
    }

    /// Keeps only the last record of each key.
    #[must_use]
    pub fn compacted(self) -> Self {
        self.config("cleanup.policy", "compact")
    }

    /// Sets one of Kafka's topic settings.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.configs.insert(key.into(), value.into());
        self
    }
}

/// What [`Broker::create_topic`](super::Broker::create_topic) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a topic is new or it is not")]
pub enum Created {
    /// It created the topic.
    New,
    /// The topic was there, and is unchanged.
    Existed,
}

/// A topic as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct TopicDescription {
    /// The number of partitions.
    pub partitions: i32,
    /// What happens to old records.
    pub cleanup: CleanupPolicy,
    /// Kafka's topic settings that were given.
    pub configs: BTreeMap<String, String>,
}

/// What happens to old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "Kafka has these three")]
pub enum CleanupPolicy {
    /// They are deleted by age or size.
    Delete,
    /// The last one of each key stays.
    Compact,
    /// Both.
    CompactAndDelete,
}

/// Where the log of a partition starts and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct Watermarks {
    /// The offset of the oldest record that is kept.
    pub start: i64,
    /// The offset after the last record.
    pub end: i64,
}

/// A consumer group as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct GroupDescription {
    /// What it is doing.
    pub phase: GroupPhase,
    /// Its members; in [`GroupPhase::Rebalancing`] some may be missing.
    pub members: Vec<GroupMember>,
}

/// What a consumer group is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the list of members is complete or it is not"
)]
pub enum GroupPhase {
    /// All members have what they get.
    Stable,
    /// Partitions move.
    Rebalancing,
}

/// A member of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct GroupMember {
    /// The name that it gave itself.
    pub client_id: Str,
}
