//! [`assign`]: who runs what.

mod inventory;
mod item;
mod levels;
#[cfg(any(test, feature = "bench"))]
mod rehearsal;
mod stock;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use connect_api::Str;
use siphasher::sip::SipHasher13;
use uuid::Uuid;

#[cfg(any(test, feature = "bench"))]
pub use self::rehearsal::{Decision, Rehearsal};
use self::{
    inventory::Inventory,
    item::Item,
    levels::{Kind, Levels},
    stock::Stock,
};
use crate::unit::Unit;

/// A worker that units can be given to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) id: Uuid,
    /// The names of the connectors' plugins that it has.
    pub(crate) plugins: &'a BTreeSet<Str>,
}

/// A unit, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) unit: &'a Unit,
    /// The name of its connector's plugin.
    pub(crate) plugin: &'a Str,
    pub(crate) place: Place,
}

/// Where a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// This worker has it, which is one of the candidates.
    At(Uuid),
    /// Nobody has it, and it can be given to a worker.
    Free,
    /// It is being released, or waits for something: it will be free.
    Leaving,
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Give a free unit to this worker.
    Give(Unit, Uuid),
    /// Ask the worker that has the unit to release it.
    Release(Unit),
}

/// What [`assign`] answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) moves: Vec<Move>,
    /// Free units whose plugin no candidate has.
    pub(crate) homeless: Vec<Unit>,
}

/// Decides what moves, so that all workers have the same number of units.
///
/// # Contract
///
/// - The answer depends on the content of the arguments alone, not on their order. Each worker and each unit is there
///   once.
/// - A free unit goes to the worker that has the least, of those with its plugin; among them, to one with few units of
///   its connector. Units that are on their way count where they will go: within one plugin they take what free units
///   leave, and those that fewer workers can have go first.
/// - Once everything has arrived, no unit is where it could go to a worker that has at least two fewer. What that needs
///   to be released is asked for now, unless a free unit or one that is on its way fills the gap.
/// - Where all workers have all plugins, each unit above the mean (rounded up for those that have most) is released,
///   and no other.
/// - Tasks go rather than connectors, which split their work anew elsewhere, and those of the connector that the worker
///   has most units of.
/// - A worker that has a unit without its plugin releases it.
pub(crate) fn assign(candidates: &[Candidate<'_>], units: &[Placed<'_>]) -> Assignment {
    let mut plan = Plan::of(Inventory::of(candidates, units));
    plan.expel();
    plan.give();
    plan.level();
    plan.assignment
}

/// What was decided so far.
struct Plan<'a> {
    inventory: Inventory<'a>,
    levels: Levels,
    assignment: Assignment,
}

impl<'a> Plan<'a> {
    fn of(inventory: Inventory<'a>) -> Self {
        let loads = inventory.owned.iter().map(Vec::len).collect();
        let workers = inventory.workers.iter();
        let places = workers.map(|id| place_of(id.as_bytes())).collect();
        Self {
            levels: Levels::new(loads, places, &inventory.eligible),
            inventory,
            assignment: Assignment::default(),
        }
    }

    /// Takes units from workers that cannot run them.
    fn expel(&mut self) {
        let stray = self.inventory.stray.iter();
        let releases = stray.map(|item| Move::Release(item.unit.clone()));
        self.assignment.moves.extend(releases);
    }

    /// Gives what is free, and notes where what is coming will go.
    fn give(&mut self) {
        let free = std::mem::take(&mut self.inventory.free);
        let holders = self.holders(&free);
        let mut runs = free.chunk_by(|a, b| (a.class, a.connector) == (b.class, b.connector));
        let mut next = runs.next();
        for class in 0..self.inventory.eligible.len() {
            while let Some(run) = next.take_if(|run| run[0].class == class) {
                if self.inventory.eligible[class].is_empty() {
                    let units = run.iter().map(|item| item.unit.clone());
                    self.assignment.homeless.extend(units);
                } else {
                    self.give_run(run, holders.get(&run[0].connector));
                }
                next = runs.next();
            }
            for _ in 0..self.inventory.coming[class] {
                match self.levels.lowest(class) {
                    Some(worker) => self.levels.add(worker),
                    None => break,
                }
            }
        }
    }

    /// Counts for each connector with free units who has how many of it.
    fn holders(&self, free: &[Item<'_>]) -> BTreeMap<usize, BTreeMap<usize, usize>> {
        let connectors = free.iter().map(|item| (item.connector, BTreeMap::new()));
        let mut holders: BTreeMap<_, BTreeMap<_, usize>> = connectors.collect();
        if holders.is_empty() {
            return holders;
        }
        for (worker, items) in self.inventory.owned.iter().enumerate() {
            for item in items {
                if let Some(counts) = holders.get_mut(&item.connector) {
                    *counts.entry(worker).or_default() += 1;
                }
            }
        }
        holders
    }

    /// Gives units of one connector.
    ///
    /// Who has a unit of it is ranked apart meanwhile, so that nobody is looked at in vain.
    fn give_run(&mut self, run: &[Item<'_>], holders: Option<&BTreeMap<usize, usize>>) {
        let class = run[0].class;
        let mut apart: BTreeSet<(usize, usize, u64, usize)> = BTreeSet::new();
        for (worker, count) in holders.into_iter().flatten() {
            if self.levels.hide(class, *worker) {
                let (load, place) = (self.levels.load(*worker), self.levels.place(*worker));
                apart.insert((load, *count, place, *worker));
            }
        }
        for item in run {
            let place = place_of(item.unit.to_string().as_bytes());
            let without = self.levels.lowest_from(class, place);
            let with = apart.first().copied();
            let (worker, count) = match (without, with) {
                (Some(worker), Some(with)) if self.levels.load(worker) > with.0 => (with.3, with.1),
                (Some(worker), _) => (worker, 0),
                (None, Some(with)) => (with.3, with.1),
                (None, None) => unreachable!("a class with candidates"),
            };
            if count == 0 {
                self.levels.hide(class, worker);
            } else {
                apart.pop_first();
            }
            self.levels.add(worker);
            let (load, place) = (self.levels.load(worker), self.levels.place(worker));
            apart.insert((load, count + 1, place, worker));
            let to = self.inventory.workers[worker];
            self.assignment
                .moves
                .push(Move::Give(item.unit.clone(), to));
        }
        for (_, _, _, worker) in apart {
            self.levels.show(class, worker);
        }
    }

    /// Asks for the units that others have too few of.
    fn level(&mut self) {
        for (worker, items) in self.inventory.owned.iter().enumerate() {
            let kinds = items.iter().map(|item| (item.class, item.kind()));
            for (class, kind) in kinds.collect::<BTreeSet<_>>() {
                self.levels.stock(class, kind, worker);
            }
        }
        let mut stocks = BTreeMap::new();
        while let Some(gap) = self.widest_gap() {
            let items = &self.inventory.owned[gap.from];
            let stock = stocks.entry(gap.from).or_insert_with(|| Stock::of(items));
            let Some(item) = stock.take(gap.class, gap.kind) else {
                unreachable!("a worker that is ranked by its stock");
            };
            if !stock.has(gap.class, gap.kind) {
                self.levels.run_out(gap.class, gap.kind, gap.from);
            }
            self.levels.take(gap.from);
            self.levels.add(gap.to);
            let release = Move::Release(item.unit.clone());
            self.assignment.moves.push(release);
        }
    }

    /// Finds who should release what, and nobody if all have the same.
    fn widest_gap(&self) -> Option<Gap> {
        let gaps = (0..self.inventory.eligible.len()).filter_map(|class| {
            let ((from, kind), to) = (self.levels.highest(class)?, self.levels.lowest(class)?);
            let wide = self.levels.load(from).checked_sub(self.levels.load(to))?;
            let gap = Gap {
                class,
                kind,
                from,
                to,
            };
            (wide >= 2).then_some((wide, kind, Reverse(class), gap))
        });
        let widest = gaps.max_by_key(|(wide, kind, class, _)| (*wide, *kind, *class));
        widest.map(|(_, _, _, gap)| gap)
    }
}

/// Two workers of which one has too much.
struct Gap {
    class: usize,
    kind: Kind,
    from: usize,
    to: usize,
}

/// Says where on a circle a name stands, the same everywhere and in each version.
///
/// Units and workers have places, so that the workers of many small clusters are not filled in the order of their ids.
fn place_of(name: &[u8]) -> u64 {
    SipHasher13::new().hash(name)
}
