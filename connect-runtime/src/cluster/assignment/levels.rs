//! [`Levels`]: how many units each worker has, and who has the fewest and the most.

use std::collections::BTreeSet;

/// Workers by their loads, then by the places that a hash gives them.
type Ranking = BTreeSet<(usize, u64, usize)>;

/// How many units each worker has, and who has the fewest and the most.
///
/// Workers and classes are numbers, in an order that does not depend on how they were given. A class stands for the
/// plugins that the same workers have.
#[derive(Debug)]
pub(super) struct Levels {
    loads: Vec<usize>,
    places: Vec<u64>,
    /// The classes that each worker can have units of, or has units of.
    classes: Vec<BTreeSet<usize>>,
    /// Who can have units of each class.
    open: Vec<Ranking>,
    /// Who can release a task of each class.
    tasks: Vec<Ranking>,
    /// Who can release a connector of each class.
    connectors: Vec<Ranking>,
}

/// What a worker can release; the later one is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Connector,
    Task,
}

impl Levels {
    /// Ranks workers with these loads and places, in each class those that can have its units.
    pub(super) fn new(loads: Vec<usize>, places: Vec<u64>, eligible: &[Vec<usize>]) -> Self {
        let mut levels = Self {
            classes: vec![BTreeSet::new(); loads.len()],
            open: vec![Ranking::new(); eligible.len()],
            tasks: vec![Ranking::new(); eligible.len()],
            connectors: vec![Ranking::new(); eligible.len()],
            loads,
            places,
        };
        for (class, workers) in eligible.iter().enumerate() {
            for worker in workers {
                levels.classes[*worker].insert(class);
                levels.show(class, *worker);
            }
        }
        levels
    }

    pub(super) fn load(&self, worker: usize) -> usize {
        self.loads[worker]
    }

    pub(super) fn place(&self, worker: usize) -> u64 {
        self.places[worker]
    }

    /// Adds a unit to the load of a worker.
    pub(super) fn add(&mut self, worker: usize) {
        self.set(worker, self.loads[worker] + 1);
    }

    /// Takes a unit off the load of a worker.
    pub(super) fn take(&mut self, worker: usize) {
        self.set(worker, self.loads[worker] - 1);
    }

    fn set(&mut self, worker: usize, load: usize) {
        let place = self.places[worker];
        let old = (self.loads[worker], place, worker);
        self.loads[worker] = load;
        for class in &self.classes[worker] {
            for rankings in [&mut self.open, &mut self.tasks, &mut self.connectors] {
                if rankings[*class].remove(&old) {
                    rankings[*class].insert((load, place, worker));
                }
            }
        }
    }

    /// Returns who has the least in a class.
    pub(super) fn lowest(&self, class: usize) -> Option<usize> {
        self.open[class].first().map(|(_, _, worker)| *worker)
    }

    /// Returns who has the least, of several the first from a place on.
    pub(super) fn lowest_from(&self, class: usize, place: u64) -> Option<usize> {
        let first = self.open[class].first()?;
        let level = first.0;
        let next = self.open[class]
            .range((level, place, 0)..(level + 1, 0, 0))
            .next();
        Some(next.unwrap_or(first).2)
    }

    /// Leaves a worker out where [`lowest`](Self::lowest) looks; says whether it was there.
    pub(super) fn hide(&mut self, class: usize, worker: usize) -> bool {
        let rank = self.rank(worker);
        self.open[class].remove(&rank)
    }

    /// Takes a worker back that was hidden.
    pub(super) fn show(&mut self, class: usize, worker: usize) {
        let rank = self.rank(worker);
        self.open[class].insert(rank);
    }

    /// Notes that a worker has a unit to release.
    pub(super) fn stock(&mut self, class: usize, kind: Kind, worker: usize) {
        let rank = self.rank(worker);
        self.classes[worker].insert(class);
        self.stocks(kind)[class].insert(rank);
    }

    /// Notes that a worker has no such unit any more.
    pub(super) fn run_out(&mut self, class: usize, kind: Kind, worker: usize) {
        let rank = self.rank(worker);
        self.stocks(kind)[class].remove(&rank);
    }

    /// Returns who has most of those that can release a unit of a class.
    ///
    /// Of several with the same load, one that can release a task.
    pub(super) fn highest(&self, class: usize) -> Option<(usize, Kind)> {
        let connector = self.connectors[class].last();
        let task = self.tasks[class].last();
        match (task, connector) {
            (Some(task), Some(connector)) if connector.0 > task.0 => {
                Some((connector.2, Kind::Connector))
            }
            (Some(task), _) => Some((task.2, Kind::Task)),
            (None, connector) => connector.map(|connector| (connector.2, Kind::Connector)),
        }
    }

    fn rank(&self, worker: usize) -> (usize, u64, usize) {
        (self.loads[worker], self.places[worker], worker)
    }

    fn stocks(&mut self, kind: Kind) -> &mut Vec<Ranking> {
        match kind {
            Kind::Task => &mut self.tasks,
            Kind::Connector => &mut self.connectors,
        }
    }
}
