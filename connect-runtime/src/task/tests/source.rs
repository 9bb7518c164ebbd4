//! What becomes of what a source polls.

use super::*;

#[tokio::test]
async fn what_was_polled_is_in_the_topic_and_its_position_is_stored() {
    for delivery in [Delivery::AtLeastOnce, Delivery::ExactlyOnce] {
        let bench = Bench::new().await;
        let script = Script::new([Ok(numbers(0..3)), Ok(numbers(3..5))]);
        assert!(matches!(
            bench
                .run_source(&script, options(delivery, Tolerance::None))
                .await,
            Ended::Stopped
        ));
        assert_eq!(bench.read("numbers").await, text(0..5));
        assert_eq!(script.told.lock().unwrap().last(), Some(&5));
        let again = Script::default();
        assert!(matches!(
            bench
                .run_source(&again, options(delivery, Tolerance::None))
                .await,
            Ended::Stopped
        ));
        assert_eq!(*again.opened_at.lock().unwrap(), [5]);
    }
}

#[tokio::test]
async fn a_failed_record_ends_the_task_and_moves_no_position() {
    let bench = Bench::new().await;
    let bad = SourceBatch::from(read(Record::new("numbers", 17), 3));
    let script = Script::new([Ok(numbers(0..2)), Ok(bad)]);
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::None))
        .await;
    let Ended::Failed(error) = ended else {
        panic!("{ended:?}")
    };
    let message = error.to_string();
    assert!(
        message.contains(
            "VALUE_CONVERTER: `plain` failed on record of {\"file\":\"a\"} before {\"next\":3}"
        ),
        "{message}"
    );
    let again = Script::default();
    bench
        .run_source(&again, options(Delivery::ExactlyOnce, Tolerance::None))
        .await;
    assert_eq!(*again.opened_at.lock().unwrap(), [2]);
}

#[tokio::test]
async fn what_was_polled_before_a_poll_that_failed_is_stored() {
    let bench = Bench::new().await;
    let polls = (0..20).map(|n| Ok(numbers(n * 3..n * 3 + 3)));
    let script = Script::new(polls.chain([Err(Error::fatal("broken"))]));
    let exactly_once = || options(Delivery::ExactlyOnce, Tolerance::None);
    let ended = bench.run_source(&script, exactly_once()).await;
    assert!(matches!(ended, Ended::Failed(_)), "{ended:?}");
    assert_eq!(bench.read("numbers").await, text(0..60));
    let again = Script::default();
    bench.run_source(&again, exactly_once()).await;
    assert_eq!(*again.opened_at.lock().unwrap(), [60]);
}

#[tokio::test]
async fn a_tolerated_record_is_a_dead_letter_and_its_position_moves() {
    let bench = Bench::new().await;
    let mut batch = SourceBatch::new();
    batch.push(read(Record::new("numbers", 17), 1));
    batch.reject(
        &partition(),
        SourceOffset::at("next", 2),
        Bytes::from_static(b"\xFFraw"),
        Error::rejected("no text"),
    );
    let script = Script::new([Ok(batch)]);
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::All))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(bench.read("dlq").await, ["17", "\u{FFFD}raw"]);
    assert_eq!(script.told.lock().unwrap().last(), Some(&2));
}

#[tokio::test]
async fn a_record_that_the_broker_refuses_is_a_dead_letter_at_the_second_try() {
    let bench = Bench::new().await;
    let small = NewTopic::new("small").config("max.message.bytes", "100");
    bench.broker.create_topic(&small).await.unwrap();
    fn polls() -> Vec<Result<SourceBatch>> {
        vec![Ok(SourceBatch::from(vec![
            read(Record::new("small", "fits"), 1),
            read(Record::new("small", "x".repeat(500)), 2),
            read(Record::new("small", "fits too"), 3),
        ]))]
    }
    let script = Script {
        at_open: Some(polls),
        ..Script::default()
    };
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::All))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(bench.read("small").await, ["fits", "fits too"]);
    assert_eq!(bench.read("dlq").await.len(), 1);
    assert_eq!(*script.opened_at.lock().unwrap(), [0, 0]);
}

#[tokio::test]
async fn of_many_records_at_one_place_only_the_refused_one_is_a_dead_letter() {
    let bench = Bench::new().await;
    let small = NewTopic::new("small").config("max.message.bytes", "100");
    bench.broker.create_topic(&small).await.unwrap();
    fn polls() -> Vec<Result<SourceBatch>> {
        let values = ["one", &"x".repeat(500), "three"];
        let at_one_place = values.map(|value| read(Record::new("small", value), 1));
        vec![Ok(at_one_place.into_iter().collect())]
    }
    let script = Script {
        at_open: Some(polls),
        ..Script::default()
    };
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::All))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(bench.read("small").await, ["one", "three"]);
    assert_eq!(
        bench.read("dlq").await,
        [format!("\"{}\"", "x".repeat(500))]
    );
}

#[tokio::test]
async fn a_record_too_large_for_any_topic_leaves_a_letter_without_its_value() {
    let bench = Bench::new().await;
    let large = read(Record::new("numbers", "x".repeat(2 * 1024 * 1024)), 1);
    let script = Script::new([Ok(SourceBatch::from(large))]);
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::All))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    let letters = bench.records("dlq").await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].value, None);
    let header = |name: &str| {
        let mut headers = letters[0].headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(String::from_utf8_lossy(value.as_deref()?).into_owned())
    };
    // The value as JSON text has quotes.
    let omitted = (2 * 1024 * 1024 + 2).to_string();
    assert_eq!(header("__connect.errors.omitted.bytes"), Some(omitted));
    assert_eq!(
        header("__connect.errors.stage").as_deref(),
        Some("KAFKA_PRODUCE")
    );
    assert_eq!(script.told.lock().unwrap().last(), Some(&1));
}

#[tokio::test]
async fn what_was_acknowledged_before_a_failure_is_not_read_again() {
    for delivery in [Delivery::AtLeastOnce, Delivery::ExactlyOnce] {
        let bench = Bench::new().await;
        let mut options = options(delivery, Tolerance::None);
        options.source.boundary = Boundary::Interval(Duration::from_secs(3600));
        let script = Script::new([Ok(numbers(0..3)), Err(Error::fatal("broken"))]);
        let ended = bench.run_source(&script, options.clone()).await;
        assert!(matches!(ended, Ended::Failed(_)), "{ended:?}");
        let again = Script::default();
        bench.run_source(&again, options).await;
        assert_eq!(*again.opened_at.lock().unwrap(), [3], "{delivery:?}");
    }
}

#[tokio::test]
async fn positions_are_stored_before_their_time_when_much_was_written() {
    for delivery in [Delivery::AtLeastOnce, Delivery::ExactlyOnce] {
        let bench = Bench::new().await;
        let mut options = options(delivery, Tolerance::None);
        options.source.boundary = Boundary::Interval(Duration::from_secs(3600));
        options.flush_interval = Duration::from_secs(3600);
        options.flush_bytes = 10;
        let moment = Duration::from_millis(5);
        let script = Script::new((0..10).map(|n| Ok(numbers(n..n + 1).again_after(moment))));
        let ended = bench.run_source(&script, options).await;
        assert!(matches!(ended, Ended::Stopped), "{ended:?}");
        let told = script.told.lock().unwrap().clone();
        assert!(told[0] < 10, "{delivery:?}: {told:?}");
    }
}

#[tokio::test]
async fn an_open_transaction_holds_no_more_than_the_queue_may() {
    let bench = Bench::new().await;
    let mut options = options(Delivery::ExactlyOnce, Tolerance::None);
    options.source.boundary = Boundary::Interval(Duration::from_secs(3600));
    options.queue_bytes = 1000;
    let polls = (0..200).map(|n| Ok(numbers(n * 10..n * 10 + 10)));
    let script = Script::new(polls);
    let ended = bench.run_source(&script, options).await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(bench.read("numbers").await, text(0..2000));
}

#[tokio::test]
async fn a_poll_that_is_unavailable_is_called_again() {
    let bench = Bench::new().await;
    let down = Error::unavailable("down").retry_after(Duration::from_millis(1));
    let script = Script::new([Err(down), Ok(numbers(0..2))]);
    let ended = bench
        .run_source(&script, options(Delivery::ExactlyOnce, Tolerance::None))
        .await;
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(bench.read("numbers").await, text(0..2));
    assert_eq!(script.opened_at.lock().unwrap().len(), 1);
}
