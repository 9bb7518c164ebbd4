//! Offsets that a sink stores with its data.

use std::collections::BTreeMap;

use connect_api::{FlushReason, Offsets, SinkBatch};

use super::{
    SinkFixture, SinkSystem,
    driver::{Driver, Log, at, check_complete, within},
};

/// A batch that only moves offsets is stored too.
pub async fn offsets_move_without_records(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 50));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    let moved = Offsets::from([(at(0), 42), (at(1), 17)]);
    let batch = SinkBatch::new(Vec::new(), moved.clone());
    driver
        .put_once(&batch)
        .await
        .expect("a batch without records is accepted");
    driver.next = moved.clone();
    driver.flush(FlushReason::Closing).await;
    driver.crash();
    assert_eq!(stored(&*system, &log).await, moved, "the offsets stored");
    assert!(system.read().await.is_empty());
}

/// The stored offset is the batch's, past dropped records.
///
/// It is not the last record's plus one.
pub async fn offsets_count_records_that_were_dropped(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(1, 50));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    // Offset 13 was dropped, so the last record of the batch has offset 12.
    driver.put(&at(0), 14).await;
    driver.flush(FlushReason::Closing).await;
    driver.crash();
    assert_eq!(
        stored(&*system, &log).await,
        Offsets::from([(at(0), 14)]),
        "the offset stored"
    );
}

/// The next task starts at the offsets that an operator sets.
///
/// Where one is removed it starts anew.
pub async fn altered_offsets_are_where_the_next_task_starts(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 20));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put(&at(0), 10).await;
    driver.put(&at(1), 10).await;
    driver.stop().await;
    // Repeated, as operators do.
    for _ in 0..2 {
        let altered = BTreeMap::from([(at(0), Some(15)), (at(1), None)]);
        let connector = system.connector();
        within("alter_offsets", connector.alter_offsets(&altered))
            .await
            .expect("offsets are altered");
        assert_eq!(
            stored(&*system, &log).await,
            Offsets::from([(at(0), 15)]),
            "the offsets stored"
        );
    }
    let back = BTreeMap::from([(at(0), Some(10)), (at(1), Some(10))]);
    let connector = system.connector();
    within("alter_offsets", connector.alter_offsets(&back))
        .await
        .expect("offsets are altered");
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put_rest(4).await;
    driver.stop().await;
    check_complete(&*system, &log).await;
}

/// Asks a new task for the offsets that are stored.
async fn stored(system: &dyn SinkSystem, log: &Log) -> Offsets {
    let mut driver = Driver::open(system, log).await;
    let stored = driver.try_take(&log.all()).await;
    driver.crash();
    stored.unwrap_or_else(|error| panic!("open of partitions: {error:?}"))
}
