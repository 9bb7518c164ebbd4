//! What becomes of what a sink is given.

use super::*;

#[tokio::test]
async fn what_was_put_is_committed_when_the_task_stops() {
    let bench = Bench::new().await;
    bench.produce(&["0", "1", "2"]).await;
    let sink = Collect {
        expected: 3,
        ..Collect::default()
    };
    let ended = bench
        .run_sink(&sink, options(Delivery::AtLeastOnce, Tolerance::None))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(*sink.lines.lock().unwrap(), text(0..3));
    let committed = bench.broker.group_offsets("connect-c").await.unwrap();
    assert_eq!(committed.values().copied().collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn a_rejected_batch_comes_again_in_halves_until_the_culprit_is_alone() {
    let bench = Bench::new().await;
    bench.produce(&["0", "1", "bad", "3", "4"]).await;
    let sink = Collect {
        expected: 4,
        bad: Some("bad"),
        ..Collect::default()
    };
    let ended = bench
        .run_sink(&sink, options(Delivery::AtLeastOnce, Tolerance::All))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(*sink.lines.lock().unwrap(), ["0", "1", "3", "4"]);
    assert_eq!(bench.read("dlq").await, ["bad"]);
    let committed = bench.broker.group_offsets("connect-c").await.unwrap();
    assert_eq!(committed.values().copied().collect::<Vec<_>>(), [5]);
}
