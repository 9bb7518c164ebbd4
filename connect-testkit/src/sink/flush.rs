//! One life of a task: what is put, and when it is durable.

use connect_api::{FlushReason, Offsets, SinkBatch};

use super::{
    SinkFixture,
    driver::{Driver, Log, at, check_complete, check_durable},
};

/// What was put is there when the task has stopped.
///
/// Each record is there once, in order per partition.
pub async fn each_record_is_written_once_in_order(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(3, 40));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put_rest(7).await;
    let durable = driver.stop().await;
    for partition in log.all() {
        assert_eq!(
            durable.get(&partition),
            Some(&log.end(&partition)),
            "{partition}: the last flush"
        );
    }
    check_complete(&*system, &log).await;
}

/// Whatever a flush answers, everything below it survives a crash right after it.
pub async fn what_a_flush_answers_is_durable(fixture: &dyn SinkFixture) {
    for why in [
        FlushReason::Interval,
        FlushReason::Requested,
        FlushReason::Closing,
    ] {
        let (system, log) = (fixture.fresh().await, Log::new(2, 40));
        let mut group = Offsets::new();
        while group.len() < 2 || group.iter().any(|(at, offset)| *offset < log.end(at)) {
            // A sink that always holds something back gets on with every second life.
            for why in [why, FlushReason::Closing] {
                let mut driver = Driver::open(&*system, &log).await;
                driver.take(&log.all(), &group).await;
                for partition in log.all() {
                    driver.put(&partition, 9).await;
                }
                group.extend(driver.flush(why).await);
                driver.crash();
                check_durable(&*system, &log, &group).await;
            }
        }
        check_complete(&*system, &log).await;
    }
}

/// `Closing` is the last chance: it leaves nothing behind.
pub async fn closing_makes_everything_durable(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(2, 20));
    let mut driver = Driver::open(&*system, &log).await;
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put_rest(20).await;
    let put = driver.next.clone();
    let durable = driver.flush(FlushReason::Closing).await;
    assert_eq!(durable, put, "what `flush(Closing)` made durable");
    driver.crash();
    check_complete(&*system, &log).await;
}

/// A batch without records and offsets comes when the task asked to be woken.
pub async fn an_empty_batch_is_accepted(fixture: &dyn SinkFixture) {
    let (system, log) = (fixture.fresh().await, Log::new(1, 10));
    let mut driver = Driver::open(&*system, &log).await;
    let empty = SinkBatch::default();
    driver
        .put_once(&empty)
        .await
        .expect("an empty batch is accepted without partitions");
    driver.take(&log.all(), &Offsets::new()).await;
    driver.put(&at(0), 4).await;
    driver
        .put_once(&empty)
        .await
        .expect("an empty batch is accepted between others");
    driver.put_rest(10).await;
    driver.stop().await;
    check_complete(&*system, &log).await;
}
