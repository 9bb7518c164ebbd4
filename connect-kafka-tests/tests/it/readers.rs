//! Readers of internal topics, which follow them and are asked for their ends.

use std::sync::Arc;

use connect_api::ConfigMap;
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System,
    broker::{Broker, ReaderOptions, kafka::KafkaBroker},
};
use futures::FutureExt;

use crate::stage::{create, own, within};

/// A broker lets a reader wait for records, and answers nothing else over that connection meanwhile.
#[tokio::test]
async fn an_end_is_found_while_its_reader_waits_for_records() {
    let (servers, topic) = (Kafka::shared(), own("awaited"));
    create(&servers, &topic, 1).await;
    // Longer than the patience of tests.
    let settings = ConfigMap::from([("fetch.max.wait.ms", "300000")]);
    let broker = KafkaBroker::new(servers, settings, Arc::new(System::current()));
    let mut reader = broker.reader(&ReaderOptions::new(&*topic)).await.unwrap();
    for _ in 0..3 {
        let mut none = |_| panic!("the topic is empty");
        within("the end", reader.to_end(&mut none)).await.unwrap();
        assert!(reader.next().now_or_never().is_none());
    }
}
