//! Apache Kafka passes the suite for brokers.

use std::sync::Arc;

use connect_api::ConfigMap;
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System,
    broker::{Broker, kafka::KafkaBroker},
};

#[tokio::test(flavor = "multi_thread")]
async fn kafka_keeps_every_contract_of_a_broker() {
    let environment = Arc::new(System::current());
    let broker = KafkaBroker::new(Kafka::shared(), ConfigMap::new(), environment);
    let shared: Arc<dyn Broker> = Arc::new(broker);
    connect_testkit::broker(|| {
        let shared = Arc::clone(&shared);
        async { shared }
    })
    .await;
}
