//! Units of work over tasks.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
};

use connect_api::TaskConfig;
use proptest::{prelude::*, sample};

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

/// Units out of a few names, so that two sets have many in common.
fn units() -> impl Strategy<Value = BTreeSet<String>> {
    let name = |letter: char| format!("{letter},[\n");
    let names: Vec<_> = ('a'..='t').map(name).collect();
    let count = 0..=names.len();
    sample::subsequence(names, count).prop_map(BTreeSet::from_iter)
}

/// The fewest moves that give `tasks` balanced tasks: what the fullest tasks have beyond their share, and what tasks
/// that are no more had.
fn fewest_moves(before: &[TaskConfig], units: &BTreeSet<String>, tasks: usize) -> usize {
    let kept = |config: &TaskConfig| {
        let old = config.units(KEY);
        old.iter().filter(|unit| units.contains(*unit)).count()
    };
    let mut kept: Vec<_> = before.iter().map(kept).collect();
    let gone: usize = kept.drain(tasks.min(kept.len())..).sum();
    kept.sort_unstable_by(|one, two| two.cmp(one));
    let share = |rank: usize| units.len() / tasks + usize::from(rank < units.len() % tasks);
    let beyond = kept
        .iter()
        .enumerate()
        .map(|(rank, kept)| kept.saturating_sub(share(rank)));
    gone + beyond.sum::<usize>()
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
    fn no_unit_moves_without_need(
        before in units(), after in units(), (first, second) in (1_usize..9, 1_usize..9),
    ) {
        // Twice, so that the sizes of the tasks are not in order.
        let before = spread(&before, first, &spread(&after, second, &[]));
        let configs = spread(&after, second, &before);
        prop_assert_eq!(moves(&before, &configs), fewest_moves(&before, &after, configs.len().max(1)));
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
