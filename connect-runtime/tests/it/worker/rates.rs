//! A connector is no faster than it may be.

use std::sync::Arc;

use connect_api::SourceGuarantees;
use connect_runtime::Environment;
use connect_testkit::{
    memory::{Entry, MemoryInput, MemorySink, MemorySource, MemoryTable},
    simulate,
};

use super::fixture::{Memory, Numbers, memory, numbers, worker};

/// How many seconds it takes until 101 numbers are sunk.
fn seconds(seed: u64, source: &'static [(&str, &str)], sink: &'static [(&str, &str)]) -> f64 {
    simulate(seed, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        let start = environment.elapsed();
        let mut to = worker.sink("out", sunk.clone()).topics(["numbers"]);
        let mut from = worker.source("in", Numbers::new("numbers", 101));
        for (key, value) in sink {
            to = to.setting(*key, *value);
        }
        for (key, value) in source {
            from = from.setting(*key, *value);
        }
        to.start().await.unwrap();
        from.start().await.unwrap();
        assert_eq!(sunk.reaches(101).await, numbers(101));
        (environment.elapsed() - start).as_secs_f64()
    })
}

#[test]
fn records_per_second_are_limited_in_both_directions() {
    assert!(seconds(71, &[], &[]) < 2.0);
    const LIMITED: [(&str, &str); 1] = [("rate.limit.records.per.second", "20")];
    for (source, sink) in [(&LIMITED[..], &[][..]), (&[], &LIMITED)] {
        let seconds = seconds(72, source, sink);
        assert!((4.0..7.0).contains(&seconds), "{seconds}");
    }
}

#[test]
fn bytes_per_second_are_limited_in_both_directions() {
    // 101 records of about 34 bytes as they count.
    const LIMITED: [(&str, &str); 1] = [("rate.limit.bytes.per.second", "1000")];
    for (source, sink) in [(&LIMITED[..], &[][..]), (&[], &LIMITED)] {
        let seconds = seconds(73, source, sink);
        assert!((2.0..6.0).contains(&seconds), "{seconds}");
    }
}

#[test]
fn a_transaction_that_the_connector_ends_is_not_held_open_by_a_limit() {
    simulate(74, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let (input, table) = (MemoryInput::new(1), MemoryTable::new());
        // One record a poll, of which a hundred are a transaction: longer than the broker lets it stay open.
        for hundred in [0..100, 100..200] {
            input.append_texts(0, hundred.map(|n: i32| n.to_string()));
            input.append(0, [Entry::Commit]);
        }
        let source = MemorySource::new(&input, "numbers")
            .batch(1)
            .promising(SourceGuarantees::ExactlyOnceWithBoundaries);
        let source = worker.source("in", source);
        source
            .setting("transaction.boundary", "connector")
            .setting("rate.limit.records.per.second", "1")
            .start()
            .await
            .unwrap();
        let sink = worker
            .sink("out", MemorySink::new(&table))
            .topics(["numbers"]);
        sink.start().await.unwrap();
        assert_eq!(table.reaches(200).await.len(), 200);
    });
}
