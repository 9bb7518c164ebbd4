//! Starting, pausing, stopping, restarting and ending connectors.

use std::{sync::Arc, time::Duration};

use connect_runtime::Environment;
use connect_testkit::simulate;

use super::fixture::{Memory, Numbers, memory, numbers, worker};

#[test]
fn records_travel_from_a_source_through_a_topic_to_a_sink() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        worker
            .source("numbers", Numbers::new("numbers", 100))
            .start()
            .await
            .unwrap();
        worker
            .sink("memory", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();

        assert_eq!(sunk.reaches(100).await, numbers(100));
        let report = worker.shutdown(Duration::from_secs(10)).await;
        assert!(report.is_orderly(), "{report:?}");
        assert_eq!(report.ended.len(), 2);
    });
}
