//! Who owns a partition, and who may still write for it.

use std::time::Duration;

use connect_api::{ErrorKind, FlushReason, Offsets, Result};
use tokio::time::timeout;

use super::{
    SinkFixture, SinkSystem,
    driver::{Driver, Log, at, check_complete, expect_kind},
};

/// How long an opening that waits for its predecessor is watched.
const MOMENT: Duration = Duration::from_millis(500);

/// Partitions are taken over one after the other, given back, and taken over again.
pub async fn partitions_come_and_go(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(3, 30));
    let mut group = Offsets::new();
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&[at(0)], &group).await;
    driver.put(&at(0), 8).await;
    driver.take(&[at(1), at(2)], &group).await;
    driver.put(&at(1), 8).await;
    driver.put(&at(0), 8).await;
    group.extend(driver.flush(FlushReason::Closing).await);
    driver.close(&[at(0)]).await;
    driver.put(&at(2), 8).await;
    driver.take(&[at(0)], &group).await;
    driver.put_rest(5).await;
    driver.stop().await;
    check_complete(&*system, &log).await;
}

/// Once a partition is lost, nothing more of it becomes visible, whatever follows.
pub async fn lost_partitions_write_nothing_more(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 30));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put(&at(0), 10).await;
    driver.put(&at(1), 10).await;
    // Lost: closed without a flush.
    driver.close(&[at(0)]).await;
    let visible = of_partition(&*system, &log, 0).await;
    driver.put(&at(1), 10).await;
    driver.flush(FlushReason::Interval).await;
    driver.put(&at(1), 10).await;
    let durable = driver.stop().await;
    assert_eq!(
        of_partition(&*system, &log, 0).await,
        visible,
        "texts of a lost partition"
    );
    assert_eq!(
        durable.get(&at(0)),
        None,
        "a flush answered for a lost partition"
    );
    let expected = log.below(&at(1), 30);
    let found = of_partition(&*system, &log, 1).await;
    assert_eq!(
        found.len(),
        expected.len(),
        "texts of the partition that stayed"
    );
}

/// Two tasks own one partition, as after a partition of the network.
///
/// Only one of them stores.
///
/// Either the older is fenced when the newer opens, or the second store fails its comparison. A system that makes the
/// newer wait until the older is gone is sound too.
pub async fn of_two_tasks_on_one_partition_only_one_stores(fixture: &dyn SinkFixture) {
    for first in [Writer::Older, Writer::Newer] {
        let (system, log) = (fixture.fresh().await, Log::new(1, 30));
        let mut older = Driver::open(&*system, &log).await;
        older.take(&log.all(), &Offsets::new()).await;
        older.put(&at(0), 5).await;
        older.flush(FlushReason::Requested).await;
        let opening = async {
            let mut newer = Driver::try_open(&*system, &log).await?;
            let stored = newer.try_take(&log.all()).await?;
            newer.start(&log.all(), &stored, &Offsets::new());
            Ok::<_, connect_api::Error>(newer)
        };
        match timeout(MOMENT, opening).await {
            Ok(Ok(newer)) => rivals(older, newer, first).await,
            Ok(Err(error)) if error.kind() != ErrorKind::Unavailable => {
                panic!("open of a second task: {error:?}")
            }
            // The older holds a lock.
            _ => older.crash(),
        }
        let mut last = Driver::open(&*system, &log).await;
        last.take(&log.all(), &Offsets::new()).await;
        last.put_rest(6).await;
        last.stop().await;
        check_complete(&*system, &log).await;
    }
}

#[derive(Clone, Copy)]
enum Writer {
    Older,
    Newer,
}

/// Lets both write the same offsets; exactly one may succeed.
async fn rivals(older: Driver<'_>, newer: Driver<'_>, first: Writer) {
    let (mut one, mut two) = match first {
        Writer::Older => (older, newer),
        Writer::Newer => (newer, older),
    };
    let won = [write(&mut one).await, write(&mut two).await];
    let winners = won.iter().filter(|won| won.is_ok()).count();
    for lost in won.iter().filter_map(|won| won.as_ref().err()) {
        expect_kind("the loser", lost, ErrorKind::Fenced);
    }
    assert_eq!(winners, 1, "of two tasks on one partition {winners} stored");
    one.crash();
    two.crash();
}

async fn write(driver: &mut Driver<'_>) -> Result<()> {
    driver.try_put(&at(0), 10).await?;
    driver.try_flush(FlushReason::Closing).await.map(drop)
}

async fn of_partition(system: &dyn SinkSystem, log: &Log, partition: i32) -> Vec<String> {
    let all = log.below(&at(partition), log.end(&at(partition)));
    let mut read = system.read().await;
    read.retain(|text| all.contains(text));
    read.sort();
    read
}
