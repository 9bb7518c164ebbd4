//! What one life of a task reads.

use std::collections::BTreeMap;

use connect_api::SourceItem;
use futures::future::join;
use tokio::task::yield_now;

use super::{
    SourceFixture,
    driver::{Driver, Stored, as_stored, check_texts, fill, record, texts, within},
};

/// What is there is read once, in order per partition.
pub async fn each_record_is_read_once_in_order(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 25).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let read = driver.read(&*system, count).await;
    let texts: Vec<_> = read.iter().map(|read| read.text.clone()).collect();
    check_texts(&*system, &texts, 25);
    driver.stop().await;
}

/// What arrives while a task lives is read by it.
pub async fn records_that_arrive_later_are_read(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    fill(&mut *system, 1).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let mut read = Vec::new();
    for round in 1..5 {
        let count = system.partitions();
        let new = driver.read(&*system, count).await;
        read.extend(new.into_iter().map(|read| read.text));
        for partition in 0..system.partitions() {
            let text = texts(partition, round + 1).pop().expect("one more");
            system.append(partition, &[text]).await;
        }
    }
    let count = system.partitions();
    let new = driver.read(&*system, count).await;
    read.extend(new.into_iter().map(|read| read.text));
    check_texts(&*system, &read, 5);
}

/// A poll that waits for data comes back when the task is wanted.
///
/// It goes on afterwards.
pub async fn a_poll_gives_up_when_the_task_is_wanted(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 3).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let mut read: Vec<_> = driver.read(&*system, count).await;
    for _ in 0..3 {
        let host = driver.host.clone();
        // The task may be wanted before it waits, or while it does.
        let wanting = async {
            yield_now().await;
            host.want();
        };
        let (batch, ()) = join(driver.poll(), wanting).await;
        host.release();
        let (items, _) = batch.into_parts();
        read.extend(items.into_iter().filter_map(|item| record(&*system, item)));
    }
    assert_eq!(read.len(), count, "records that nobody appended: {read:?}");
    for partition in 0..system.partitions() {
        let text = texts(partition, 4).pop().expect("four were made");
        system.append(partition, &[text]).await;
    }
    let more = system.partitions();
    read.extend(driver.read(&*system, more).await);
    let texts: Vec<_> = read.into_iter().map(|read| read.text).collect();
    check_texts(&*system, &texts, 4);
}

/// Each offset is a flat map, and moves with every record.
pub async fn offsets_can_be_stored(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 10).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let mut last = BTreeMap::new();
    for read in driver.read(&*system, count).await {
        let offset = as_stored(&read.offset);
        if let Some(before) = last.insert(read.partition.clone(), offset.clone()) {
            assert!(
                before != offset,
                "`{}` has the offset of the record before it, {offset:?} of {}",
                read.text,
                read.partition
            );
        }
    }
}

/// A source that sets transaction boundaries ends a transaction after the last records.
pub async fn the_last_records_are_committed(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 10).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let mut read = 0;
    let mut open = 0;
    let reading = async {
        while read < count || open > 0 {
            let (items, _) = driver.poll().await.into_parts();
            for item in &items {
                match item {
                    SourceItem::Record(_) => (read, open) = (read + 1, open + 1),
                    SourceItem::Commit => open = 0,
                    _ => {}
                }
            }
        }
    };
    within("a boundary behind the last record", reading).await;
}
