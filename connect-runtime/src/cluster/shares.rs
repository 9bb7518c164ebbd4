//! [`Held`]: what runs on this worker.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::Str;

use crate::{
    settings::Plan,
    stores::Ticket,
    supervisor::{Outcomes, Part, Share, Target},
    unit::Unit,
};

/// What runs on this worker, by connector.
#[derive(Debug, Default)]
pub(super) struct Held {
    shown: BTreeMap<Str, Shown>,
    /// What was given to supervisors and has not ended.
    running: BTreeSet<Unit>,
    /// Connectors whose supervisors are on their way out.
    ending: BTreeSet<Str>,
}

/// What a connector's supervisor was told last.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) plan: Arc<Plan>,
    pub(super) target: Target,
    pub(super) units: BTreeMap<Unit, Ticket>,
    pub(super) parts: BTreeMap<u32, Part>,
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

    /// Returns whether a unit's supervisor was told last to run it.
    pub(super) fn has_unit(&self, unit: &Unit) -> bool {
        let shown = self.shown.get(unit.connector());
        shown.is_some_and(|shown| shown.units.contains_key(unit))
    }

    /// Returns what the tasks of a connector do here, unless its plan was renewed since.
    pub(super) fn parts(&self, name: &Str) -> BTreeMap<u32, Part> {
        let shown = self.shown.get(name);
        shown.map(|shown| shown.parts.clone()).unwrap_or_default()
    }

    /// Lets every task of a connector start anew by what comes next.
    pub(super) fn renew(&mut self, name: &Str) {
        if let Some(shown) = self.shown.get_mut(name) {
            shown.parts.clear();
            shown.units.clear();
        }
    }

    pub(super) fn show(&mut self, name: &Str, new: Shown) {
        self.running.extend(new.units.keys().cloned());
        self.shown.insert(name.clone(), new);
    }

    /// Takes back everything, and returns what supervisors are to be told.
    pub(super) fn suspend(&mut self, outcomes: &Arc<Outcomes>) -> Vec<Share> {
        let mut shares = Vec::new();
        for shown in self.shown.values_mut() {
            shown.parts.clear();
            if !std::mem::take(&mut shown.units).is_empty() {
                shares.push(Share {
                    plan: Arc::clone(&shown.plan),
                    target: shown.target,
                    splits: None,
                    parts: BTreeMap::new(),
                    outcomes: Arc::clone(outcomes),
                });
            }
        }
        shares
    }

    /// Notes that a connector's supervisor is told to end.
    pub(super) fn end(&mut self, name: &Str) {
        self.shown.remove(name);
        self.ending.insert(name.clone());
    }

    /// Returns whether a connector's supervisor is on its way out, so that it cannot have a new one.
    pub(super) fn is_ending(&self, name: &Str) -> bool {
        self.ending.contains(name)
    }

    /// Takes that a connector's supervisor has ended, or has nothing left that could do anything.
    pub(super) fn on_ended(&mut self, name: &Str) {
        self.ending.remove(name);
        self.running.retain(|unit| unit.connector() != name);
    }

    /// Takes that units have ended; those that are still wanted start again by themselves.
    pub(super) fn on_left(&mut self, left: &BTreeSet<Unit>) {
        for unit in left {
            let shown = self.shown.get(unit.connector());
            if shown.is_none_or(|shown| !shown.units.contains_key(unit)) {
                self.running.remove(unit);
            }
        }
    }

    /// Returns whether a unit may still do something here.
    pub(super) fn runs(&self, unit: &Unit) -> bool {
        self.running.contains(unit)
    }
}
