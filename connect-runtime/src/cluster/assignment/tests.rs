//! What an assignment promises, to any cluster.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::{Move, Place, Rehearsal, assign};
use crate::{task_id::TaskId, unit::Unit};

const PLUGINS: [&str; 3] = ["a", "b", "c"];

fn task(connector: &str, task: u32) -> Unit {
    let connector = connector.into();
    Unit::Task(TaskId { connector, task })
}

/// Makes workers with one plugin and tasks: a connector and a count each.
fn cluster(workers: &[&[(&str, u32)]]) -> Rehearsal {
    let mut cluster = Rehearsal::new();
    for (worker, connectors) in (0..).zip(workers) {
        cluster.join(worker, &["a"]);
        for (connector, tasks) in *connectors {
            for number in 0..*tasks {
                put(&mut cluster, task(connector, number), worker);
            }
        }
    }
    cluster
}

fn put(cluster: &mut Rehearsal, unit: Unit, worker: u128) {
    let place = Place::At(Uuid::from_u128(worker));
    cluster.units.insert(unit, ("a".into(), place));
}

fn put_free(cluster: &mut Rehearsal, connector: &str, tasks: u32) {
    for number in 0..tasks {
        let unit = task(connector, number);
        cluster.units.insert(unit, ("a".into(), Place::Free));
    }
}

fn released(cluster: &Rehearsal) -> Vec<String> {
    let moves = cluster.decide().0.moves;
    let released = moves.iter().filter_map(|what| match what {
        Move::Release(unit) => Some(unit.to_string()),
        Move::Give(..) => None,
    });
    released.collect()
}

fn given(cluster: &Rehearsal) -> Vec<(String, u128)> {
    let moves = cluster.decide().0.moves;
    let given = moves.iter().filter_map(|what| match what {
        Move::Give(unit, to) => Some((unit.to_string(), to.as_u128())),
        Move::Release(_) => None,
    });
    given.collect()
}

/// Lets everything arrive until nothing moves, and returns how many rounds and releases that took.
fn settle(cluster: &mut Rehearsal) -> (usize, usize) {
    let (mut rounds, mut releases) = (0, 0);
    loop {
        let decision = cluster.decide();
        cluster.apply(&decision);
        let mut places = cluster.units.values().map(|(_, place)| place);
        if decision.0.moves.is_empty() && places.all(|place| *place != Place::Leaving) {
            return (rounds, releases);
        }
        cluster.arrive();
        rounds += 1;
        releases += decision.released();
        assert!(rounds < 20, "it never ends: {cluster:?}");
    }
}

fn loads(cluster: &Rehearsal) -> BTreeMap<Uuid, usize> {
    let mut loads: BTreeMap<_, _> = cluster.workers.keys().map(|id| (*id, 0)).collect();
    for (_, place) in cluster.units.values() {
        if let Place::At(worker) = place {
            *loads.entry(*worker).or_default() += 1;
        }
    }
    loads
}

/// Names a unit that is not where it may stay.
fn misplaced(cluster: &Rehearsal) -> Option<&Unit> {
    let loads = loads(cluster);
    let wrong = |(_, (plugin, place)): &(&Unit, &(connect_api::Str, Place))| {
        let eligible = cluster
            .workers
            .iter()
            .filter(|(_, has)| has.contains(plugin));
        let least = eligible.map(|(id, _)| loads[id]).min();
        match place {
            Place::At(owner) if cluster.workers[owner].contains(plugin) => {
                least.is_some_and(|least| loads[owner] >= least + 2)
            }
            Place::At(_) => true,
            Place::Free => least.is_some(),
            Place::Leaving => true,
        }
    };
    cluster.units.iter().find(wrong).map(|(unit, _)| unit)
}

#[test]
fn a_free_unit_goes_to_who_has_the_least() {
    let mut cluster = cluster(&[&[("x", 3)], &[("y", 2)], &[("z", 3)]]);
    put_free(&mut cluster, "new", 1);
    assert_eq!(given(&cluster), [("task-new-0".to_owned(), 1)]);
}

#[test]
fn of_workers_with_the_same_load_the_one_with_fewer_tasks_of_the_connector_is_chosen() {
    let mut cluster = cluster(&[&[("x", 3)], &[("y", 3)]]);
    for number in 3..5 {
        let unit = task("x", number);
        cluster.units.insert(unit, ("a".into(), Place::Free));
    }
    assert_eq!(
        given(&cluster),
        [("task-x-3".to_owned(), 1), ("task-x-4".to_owned(), 0)]
    );
}

#[test]
fn small_clusters_do_not_all_load_the_same_place() {
    let mut firsts = [0; 3];
    for number in 0..300_u128 {
        let mut cluster = Rehearsal::new();
        let ids: BTreeSet<_> = (1..=3).map(|part| part << 96 | number).collect();
        for id in &ids {
            cluster.join(*id, &["a"]);
        }
        cluster.add(&format!("orders-{number}"), "a", 0);
        let (_, to) = given(&cluster)[0].clone();
        firsts[ids.iter().position(|id| *id == to).unwrap()] += 1;
    }
    assert!(firsts.iter().all(|count| *count > 60), "{firsts:?}");
}

#[test]
fn tasks_of_the_connector_that_a_worker_has_most_of_go_first() {
    let mut cluster = cluster(&[&[("x", 2), ("y", 4)], &[]]);
    put(&mut cluster, Unit::Connector("z".into()), 0);
    // Seven units: four may stay.
    assert_eq!(released(&cluster), ["task-y-3", "task-y-2", "task-y-1"]);
}

#[test]
fn connectors_go_if_there_is_nothing_else() {
    let mut cluster = cluster(&[&[("x", 1)], &[]]);
    for name in ["x", "y", "z"] {
        put(&mut cluster, Unit::Connector(name.into()), 0);
    }
    assert_eq!(released(&cluster), ["task-x-0", "connector-z"]);
}

#[test]
fn of_workers_that_have_too_much_one_with_tasks_releases() {
    for swap in [0, 1] {
        let mut cluster = cluster(&[&[], &[], &[("y", 1)], &[("z", 1)]]);
        for number in 0..3 {
            put(
                &mut cluster,
                Unit::Connector(format!("x-{number}").into()),
                swap,
            );
            put(&mut cluster, task("x", number), 1 - swap);
        }
        // Eight units for four workers: both have one too much. A ninth lets one of them keep it.
        put(&mut cluster, task("z", 1), 3);
        assert_eq!(released(&cluster), ["task-x-2"]);
    }
}

#[test]
fn nothing_is_released_for_a_gap_that_free_units_fill() {
    let mut cluster = cluster(&[&[("x", 4)], &[("y", 1)]]);
    put_free(&mut cluster, "new", 2);
    assert_eq!(released(&cluster), Vec::<String>::new());
    cluster.units.remove(&task("new", 1));
    assert_eq!(released(&cluster), ["task-x-3"]);
}

#[test]
fn nothing_is_released_for_a_gap_that_units_on_their_way_fill() {
    let mut cluster = cluster(&[&[("x", 4)], &[("y", 1)]]);
    put_free(&mut cluster, "new", 2);
    for (_, place) in cluster.units.values_mut() {
        if *place == Place::Free {
            *place = Place::Leaving;
        }
    }
    assert_eq!(cluster.decide().0.moves, []);
    cluster.units.remove(&task("new", 1));
    assert_eq!(released(&cluster), ["task-x-3"]);
}

#[test]
fn a_worker_without_the_plugin_releases_and_gets_nothing() {
    let mut cluster = cluster(&[&[("x", 1)], &[("y", 5)]]);
    cluster.join(0, &["b"]);
    put_free(&mut cluster, "new", 1);
    assert_eq!(released(&cluster), ["task-x-0"]);
    assert_eq!(given(&cluster), [("task-new-0".to_owned(), 1)]);
    settle(&mut cluster);
    assert_eq!(loads(&cluster)[&Uuid::from_u128(1)], 7);
}

#[test]
fn units_that_nobody_can_run_are_homeless() {
    let mut cluster = cluster(&[&[]]);
    cluster.add("x", "b", 1);
    let assignment = cluster.decide().0;
    assert_eq!(assignment.moves, []);
    assert_eq!(
        assignment.homeless,
        [Unit::Connector("x".into()), task("x", 0)]
    );
    cluster.leave(0);
    assert_eq!(cluster.decide().0, assignment);
}

#[test]
fn who_can_have_little_is_not_crowded_out_by_what_can_go_anywhere() {
    let mut cluster = cluster(&[&[], &[]]);
    cluster.join(0, &["a", "b"]);
    cluster.add("narrow", "b", 3);
    cluster.add("anywhere", "a", 3);
    assert_eq!(settle(&mut cluster), (1, 0));
    assert_eq!(loads(&cluster).into_values().collect::<Vec<_>>(), [4, 4]);
}

#[test]
fn one_that_joins_gets_its_share_and_nothing_else_moves() {
    let mut cluster = Rehearsal::new();
    for worker in 0..9 {
        cluster.join(worker, &["a"]);
    }
    for number in 0..30 {
        cluster.add(&format!("orders-{number}"), "a", 5);
    }
    assert_eq!(settle(&mut cluster), (1, 0));
    cluster.join(9, &["a"]);
    let before = cluster.clone();
    assert_eq!(settle(&mut cluster), (2, 180 / 10));
    let moved = before
        .units
        .iter()
        .filter(|(unit, at)| cluster.units[*unit] != **at);
    assert_eq!(moved.count(), 18);
}

#[test]
fn when_one_leaves_nothing_moves_but_what_it_had() {
    let mut cluster = Rehearsal::new();
    for worker in 0..10 {
        cluster.join(worker, &["a"]);
    }
    cluster.add("orders", "a", 124);
    settle(&mut cluster);
    let before = cluster.clone();
    cluster.leave(3);
    assert_eq!(settle(&mut cluster), (1, 0));
    let stayed = |(_, at): &(_, &(_, Place))| at.1 != Place::At(Uuid::from_u128(3));
    for (unit, at) in before.units.iter().filter(stayed) {
        assert_eq!(cluster.units[unit], *at);
    }
}

#[test]
fn a_worker_that_comes_back_gets_what_waited_for_it() {
    let mut cluster = Rehearsal::new();
    for worker in 0..10 {
        cluster.join(worker, &["a"]);
    }
    cluster.add("orders", "a", 124);
    settle(&mut cluster);
    let had = loads(&cluster)[&Uuid::from_u128(3)];
    cluster.pause(3);
    assert_eq!(cluster.decide().0.moves, []);
    cluster.join(100, &["a"]);
    cluster.arrive();
    assert_eq!(settle(&mut cluster), (1, 0));
    assert_eq!(loads(&cluster)[&Uuid::from_u128(100)], had);
}

/// A cluster in any state; `plugins` says how many kinds of plugins there are.
fn any_cluster(plugins: usize) -> impl Strategy<Value = Rehearsal> {
    let worker = any::<u128>();
    let has = proptest::bits::u8::between(0, plugins);
    // With one plugin everybody has it.
    let has = has.prop_map(move |has| if plugins == 1 { 1 } else { has });
    let workers = proptest::collection::vec((worker, has), 1..7);
    let connector = (0..plugins, proptest::collection::vec(any::<u8>(), 1..14));
    let connectors = proptest::collection::vec(connector, 0..8);
    (workers, connectors).prop_map(|(workers, connectors)| {
        let mut cluster = Rehearsal::new();
        for (id, has) in &workers {
            let has = (0..3).filter(|plugin| has & 1 << plugin != 0);
            cluster.join(*id, &has.map(|plugin| PLUGINS[plugin]).collect::<Vec<_>>());
        }
        let ids: Vec<_> = cluster.workers.keys().copied().collect();
        for (number, (plugin, places)) in connectors.into_iter().enumerate() {
            let name = format!("c-{number}");
            let tasks = u32::try_from(places.len()).unwrap() - 1;
            cluster.add(&name, PLUGINS[plugin], tasks);
            let units = cluster.units.iter_mut();
            let units = units.filter(|(unit, _)| unit.connector().as_str() == name);
            for ((_, (_, place)), at) in units.zip(places) {
                // Most are at one of the first workers, so that loads differ.
                *place = match usize::from(at) {
                    0..50 => Place::Free,
                    50..80 => Place::Leaving,
                    at => Place::At(ids[(at % 7).min(at % 11) % ids.len()]),
                };
            }
        }
        cluster
    })
}

/// How many have to be released where everybody can have everything.
fn surplus(cluster: &Rehearsal) -> usize {
    let mut loads: Vec<_> = loads(cluster).into_values().collect();
    loads.sort_unstable();
    loads.reverse();
    let (mean, rest) = (
        cluster.units.len() / loads.len(),
        cluster.units.len() % loads.len(),
    );
    let target = |rank| mean + usize::from(rank < rest);
    let ranked = loads.iter().enumerate();
    ranked
        .map(|(rank, load)| load.saturating_sub(target(rank)))
        .sum()
}

/// Returns in how many rounds a cluster settles: where workers have different plugins, room is made from one to the
/// next, and each step releases first and gives then.
fn most_rounds(cluster: &Rehearsal) -> usize {
    (2 * cluster.workers.len()).max(6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_order_of_the_arguments_means_nothing(
        cluster in any_cluster(3),
        seed in any::<u64>(),
    ) {
        let (mut candidates, mut units) = (cluster.candidates(), cluster.placed());
        let expected = cluster.decide().0;
        let mut random = seed | 1;
        let mut key = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random >> 32
        };
        candidates.sort_by_cached_key(|_| key());
        units.sort_by_cached_key(|_| key());
        prop_assert_eq!(assign(&candidates, &units), expected);
    }

    #[test]
    fn everything_settles_and_is_balanced(mut cluster in any_cluster(3)) {
        let homeless: BTreeSet<_> = cluster.decide().0.homeless.into_iter().collect();
        let (rounds, _) = settle(&mut cluster);
        prop_assert!(rounds <= most_rounds(&cluster), "{rounds} rounds");
        prop_assert_eq!(misplaced(&cluster), None);
        let left = cluster.decide().0.homeless;
        prop_assert!(homeless.iter().all(|unit| left.contains(unit)));
    }

    #[test]
    fn everything_settles_whatever_arrives_first(
        mut cluster in any_cluster(3),
        arrivals in proptest::collection::vec(any::<bool>(), 1..200),
    ) {
        let mut arrivals = arrivals.into_iter().cycle();
        let mut releases = 0;
        for _ in 0..30 {
            let decision = cluster.decide();
            cluster.apply(&decision);
            releases += decision.released();
            cluster.arrive_if(|_| arrivals.next().unwrap_or(true));
        }
        prop_assert!(releases <= 2 * cluster.units.len(), "{releases} releases");
        let (rounds, _) = settle(&mut cluster);
        prop_assert!(rounds <= most_rounds(&cluster), "{rounds} rounds");
        prop_assert_eq!(misplaced(&cluster), None);
    }

    #[test]
    fn as_few_as_possible_are_released_and_each_once(
        mut cluster in any_cluster(1),
        arrivals in proptest::collection::vec(any::<bool>(), 1..200),
    ) {
        let least = surplus(&cluster);
        prop_assert_eq!(cluster.decide().released(), least);
        let mut arrivals = arrivals.into_iter().cycle();
        let mut releases = 0;
        for _ in 0..30 {
            let decision = cluster.decide();
            cluster.apply(&decision);
            releases += decision.released();
            cluster.arrive_if(|_| arrivals.next().unwrap_or(true));
        }
        let (_, later) = settle(&mut cluster);
        prop_assert_eq!((releases, later), (least, 0));
        prop_assert_eq!(misplaced(&cluster), None);
    }

    #[test]
    fn each_free_unit_goes_to_who_has_the_least_then(cluster in any_cluster(1)) {
        let mut loads = loads(&cluster);
        for what in cluster.decide().0.moves {
            if let Move::Give(_, to) = what {
                prop_assert_eq!(loads.values().min(), Some(&loads[&to]));
                *loads.get_mut(&to).unwrap() += 1;
            }
        }
    }
}
