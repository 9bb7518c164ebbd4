//! [`Registry`]: the client's answers, each asked for once.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::Result;
use uuid::Uuid;

use super::{SchemaText, SchemaType};

/// What a message says about its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Id(i32),
    Guid(Uuid),
}

/// A schema that the registry knows.
#[derive(Debug)]
pub(crate) struct Known {
    /// The numbers that messages bear; an old registry says no GUID.
    pub(crate) id: Option<i32>,
    pub(crate) guid: Option<Uuid>,
    /// The version in the subject that was asked for, if the answer said it.
    pub(crate) version: Option<i32>,
    pub(crate) schema: Resolved,
}

/// A schema with every schema that it refers to, directly or not.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) schema_type: SchemaType,
    pub(crate) text: Arc<str>,
    /// Under the names by which this one calls them.
    pub(crate) references: Vec<(String, Arc<Self>)>,
}

/// The registry and what it said: bounded, and shared by all who convert with it.
///
/// Callers that ask for the same thing at the same time share one request; one that goes away leaves it to the others.
/// Errors: `Unavailable` if no address answers, `Rejected` if the registry knows nothing of what was asked or refuses
/// it, `Fatal` if it refuses us.
pub(crate) struct Registry {}

impl Registry {
    /// Returns a schema that was fetched before.
    pub(crate) fn known(&self, key: Key) -> Option<Arc<Known>> {
        let _ = key;
        unimplemented!()
    }

    /// Fetches a schema and what it refers to; `subject` tells the context.
    pub(crate) async fn fetch(&self, key: Key, subject: &str) -> Result<Arc<Known>> {
        let _ = (key, subject);
        unimplemented!()
    }

    /// Returns what `register` or `look_up` said of a schema before.
    pub(crate) fn known_text(&self, subject: &str, schema: &SchemaText) -> Option<Arc<Known>> {
        let _ = (subject, schema);
        unimplemented!()
    }

    /// Registers a schema, if it is not there yet.
    pub(crate) async fn register(&self, subject: &str, schema: &SchemaText) -> Result<Arc<Known>> {
        let _ = (subject, schema);
        unimplemented!()
    }

    /// Finds a schema that must be there.
    pub(crate) async fn look_up(&self, subject: &str, schema: &SchemaText) -> Result<Arc<Known>> {
        let _ = (subject, schema);
        unimplemented!()
    }

    /// Returns the latest version of a subject, as long as it counts as such: `latest.cache.ttl.sec`.
    pub(crate) fn known_latest(
        &self,
        subject: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Option<Arc<Known>> {
        let _ = (subject, metadata);
        unimplemented!()
    }

    /// Fetches the latest version of a subject, or the latest one with this metadata.
    pub(crate) async fn latest(
        &self,
        subject: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Arc<Known>> {
        let _ = (subject, metadata);
        unimplemented!()
    }

    /// Fetches the version that a schema has in a subject; `None` if the subject does not have it.
    pub(crate) async fn version(&self, subject: &str, known: &Known) -> Result<Option<i32>> {
        let _ = (subject, known);
        unimplemented!()
    }

    /// Fetches the subject that is associated with a topic, in the cluster called `namespace`.
    pub(crate) async fn association(
        &self,
        namespace: &str,
        topic: &str,
        side: &str,
    ) -> Result<Option<String>> {
        let _ = (namespace, topic, side);
        unimplemented!()
    }
}
