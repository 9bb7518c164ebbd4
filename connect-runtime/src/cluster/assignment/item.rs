//! [`Item`]: a unit, and the numbers that stand for what it is of.

use crate::unit::Unit;

use super::levels::Kind;

/// A unit, and the numbers that stand for what it is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) unit: &'a Unit,
    /// The number of the workers that can have it, those first that are fewest.
    pub(super) class: usize,
    /// The number of its connector, in the order of their names.
    pub(super) connector: usize,
}

impl Item<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self.unit {
            Unit::Connector(_) => Kind::Connector,
            Unit::Task(_) => Kind::Task,
        }
    }

    /// Returns by what items are sorted.
    pub(super) fn order(&self) -> (usize, usize, Option<u32>) {
        let task = match self.unit {
            Unit::Connector(_) => None,
            Unit::Task(id) => Some(id.task),
        };
        (self.class, self.connector, task)
    }
}
