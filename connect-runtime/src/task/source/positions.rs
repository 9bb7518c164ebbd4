//! [`Moved`]: the last position per source partition; [`Prefixes`]: which of them are settled.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use connect_api::{SourceOffset, SourcePartition};

use super::Follows;

/// The last position per source partition, in the order in which the partitions were first seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    entries: Vec<(SourcePartition, SourceOffset)>,
    /// Where a partition stands, once there are too many to search.
    index: HashMap<SourcePartition, usize>,
    last: usize,
}

impl Moved {
    const SEARCHED: usize = 8;

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Moves one partition; records of one partition in a row cost a pointer comparison.
    pub(crate) fn set(&mut self, partition: &SourcePartition, offset: SourceOffset) {
        if let Some((known, position)) = self.entries.get_mut(self.last)
            && known.is_same(partition)
        {
            *position = offset;
            return;
        }
        self.last = match self.find(partition) {
            Some(at) => {
                self.entries[at].1 = offset;
                at
            }
            None => self.append(partition, offset),
        };
    }

    /// Moves all partitions of `later`.
    pub(crate) fn merge(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
            return;
        }
        for (partition, offset) in later.entries {
            self.set(&partition, offset);
        }
    }

    pub(crate) fn partitions(&self) -> impl Iterator<Item = &SourcePartition> {
        self.entries.iter().map(|(partition, _)| partition)
    }

    pub(crate) fn into_map(self) -> BTreeMap<SourcePartition, SourceOffset> {
        self.entries.into_iter().collect()
    }

    fn find(&self, partition: &SourcePartition) -> Option<usize> {
        if self.entries.len() <= Self::SEARCHED {
            self.entries
                .iter()
                .position(|(known, _)| known == partition)
        } else {
            self.index.get(partition).copied()
        }
    }

    fn append(&mut self, partition: &SourcePartition, offset: SourceOffset) -> usize {
        self.entries.push((partition.clone(), offset));
        let at = self.entries.len() - 1;
        if self.entries.len() > Self::SEARCHED {
            let unindexed = self.index.len();
            let new = self.entries.iter().enumerate().skip(unindexed);
            self.index
                .extend(new.map(|(i, (partition, _))| (partition.clone(), i)));
        }
        at
    }
}

/// Which positions are settled: per source partition the longest prefix of acknowledged batches.
///
/// Batches may be acknowledged in any order; one that is not holds back its own partitions, and later batches that
/// follow everything.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    batches: VecDeque<(u64, Batch)>,
    next: u64,
}

#[derive(Debug)]
enum Batch {
    InFlight(Moved, Follows),
    Acknowledged(Moved, Follows),
}

impl Prefixes {
    /// Remembers a batch that is on its way, and returns its number.
    pub(crate) fn sent(&mut self, moved: Moved, follows: Follows) -> u64 {
        let number = self.next;
        self.next += 1;
        self.batches
            .push_back((number, Batch::InFlight(moved, follows)));
        number
    }

    /// Marks a batch as durable.
    pub(crate) fn acknowledged(&mut self, number: u64) {
        if let Ok(at) = self
            .batches
            .binary_search_by_key(&number, |(number, _)| *number)
            && let Batch::InFlight(moved, follows) = &mut self.batches[at].1
        {
            self.batches[at].1 = Batch::Acknowledged(std::mem::take(moved), *follows);
        }
    }

    /// Takes the positions that became settled.
    pub(crate) fn take_settled(&mut self) -> Moved {
        let mut settled = Moved::default();
        let (mut held, mut is_held) = (HashSet::new(), false);
        self.batches.retain_mut(|(_, batch)| match batch {
            Batch::InFlight(moved, _) => {
                is_held = true;
                held.extend(moved.partitions().cloned());
                true
            }
            Batch::Acknowledged(moved, Follows::Everything) if is_held => {
                held.extend(moved.partitions().cloned());
                true
            }
            Batch::Acknowledged(moved, _) if held.is_empty() => {
                settled.merge(std::mem::take(moved));
                false
            }
            Batch::Acknowledged(moved, _) => {
                let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(moved)
                    .entries
                    .into_iter()
                    .partition(|(partition, _)| held.contains(partition));
                go.into_iter()
                    .for_each(|(partition, offset)| settled.set(&partition, offset));
                stay.into_iter()
                    .for_each(|(partition, offset)| moved.set(&partition, offset));
                !moved.is_empty()
            }
        });
        settled
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moved(positions: &[(i64, i64)]) -> Moved {
        let mut moved = Moved::default();
        for (partition, position) in positions {
            moved.set(
                &SourcePartition::from([("p", *partition)]),
                SourceOffset::at("at", *position),
            );
        }
        moved
    }

    fn plain(moved: Moved) -> Vec<(i64, i64)> {
        let number = |value: Option<&connect_api::Value>| {
            value.and_then(connect_api::Value::as_i64).unwrap()
        };
        let map = moved.into_map().into_iter();
        let mut plain: Vec<_> = map
            .map(|(p, o)| (number(p.get("p")), number(o.to_value().unwrap().get("at"))))
            .collect();
        plain.sort_unstable();
        plain
    }

    #[test]
    fn a_batch_that_is_not_acknowledged_holds_back_its_own_partitions_only() {
        let mut prefixes = Prefixes::default();
        let first = prefixes.sent(moved(&[(1, 10)]), Follows::ItsPartitions);
        let second = prefixes.sent(moved(&[(1, 20), (2, 5)]), Follows::ItsPartitions);
        prefixes.acknowledged(second);
        assert_eq!(plain(prefixes.take_settled()), [(2, 5)]);
        prefixes.acknowledged(first);
        assert_eq!(plain(prefixes.take_settled()), [(1, 20)]);
        assert!(prefixes.take_settled().is_empty());
    }

    #[test]
    fn a_position_that_the_source_moves_by_itself_waits_for_everything_before_it() {
        let mut prefixes = Prefixes::default();
        let first = prefixes.sent(moved(&[(1, 10)]), Follows::ItsPartitions);
        let second = prefixes.sent(moved(&[(2, 10)]), Follows::Everything);
        let third = prefixes.sent(moved(&[(2, 11), (3, 1)]), Follows::ItsPartitions);
        prefixes.acknowledged(second);
        prefixes.acknowledged(third);
        assert_eq!(plain(prefixes.take_settled()), [(3, 1)]);
        prefixes.acknowledged(first);
        assert_eq!(plain(prefixes.take_settled()), [(1, 10), (2, 11)]);
    }

    #[test]
    fn many_partitions_keep_their_last_position() {
        let mut all = Moved::default();
        for round in 0..3 {
            for partition in 0..50 {
                all.set(
                    &SourcePartition::from([("p", partition)]),
                    SourceOffset::at("at", round),
                );
            }
        }
        assert_eq!(plain(all), (0..50).map(|p| (p, 2)).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn a_position_is_settled_exactly_when_all_before_it_of_its_partition_are(
            batches in proptest::collection::vec(proptest::collection::vec(0i64..4, 1..4), 1..12),
            order in proptest::collection::vec(any::<prop::sample::Index>(), 12),
        ) {
            let mut prefixes = Prefixes::default();
            let sent: Vec<(u64, Vec<(i64, i64)>)> = batches.iter().enumerate().map(|(i, partitions)| {
                let positions: Vec<_> = partitions.iter().map(|p| (*p, i as i64)).collect();
                (prefixes.sent(moved(&positions), Follows::ItsPartitions), positions)
            }).collect();
            let mut open: Vec<usize> = (0..sent.len()).collect();
            let mut settled: BTreeMap<i64, i64> = BTreeMap::new();
            for pick in order {
                if open.is_empty() { break }
                let acknowledged = open.remove(pick.index(open.len()));
                prefixes.acknowledged(sent[acknowledged].0);
                settled.extend(plain(prefixes.take_settled()));
                for partition in 0..4 {
                    let first_open = open.iter().filter(|b| sent[**b].1.iter().any(|(p, _)| *p == partition)).min();
                    let expected = sent.iter().enumerate()
                        .filter(|(b, _)| first_open.is_none_or(|open| b < open))
                        .filter(|(_, (_, moved))| moved.iter().any(|(p, _)| *p == partition))
                        .map(|(b, _)| b as i64).max();
                    prop_assert_eq!(settled.get(&partition).copied(), expected);
                }
            }
        }
    }
}
