//! [`Topics`]: the topics that a task uses.

use std::collections::BTreeSet;

use connect_api::{Result, Str};

use super::{Delivery, Setup};
use crate::broker::NewTopic;

/// The topics that an incarnation of a task uses: each is told once, and created where the connector says how.
#[derive(Debug)]
pub(crate) struct Topics {
    setup: Setup,
    known: BTreeSet<Str>,
    /// The last one that was asked for: most records go where the one before went.
    last: Str,
}

impl Topics {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            setup: setup.clone(),
            known: BTreeSet::new(),
            last: Str::default(),
        }
    }

    /// Returns whether `topic` is new to the task.
    pub(crate) fn is_new(&mut self, topic: &Str) -> bool {
        if *topic == self.last {
            return false;
        }
        self.last = topic.clone();
        !self.known.contains(topic)
    }

    /// Tells that the task reads `topic`.
    pub(crate) fn read(&mut self, topic: &Str) {
        if self.is_new(topic) {
            self.note(topic);
        }
    }

    /// Creates a topic that is new to the task, as its connector says, and tells that the task writes to it.
    ///
    /// # Errors
    ///
    /// `Config`: the task's offsets are there. The broker's: no record may be sent there yet.
    pub(crate) async fn prepare(&mut self, topic: &Str) -> Result<()> {
        if self.setup.options.source.delivery == Delivery::ExactlyOnce {
            self.setup.offsets().refuse(topic)?;
        }
        let creation = self.setup.options.source.creation.as_deref();
        if let Some(new) = creation.and_then(|creation| creation.of(topic)) {
            self.create(&new).await?;
        }
        self.note(topic);
        Ok(())
    }

    async fn create(&self, topic: &NewTopic) -> Result<()> {
        let created = self.setup.site.broker.create_topic(topic).await;
        created
            .map(drop)
            .map_err(|error| error.context(format!("creating the topic `{}`", topic.name)))
    }

    fn note(&mut self, topic: &Str) {
        self.known.insert(topic.clone());
        if let Some(active) = &self.setup.site.topics {
            active.used(&self.setup.id, topic);
        }
    }
}
