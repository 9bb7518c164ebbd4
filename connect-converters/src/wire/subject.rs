//! [`Subjects`]: under which subject the schemas of a topic stand.

use std::sync::Arc;

use connect_api::{Error, Result};

use super::Side;
use crate::registry::{Associations, Registry, TopicRef};

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

/// The subjects of topics.
pub(super) struct Subjects {
    side: Side,
    strategy: Strategy,
    cluster: Arc<str>,
    associations: Associations,
}

/// The subject that the registry associates with a topic, if it was asked and there is one.
pub(super) type Associated = Option<Arc<str>>;

impl Subjects {
    pub(super) fn new(
        side: Side,
        strategy: Strategy,
        cluster: &str,
        associations: Associations,
    ) -> Self {
        Self {
            side,
            strategy,
            cluster: cluster.into(),
            associations,
        }
    }

    /// Returns for how long associations count, and how many are kept.
    pub(super) fn associations(&self) -> Associations {
        self.associations
    }

    /// Returns the subject of a schema whose record is called `name`; `None` if the registry must be asked.
    pub(super) fn known(
        &self,
        registry: &Registry,
        topic: &str,
        name: Option<&str>,
    ) -> Result<Option<Arc<str>>> {
        let associated = match self.strategy {
            Strategy::Named(_) => None,
            Strategy::Associated(_) => match registry.known_association(self.topic(topic)) {
                None => return Ok(None),
                Some(associated) => associated,
            },
        };
        self.subject(associated, topic, name).map(Some)
    }

    /// Asks the registry what a topic is associated with, if that counts.
    pub(super) async fn ask(&self, registry: &Registry, topic: &str) -> Result<Associated> {
        match self.strategy {
            Strategy::Named(_) => Ok(None),
            Strategy::Associated(_) => registry.association(self.topic(topic)).await,
        }
    }

    /// Returns the subject of a schema whose record is called `name`.
    pub(super) fn subject(
        &self,
        associated: Associated,
        topic: &str,
        name: Option<&str>,
    ) -> Result<Arc<str>> {
        if let Some(subject) = associated {
            return Ok(subject);
        }
        let (Strategy::Named(named) | Strategy::Associated(Some(named))) = self.strategy else {
            return Err(Error::rejected(format!(
                "expected a subject that is associated with the {} of topic `{topic}`, found none, and \
                 subject.name.strategy.fallback.type is NONE",
                self.side.name()
            )));
        };
        self.named(named, topic, name)
    }

    /// Returns whether a subject without an association is named after the record, so that it needs the schema.
    pub(super) fn need_schema(&self) -> bool {
        let (Strategy::Named(named) | Strategy::Associated(Some(named))) = self.strategy else {
            return false;
        };
        named != Named::Topic
    }

    /// Returns whether an association counts for a time only.
    pub(super) fn expire(&self) -> bool {
        self.associations.counts.is_some() && matches!(self.strategy, Strategy::Associated(_))
    }

    fn topic<'a>(&'a self, topic: &'a str) -> TopicRef<'a> {
        TopicRef {
            cluster: &self.cluster,
            topic,
            side: self.side.name(),
        }
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
