//! [`Subjects`]: under which subject the schemas of a topic stand.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, Result};
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::Side;
use crate::registry::Registry;

/// Which subject the schemas of a topic have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The one that the registry associates with the topic, or else this one.
    Associated(Option<Named>),
    Named(Named),
}

/// A subject that is named after topic or record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// `orders-value`.
    Topic,
    /// `shop.Order`.
    Record,
    /// `orders-shop.Order`.
    TopicRecord,
}

impl Strategy {
    pub(super) fn named(key: &str, name: &str, fallback: Option<Named>) -> Result<Self> {
        let class = "io.confluent.kafka.serializers.subject.";
        match name.strip_prefix(class).unwrap_or(name) {
            "associated" | "AssociatedNameStrategy" => Ok(Self::Associated(fallback)),
            "topic" | "TopicNameStrategy" => Ok(Self::Named(Named::Topic)),
            "record" | "RecordNameStrategy" => Ok(Self::Named(Named::Record)),
            "topic-record" | "TopicRecordNameStrategy" => Ok(Self::Named(Named::TopicRecord)),
            _ => Err(Error::config(format!(
                "{key}: expected `associated`, `topic`, `record`, `topic-record` or Confluent's class for it, found \
                 `{name}`"
            ))),
        }
    }

    /// Reads `subject.name.strategy.fallback.type`.
    pub(super) fn fallback(name: &str) -> Result<Option<Named>> {
        match name.to_ascii_uppercase().as_str() {
            "TOPIC" => Ok(Some(Named::Topic)),
            "RECORD" => Ok(Some(Named::Record)),
            "TOPIC_RECORD" => Ok(Some(Named::TopicRecord)),
            "NONE" => Ok(None),
            _ => Err(Error::config(format!(
                "subject.name.strategy.fallback.type: expected TOPIC, RECORD, TOPIC_RECORD or NONE, found `{name}`"
            ))),
        }
    }
}

/// The subjects of topics, and the associations that the registry told.
pub(super) struct Subjects {
    side: Side,
    strategy: Strategy,
    cluster: Arc<str>,
    associations: Cache<Arc<str>, Association>,
    expiry: Option<Duration>,
}

/// What the registry said of a topic.
#[derive(Clone)]
struct Association {
    subject: Option<Arc<str>>,
    until: Option<Instant>,
}

impl Subjects {
    pub(super) fn new(
        side: Side,
        strategy: Strategy,
        cluster: &str,
        size: usize,
        expiry: Option<Duration>,
    ) -> Self {
        Self {
            side,
            strategy,
            cluster: cluster.into(),
            associations: Cache::new(size),
            expiry,
        }
    }

    /// Returns the subject of a schema whose record is called `name`; `None` if the registry must be asked.
    pub(super) fn known(&self, topic: &str, name: Option<&str>) -> Result<Option<Arc<str>>> {
        let named = match self.strategy {
            Strategy::Named(named) => named,
            Strategy::Associated(fallback) => match (self.association(topic), fallback) {
                (None, _) => return Ok(None),
                (Some(Some(subject)), _) => return Ok(Some(subject)),
                (Some(None), Some(named)) => named,
                (Some(None), None) => {
                    return Err(Error::rejected(format!(
                        "expected a subject that is associated with the {} of topic `{topic}`, found none, and \
                         subject.name.strategy.fallback.type is NONE",
                        self.side.name()
                    )));
                }
            },
        };
        self.named(named, topic, name).map(Some)
    }

    /// Returns whether subjects are named after records, so that none is known without the schema.
    pub(super) fn need_schema(&self) -> bool {
        let (Strategy::Named(named) | Strategy::Associated(Some(named))) = self.strategy else {
            return false;
        };
        named != Named::Topic
    }

    /// Returns whether an association counts for a time only.
    pub(super) fn expire(&self) -> bool {
        self.expiry.is_some() && matches!(self.strategy, Strategy::Associated(_))
    }

    /// Asks the registry for the association of a topic, if that counts and is not known.
    pub(super) async fn prepare(&self, registry: &Registry, topic: &str) -> Result<()> {
        if matches!(self.strategy, Strategy::Named(_)) || self.association(topic).is_some() {
            return Ok(());
        }
        let subject = registry
            .association(&self.cluster, topic, self.side.name())
            .await?;
        let association = Association {
            subject: subject.map(Into::into),
            until: self.expiry.map(|expiry| Instant::now() + expiry),
        };
        self.associations.insert(topic.into(), association);
        Ok(())
    }

    fn association(&self, topic: &str) -> Option<Option<Arc<str>>> {
        let association = self.associations.get(topic)?;
        let counts = association.until.is_none_or(|until| Instant::now() < until);
        counts.then_some(association.subject)
    }

    fn named(&self, named: Named, topic: &str, name: Option<&str>) -> Result<Arc<str>> {
        let name = || {
            name.ok_or_else(|| {
                Error::rejected(format!(
                    "topic `{topic}`: expected a schema with a record's name, which its subject is named after, found \
                     one without"
                ))
            })
        };
        Ok(match named {
            Named::Topic => format!("{topic}-{}", self.side.name()).into(),
            Named::Record => name()?.into(),
            Named::TopicRecord => format!("{topic}-{}", name()?).into(),
        })
    }
}
