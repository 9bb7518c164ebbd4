//! Wires that are held, and cut in the middle of requests and answers.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use connect_kafka_lab::{Direction, Kafka, Mode, Options};
use connect_runtime::Milestone;
use fastrand::Rng;
use tokio::sync::Notify;

use crate::{
    flow::{Flow, Promise},
    hooked::Hooked,
    seed::{depth, seed},
    stage::{at, blocking, never, within, worker},
};

/// Longer than a member of a group may be silent.
const LONG: Duration = Duration::from_secs(8);

async fn proxied() -> Arc<Kafka> {
    let started = blocking(|| Kafka::start(&Options::default().behind_proxy()));
    Arc::new(started.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_longer_than_the_session_loses_and_doubles_nothing() {
    let kafka = proxied().await;
    let (servers, direct) = (kafka.bootstrap(), kafka.direct());
    let worker = worker("silence", &servers).start().await.unwrap();
    let mut flow = Flow::start(&worker, &direct, Promise::Once).await;
    flow.feed(10);
    flow.arrived().await;
    kafka.proxy(1).set(Mode::Hold);
    flow.feed(50);
    never("a line came over a wire that is held", LONG, flow.arrived()).await;
    kafka.proxy(1).set(Mode::Pass);
    flow.arrived().await;
    flow.end(&direct).await;
}

/// The next time a milestone comes, a wire gets this mode.
type Trap = Arc<Mutex<Option<(Milestone, Mode)>>>;

/// Lets `kafka`'s wire get the mode that is set, at its milestone.
fn trapped(kafka: &Arc<Kafka>, trap: &Trap, sprung: &Arc<Notify>) -> impl Fn(Milestone) + use<> {
    let (kafka, trap, sprung) = (Arc::clone(kafka), Arc::clone(trap), Arc::clone(sprung));
    move |milestone| {
        let set = trap.lock().unwrap().take_if(|(at, _)| *at == milestone);
        if let Some((_, mode)) = set {
            kafka.proxy(1).set(mode);
            sprung.notify_one();
        }
    }
}

/// Cuts the wire at milestones of `promise`, so many times as `draw` is asked.
async fn check_cuts(
    (promise, rounds): (Promise, usize),
    mut draw: impl FnMut() -> (Milestone, Mode),
) {
    let kafka = proxied().await;
    let (servers, direct) = (kafka.bootstrap(), kafka.direct());
    let (trap, sprung) = (Trap::default(), Arc::new(Notify::new()));
    let worker = worker("cuts", &servers).environment(Hooked::new(trapped(&kafka, &trap, &sprung)));
    let worker = worker.start().await.unwrap();
    let mut flow = Flow::start(&worker, &direct, promise).await;
    flow.feed(10);
    flow.arrived().await;
    for _ in 0..rounds {
        let (milestone, mode) = draw();
        eprintln!("{promise:?}: {mode:?} at {milestone}");
        *trap.lock().unwrap() = Some((milestone, mode));
        let cut = async {
            within("the milestone", sprung.notified()).await;
            at(&kafka, |kafka| kafka.proxy(1).wait_until_cut()).await
        };
        flow.flow_during(cut).await.unwrap();
        flow.arrived().await;
    }
    flow.end(&direct).await;
}

/// Whether a transaction is committed is unknown when the answer is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_commit_loses_and_doubles_nothing() {
    let lost = || {
        let mode = Mode::CutAfter(Direction::ToClient, 0);
        (Milestone::TransactionCommitting, mode)
    };
    check_cuts((Promise::Once, depth(5, 200)), lost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_answers_that_break_off_lose_and_double_nothing() {
    let mut random = Rng::with_seed(seed("wires"));
    let milestones = [
        Milestone::SourcePolled,
        Milestone::TransactionSent,
        Milestone::TransactionDelivered,
        Milestone::TransactionPositionsSent,
        Milestone::TransactionCommitting,
        Milestone::TransactionCommitted,
        Milestone::BatchPutting,
        Milestone::BatchPut,
        Milestone::OffsetsCommitting,
    ];
    let broken = || {
        let milestone = milestones[random.usize(..milestones.len())];
        let direction = match random.bool() {
            true => Direction::ToServer,
            false => Direction::ToClient,
        };
        // From within a header to within the records.
        (milestone, Mode::CutAfter(direction, random.u64(0..400)))
    };
    check_cuts((Promise::Once, depth(7, 300)), broken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_break_off_lose_nothing_that_comes_at_least_once() {
    let mut random = Rng::with_seed(seed("wires at least once"));
    let milestones = [
        Milestone::RecordsSent,
        Milestone::RecordsAcknowledged,
        Milestone::PositionsSent,
        Milestone::PositionsStored,
        Milestone::OffsetsCommitting,
    ];
    let broken = || {
        let milestone = milestones[random.usize(..milestones.len())];
        let mode = Mode::CutAfter(Direction::ToClient, random.u64(0..100));
        (milestone, mode)
    };
    check_cuts((Promise::AtLeastOnce, depth(4, 200)), broken).await;
}
