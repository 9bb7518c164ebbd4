//! Records that the system refuses, and calls that it does not answer.

use connect_api::{ErrorKind, FlushReason, Offsets, Origin, Result, SinkBatch, SinkRecord};

use super::{
    Outage, SinkFixture, SinkSystem,
    driver::{Driver, Log, TOPIC, at, check_complete, check_durable},
};
use crate::Rejects;

/// Where the refused record stands in the log.
const REFUSED: i64 = 6;

/// A refused record goes to the dead letter queue alone.
///
/// Those around it are written once.
pub async fn a_refused_record_does_not_harm_the_others(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(1, 20));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    let mut dead = Vec::new();
    put_tolerantly(&mut driver, batch_with_refused(&*system, &log), &mut dead).await;
    driver.next.insert(at(0), 10);
    let rejected = driver.host.take_rejected();
    dead.extend(rejected.into_iter().map(|(origin, _)| origin));
    assert_eq!(
        dead,
        [Origin::new(at(0), REFUSED)],
        "what was rejected, each once"
    );
    driver.put_rest(7).await;
    driver.stop().await;
    check_complete(&*system, &without_refused()).await;
}

/// A refused record that is not tolerated stops the task.
///
/// Nothing is stored past it.
pub async fn nothing_passes_a_record_that_is_not_tolerated(fixture: &dyn SinkFixture) {
    for rejects in [Rejects::Intolerable, Rejects::Unavailable] {
        let (system, log) = (fixture.fresh().await, Log::new(1, 20));
        let mut driver = Driver::open(&*system, &log).await;
        driver.host.reject_with(rejects);
        driver.take(&log.all(), &Offsets::new()).await;
        let batch = batch_with_refused(&*system, &log);
        let put = match driver.put_once(&batch).await {
            Ok(()) => driver.try_flush(FlushReason::Closing).await.map(drop),
            error => error,
        };
        assert!(
            put.is_err(),
            "a record that is not tolerated was passed over in silence"
        );
        driver.crash();
        let log = without_refused();
        let mut driver = Driver::open(&*system, &log).await;
        let stored = driver.try_take(&log.all()).await.expect("partitions open");
        let next = stored.get(&at(0)).copied().unwrap_or(0);
        assert!(
            next <= REFUSED,
            "expected an offset up to {REFUSED}, found {next}"
        );
        driver.start(&log.all(), &stored, &Offsets::new());
        driver.put_rest(20).await;
        driver.stop().await;
        check_complete(&*system, &log).await;
    }
}

/// While the system is away nothing is said to be durable.
///
/// Afterwards the same batch comes again.
pub async fn a_batch_comes_again_after_an_outage(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(1, 40));
    let mut group = Offsets::new();
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &group).await;
    for round in 0..4 {
        driver.put(&at(0), 4).await;
        let from = driver.next[&at(0)];
        let batch = log.batch(&*system, &at(0), from, from + 4);
        assert_eq!(system.cut_off().await, Outage::Begun);
        let put = driver.put_once(&batch).await;
        if round % 2 == 0 {
            group.extend(driver.flush(FlushReason::Interval).await);
        }
        system.reconnect().await;
        check_durable(&*system, &log, &group).await;
        match put {
            Ok(()) => {
                driver.next.insert(at(0), from + 4);
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => driver.put(&at(0), 4).await,
            Err(error) => panic!("put during an outage: {error:?}"),
        }
    }
    driver.put_rest(4).await;
    driver.stop().await;
    check_complete(&*system, &log).await;
}

/// Builds the batch of the first ten offsets with a refused record among them.
fn batch_with_refused(system: &dyn SinkSystem, log: &Log) -> SinkBatch {
    let (mut records, next) = log.batch(system, &at(0), 0, 10).into_parts();
    let refused = system.refused(TOPIC).expect("the claim is tried only then");
    for record in &mut records {
        if record.origin.offset() == REFUSED {
            *record = SinkRecord::new(refused.clone(), record.origin.clone());
        }
    }
    SinkBatch::new(records, next)
}

/// The log as it should be found: without the refused record.
fn without_refused() -> Log {
    let mut log = Log::new(1, 20);
    log.drop_record(&at(0), REFUSED);
    log
}

/// Puts as the runtime does under `errors.tolerance=all`: what is named is left out, halves find the rest.
async fn put_tolerantly(driver: &mut Driver<'_>, batch: SinkBatch, dead: &mut Vec<Origin>) {
    let mut waiting = vec![batch];
    while let Some(batch) = waiting.pop() {
        let put: Result<()> = driver.put_once(&batch).await;
        let Err(error) = put else { continue };
        assert_eq!(error.kind(), ErrorKind::Rejected, "{}", error.report());
        let (mut records, next) = batch.into_parts();
        match (error.origin(), records.len()) {
            (Some(culprit), _) => {
                dead.push(culprit.clone());
                let before = records.len();
                records.retain(|record| record.origin != *culprit);
                assert!(records.len() < before, "{culprit} was not in the batch");
                waiting.push(SinkBatch::new(records, next));
            }
            (None, 1) => {
                dead.push(records[0].origin.clone());
                waiting.push(SinkBatch::new(Vec::new(), next));
            }
            (None, count) => {
                let second = records.split_off(count / 2);
                let between = second[0].origin.offset();
                let first = Offsets::from([(at(0), between)]);
                waiting.push(SinkBatch::new(second, next));
                waiting.push(SinkBatch::new(records, first));
            }
        }
    }
}
