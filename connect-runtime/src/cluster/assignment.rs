//! [`assign`]: who runs what.

use std::collections::BTreeSet;

use connect_api::Str;
use uuid::Uuid;

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

/// What is to change.
#[derive(Debug, Default)]
pub(crate) struct Assignment {
    pub(crate) moves: Vec<Move>,
    pub(crate) homeless: Vec<Unit>,
}

pub(crate) fn assign(candidates: &[Candidate<'_>], units: &[Placed<'_>]) -> Assignment {
    let mut load: std::collections::BTreeMap<Uuid, usize> =
        candidates.iter().map(|c| (c.id, 0)).collect();
    let mut assignment = Assignment::default();
    for unit in units {
        if let Place::At(w) = unit.place {
            *load.entry(w).or_default() += 1;
        }
    }
    for unit in units {
        if unit.place == Place::Free {
            let best = candidates
                .iter()
                .filter(|c| c.plugins.contains(unit.plugin))
                .min_by_key(|c| (load[&c.id], c.id));
            match best {
                Some(c) => {
                    *load.entry(c.id).or_default() += 1;
                    assignment.moves.push(Move::Give(unit.unit.clone(), c.id));
                }
                None => assignment.homeless.push(unit.unit.clone()),
            }
        }
    }
    assignment
}
