//! [`Outcomes`]: what comes of a worker's shares.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connect_api::{Str, TaskConfig};
use tokio::sync::Notify;

use crate::{settings::Plan, unit::Unit};

/// What comes of a worker's shares, until somebody takes it.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    left: Pile<BTreeSet<Unit>>,
    splits: Pile<BTreeMap<Str, Split>>,
    renewed: Pile<BTreeMap<Str, Arc<Plan>>>,
}

/// A connector's work, as its plugin has split it.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) plan: Arc<Plan>,
    pub(crate) configs: Vec<TaskConfig>,
}

#[derive(Debug, Default)]
struct Pile<T> {
    things: Mutex<T>,
    more: Notify,
}

impl Outcomes {
    /// Says that a unit has ended, or cannot do anything any more.
    pub(super) fn leave(&self, unit: Unit) {
        self.left.add(|left| left.insert(unit));
    }

    /// Says how a connector's work is split; what was said before does not count any more.
    pub(super) fn split(&self, split: Split) {
        self.splits
            .add(|splits| splits.insert(split.plan.name.clone(), split));
    }

    /// Says that what a connector's configuration refers to has changed, so that it goes by another plan.
    pub(super) fn renew(&self, plan: Arc<Plan>) {
        self.renewed
            .add(|renewed| renewed.insert(plan.name.clone(), plan));
    }

    /// Waits for plans that take the place of others, and takes them. Dropping the future loses nothing.
    pub(crate) async fn renewed(&self) -> BTreeMap<Str, Arc<Plan>> {
        self.renewed.take(BTreeMap::is_empty).await
    }

    /// Waits for units that have ended, and takes them. Dropping the future loses nothing.
    pub(crate) async fn left(&self) -> BTreeSet<Unit> {
        self.left.take(BTreeSet::is_empty).await
    }

    /// Waits for work that was split, and takes it. Dropping the future loses nothing.
    pub(crate) async fn splits(&self) -> BTreeMap<Str, Split> {
        self.splits.take(BTreeMap::is_empty).await
    }
}

impl<T: Default> Pile<T> {
    fn add<R>(&self, add: impl FnOnce(&mut T) -> R) {
        drop(add(&mut self.lock()));
        self.more.notify_one();
    }

    async fn take(&self, is_empty: impl Fn(&T) -> bool) -> T {
        loop {
            let things = std::mem::take(&mut *self.lock());
            if !is_empty(&things) {
                return things;
            }
            self.more.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
