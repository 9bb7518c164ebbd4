//! A connector is no faster than it may be.

use std::sync::Arc;

use connect_runtime::Environment;
use connect_testkit::simulate;

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
    const IN_PARTS: [(&str, &str); 2] = [LIMITED[0], ("batch.max.records", "10")];
    for (source, sink) in [(&LIMITED[..], &[][..]), (&[], &IN_PARTS)] {
        let seconds = seconds(73, source, sink);
        assert!((2.0..6.0).contains(&seconds), "{seconds}");
    }
}
