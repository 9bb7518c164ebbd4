//! Workers whose executor is blocked: their clients go on without them, and would hold what they have for minutes.

use connect_kafka_lab::Kafka;

use super::{
    control::Unit,
    member::Member,
    scene::{Scene, runs},
    takeovers::finish,
};

#[tokio::test(flavor = "multi_thread")]
async fn others_run_what_a_worker_had_whose_executor_is_blocked_and_it_is_of_use_again() {
    let scene = Scene::prepare("blocked", &Kafka::shared(), 6).await;
    let (one, two) = tokio::join!(scene.worker(), scene.worker());
    scene.leader().await;
    let blocked = Member::start(scene.program_of_one_thread()).await;
    check(scene, [one, two], blocked, "blocked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_one_leads_while_the_executor_of_the_leader_is_blocked() {
    let scene = Scene::prepare("blocked-leader", &Kafka::shared(), 6).await;
    let blocked = Member::start(scene.program_of_one_thread()).await;
    assert_eq!(scene.leader().await, blocked.worker);
    let (one, two) = tokio::join!(scene.worker(), scene.worker());
    check(scene, [one, two], blocked, "leader blocked").await;
}

async fn check(scene: Scene, others: [Member; 2], mut blocked: Member, story: &str) {
    let [mut one, mut two] = others;
    let name = blocked.worker.clone();
    let its = |units: &[Unit], of: &str| {
        let mut tasks = units.iter().filter(|unit| unit.task.is_some());
        tasks.any(|unit| unit.worker == name && unit.connector.ends_with(of))
    };
    let all = |units: &[Unit]| runs(units, "source") == 6 && runs(units, &scene.sink) == 6;
    one.create("source", scene.source(6)).await;
    let begun = |units: &[Unit]| runs(units, "source") == 6 && its(units, "source");
    one.shows("it has tasks of the source", begun).await;
    one.create(&scene.sink, scene.sink()).await;
    let with = |units: &[Unit]| all(units) && its(units, "source");
    let without = |units: &[Unit]| all(units) && units.iter().all(|unit| unit.worker != name);
    let back = |units: &[Unit]| all(units) && its(units, "");
    let changes = async {
        one.shows("all tasks run", with).await;
        let still = blocked.block().await;
        one.shows("all tasks run elsewhere", without).await;
        blocked.released(still).await;
        two.shows("it has tasks again", back).await;
    };
    scene.feed_during(changes).await;
    finish(&scene, vec![one, two, blocked], story).await;
}
