//! Workers that die, stand still and leave, one after the other, while records flow.

use std::time::Duration;

use connect_kafka_lab::Kafka;
use fastrand::Rng;
use tokio::time::{interval, timeout};

use super::{member::Member, scene::Scene};
use crate::seed::{depth, seed};

/// How often something happens.
const PERIOD: Duration = Duration::from_secs(10);

/// How long a worker stands still: longer than its session of 6 s.
const STILL: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_die_stand_still_and_leave_lose_and_double_nothing() {
    let seed = seed("chaos");
    let mut random = Rng::with_seed(seed);
    let scene = Scene::prepare("chaos", &Kafka::shared(), depth(6, 20)).await;
    let mut members = scene.start().await;
    let trouble = async {
        let mut ticks = interval(PERIOD);
        ticks.tick().await;
        for round in 0..depth(7, 60) {
            ticks.tick().await;
            let index = random.usize(..members.len());
            let member = members.swap_remove(index);
            let (next, what) = disturb(&scene, member, random.usize(..3)).await;
            eprintln!("seed {seed}, round {round}: {what}");
            members.push(next);
        }
    };
    scene.feed_during(trouble).await;
    scene.arrived().await;
    scene.all_run(&mut members[0]).await;
    for member in members {
        member.end().await;
    }
    scene.check(&format!("seed {seed}")).await;
}

/// Does one thing to a worker, and returns who is there in its place.
async fn disturb(scene: &Scene, mut member: Member, chance: usize) -> (Member, String) {
    let name = member.worker.clone();
    match chance {
        0 => {
            member.kill();
            (scene.worker().await, format!("{name} died"))
        }
        1 => {
            member.pause();
            let still = timeout(STILL, std::future::pending::<()>());
            assert!(still.await.is_err());
            member.resume();
            (member, format!("{name} stood still"))
        }
        _ => {
            let (next, ()) = tokio::join!(scene.worker(), member.end());
            (next, format!("{name} left"))
        }
    }
}
