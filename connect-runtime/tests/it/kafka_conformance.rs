//! Apache Kafka passes the suite for brokers.

use std::{net::TcpListener, sync::Arc, time::Duration};

use connect_api::{ConfigMap, ErrorKind};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_answers_is_reached_and_one_that_does_not_is_named() {
    let broker =
        |servers: &str| KafkaBroker::new(servers, ConfigMap::new(), Arc::new(System::current()));
    let patience = Duration::from_secs(60);
    broker(&Kafka::shared()).reach(patience).await.unwrap();

    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let error = broker(&address).reach(Duration::from_secs(1)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains(&address), "{error:?}");
}
