//! Leaders and owners that are gone, or back, at the worst moment.

use std::{sync::Arc, time::Duration};

use connect_kafka_lab::{Kafka, Options};
use connect_runtime::Milestone;
use tokio::time::interval;

use super::{
    control::Unit,
    member::Member,
    scene::{Scene, runs},
};
use crate::stage::{at, blocking, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_killed_while_it_assigns_is_replaced_and_everything_runs() {
    let scene = Scene::prepare("killed-leader", &Kafka::shared(), 12).await;
    let mut members = scene.members().await;
    members[0].create(&scene.sink, scene.sink()).await;
    let leader = leader(&scene, &mut members).await;
    members[0].create("source", scene.source(12)).await;
    // Its tasks are written by the leader, and given to workers, after this was answered.
    leader.kill();
    scene.feed_during(scene.all_run(&mut members[0])).await;
    finish(&scene, members, "leader killed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_leaders_the_later_one_counts_and_the_other_is_of_use_again() {
    let scene = Scene::prepare("two-leaders", &Kafka::shared(), 6).await;
    let mut members = scene.start().await;
    let mut former = leader(&scene, &mut members).await;
    let changes = async {
        former.pause();
        // It is answered by the leader, and that is another one.
        members[0].put("source", scene.source(4)).await;
        members[1]
            .shows("four tasks run", |units| runs_of(units, 4))
            .await;
        former.resume();
        former.put("source", scene.source(5)).await;
        former
            .shows("five tasks run", |units| runs_of(units, 5))
            .await;
    };
    scene.feed_during(changes).await;
    members.push(former);
    finish(&scene, members, "two leaders").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wakes_between_init_and_the_check_of_its_right_writes_nothing_and_is_of_use_again() {
    let scene = Scene::prepare("waking", &Kafka::shared(), 6).await;
    let (mut one, mut two) = tokio::join!(scene.worker(), scene.worker());
    let begun = async || {
        one.create(&scene.sink, scene.sink()).await;
        one.create("source", scene.source(6)).await;
    };
    let at = Milestone::ProducerInitialized;
    let stopped = Member::stopped(scene.program(), at, begun).await;
    let gone = stopped.worker.clone();
    let without =
        |units: &[Unit]| runs(units, "source") == 6 && units.iter().all(|unit| unit.worker != gone);
    scene
        .feed_during(one.shows("all tasks run elsewhere", without))
        .await;
    let mut woken = stopped.go_on();
    let with = |units: &[Unit]| {
        let has = |unit: &Unit| unit.worker == gone && unit.state == "RUNNING";
        runs(units, "source") == 6 && units.iter().any(has)
    };
    scene
        .feed_during(woken.shows("it has tasks again", with))
        .await;
    two.shows("all tasks run", |units| runs_of(units, 6)).await;
    finish(&scene, vec![one, two, woken], "woken").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_change_while_their_owner_stands_still_are_written_by_the_new_ones_alone() {
    let scene = Scene::prepare("changed", &Kafka::shared(), 6).await;
    let mut members = scene.start().await;
    let leader = leader(&scene, &mut members).await;
    let mut owner = members.remove(0);
    let mut other = members.remove(0);
    let changes = async {
        owner.pause();
        other.put("source", scene.source(4)).await;
        let gone = owner.worker.clone();
        let without =
            |units: &[Unit]| runs_of(units, 4) && units.iter().all(|unit| unit.worker != gone);
        other.shows("four tasks run elsewhere", without).await;
        owner.resume();
        owner
            .shows("four tasks run", |units| runs_of(units, 4))
            .await;
    };
    scene.feed_during(changes).await;
    finish(&scene, vec![leader, owner, other], "changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_and_is_replaced_at_once_stops_nobody_else() {
    let scene = Scene::prepare("replaced", &Kafka::shared(), 6).await;
    let mut members = scene.start().await;
    let dead = members.remove(0);
    let gone = dead.worker.clone();
    let others = |units: Vec<Unit>| {
        let others = units.into_iter().filter(|unit| unit.worker != gone);
        let others = others.map(|unit| (unit.connector, unit.task, unit.worker, unit.state));
        others.collect::<Vec<_>>()
    };
    scene.balanced(&mut members[0], 3).await;
    let before = others(members[0].statuses().await);
    dead.kill();
    // The group waits for both: for the new one, and for the session of the dead one to be over.
    let replaced = scene.worker();
    let watched = async {
        let mut ticks = interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            let units = members[0].statuses().await;
            if units.iter().all(|unit| unit.worker != gone) {
                return;
            }
            let still = units.iter().filter(|unit| unit.worker == gone).count();
            let known = before.len() + still;
            // Once something of the dead one was given to somebody, other things may move too.
            if known == units.len() {
                assert_eq!(others(units), before, "while nothing of {gone} has moved");
            }
        }
    };
    let watched = within("the end of what the dead one had", watched);
    let (replaced, ()) = scene
        .feed_during(async { tokio::join!(replaced, watched) })
        .await;
    members.push(replaced);
    finish(&scene, members, "replaced").await;
}

/// Of three brokers, since a topic that no broker leads for a moment may lose the ends of transactions: KAFKA-20734.
#[tokio::test(flavor = "multi_thread")]
async fn brokers_that_are_killed_under_a_cluster_lose_and_double_nothing() {
    let kafka = blocking(|| Kafka::start(&Options::default().brokers(3))).await;
    let kafka = Arc::new(kafka.unwrap());
    let scene = Scene::prepare("broker", &kafka.bootstrap(), 6).await;
    let mut members = scene.start().await;
    // Between them they coordinate everything: groups and transactions.
    for (node, tasks) in [(1, 5), (2, 4), (3, 6)] {
        let restarted = at(&kafka, move |kafka| {
            kafka.kill(node).unwrap();
            kafka.restart(node).unwrap();
        });
        scene.feed_during(restarted).await;
        members[0].put("source", scene.source(tasks)).await;
        members[1]
            .shows("all tasks run", |units| runs_of(units, tasks))
            .await;
    }
    finish(&scene, members, "brokers killed").await;
}

/// Takes the one out of the members that leads.
async fn leader(scene: &Scene, members: &mut Vec<Member>) -> Member {
    let worker = scene.leader().await;
    let index = members.iter().position(|member| member.worker == worker);
    members.swap_remove(index.unwrap())
}

fn runs_of(units: &[Unit], tasks: usize) -> bool {
    let source = units.iter().filter(|unit| unit.connector == "source");
    let all = source.filter(|unit| unit.task.is_some()).count();
    all == tasks && runs(units, "source") == tasks
}

/// Lets everything arrive, ends the workers and checks what is there.
pub(super) async fn finish(scene: &Scene, members: Vec<Member>, story: &str) {
    scene.feed(20);
    scene.arrived().await;
    for member in members {
        member.end().await;
    }
    scene.check(story).await;
}
