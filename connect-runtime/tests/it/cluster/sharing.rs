//! Who runs what, while workers come and go.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use connect_runtime::Environment;
use connect_testkit::simulate;

use super::fixture::{Known, counting, runs, to_memory};
use crate::worker::fixture::memory;

#[test]
fn workers_share_the_tasks_and_each_record_comes_once() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        let three = known.worker(&environment, &broker).await;
        two.create_connector("n", counting(100, 6)).await.unwrap();
        runs(&three, "n", 6, 3).await;
        one.create_connector("sunk", to_memory()).await.unwrap();
        let values = known.sink.reaches(600).await;
        assert_eq!(values.len(), 600);
        let distinct: BTreeSet<_> = values.into_iter().collect();
        assert_eq!(distinct.len(), 100);

        two.shutdown(Duration::from_secs(30)).await;
        runs(&one, "n", 6, 2).await;
        three.delete_connector("n").await.unwrap();
        one.create_connector("n", counting(101, 2)).await.unwrap();
        assert_eq!(known.sink.reaches(602).await.len(), 602);
    });
}
