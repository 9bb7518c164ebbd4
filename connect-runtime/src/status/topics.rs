//! [`ActiveTopics`]: which topics connectors were seen to use.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connect_api::Str;
use tokio::sync::Notify;

use crate::task_id::TaskId;

/// Which topics connectors were seen to use since somebody looked: told by tasks, stored in the status topic.
///
/// Tasks never wait for it, and each of them tells of a topic once.
#[derive(Debug, Default)]
pub(crate) struct ActiveTopics {
    /// By connector and topic: the number of the task that used it first.
    seen: Mutex<BTreeMap<(Str, Str), u32>>,
    wake: Notify,
}

impl ActiveTopics {
    /// Tells that a task uses a topic.
    pub(crate) fn used(&self, id: &TaskId, topic: &Str) {
        let key = (id.connector.clone(), topic.clone());
        self.lock().entry(key).or_insert(id.task);
        self.wake.notify_one();
    }

    /// Waits until topics were seen, and takes them.
    pub(crate) async fn changed(&self) -> BTreeMap<(Str, Str), u32> {
        loop {
            let seen = mem::take(&mut *self.lock());
            if !seen.is_empty() {
                return seen;
            }
            self.wake.notified().await;
        }
    }

    /// Forgets what was seen of a connector and not taken.
    pub(crate) fn forget(&self, connector: &Str) {
        self.lock().retain(|(of, _), _| of != connector);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Str, Str), u32>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
