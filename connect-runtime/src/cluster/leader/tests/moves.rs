//! Units get workers, and move.

use super::*;
use crate::stores::{ClusterRecord, RestartOrder, Scope, Ticket};

const PLAIN: (&[&str], Writers) = (&["a", "b", "c"], Writers::Plain);

fn units() -> [Unit; 4] {
    let orders = |number| task("orders", number);
    [connector("orders"), orders(0), orders(1), orders(2)]
}

impl World {
    /// Lets the workers with a unit die one after another, so many seconds after they got it.
    fn die_of(&mut self, unit: &Unit, deaths: usize, after: u64) {
        for _ in 0..deaths {
            self.pass(after);
            self.kill_owner(unit);
            self.join(&[PLUGIN]);
            self.lead();
            self.act_all();
        }
    }
}

#[test]
fn a_unit_moves_in_two_steps() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let (old, new) = (world.first(), world.join(&[PLUGIN]));
    let unit = task("orders", 1);
    let before = world.placement(&unit).unwrap();
    world.workers.get_mut(&old).unwrap().say_farewell();
    world.act(old);
    world.lead();
    world.act(new);
    let releasing = Placement {
        hold: Hold::Releasing(old),
        ..before.clone()
    };
    assert_eq!(world.placement(&unit), Some(releasing.clone()));
    assert!(!world.lead(), "until it is released, nothing happens");
    let release = Some(Ticket { term: 0, number: 9 });
    let late = ClusterRecord::Release {
        unit: unit.clone(),
        release,
    };
    world.write(&late);
    world.lead();
    assert_eq!(
        world.placement(&unit),
        Some(releasing),
        "an older right was released"
    );
    world.act(old);
    world.lead();
    let after = world.placement(&unit).unwrap();
    assert_eq!(after.owner(), Some(new));
    assert!(after.ticket > before.ticket);
}

#[test]
fn a_graceful_leave_moves_everything_and_no_unit_twice() {
    let mut world = World::running(POLICY, 3, PLAIN);
    let leaving = world.worker(&units()[1]).unwrap();
    let before = units().map(|unit| world.placement(&unit).unwrap());
    world.workers.get_mut(&leaving).unwrap().say_farewell();
    let mut tickets = units().map(|_| std::collections::BTreeSet::new());
    for _ in 0..10 {
        world.act_all();
        world.lead();
        for (seen, unit) in tickets.iter_mut().zip(units()) {
            seen.insert(world.placement(&unit).unwrap().ticket);
        }
    }
    assert!(!world.members.contains(&leaving));
    for ((before, seen), unit) in before.iter().zip(tickets).zip(units()) {
        let moves = seen.iter().filter(|ticket| **ticket != before.ticket);
        let expected = usize::from(before.owner() == Some(leaving));
        assert_eq!(moves.count(), expected, "{unit}");
        let after = world.placement(&unit).unwrap();
        assert_eq!(after.deaths, 0);
        assert_ne!(after.owner(), Some(leaving));
    }
    world.settle();
    world.check_settled();
}

#[test]
fn the_last_worker_that_leaves_frees_everything() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let last = world.first();
    world.workers.get_mut(&last).unwrap().say_farewell();
    world.settle();
    assert!(world.workers.is_empty());
    for unit in units() {
        let placement = world.placement(&unit).unwrap();
        assert_eq!((placement.hold, placement.deaths), (Hold::Free, 0));
    }
    world.join(&[PLUGIN]);
    world.settle();
    world.check_settled();
}

#[test]
fn what_a_dead_worker_had_is_given_at_once() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let unit = task("orders", 0);
    let dead = world.kill_owner(&unit);
    world.lead();
    for unit in units() {
        let owner = world.placement(&unit).unwrap().owner();
        assert!(owner.is_some_and(|owner| owner != dead), "{unit}");
    }
}

#[test]
fn with_a_delay_units_wait_for_its_end() {
    let delay = Duration::from_secs(300);
    let mut world = World::running(Policy { delay, ..POLICY }, 2, PLAIN);
    let unit = task("orders", 0);
    world.kill_owner(&unit);
    world.lead();
    assert_eq!(world.hold(&unit), Hold::Free);
    assert!(world.again.is_some());
    world.pass(299);
    world.lead();
    assert_eq!(world.hold(&unit), Hold::Free);
    world.pass(1);
    world.lead();
    assert_eq!(world.hold(&unit), Hold::Owned(world.first()));
}

#[test]
fn a_worker_that_takes_the_place_of_a_dead_one_ends_the_delay() {
    let delay = Duration::from_secs(300);
    for seen in ["later", "in the same look"] {
        let mut world = World::running(Policy { delay, ..POLICY }, 2, PLAIN);
        let unit = task("orders", 0);
        let dead = world.kill_owner(&unit);
        if seen == "later" {
            world.lead();
            world.pass(10);
            // Before it says what it has, nothing can be given to it.
            world.members.insert(dead);
            let card = None;
            world.write(&ClusterRecord::Worker { id: dead, card });
            world.lead();
            assert_eq!(world.hold(&unit), Hold::Free);
            world.members.remove(&dead);
        }
        let new = world.join(&[PLUGIN]);
        world.lead();
        let gets = units().map(|unit| world.worker(&unit) == Some(new));
        assert!(gets.contains(&true), "{seen}");
        assert_ne!(world.hold(&unit), Hold::Free, "{seen}");
    }
}

#[test]
fn a_unit_of_which_workers_die_is_quarantined_until_a_person_restarts_it() {
    let delay = Duration::from_secs(300);
    let mut world = World::running(Policy { delay, ..POLICY }, 2, PLAIN);
    let unit = task("orders", 1);
    // The first one had it for long, as the cluster had come to rest.
    world.die_of(&unit, 3, 1);
    assert_eq!(world.placement(&unit).unwrap().deaths, 2);
    world.pass(59);
    let last = world.kill_owner(&unit);
    world.lead();
    let Hold::Quarantined(reason) = world.hold(&unit) else {
        panic!("it was given to another one");
    };
    assert!(reason.contains(&last.to_string()), "{reason}");

    let of = |scope| Wish::Restart {
        connector: "orders".into(),
        scope,
    };
    let first = world.first();
    world.asked(first, of(Scope::Task(0)));
    world.lead();
    assert_eq!(world.worker(&unit), None, "another one was meant");
    assert_eq!(world.asked(first, of(Scope::Task(1))), Reply::Done);
    world.lead();
    let placement = world.placement(&unit).unwrap();
    assert_eq!((placement.owner(), placement.deaths), (Some(first), 0));
    let order = world.state().restarts["orders"];
    assert!(
        matches!(order, RestartOrder { scope: Scope::Task(1), ticket } if ticket < placement.ticket)
    );
}

#[test]
fn a_unit_stays_quarantined_under_the_next_leader() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let unit = task("orders", 1);
    world.die_of(&unit, 4, 1);
    world.succeed();
    world.settle();
    world.check_settled();
    assert!(matches!(world.hold(&unit), Hold::Quarantined(_)));
}

#[test]
fn who_dies_later_did_not_die_of_it() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let unit = task("orders", 1);
    world.die_of(&unit, 3, 1);
    world.die_of(&unit, 1, 61);
    assert_eq!(world.placement(&unit).unwrap().deaths, 0);
    assert!(world.worker(&unit).is_some());
}

#[test]
fn the_next_leader_knows_who_has_lived_with_a_unit_for_long() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let unit = task("orders", 1);
    world.die_of(&unit, 3, 1);
    assert_eq!(world.placement(&unit).unwrap().deaths, 2);
    world.pass(60);
    world.lead();
    world.succeed();
    world.kill_owner(&unit);
    world.join(&[PLUGIN]);
    world.lead();
    assert_eq!(world.placement(&unit).unwrap().deaths, 0);
}

#[test]
fn who_leads_again_remembers_since_when_workers_have_units() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let unit = task("orders", 1);
    world.die_of(&unit, 2, 1);
    assert_eq!(world.placement(&unit).unwrap().deaths, 1);
    world.pass(40);
    world.lead_again();
    world.lead();
    world.pass(20);
    world.kill_owner(&unit);
    world.lead();
    assert_eq!(world.placement(&unit).unwrap().deaths, 0);
}

#[test]
fn a_unit_of_which_leaders_die_is_quarantined() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let unit = task("orders", 1);
    for _ in 0..4 {
        world.pass(1);
        world.kill_owner(&unit);
        world.join(&[PLUGIN]);
        world.succeed();
        world.lead();
        world.act_all();
    }
    assert!(matches!(world.hold(&unit), Hold::Quarantined(_)));
}

#[test]
fn the_next_leader_goes_on_with_a_move() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let (old, new) = (world.first(), world.join(&[PLUGIN]));
    world.workers.get_mut(&old).unwrap().say_farewell();
    world.act(old);
    world.succeed();
    world.lead();
    assert_eq!(world.hold(&task("orders", 0)), Hold::Releasing(old));
    world.act(old);
    world.succeed();
    world.settle();
    assert_eq!(world.hold(&task("orders", 0)), Hold::Owned(new));
    world.check_settled();
}

#[test]
fn a_worker_that_was_expelled_runs_nothing_by_its_old_rights() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let unit = task("orders", 0);
    let worker = world.worker(&unit).unwrap();
    world.blink(worker);
    // The leader has seen that it was away, and does not know that it came back.
    world.decide();
    world.commit();
    assert_ne!(world.worker(&unit), Some(worker));
    for id in world.members.clone() {
        if id != worker {
            world.act(id);
        }
    }
    world.check_holders();
    world.settle();
    world.check_settled();
}

#[test]
fn a_release_that_comes_late_stops_no_move() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let unit = task("orders", 0);
    let old = world.placement(&unit).unwrap();
    world.kill_owner(&unit);
    world.settle();
    let (worker, new) = (world.worker(&unit).unwrap(), world.join(&[PLUGIN]));
    world.workers.get_mut(&worker).unwrap().say_farewell();
    world.act(worker);
    world.lead();
    world.act(worker);
    world.write(&ClusterRecord::Release {
        unit: unit.clone(),
        release: Some(old.ticket),
    });
    world.settle();
    assert_eq!(world.hold(&unit), Hold::Owned(new));
    world.check_settled();
}

#[test]
fn a_card_that_is_newer_than_the_list_of_members_stays() {
    let mut world = World::running(POLICY, 1, PLAIN);
    world.look();
    let new = world.join(&[PLUGIN]);
    world.decide();
    world.commit();
    assert!(world.state().cards.contains_key(&new));
    world.die(new);
    world.expire(new);
    world.settle();
    assert!(!world.state().cards.contains_key(&new));
    world.check_settled();
}

#[test]
fn units_run_where_their_plugin_is() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let (old, new) = (world.first(), world.join(&[PLUGIN]));
    world.workers.get_mut(&old).unwrap().carry(&["queues"]);
    world.settle();
    assert_eq!(world.hold(&task("orders", 0)), Hold::Owned(new));
    world.check_settled();
    world.workers.get_mut(&new).unwrap().carry(&["queues"]);
    world.settle();
    assert_eq!(world.hold(&task("orders", 0)), Hold::Free);
    world.workers.get_mut(&old).unwrap().carry(&[PLUGIN]);
    world.settle();
    assert_eq!(world.hold(&task("orders", 0)), Hold::Owned(old));
    world.check_settled();
}
