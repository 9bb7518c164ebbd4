//! [`Held`]: what runs on this worker.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::Str;

use crate::{settings::Plan, stores::Ticket, supervisor::Target, unit::Unit};

/// What runs on this worker, by connector.
#[derive(Debug, Default)]
pub(super) struct Held {
    shown: BTreeMap<Str, Shown>,
    /// What was given to supervisors and has not ended.
    running: BTreeSet<Unit>,
}

/// What a connector's supervisor was told last.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) plan: Arc<Plan>,
    pub(super) target: Target,
    pub(super) units: BTreeMap<Unit, Ticket>,
}

impl Held {
    /// Iterates over the connectors that have a supervisor here.
    pub(super) fn connectors(&self) -> impl Iterator<Item = &Str> {
        self.shown.keys()
    }

    pub(super) fn has(&self, name: &Str) -> bool {
        self.shown.contains_key(name)
    }

    /// Returns whether the supervisor knows this already.
    pub(super) fn is_shown(&self, name: &Str, new: &Shown) -> bool {
        match self.shown.get(name) {
            Some(known) => {
                Arc::ptr_eq(&known.plan, &new.plan)
                    && known.target == new.target
                    && known.units == new.units
            }
            // Nobody has to be told that there is nothing to do.
            None => new.units.is_empty(),
        }
    }

    pub(super) fn show(&mut self, name: &Str, new: Shown) {
        self.running.extend(new.units.keys().cloned());
        self.shown.insert(name.clone(), new);
    }

    /// Forgets a connector whose supervisor is told to end.
    pub(super) fn forget(&mut self, name: &Str) {
        self.shown.remove(name);
        self.running.retain(|unit| unit.connector() != name);
    }

    /// Takes that a unit has ended; one that is still wanted starts again by itself.
    pub(super) fn on_left(&mut self, unit: &Unit) {
        let shown = self.shown.get(unit.connector());
        let is_wanted = shown.is_some_and(|shown| shown.units.contains_key(unit));
        if !is_wanted {
            self.running.remove(unit);
        }
    }

    /// Returns whether a unit may still do something here.
    pub(super) fn runs(&self, unit: &Unit) -> bool {
        self.running.contains(unit)
    }
}
