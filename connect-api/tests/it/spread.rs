//! Units of work over tasks.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
};

use connect_api::TaskConfig;
use proptest::{collection, prelude::*};

const KEY: &str = "tables";

fn spread(units: &BTreeSet<String>, max: usize, current: &[TaskConfig]) -> Vec<TaskConfig> {
    let units: Vec<_> = units.iter().collect();
    TaskConfig::spread(KEY, &units, NonZeroUsize::new(max).unwrap(), current)
}

/// Which task has which unit.
fn places(configs: &[TaskConfig]) -> BTreeMap<String, usize> {
    let units = |(task, config): (usize, &TaskConfig)| {
        config.units(KEY).into_iter().map(move |unit| (unit, task))
    };
    configs.iter().enumerate().flat_map(units).collect()
}

fn moves(before: &[TaskConfig], after: &[TaskConfig]) -> usize {
    let before = places(before);
    let moved = |(unit, task): &(String, usize)| before.get(unit).is_some_and(|old| old != task);
    places(after).into_iter().filter(moved).count()
}

fn units() -> impl Strategy<Value = BTreeSet<String>> {
    collection::btree_set("[a-z,\\[\n ]{0,3}", 0..24)
}

proptest! {
    #[test]
    fn every_unit_has_one_task_and_tasks_are_balanced(
        before in units(), after in units(), (first, second) in (1_usize..9, 1_usize..9),
    ) {
        let configs = spread(&after, second, &spread(&before, first, &[]));
        prop_assert_eq!(configs.len(), after.len().min(second));
        let sizes: Vec<_> = configs.iter().map(|config| config.units(KEY).len()).collect();
        prop_assert_eq!(sizes.iter().sum::<usize>(), after.len());
        prop_assert!(sizes.iter().max().unwrap_or(&0) - sizes.iter().min().unwrap_or(&0) <= 1);
        prop_assert_eq!(places(&configs).into_keys().collect::<BTreeSet<_>>(), after);
    }

    #[test]
    fn unchanged_units_give_the_same_answer(
        before in units(), after in units(), (first, second) in (1_usize..9, 1_usize..9),
    ) {
        let configs = spread(&after, second, &spread(&before, first, &[]));
        prop_assert_eq!(spread(&after, second, &configs), configs);
    }

    #[test]
    fn one_unit_more_or_less_moves_one_at_most(units in units(), max in 1_usize..9, pick in any::<prop::sample::Index>()) {
        let before = spread(&units, max, &[]);
        let mut more = units.clone();
        more.insert("new one".to_owned());
        prop_assert_eq!(moves(&before, &spread(&more, max, &before)), 0);
        let mut fewer = units.clone();
        if !fewer.is_empty() {
            let gone = pick.index(fewer.len());
            fewer.remove(&units.iter().nth(gone).unwrap().clone());
        }
        prop_assert!(moves(&before, &spread(&fewer, max, &before)) <= 1);
    }

    #[test]
    fn one_task_more_or_less_moves_its_share_at_most(units in units(), max in 1_usize..9) {
        let few = spread(&units, max, &[]);
        let many = spread(&units, max + 1, &few);
        prop_assert!(moves(&few, &many) <= units.len() / (max + 1));
        let few = spread(&units, max, &many);
        prop_assert!(moves(&many, &few) <= units.len().div_ceil(max + 1));
    }
}

#[test]
fn a_repeated_unit_counts_once() {
    let configs = TaskConfig::spread(KEY, &["a", "b", "a"], NonZeroUsize::MAX, &[]);
    assert_eq!(configs.len(), 2);
}

#[test]
fn a_unit_that_two_tasks_had_stays_with_the_first() {
    let old = [
        TaskConfig::new().with(KEY, "a, b"),
        TaskConfig::new().with(KEY, "b,c"),
    ];
    let configs = TaskConfig::spread(KEY, &["a", "b", "c"], NonZeroUsize::new(2).unwrap(), &old);
    let units: Vec<_> = configs.iter().map(|config| config.units(KEY)).collect();
    assert_eq!(units, [vec!["a", "b"], vec!["c"]]);
}
