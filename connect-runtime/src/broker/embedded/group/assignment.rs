//! Which member of a group reads which partition.

use std::collections::BTreeMap;

use connect_api::TopicPartition;

/// Which member reads which partition.
pub(super) type Assignment = BTreeMap<TopicPartition, u64>;

/// Spreads partitions over the members that want them: balanced first, then as `before` as possible.
///
/// `wanted` lists the members, sorted, that subscribe to each partition. The same input gives the same answer.
pub(super) fn assign(
    wanted: &BTreeMap<TopicPartition, Vec<u64>>,
    before: &Assignment,
) -> Assignment {
    let mut load: BTreeMap<u64, usize> = BTreeMap::new();
    for members in wanted.values() {
        for member in members {
            load.entry(*member).or_default();
        }
    }
    let mut assignment = Assignment::new();
    let kept = before.iter().filter(|(at, member)| {
        wanted
            .get(at)
            .is_some_and(|members| members.contains(member))
    });
    for (at, member) in kept {
        *load.entry(*member).or_default() += 1;
        assignment.insert(at.clone(), *member);
    }
    for (at, members) in wanted {
        if !assignment.contains_key(at)
            && let Some(member) = least_loaded(members, &load)
        {
            *load.entry(member).or_default() += 1;
            assignment.insert(at.clone(), member);
        }
    }
    // Each move makes the loads more even, so this ends.
    while level(wanted, &mut assignment, &mut load) {}
    assignment
}

/// Moves partitions to members that have at least two less; returns whether any moved.
fn level(
    wanted: &BTreeMap<TopicPartition, Vec<u64>>,
    assignment: &mut Assignment,
    load: &mut BTreeMap<u64, usize>,
) -> bool {
    let mut moved = false;
    for (at, member) in assignment {
        let Some(other) = wanted
            .get(at)
            .and_then(|members| least_loaded(members, load))
        else {
            continue;
        };
        if load[&other] + 1 < load[member] {
            *load.entry(*member).or_default() -= 1;
            *load.entry(other).or_default() += 1;
            *member = other;
            moved = true;
        }
    }
    moved
}

fn least_loaded(members: &[u64], load: &BTreeMap<u64, usize>) -> Option<u64> {
    members
        .iter()
        .copied()
        .min_by_key(|member| load.get(member).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn wanted(subscriptions: &[Vec<bool>]) -> BTreeMap<TopicPartition, Vec<u64>> {
        let numbered = (0..).zip(subscriptions);
        numbered
            .map(|(partition, wants)| {
                let members = (0..).zip(wants).filter(|(_, wants)| **wants);
                let at = TopicPartition::new("t", partition);
                (at, members.map(|(member, _)| member).collect())
            })
            .collect()
    }

    fn loads(assignment: &Assignment) -> BTreeMap<u64, usize> {
        let mut loads = BTreeMap::new();
        for member in assignment.values() {
            *loads.entry(*member).or_default() += 1;
        }
        loads
    }

    #[test]
    fn a_member_that_joins_takes_only_its_share() {
        let everybody = |members: u64| {
            (0..10)
                .map(|partition| (TopicPartition::new("t", partition), (0..members).collect()))
                .collect()
        };
        let two = assign(&everybody(2), &Assignment::new());
        assert_eq!(loads(&two), [(0, 5), (1, 5)].into());
        let three = assign(&everybody(3), &two);
        let moved = three.iter().filter(|(at, member)| two[at] != **member);
        assert_eq!(moved.count(), 3);
    }

    proptest! {
        #[test]
        fn loads_are_even_and_nothing_moves_twice(
            members in 1_usize..6,
            subscriptions in vec(vec(any::<bool>(), 6), 0..20),
        ) {
            let subscriptions: Vec<_> = subscriptions
                .into_iter()
                .map(|mut wants| { wants.truncate(members); wants })
                .collect();
            let wanted = wanted(&subscriptions);
            let assignment = assign(&wanted, &Assignment::new());
            for (at, members) in &wanted {
                prop_assert_eq!(assignment.contains_key(at), !members.is_empty());
            }
            let loads = loads(&assignment);
            for (at, member) in &assignment {
                prop_assert!(wanted[at].contains(member));
                for other in &wanted[at] {
                    let other = loads.get(other).copied().unwrap_or_default();
                    prop_assert!(loads[member] <= other + 1, "{} could move", at);
                }
            }
            prop_assert_eq!(assign(&wanted, &assignment), assignment);
        }
    }
}
