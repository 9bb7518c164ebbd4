//! Restarts: what is put again, and what must not be there twice.

use connect_api::{FlushReason, Offsets};

use super::{
    SinkFixture, SinkSystem,
    driver::{Driver, Log, check_complete, check_durable},
};

/// A process that dies between two calls leaves what the sink promises.
///
/// Every life ends one call later than the one before; the group commits what flushes answer.
pub async fn a_crash_between_any_two_calls_loses_and_doubles_nothing(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 60));
    let mut group = Offsets::new();
    for calls in 0..12 {
        live(&*system, &log, &mut group, Life { calls, batch: 3 }).await;
        check_durable(&*system, &log, &group).await;
    }
    finish(&*system, &log, &group, 10).await;
    check_complete(&*system, &log).await;
}

/// A process that dies before the group has committed what was flushed: all comes again.
///
/// A sink that stores offsets is asked for them; others get every record a second time.
pub async fn a_crash_before_the_group_commits(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 30));
    for calls in 3..9 {
        let mut forgotten = Offsets::new();
        live(&*system, &log, &mut forgotten, Life { calls, batch: 4 }).await;
        check_durable(&*system, &log, &forgotten).await;
    }
    finish(&*system, &log, &Offsets::new(), 30).await;
    check_complete(&*system, &log).await;
}

/// What comes again comes in batches of another size.
///
/// So batches can't be told from each other.
pub async fn batches_may_be_cut_differently_after_a_restart(fixture: &dyn SinkFixture) {
    for batches in [[10, 3, 7], [3, 10, 1], [1, 2, 30]] {
        let (system, log) = (fixture.fresh().await, Log::new(2, 40));
        let mut group = Offsets::new();
        for batch in batches {
            live(&*system, &log, &mut group, Life { calls: 5, batch }).await;
            check_durable(&*system, &log, &group).await;
        }
        finish(&*system, &log, &group, 11).await;
        check_complete(&*system, &log).await;
    }
}

/// One life of a task.
#[derive(Clone, Copy)]
struct Life {
    /// After how many calls, `open` aside, it ends.
    calls: usize,
    /// How many offsets a batch has.
    batch: i64,
}

/// Opens, then puts one batch of each partition and flushes, again and again.
async fn live(system: &dyn SinkSystem, log: &Log, group: &mut Offsets, life: Life) {
    let mut driver = Driver::open(system, log).await;
    let partitions = log.all();
    let round = partitions.len() + 1;
    for call in 0..life.calls {
        if call == 0 {
            driver.take(&partitions, group).await;
            continue;
        }
        match partitions.get((call - 1) % round) {
            Some(partition) => driver.put(partition, life.batch).await,
            None => group.extend(driver.flush(FlushReason::Interval).await),
        }
    }
    driver.crash();
}

/// Puts the rest in one last, orderly life.
async fn finish(system: &dyn SinkSystem, log: &Log, group: &Offsets, batch: i64) {
    let mut driver = Driver::open(system, log).await;
    driver.take(&log.all(), group).await;
    driver.put_rest(batch).await;
    driver.stop().await;
}
