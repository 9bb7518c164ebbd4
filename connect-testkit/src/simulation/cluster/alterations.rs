//! [`Alterations`]: how offsets were changed, and what copies may look like therefore.

use std::collections::BTreeMap;

use connect_api::TopicPartition;
use connect_runtime::OffsetChange;

use super::{
    application::number,
    ledger::Outcome,
    oracle::of_part,
    world::{World, topic},
};
use crate::memory::MemorySource;

/// The connectors whose offsets are changed.
pub(super) const ALTERED: [&str; 2] = ["from-1", "into-1"];

/// All changes of offsets that were asked for.
#[derive(Default)]
pub(super) struct Alterations(Vec<Alteration>);

/// A change of offsets that was asked for.
pub(super) struct Alteration {
    name: &'static str,
    change: OffsetChange,
    /// Where each partition is to go on: the number of an entry, or an offset of a topic.
    targets: BTreeMap<i32, i64>,
    outcome: Option<Outcome>,
    /// How long the copy of each partition was when the change was acknowledged and nothing ran.
    acknowledged: BTreeMap<i32, usize>,
}

/// A place at which a copy may go on without having come there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jump {
    pub(super) target: i64,
    /// What comes at this place of the copy is what the change said.
    due: Option<usize>,
}

impl Alterations {
    /// Notes a change; returns its number.
    pub(super) fn ask(
        &mut self,
        name: &'static str,
        (change, targets): (OffsetChange, BTreeMap<i32, i64>),
    ) -> usize {
        self.0.push(Alteration {
            name,
            change,
            targets,
            outcome: None,
            acknowledged: BTreeMap::new(),
        });
        self.0.len() - 1
    }

    pub(super) fn change(&self, number: usize) -> OffsetChange {
        self.0[number].change.clone()
    }

    /// Returns where the copy of a partition may go on by itself, in the order in which that was asked for.
    pub(super) fn jumps(&self, name: &str, part: i32) -> Vec<Jump> {
        let of = self.0.iter().filter(|it| it.name == name);
        // What was refused did nothing.
        let of: Vec<_> = of
            .filter(|it| it.outcome != Some(Outcome::Refused))
            .filter_map(|it| Some((it, *it.targets.get(&part)?)))
            .collect();
        // What nobody knows the outcome of may still come between.
        let is_sure = of.iter().all(|(it, _)| it.outcome == Some(Outcome::Done));
        let due = |at: usize| {
            let due = *of[at].0.acknowledged.get(&part)?;
            let later = of.get(at + 1..).unwrap_or_default();
            let is_last = later
                .iter()
                .all(|(it, _)| it.acknowledged.get(&part).is_some_and(|it| *it > due));
            (is_sure && is_last).then_some(due)
        };
        let jumps = of.iter().enumerate();
        jumps
            .map(|(at, (_, target))| Jump {
                target: *target,
                due: due(at),
            })
            .collect()
    }
}

/// Finds the first place where a copy does not go on as what it is copied from, nor as a change of offsets says.
///
/// A copy and the places of jumps are counted in the same way, from 0; `place` answers where a target is.
pub(super) fn disorder(
    copy: &[usize],
    jumps: &[Jump],
    place: impl Fn(i64) -> usize,
) -> Option<String> {
    let mut jumps: Vec<_> = jumps.iter().map(|it| (*it, place(it.target))).collect();
    let mut next = 0;
    for (at, found) in copy.iter().enumerate() {
        let due = jumps.iter().find(|(jump, _)| jump.due == Some(at));
        if let Some((jump, place)) = due
            && place != found
        {
            return Some(format!(
                "number {at} of the copy: expected {place}, as {jump:?} was acknowledged, found {found}"
            ));
        }
        if *found != next {
            let taken = jumps.iter().position(|(_, place)| place == found);
            let Some(taken) = taken else {
                return Some(format!(
                    "number {at} of the copy: expected {next}, or a place that was asked for, found {found}"
                ));
            };
            // Each change happens once.
            jumps.remove(taken);
        }
        next = found + 1;
    }
    None
}

impl World {
    /// Draws a change of offsets to places that the connector has seen.
    pub(super) async fn draw_alteration(&mut self, name: &'static str) -> usize {
        let number = number(name);
        let places = match name.starts_with("from") {
            true => self.entries(number),
            false => self.offsets(number).await,
        };
        let mut targets = BTreeMap::new();
        if self.environment.below(3) == 0 {
            targets.extend(places.keys().map(|part| (*part, 0)));
            return self.alterations.ask(name, (OffsetChange::Reset, targets));
        }
        for (part, places) in places {
            if self.environment.below(2) == 0 {
                targets.insert(part, places[self.below(places.len())]);
            }
        }
        let change = if name.starts_with("from") {
            let offset = |(part, at): (&i32, &i64)| {
                let [part, at] = [i64::from(*part), *at]
                    .map(|number| usize::try_from(number).expect("counted from 0"));
                let offset = MemorySource::offset(at);
                (MemorySource::partition(part), Some(offset))
            };
            OffsetChange::Source(targets.iter().map(offset).collect())
        } else {
            let offset = |(part, at): (&i32, &i64)| {
                let partition = TopicPartition::new(topic(number), *part);
                (partition, Some(*at))
            };
            OffsetChange::Sink(targets.iter().map(offset).collect())
        };
        self.alterations.ask(name, (change, targets))
    }

    /// Returns the places in the partitions of an input.
    fn entries(&self, number: usize) -> BTreeMap<i32, Vec<i64>> {
        let input = &self.systems.inputs[number];
        let parts = 0..input.partitions();
        let places = |part| (0..).take(input.entries(part).len() + 1).collect();
        parts
            .map(|part| (i32::try_from(part).expect("few"), places(part)))
            .collect()
    }

    /// Returns the places in the partitions of a topic.
    async fn offsets(&self, number: usize) -> BTreeMap<i32, Vec<i64>> {
        let parts = 0..self.plan.topic_partitions;
        let mut places: BTreeMap<i32, Vec<i64>> = parts.map(|part| (part, vec![0])).collect();
        for (at, offset, _) in self.read(&topic(number)).await {
            places
                .entry(at.partition)
                .or_default()
                .extend([offset, offset + 1]);
        }
        places
    }

    /// Takes the outcomes that are there.
    pub(super) async fn hear(&mut self) {
        for (name, number, outcome) in self.ledger.settle() {
            let is_at_rest = self.ledger.is_stopped(name);
            let mut acknowledged = BTreeMap::new();
            if outcome == Outcome::Done && is_at_rest {
                for part in self.alterations.0[number].targets.keys() {
                    acknowledged.insert(*part, self.copied(name, *part).await);
                }
            }
            let alteration = &mut self.alterations.0[number];
            alteration.outcome = Some(outcome);
            alteration.acknowledged = acknowledged;
        }
    }

    /// Returns how long the copy of a partition is.
    async fn copied(&self, name: &str, part: i32) -> usize {
        let number = number(name);
        if name.starts_with("from") {
            let topic = self.read(&topic(number)).await;
            return of_part(&topic, usize::try_from(part).expect("counted from 0")).len();
        }
        let rows = self.rows(number);
        rows.iter().filter(|(at, ..)| at.partition == part).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(copy: &[usize], jumps: &[(i64, Option<usize>)]) -> bool {
        let jump = |(target, due): &(i64, Option<usize>)| Jump {
            target: *target,
            due: *due,
        };
        let jumps: Vec<_> = jumps.iter().map(jump).collect();
        disorder(copy, &jumps, |target| {
            usize::try_from(target).expect("from 0")
        })
        .is_some()
    }

    #[test]
    fn a_copy_goes_on_or_where_a_change_says() {
        assert!(!found(&[0, 1, 2], &[]));
        assert!(found(&[0, 2], &[]));
        assert!(found(&[1, 2], &[]));
        assert!(!found(&[0, 1, 0, 1, 2], &[(0, None)]));
        assert!(found(&[0, 1, 0, 1, 0, 1], &[(0, None)]));
        assert!(found(&[0, 1, 2, 3], &[(0, Some(2))]));
        assert!(!found(&[0, 1, 2, 3], &[(2, Some(2))]));
        assert!(!found(&[0, 1, 5, 1, 2], &[(5, Some(2)), (1, Some(3))]));
        assert!(!found(&[0, 1], &[(0, Some(2))]));
    }
}
