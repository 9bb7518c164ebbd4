//! The embedded broker passes the suite for brokers.

use std::sync::Arc;

use connect_runtime::{
    System,
    broker::{Broker, embedded::EmbeddedBroker},
};

#[test]
fn in_a_simulation() {
    connect_testkit::simulate(1, async |environment| {
        connect_testkit::broker(|| {
            let broker: Arc<dyn Broker> = {
                let environment = Arc::new(environment.clone());
                Arc::new(EmbeddedBroker::memory(environment))
            };
            async { broker }
        })
        .await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let environment = Arc::new(System::current());
    let broker = EmbeddedBroker::open(directory.path(), environment)
        .await
        .unwrap();
    let shared: Arc<dyn Broker> = Arc::new(broker.clone());
    connect_testkit::broker(|| {
        let shared = Arc::clone(&shared);
        async { shared }
    })
    .await;
    broker.close().await.unwrap();
}
