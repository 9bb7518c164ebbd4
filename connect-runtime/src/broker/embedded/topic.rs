//! [`Topic`] and [`Catalog`]: the topics that there are.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use connect_api::Str;

use super::{
    super::TopicDescription,
    log::{Log, LogId},
    settings::Settings,
};

/// A topic and the logs of its partitions.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: Str,
    pub(super) id: u32,
    pub(super) settings: Settings,
    /// The settings as they were given.
    pub(super) configs: BTreeMap<String, String>,
    pub(super) logs: Vec<Arc<Log>>,
    deleted: AtomicBool,
}

impl Topic {
    pub(super) fn new(
        name: Str,
        id: u32,
        (settings, configs): (Settings, BTreeMap<String, String>),
        logs: Vec<Arc<Log>>,
    ) -> Self {
        Self {
            name,
            id,
            settings,
            configs,
            logs,
            deleted: AtomicBool::new(false),
        }
    }

    pub(super) fn log_ids(&self) -> impl Iterator<Item = LogId> {
        self.logs.iter().map(|log| log.id)
    }

    pub(super) fn describe(&self) -> TopicDescription {
        TopicDescription {
            partitions: i32::try_from(self.logs.len()).expect("created from an i32"),
            cleanup: self.settings.cleanup,
            configs: self.configs.clone(),
        }
    }

    /// Says that the topic is gone, to everybody who still holds it.
    pub(super) fn delete(&self) {
        self.deleted.store(true, Ordering::Release);
        for log in &self.logs {
            log.delete();
        }
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }
}

/// The topics that there are, by name.
pub(super) type Catalog = BTreeMap<Str, Arc<Topic>>;
