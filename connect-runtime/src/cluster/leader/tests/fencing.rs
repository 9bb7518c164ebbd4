//! Changed tasks under transactional ids begin after their predecessors can write no more.

use super::{world::RoundEnd, *};
use crate::stores::{ConfigState, Fencing};

const EXACT: Writers = Writers::Transactional;
const THREE: (&[&str], Writers) = (&["a", "b", "c"], EXACT);

fn fencing(configs: &ConfigState) -> Option<Fencing> {
    configs.fencing.get("orders").copied()
}

impl World {
    /// Returns a cluster in which task 0 stays and two are to be others, up to when these are free.
    fn changing(writers: Writers) -> Self {
        let mut world = Self::running(POLICY, 2, (THREE.0, writers));
        world.split("orders", &["a", "B", "C"], writers);
        world.lead();
        world.act_all();
        world.lead();
        world
    }
}

#[test]
fn the_first_tasks_begin_with_the_record_that_older_ones_are_fenced() {
    let mut world = World::new(POLICY);
    let first = world.join(&[PLUGIN]);
    world.asked(first, create("orders"));
    world.settle();
    world.split("orders", THREE.0, EXACT);
    assert_eq!(world.placement(&task("orders", 0)), None);
    world.lead();
    assert_eq!(fencing(&world.configs()), Some(Fencing::Done { tasks: 3 }));
    assert_eq!(world.placement(&task("orders", 0)).unwrap().writers, EXACT);
}

#[test]
fn changed_tasks_begin_when_all_old_ones_are_free_and_fenced() {
    let mut world = World::running(POLICY, 2, THREE);
    let before = world.placement(&task("orders", 0));
    world.split("orders", &["a", "B", "C"], EXACT);
    world.lead();
    let slow = world.worker(&task("orders", 2)).unwrap();
    let fast = world.worker(&task("orders", 1)).unwrap();
    assert_ne!(slow, fast);
    world.act(fast);
    world.lead();
    assert_eq!(world.hold(&task("orders", 1)), Hold::Free);
    assert!(world.rounds.is_empty(), "one is not free yet");
    world.act(slow);
    world.lead();
    assert_eq!(world.rounds.len(), 1);
    let fenced: Vec<u32> = world.rounds[0]
        .tasks
        .iter()
        .map(|(task, _)| *task)
        .collect();
    assert_eq!(fenced, [1, 2]);
    assert_eq!(
        fencing(&world.configs()),
        Some(Fencing::Pending { tasks: 3 })
    );
    assert!(!world.lead(), "the round is under way");
    world.end_round(RoundEnd::Over);
    world.lead();
    assert!(world.worker(&task("orders", 1)).is_some());
    assert_eq!(fencing(&world.configs()), Some(Fencing::Done { tasks: 3 }));
    assert_eq!(
        world.placement(&task("orders", 0)),
        before,
        "it is the same"
    );
    world.settle();
    world.check_settled();
}

#[test]
fn a_task_that_stays_moves_while_others_are_fenced() {
    let mut world = World::changing(EXACT);
    let dead = world.kill_owner(&task("orders", 0));
    world.lead();
    let owner = world.placement(&task("orders", 0)).unwrap().owner();
    assert!(owner.is_some_and(|owner| owner != dead));
    assert_eq!(world.hold(&task("orders", 1)), Hold::Free);
}

#[test]
fn a_round_that_failed_is_tried_again() {
    let mut world = World::changing(EXACT);
    let round = world.rounds[0].clone();
    world.end_round(RoundEnd::Failed);
    world.lead();
    assert_eq!(world.rounds, [round]);
    assert_eq!(world.hold(&task("orders", 1)), Hold::Free);
}

#[test]
fn the_next_leader_fences_anew_what_was_not_given_yet() {
    let mut world = World::changing(EXACT);
    let round = world.rounds[0].clone();
    world.end_round(RoundEnd::Over);
    world.succeed();
    world.lead();
    assert_eq!(world.rounds, [round]);
    assert_eq!(world.hold(&task("orders", 1)), Hold::Free);
    world.settle();
    world.check_settled();
}

#[test]
fn tasks_that_are_changed_again_during_a_round_are_fenced_too() {
    let mut world = World::changing(EXACT);
    world.split("orders", &["A", "B", "c"], EXACT);
    world.lead();
    world.end_round(RoundEnd::Over);
    world.act_all();
    world.lead();
    let fenced: Vec<u32> = world.rounds[0]
        .tasks
        .iter()
        .map(|(task, _)| *task)
        .collect();
    assert_eq!(fenced, [0]);
    world.settle();
    world.check_settled();
}

#[test]
fn plain_tasks_need_no_round() {
    let mut world = World::changing(Writers::Plain);
    assert!(world.rounds.is_empty());
    assert!(world.worker(&task("orders", 1)).is_some());
    assert_eq!(fencing(&world.configs()), None);
}

#[test]
fn tasks_that_vanish_are_fenced_before_they_are_forgotten() {
    let mut world = World::running(POLICY, 2, THREE);
    world.split("orders", &["a"], EXACT);
    world.lead();
    world.act_all();
    world.lead();
    assert_eq!(world.hold(&task("orders", 2)), Hold::Free);
    world.end_round(RoundEnd::Over);
    world.lead();
    assert_eq!(world.placement(&task("orders", 2)), None);
    assert_eq!(fencing(&world.configs()), Some(Fencing::Done { tasks: 1 }));
    let first = world.first();
    world.asked(first, delete("orders"));
    world.lead();
    world.act_all();
    world.lead();
    assert_eq!(world.rounds.len(), 1);
    assert!(fencing(&world.configs()).is_some());
    world.settle();
    assert_eq!(world.left_of("orders"), [""; 0]);
}
