//! [`Worker`]: a worker that follows the log, more or less.

use std::collections::{BTreeMap, BTreeSet};

use connect_api::Str;
use uuid::Uuid;

use super::topic::Topic;
use crate::{
    stores::{Card, ClusterRecord, ClusterState, Stay, Ticket},
    unit::Unit,
};

/// A worker as the leader sees it: what it writes, and what it runs.
#[derive(Debug)]
pub(super) struct Worker {
    id: Uuid,
    card: Card,
    pub(super) life: Life,
    /// What it runs.
    pub(super) holds: BTreeMap<Unit, Ticket>,
    /// What it had when it came back: others may be given it any time, so it does not run it.
    void: BTreeSet<(Unit, Ticket)>,
    view: ClusterState,
    /// Up to where it has read.
    pub(super) read: i64,
}

/// How a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It is a member, and follows the log.
    Awake,
    /// It is a member, and goes on with what it runs without looking.
    Paused,
    /// It goes on with what it runs, but is no member any more: nothing that it does has an effect.
    Fenced,
    /// It is no member, and runs nothing.
    Outside,
    /// It is a member until its session ends, and runs nothing.
    Dead,
}

impl Worker {
    pub(super) fn new(id: Uuid, plugins: &[&str]) -> Self {
        let plugins = plugins.iter().map(|plugin| Str::from(*plugin));
        let card = Card {
            name: id.to_string().into(),
            plugins: plugins.collect(),
            stay: Stay::Staying,
        };
        Self {
            id,
            card,
            life: Life::Awake,
            holds: BTreeMap::new(),
            void: BTreeSet::new(),
            view: ClusterState::default(),
            read: 0,
        }
    }

    /// Returns whether what it runs has an effect.
    pub(super) fn is_effective(&self) -> bool {
        matches!(self.life, Life::Awake | Life::Paused)
    }

    pub(super) fn takes(&self, plugin: &str) -> bool {
        self.card.stay == Stay::Staying && self.card.plugins.contains(plugin)
    }

    pub(super) fn carry(&mut self, plugins: &[&str]) {
        self.card.plugins = plugins.iter().map(|plugin| Str::from(*plugin)).collect();
    }

    /// Wants to leave once it has nothing any more.
    pub(super) fn say_farewell(&mut self) {
        self.card.stay = Stay::Leaving;
    }

    /// Comes back, now that it is a member again.
    pub(super) fn come_back(&mut self, topic: &Topic) {
        self.life = Life::Awake;
        topic.read(&mut self.view, &mut self.read, usize::MAX);
        let mine = self.view.placements.iter();
        let mine = mine.filter(|(_, placement)| placement.worker() == Some(self.id));
        self.void
            .extend(mine.map(|(unit, placement)| (unit.clone(), placement.ticket)));
    }

    /// Reads at most so many records, and does what they say.
    ///
    /// What it says does not depend on what was new, so that nothing is missed.
    pub(super) fn act(&mut self, topic: &mut Topic, most: usize) {
        if self.life != Life::Awake {
            return;
        }
        topic.read(&mut self.view, &mut self.read, most);
        let mut says = Vec::new();
        if self.view.cards.get(&self.id) != Some(&self.card) {
            let card = Some(self.card.clone());
            says.push(ClusterRecord::Worker { id: self.id, card });
        }
        let view = &self.view;
        self.holds
            .retain(|unit, ticket| view.owner(unit) == Some((self.id, *ticket)));
        for (unit, placement) in &view.placements {
            let ticket = placement.ticket;
            if placement.worker() != Some(self.id) {
                continue;
            }
            if placement.owner().is_some() && !self.void.contains(&(unit.clone(), ticket)) {
                self.holds.insert(unit.clone(), ticket);
            } else if view.releases.get(unit) != Some(&ticket) {
                says.push(ClusterRecord::Release {
                    unit: unit.clone(),
                    release: Some(ticket),
                });
            }
        }
        for said in says {
            for record in said.encode(&topic.name) {
                topic.append(record);
            }
        }
    }

    /// Returns whether it has handed over what it had, as far as it knows.
    pub(super) fn has_left(&self) -> bool {
        let card = self.view.cards.get(&self.id);
        let mut placements = self.view.placements.values();
        self.card.stay == Stay::Leaving
            && card == Some(&self.card)
            && !placements.any(|placement| placement.worker() == Some(self.id))
    }
}
