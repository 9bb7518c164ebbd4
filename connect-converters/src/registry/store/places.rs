//! What answers are kept under.
//!
//! Each has a borrowed form, so that looking one up copies nothing.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use quick_cache::Equivalent;

use super::{Key, SchemaText};

/// A number, and the subject that tells its context.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    key: Key,
    subject: String,
}

#[derive(Hash)]
pub(super) struct NumberedRef<'a> {
    key: Key,
    subject: &'a str,
}

impl<'a> NumberedRef<'a> {
    /// A GUID is the same in every context.
    pub(super) fn new(key: Key, subject: &'a str) -> Self {
        let subject = match key {
            Key::Id(_) => subject,
            Key::Guid(_) => "",
        };
        Self { key, subject }
    }

    pub(super) fn to_owned(&self) -> Numbered {
        Numbered {
            key: self.key,
            subject: self.subject.to_owned(),
        }
    }
}

impl Hash for Numbered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { key, subject } = self;
        NumberedRef { key: *key, subject }.hash(state);
    }
}

impl Equivalent<Numbered> for NumberedRef<'_> {
    fn equivalent(&self, other: &Numbered) -> bool {
        self.key == other.key && self.subject == other.subject
    }
}

/// A schema in a subject.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TextIn {
    subject: String,
    schema: SchemaText,
}

#[derive(Hash)]
pub(super) struct TextRef<'a> {
    pub(super) subject: &'a str,
    pub(super) schema: &'a SchemaText,
}

impl TextRef<'_> {
    pub(super) fn to_owned(&self) -> TextIn {
        TextIn {
            subject: self.subject.to_owned(),
            schema: self.schema.clone(),
        }
    }
}

impl Hash for TextIn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { subject, schema } = self;
        TextRef { subject, schema }.hash(state);
    }
}

impl Equivalent<TextIn> for TextRef<'_> {
    fn equivalent(&self, other: &TextIn) -> bool {
        self.subject == other.subject && *self.schema == other.schema
    }
}

/// The latest version of a subject, or the latest one with this metadata.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct LatestOf {
    pub(super) subject: String,
    metadata: BTreeMap<String, String>,
}

#[derive(Hash)]
pub(super) struct LatestRef<'a> {
    pub(super) subject: &'a str,
    pub(super) metadata: &'a BTreeMap<String, String>,
}

impl LatestRef<'_> {
    pub(super) fn to_owned(&self) -> LatestOf {
        LatestOf {
            subject: self.subject.to_owned(),
            metadata: self.metadata.clone(),
        }
    }
}

impl Hash for LatestOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { subject, metadata } = self;
        LatestRef { subject, metadata }.hash(state);
    }
}

impl Equivalent<LatestOf> for LatestRef<'_> {
    fn equivalent(&self, other: &LatestOf) -> bool {
        self.subject == other.subject && *self.metadata == other.metadata
    }
}

/// A topic of a Kafka cluster, and whether its keys or values are meant.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Topic {
    cluster: String,
    topic: String,
    side: &'static str,
}

#[derive(Clone, Copy, Hash)]
pub(crate) struct TopicRef<'a> {
    /// The id of the cluster, or `-` for any.
    pub(crate) cluster: &'a str,
    pub(crate) topic: &'a str,
    /// `key` or `value`.
    pub(crate) side: &'static str,
}

impl TopicRef<'_> {
    pub(super) fn to_owned(self) -> Topic {
        Topic {
            cluster: self.cluster.to_owned(),
            topic: self.topic.to_owned(),
            side: self.side,
        }
    }
}

impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            cluster,
            topic,
            side,
        } = self;
        TopicRef {
            cluster,
            topic,
            side,
        }
        .hash(state);
    }
}

impl Equivalent<Topic> for TopicRef<'_> {
    fn equivalent(&self, other: &Topic) -> bool {
        self.cluster == other.cluster && self.topic == other.topic && self.side == other.side
    }
}
