//! [`InternalTopic`]: a topic that the runtime keeps its state in.

use std::collections::BTreeMap;

use connect_api::{Error, Result, Str};

use crate::broker::{Broker, CleanupPolicy, NewTopic, TopicDescription};

/// What an internal topic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Configs,
    Offsets,
    /// Source offsets of connectors that have a topic of their own.
    ConnectorOffsets,
    Statuses,
    /// Who is a member of a cluster of workers, and what each of them runs.
    Cluster,
}

impl Purpose {
    /// Returns the key that names the topic.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Configs => "config.storage.topic",
            Self::Offsets => "offset.storage.topic",
            Self::ConnectorOffsets => "offsets.storage.topic",
            Self::Statuses => "status.storage.topic",
            Self::Cluster => "cluster.storage.topic",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Configs => "configs",
            Self::Offsets | Self::ConnectorOffsets => "offsets",
            Self::Statuses => "status",
            Self::Cluster => "cluster",
        }
    }

    /// Whether the order of all its records counts, so that it has one partition whatever is asked for.
    fn is_in_one_order(self) -> bool {
        matches!(self, Self::Configs | Self::Cluster)
    }

    /// How many partitions Java makes by default.
    fn usual_partitions(self) -> i32 {
        match self {
            Self::Configs | Self::Cluster => 1,
            Self::Offsets | Self::ConnectorOffsets => 25,
            Self::Statuses => 5,
        }
    }
}

/// A topic that the runtime keeps its state in, and how to make it where it is missing.
#[derive(Clone, Debug)]
pub(crate) struct InternalTopic {
    pub(crate) purpose: Purpose,
    pub(crate) name: Str,
    /// `None` is the broker's default for such a topic.
    pub(crate) partitions: Option<i32>,
    /// `None` is the broker's default.
    pub(crate) replication_factor: Option<i16>,
    /// Settings for a new topic; it is compacted whatever they say.
    pub(crate) configs: BTreeMap<String, String>,
    pub(crate) missing: Missing,
}

/// What happens where the topic is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Made,
    Refused,
}

impl InternalTopic {
    /// Names the topic `connect-<group>-{configs,offsets,status,cluster}`.
    pub(crate) fn of_group(purpose: Purpose, group: &str) -> Self {
        Self::named(purpose, format!("connect-{group}-{}", purpose.suffix()))
    }

    /// Uses a name that the user chose.
    pub(crate) fn named(purpose: Purpose, name: impl Into<Str>) -> Self {
        Self {
            purpose,
            name: name.into(),
            partitions: None,
            replication_factor: None,
            configs: BTreeMap::new(),
            missing: Missing::Made,
        }
    }

    /// Makes the topic where it is missing.
    ///
    /// # Errors
    ///
    /// `Config`: the topic that is there would lose records, or their order, or a missing one must not be made. What the broker answers.
    pub(crate) async fn ensure(&self, broker: &dyn Broker) -> Result<()> {
        if let Some(found) = broker.topic(&self.name).await? {
            return self.inspect(&found);
        }
        if self.missing == Missing::Refused {
            let message = "expected it to exist (internal.topics.automatic.creation.enable=false), found none";
            return Err(Error::config(message).context(self));
        }
        broker.create_topic(&self.new_topic(broker)).await?;
        // Another worker may have been first, with settings of its own.
        match broker.topic(&self.name).await? {
            Some(found) => self.inspect(&found),
            None => {
                let deleted = "it was created, and is not there any more";
                Err(Error::unavailable(deleted).context(self))
            }
        }
    }

    fn new_topic(&self, broker: &dyn Broker) -> NewTopic {
        let usual = self.purpose.usual_partitions();
        let partitions = match self.partitions {
            _ if self.purpose.is_in_one_order() => 1,
            Some(partitions) => partitions,
            None => broker.internal_partitions(usual),
        };
        let mut topic = NewTopic::new(&self.name).partitions(partitions);
        topic.replication_factor = self.replication_factor;
        topic.configs = self.configs.clone();
        topic.compacted()
    }

    fn inspect(&self, found: &TopicDescription) -> Result<()> {
        let policy = match found.cleanup {
            CleanupPolicy::Compact => None,
            CleanupPolicy::Delete => Some("delete"),
            CleanupPolicy::CompactAndDelete => Some("compact,delete"),
        };
        if let Some(policy) = policy {
            let message = format!("expected cleanup.policy=compact, found cleanup.policy={policy}");
            return Err(Error::config(message).context(self));
        }
        if self.purpose.is_in_one_order() && found.partitions != 1 {
            let message = format!("expected one partition, found {}", found.partitions);
            return Err(Error::config(message).context(self));
        }
        Ok(())
    }
}

impl std::fmt::Display for InternalTopic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "topic `{}` ({})", self.name, self.purpose.key())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use connect_api::ErrorKind;

    use super::*;
    use crate::{System, broker::embedded::EmbeddedBroker};

    fn broker() -> EmbeddedBroker {
        EmbeddedBroker::memory(Arc::new(System::current()))
    }

    #[tokio::test]
    async fn a_missing_topic_is_made_compacted_whatever_its_settings_say() {
        let broker = broker();
        let mut topic = InternalTopic::of_group(Purpose::Offsets, "shop");
        let configs = [("cleanup.policy", "delete"), ("segment.bytes", "1000000")];
        topic.configs = configs
            .map(|(key, value)| (key.into(), value.into()))
            .into();
        topic.ensure(&broker).await.unwrap();
        topic.ensure(&broker).await.unwrap();
        let made = broker.topic("connect-shop-offsets").await.unwrap().unwrap();
        assert_eq!(made.cleanup, CleanupPolicy::Compact);
        assert_eq!(made.configs["segment.bytes"], "1000000");
        assert_eq!(made.partitions, 1, "nothing is spread inside a process");
    }

    #[tokio::test]
    async fn partitions_are_those_that_were_asked_for() {
        let broker = broker();
        let mut topic = InternalTopic::of_group(Purpose::Statuses, "shop");
        topic.partitions = Some(7);
        topic.ensure(&broker).await.unwrap();
        let made = broker.topic("connect-shop-status").await.unwrap().unwrap();
        assert_eq!(made.partitions, 7);
    }

    #[tokio::test]
    async fn a_topic_that_would_lose_records_is_refused() {
        let broker = broker();
        let topic = |name: &str, policy: &str| NewTopic::new(name).config("cleanup.policy", policy);
        for topic in [topic("old", "delete"), topic("both", "compact,delete")] {
            broker.create_topic(&topic).await.unwrap();
        }
        let refused = async |name: &str| {
            let topic = InternalTopic::named(Purpose::Offsets, name);
            let error = topic.ensure(&broker).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            error.to_string()
        };
        assert_eq!(
            refused("old").await,
            "topic `old` (offset.storage.topic): expected cleanup.policy=compact, \
             found cleanup.policy=delete"
        );
        assert!(
            refused("both")
                .await
                .ends_with("found cleanup.policy=compact,delete")
        );
    }

    #[tokio::test]
    async fn what_is_in_one_order_has_one_partition() {
        let broker = broker();
        let two = NewTopic::new("two").partitions(2).compacted();
        broker.create_topic(&two).await.unwrap();
        for (purpose, key, name) in [
            (Purpose::Configs, "config", "connect-shop-configs"),
            (Purpose::Cluster, "cluster", "connect-shop-cluster"),
        ] {
            let refused = InternalTopic::named(purpose, "two").ensure(&broker).await;
            assert_eq!(
                refused.unwrap_err().to_string(),
                format!("topic `two` ({key}.storage.topic): expected one partition, found 2")
            );
            let mut topic = InternalTopic::of_group(purpose, "shop");
            topic.partitions = Some(3);
            topic.ensure(&broker).await.unwrap();
            assert_eq!(broker.topic(name).await.unwrap().unwrap().partitions, 1);
        }
    }
}
