//! [`Rehearsal`]: a cluster on paper, for tests and benchmarks.

use std::collections::{BTreeMap, BTreeSet};

use connect_api::Str;
use uuid::Uuid;

use super::{Assignment, Candidate, Move, Place, Placed, assign};
use crate::{task_id::TaskId, unit::Unit};

/// A cluster on paper: workers come and go, units move when they are told to.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    pub(super) workers: BTreeMap<Uuid, BTreeSet<Str>>,
    /// The plugin of each unit, and where it is.
    pub(super) units: BTreeMap<Unit, (Str, Place)>,
}

/// What was decided for a [`Rehearsal`].
#[derive(Clone, Debug)]
pub struct Decision(pub(super) Assignment);

impl Decision {
    /// Counts the units that are given to a worker.
    #[must_use]
    pub fn given(&self) -> usize {
        self.0.moves.len() - self.released()
    }

    /// Counts the units that a worker has to release.
    #[must_use]
    pub fn released(&self) -> usize {
        let moves = self.0.moves.iter();
        moves
            .filter(|what| matches!(what, Move::Release(_)))
            .count()
    }
}

impl Rehearsal {
    /// Makes a cluster of nobody that runs nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a worker come.
    pub fn join(&mut self, worker: u128, plugins: &[&str]) {
        let plugins = plugins.iter().map(|plugin| (*plugin).into()).collect();
        self.workers.insert(Uuid::from_u128(worker), plugins);
    }

    /// Lets a worker go; its units are free at once.
    pub fn leave(&mut self, worker: u128) {
        self.part(worker, Place::Free);
    }

    /// Lets a worker go whose units wait for it until they [`arrive`](Self::arrive).
    pub fn pause(&mut self, worker: u128) {
        self.part(worker, Place::Leaving);
    }

    fn part(&mut self, worker: u128, place: Place) {
        let worker = Uuid::from_u128(worker);
        self.workers.remove(&worker);
        let places = self.units.values_mut().map(|(_, place)| place);
        for left in places.filter(|place| **place == Place::At(worker)) {
            *left = place;
        }
    }

    /// Adds a connector with tasks, which are free.
    pub fn add(&mut self, connector: &str, plugin: &str, tasks: u32) {
        let name = Str::from(connector);
        let free = (plugin.into(), Place::Free);
        let task = |task| {
            let connector = name.clone();
            Unit::Task(TaskId { connector, task })
        };
        self.units
            .extend((0..tasks).map(|number| (task(number), free.clone())));
        self.units.insert(Unit::Connector(name.clone()), free);
    }

    /// Frees whatever is on its way.
    pub fn arrive(&mut self) {
        self.arrive_if(|_| true);
    }

    pub(super) fn arrive_if(&mut self, mut arrives: impl FnMut(&Unit) -> bool) {
        for (unit, (_, place)) in &mut self.units {
            if *place == Place::Leaving && arrives(unit) {
                *place = Place::Free;
            }
        }
    }

    /// Asks what is to change.
    #[must_use]
    pub fn decide(&self) -> Decision {
        Decision(assign(&self.candidates(), &self.placed()))
    }

    /// Does what was decided: released units are on their way then.
    ///
    /// # Panics
    ///
    /// If it was decided for another cluster.
    pub fn apply(&mut self, decision: &Decision) {
        for what in &decision.0.moves {
            let (unit, place) = match what {
                Move::Give(unit, to) => (unit, Place::At(*to)),
                Move::Release(unit) => (unit, Place::Leaving),
            };
            let (_, is) = self.units.get_mut(unit).expect("a unit of this cluster");
            match what {
                Move::Give(..) => assert_eq!(*is, Place::Free, "{what:?}"),
                Move::Release(_) => assert!(matches!(is, Place::At(_)), "{what:?} from {is:?}"),
            }
            *is = place;
        }
    }

    pub(super) fn candidates(&self) -> Vec<Candidate<'_>> {
        let workers = self.workers.iter();
        workers
            .map(|(id, plugins)| Candidate { id: *id, plugins })
            .collect()
    }

    pub(super) fn placed(&self) -> Vec<Placed<'_>> {
        let units = self.units.iter();
        units
            .map(|(unit, (plugin, place))| Placed {
                unit,
                plugin,
                place: *place,
            })
            .collect()
    }
}
