//! [`ActiveTopics`]: which topics connectors were seen to use.

use std::{
    collections::{BTreeMap, BTreeSet},
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
    news: Mutex<TopicNews>,
    wake: Notify,
}

/// What became of topics and connectors since somebody looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicNews {
    /// The connectors that were deleted, before anything of `used`.
    pub(crate) deleted: BTreeSet<Str>,
    /// By connector and topic: the number of the task that used it first.
    pub(crate) used: BTreeMap<(Str, Str), u32>,
}

impl ActiveTopics {
    /// Tells that a task uses a topic.
    pub(crate) fn used(&self, id: &TaskId, topic: &Str) {
        let key = (id.connector.clone(), topic.clone());
        self.lock().used.entry(key).or_insert(id.task);
        self.wake.notify_one();
    }

    /// Tells that a connector was deleted: it uses none any more.
    pub(crate) fn deleted(&self, connector: &Str) {
        let mut news = self.lock();
        news.used.retain(|(of, _), _| of != connector);
        news.deleted.insert(connector.clone());
        self.wake.notify_one();
    }

    /// Waits until there is something, and takes it.
    pub(crate) async fn changed(&self) -> TopicNews {
        loop {
            let news = mem::take(&mut *self.lock());
            if news != TopicNews::default() {
                return news;
            }
            self.wake.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, TopicNews> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_connector_used_before_it_was_deleted_is_forgotten() {
        let topics = ActiveTopics::default();
        let id = |connector: &str| TaskId {
            connector: connector.into(),
            task: 2,
        };
        topics.used(&id("a"), &"old".into());
        topics.used(&id("b"), &"other".into());
        topics.deleted(&"a".into());
        topics.used(&id("a"), &"new".into());
        let news = topics.changed().await;
        assert_eq!(news.deleted, BTreeSet::from(["a".into()]));
        let used: Vec<_> = news.used.into_keys().collect();
        assert_eq!(
            used,
            [("a".into(), "new".into()), ("b".into(), "other".into())]
        );
    }
}
