//! What the black hole counts.

use connect_api::{
    FlushReason, Flushed, Headers, Offsets, Origin, Record, SinkBatch, SinkConnector, SinkRecord,
    TopicPartition, Value,
};
use connect_datagen::Blackhole;
use connect_testkit::TestHost;

fn batch(records: Vec<Record>) -> SinkBatch {
    let at = TopicPartition::new("t", 0);
    let record = |(offset, record)| SinkRecord::new(record, Origin::new(at.clone(), offset));
    SinkBatch::new((0..).zip(records).map(record).collect(), Offsets::new())
}

#[tokio::test(start_paused = true)]
async fn records_bytes_and_lag_are_counted() {
    let host = TestHost::new();
    let cx = host.sink_context("hole");
    let now = cx.now_millis();
    let late = |millis: i64| {
        let mut record = Record::new("t", "four");
        record.timestamp = Some(now - millis);
        record
    };
    let mut with_header = Record::new("t", Value::array([1i64, 2]));
    with_header.headers = [("name", "value")].into_iter().collect::<Headers>();
    let mut task = Blackhole::new().open(cx).await.unwrap();
    let records = vec![late(300), late(500), late(-1000), with_header];
    task.put(&batch(records)).await.unwrap();
    task.put(&batch(Vec::new())).await.unwrap();
    assert_eq!(host.counter("datagen.blackhole-records"), 4);
    assert_eq!(host.counter("datagen.blackhole-bytes"), 12 + 16 + 9);
    assert_eq!(host.counter("datagen.blackhole-lag-ms"), 800);
    let flushed = task.flush(FlushReason::Interval).await.unwrap();
    assert_eq!(flushed, Flushed::All);
}
