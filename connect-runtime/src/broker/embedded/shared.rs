//! [`Shared`]: what the clients of a broker and its writer have in common.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use connect_api::{Error, ErrorKind, Result};
use redb::ReadTransaction;

use super::{
    command::Command,
    deadline::{Deadline, Moved},
    group::Groups,
    log::lock,
    options::EmbeddedOptions,
    queue::Queue,
    store::Store,
    topic::{Catalog, Topic},
};
use crate::Environment;

/// What the clients of a broker and its writer have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) environment: Arc<dyn Environment>,
    pub(super) options: EmbeddedOptions,
    pub(super) store: Store,
    pub(super) queue: Queue,
    pub(super) groups: Mutex<Groups>,
    /// When the writer has to look after transactions and groups.
    pub(super) deadline: Deadline,
    /// The topics that are durable.
    catalog: RwLock<Arc<Catalog>>,
}

impl Shared {
    pub(super) fn new(
        environment: Arc<dyn Environment>,
        options: EmbeddedOptions,
        store: Store,
    ) -> Self {
        Self {
            queue: Queue::new(store.place()),
            deadline: Deadline::default(),
            environment,
            options,
            store,
            groups: Mutex::default(),
            catalog: RwLock::default(),
        }
    }

    pub(super) fn catalog(&self) -> Arc<Catalog> {
        let catalog = self.catalog.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&catalog)
    }

    /// Returns a topic.
    ///
    /// # Errors
    ///
    /// `Config`: there is none of that name.
    pub(super) fn topic(&self, name: &str) -> Result<Arc<Topic>> {
        let catalog = self.catalog();
        catalog
            .get(name)
            .map(Arc::clone)
            .ok_or_else(|| Error::config(format!("topic `{name}` does not exist")))
    }

    /// Shows everybody the topics that are durable now.
    pub(super) fn publish(&self, catalog: Catalog) {
        let catalog = Arc::new(catalog);
        {
            let mut current = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
            *current = Arc::clone(&catalog);
        }
        self.change_groups(|groups, now| groups.topics_changed(&catalog, now));
    }

    /// Changes the groups, and sets the deadline that follows.
    pub(super) fn change_groups<T>(&self, change: impl FnOnce(&mut Groups, Duration) -> T) -> T {
        let now = self.environment.elapsed();
        let (changed, deadline) = {
            let mut groups = lock(&self.groups);
            (change(&mut groups, now), groups.deadline())
        };
        if let Some(deadline) = deadline {
            self.wake_at(deadline);
        }
        changed
    }

    /// Runs `read` on what is durable; if the storage fails, the writer opens it anew.
    pub(super) fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T>) -> Result<T> {
        let done = self.store.read(read);
        if let Err(error) = &done
            && (error.kind() == ErrorKind::Unavailable || !self.store.is_open())
        {
            // A closed broker stays closed.
            let _ = self.queue.push(Command::Heal);
        }
        done
    }

    /// Answers whether the broker is open.
    ///
    /// # Errors
    ///
    /// `Fatal`: it was closed.
    pub(super) fn check(&self) -> Result<()> {
        self.queue.check()
    }

    /// Has everybody who waits for records or partitions look again.
    pub(super) fn wake_all(&self) {
        for topic in self.catalog().values() {
            topic.logs.iter().for_each(|log| log.wake());
        }
        lock(&self.groups).wake_all();
    }

    /// Has the writer look after what is due at `deadline`.
    pub(super) fn wake_at(&self, deadline: Duration) {
        if self.deadline.set(deadline) == Moved::Earlier {
            self.queue.ring();
        }
    }
}
