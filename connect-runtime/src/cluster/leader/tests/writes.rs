//! Requests are answered, and what is gone leaves nothing behind.

use super::*;
use crate::{
    broker::ProducerRecord,
    stores::{ClusterRecord, Reason, Refusal, Request, Scope, Tasks},
};

const PLAIN: (&[&str], Writers) = (&["a", "b"], Writers::Plain);

fn put(name: &str, entries: &[(&str, &str)]) -> Wish {
    Wish::Put {
        connector: name.into(),
        config: config(entries),
    }
}

#[test]
fn of_concurrent_creations_of_one_name_exactly_one_succeeds() {
    let mut world = World::new(POLICY);
    let first = world.join(&[PLUGIN]);
    let asked: Vec<_> = (0..5).map(|_| world.ask(first, create("orders"))).collect();
    world.lead();
    assert_eq!(world.reply(asked[1]), None, "the first is not yet read");
    for _ in 0..4 {
        world.lead();
    }
    let replies: Vec<_> = asked.iter().map(|id| world.reply(*id).unwrap()).collect();
    assert_eq!(replies[0], Reply::Created);
    for reply in &replies[1..] {
        assert_eq!(refused(reply).unwrap(), "connector `orders` exists already");
    }
}

#[test]
fn an_equal_configuration_changes_nothing() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let first = world.first();
    let before = world.configs();
    assert_eq!(world.asked(first, put("orders", &[])), Reply::Unchanged);
    let stay = target("orders", "STARTED");
    assert_eq!(world.asked(first, stay), Reply::Unchanged);
    assert_eq!(world.split("orders", PLAIN.0, PLAIN.1), Reply::Unchanged);
    assert_eq!(world.configs(), before);
    assert_eq!(
        world.asked(first, put("orders", &[("x", "1")])),
        Reply::Updated
    );
    assert_eq!(world.asked(first, put("other", &[])), Reply::Created);
}

#[test]
fn a_deletion_as_of_a_moment_is_refused_after_whatever_may_have_stored_offsets_since() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let first = world.first();
    world.asked(first, target("orders", "STOPPED"));
    world.settle();
    let as_of = |world: &mut World| Wish::Delete {
        connector: "orders".into(),
        as_of: Some(world.configs().connectors["orders"].changed),
    };
    let changes = [
        vec![target("orders", "STARTED")],
        vec![target("orders", "STARTED"), target("orders", "STOPPED")],
        vec![put("orders", &[("x", "1")])],
        vec![delete("orders"), create("orders")],
    ];
    for change in changes {
        let deletion = as_of(&mut world);
        for wish in change {
            world.asked(first, wish);
            world.settle();
        }
        let reply = world.asked(first, deletion);
        let Reply::Refused(refusal) = reply else {
            panic!("{reply:?}");
        };
        assert_eq!(refusal.reason, Reason::Busy);
        let expected = "connector `orders` is not deleted: it was started or changed while its offsets were deleted";
        assert!(refusal.message.starts_with(expected), "{refusal:?}");
    }
    // Tasks that are split only now store none, while it is stopped.
    world.asked(first, target("orders", "STOPPED"));
    world.settle();
    let deletion = as_of(&mut world);
    world.split("orders", &["c"], Writers::Plain);
    world.compact();
    assert_eq!(world.asked(first, deletion), Reply::Done);
    world.settle();
    assert!(world.configs().connectors.is_empty());
}

#[test]
fn what_is_asked_twice_is_answered_once() {
    let mut world = World::new(POLICY);
    let from = world.join(&[PLUGIN]);
    let id = world.ask(from, create("orders"));
    world.lead();
    let wish = create("orders");
    world.ask_as(id, Request { from, wish });
    world.lead();
    assert_eq!(world.reply(id), Some(Reply::Created));
    assert!(world.state().requests.is_empty());
}

#[test]
fn replies_go_after_a_while() {
    let mut world = World::new(POLICY);
    let first = world.join(&[PLUGIN]);
    let id = world.ask(first, delete("orders"));
    world.lead();
    assert!(refused(&world.reply(id).unwrap()).is_some());
    assert!(world.state().requests.is_empty());
    world.lead();
    world.pass(60);
    world.lead();
    assert!(world.reply(id).is_some());
    world.pass(60);
    world.lead();
    assert_eq!(world.reply(id), None);
}

#[test]
fn what_large_requests_are_made_of_goes_with_them() {
    let mut world = World::new(POLICY);
    let first = world.join(&[PLUGIN]);
    let id = world.ask(first, put("orders", &[("text", &"x".repeat(300))]));
    assert!(world.keys().iter().any(|key| key.starts_with("piece-")));
    world.lead();
    assert_eq!(world.reply(id), Some(Reply::Created));
    assert_eq!(pieces_and_requests(&mut world), [""; 0]);
}

#[test]
fn nothing_stays_of_requests_that_were_not_written_to_their_end() {
    let losses: [fn(&mut Vec<ProducerRecord>); 2] = [
        // Its worker dies before the last one.
        |records| drop(records.pop()),
        |records| drop(records.remove(0)),
    ];
    for lose in losses {
        let mut world = World::new(POLICY);
        let first = world.join(&[PLUGIN]);
        let wish = put("orders", &[("text", &"x".repeat(300))]);
        world.ask_in_part(first, wish, lose);
        world.lead();
        world.pass(60);
        world.lead();
        assert!(pieces_and_requests(&mut world).len() > 1);
        world.settle();
        assert_eq!(pieces_and_requests(&mut world), [""; 0]);
        assert!(world.configs().connectors.is_empty());
    }
}

fn pieces_and_requests(world: &mut World) -> Vec<String> {
    world.compact();
    let of = ["piece-", "request-"];
    let mut keys = world.keys();
    keys.retain(|key| of.iter().any(|prefix| key.starts_with(prefix)));
    keys
}

#[test]
fn tasks_that_were_split_from_another_configuration_or_elsewhere_are_refused() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let owner = world.worker(&connector("orders")).unwrap();
    let wish = world.tasks("orders", &["x"], Writers::Plain);
    let mut others = world.members.clone();
    others.remove(&owner);
    let other = others.pop_first().unwrap();
    let busy = |message: &str| {
        Reply::Refused(Refusal {
            reason: Reason::Busy,
            message: message.into(),
        })
    };
    let elsewhere = busy("connector `orders` has another worker meanwhile");
    assert_eq!(world.asked(other, wish.clone()), elsewhere);
    world.asked(other, put("orders", &[("x", "1")]));
    let changed = busy("connector `orders` has another configuration meanwhile");
    assert_eq!(world.asked(owner, wish), changed);
    world.settle();
    world.check_settled();
}

#[test]
fn only_tasks_whose_configuration_changed_start_anew() {
    let mut world = World::running(POLICY, 2, (&["a", "b", "c"], Writers::Plain));
    let before = [0, 1, 2].map(|number| world.placement(&task("orders", number)).unwrap());
    world.split("orders", &["a", "B", "c", "d"], Writers::Plain);
    world.settle();
    let after = [0, 1, 2].map(|number| world.placement(&task("orders", number)).unwrap());
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert!(after[1].ticket > before[1].ticket);
    world.check_settled();
}

#[test]
fn a_stopped_connector_releases_its_tasks_and_keeps_what_they_are_to_do() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let first = world.first();
    let before = world.configs().connectors["orders"].tasks.clone();
    assert_eq!(world.asked(first, target("orders", "STOPPED")), Reply::Done);
    world.settle();
    world.check_settled();
    assert_eq!(world.placement(&task("orders", 0)), None);
    world.compact();
    let tasks = world.configs().connectors["orders"].tasks.clone();
    assert_eq!(tasks, before);
    world.asked(first, target("orders", "PAUSED"));
    world.settle();
    world.check_settled();
    assert!(world.worker(&task("orders", 0)).is_some());
}

#[test]
fn a_smaller_set_leaves_no_tasks_of_the_larger_one() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let first = world.first();
    world.asked(first, target("orders", "STOPPED"));
    world.settle();
    world.split("orders", &["c"], Writers::Plain);
    world.settle();
    world.compact();
    let keys = world.keys();
    assert!(keys.contains(&"task-orders-0".to_owned()));
    assert!(!keys.contains(&"task-orders-1".to_owned()));
}

#[test]
fn a_deleted_connector_leaves_nothing() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let first = world.first();
    let restart = Wish::Restart {
        connector: "orders".into(),
        scope: Scope::All,
    };
    assert_eq!(world.asked(first, restart.clone()), Reply::Done);
    let old = world.placement(&task("orders", 1)).unwrap();
    assert_eq!(world.asked(first, delete("orders")), Reply::Done);
    world.settle();
    assert_eq!(world.left_of("orders"), [""; 0]);
    // Its worker was not sure whether it had said so.
    world.write(&ClusterRecord::Release {
        unit: task("orders", 1),
        release: Some(old.ticket),
    });
    world.settle();
    assert_eq!(world.left_of("orders"), [""; 0]);

    // Another one that nobody could run.
    let config = config(&[("connector.class", "unknown")]);
    let connector = "homeless".into();
    world.asked(first, Wish::Put { connector, config });
    let restart = Wish::Restart {
        connector: "homeless".into(),
        scope: Scope::All,
    };
    assert_eq!(world.asked(first, restart), Reply::Done);
    world.asked(first, delete("homeless"));
    world.settle();
    assert_eq!(world.left_of("homeless"), [""; 0]);
}

#[test]
fn a_connector_that_is_deleted_and_created_again_is_another_one() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let first = world.first();
    let old = world.placement(&task("orders", 0)).unwrap();
    world.asked(first, delete("orders"));
    assert_eq!(world.asked(first, create("orders")), Reply::Created);
    assert_eq!(world.configs().connectors["orders"].tasks, Tasks::Unknown);
    world.lead();
    assert_eq!(world.worker(&task("orders", 0)), old.worker());
    assert_eq!(world.placement(&task("orders", 0)).unwrap().owner(), None);
    world.settle();
    world.check_settled();
    assert_eq!(world.placement(&task("orders", 0)), None);
    world.split("orders", PLAIN.0, PLAIN.1);
    world.settle();
    assert!(world.placement(&task("orders", 0)).unwrap().ticket > old.ticket);
    world.check_settled();
}

#[test]
fn units_of_a_connector_that_an_answer_changes_are_not_given() {
    let mut world = World::running(POLICY, 1, PLAIN);
    let first = world.first();
    world.workers.get_mut(&first).unwrap().carry(&[]);
    world.settle();
    let before = world.placement(&connector("orders"));
    let new = world.join(&[PLUGIN]);
    assert_eq!(world.asked(new, delete("orders")), Reply::Done);
    assert_eq!(world.placement(&connector("orders")), before);
    assert_eq!(before.unwrap().hold, Hold::Free);
}

#[test]
fn requests_that_change_nothing_hold_nothing_up() {
    let mut world = World::running(POLICY, 2, PLAIN);
    let unit = task("orders", 0);
    let dead = world.kill_owner(&unit);
    let first = world.first();
    let wishes = [
        create("orders"),
        target("orders", "STARTED"),
        create("orders"),
    ];
    let asked = wishes.map(|wish| world.ask(first, wish));
    world.lead();
    let replies = asked.map(|id| world.reply(id).unwrap());
    assert!(refused(&replies[0]).is_some());
    assert_eq!(replies[1], Reply::Unchanged);
    assert_eq!(replies[2], replies[0]);
    let owner = world.placement(&unit).unwrap().owner();
    assert!(owner.is_some_and(|owner| owner != dead));
}
