//! [`Stock`]: what one worker can release, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{item::Item, levels::Kind};

/// What one worker can release, and in which order.
#[derive(Debug)]
pub(super) struct Stock<'a> {
    /// How many tasks and connectors' own units it has of each connector.
    counts: BTreeMap<usize, usize>,
    /// The shelf of each class.
    shelves: BTreeMap<usize, Shelf<'a>>,
}

/// The units of one class.
#[derive(Debug, Default)]
struct Shelf<'a> {
    connectors: Vec<Item<'a>>,
    /// The tasks of each connector, in order.
    tasks: BTreeMap<usize, Vec<Item<'a>>>,
    /// Connectors with tasks: how many units the worker has of them, and their numbers.
    most: BTreeSet<(usize, usize)>,
}

impl<'a> Stock<'a> {
    /// Sorts what a worker has.
    pub(super) fn of(items: &[Item<'a>]) -> Self {
        let mut items = items.to_vec();
        items.sort_unstable_by_key(Item::order);
        let mut counts = BTreeMap::new();
        let mut shelves: BTreeMap<_, Shelf<'_>> = BTreeMap::new();
        for item in items {
            *counts.entry(item.connector).or_default() += 1;
            let shelf = shelves.entry(item.class).or_default();
            match item.kind() {
                Kind::Connector => shelf.connectors.push(item),
                Kind::Task => shelf.tasks.entry(item.connector).or_default().push(item),
            }
        }
        for shelf in shelves.values_mut() {
            let connectors = shelf.tasks.keys();
            shelf.most = connectors.map(|of| (counts[of], *of)).collect();
        }
        Self { counts, shelves }
    }

    /// Takes a unit out: the last task of the connector with the most units.
    pub(super) fn take(&mut self, class: usize, kind: Kind) -> Option<Item<'a>> {
        let shelf = self.shelves.get_mut(&class)?;
        let item = match kind {
            Kind::Connector => shelf.connectors.pop()?,
            Kind::Task => shelf.tasks.get_mut(&shelf.most.last()?.1)?.pop()?,
        };
        let count = self.counts.entry(item.connector).or_default();
        let ranked = shelf.most.remove(&(*count, item.connector));
        *count -= 1;
        if ranked
            && shelf
                .tasks
                .get(&item.connector)
                .is_some_and(|tasks| !tasks.is_empty())
        {
            shelf.most.insert((*count, item.connector));
        }
        Some(item)
    }

    /// Returns whether there is such a unit.
    pub(super) fn has(&self, class: usize, kind: Kind) -> bool {
        self.shelves.get(&class).is_some_and(|shelf| match kind {
            Kind::Connector => !shelf.connectors.is_empty(),
            Kind::Task => !shelf.most.is_empty(),
        })
    }
}
