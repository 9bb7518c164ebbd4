//! Brokers that go and come back while records flow.

use std::{sync::Arc, time::Duration};

use connect_api::{ErrorKind, Result, TopicPartition};
use connect_kafka_lab::{Kafka, Options};
use connect_runtime::broker::Broker;

use crate::{
    flow::{Flow, Promise},
    seed::depth,
    stage::{at, blocking, broker, create, within, worker},
};

/// Records that flow with both promises, over one worker.
struct Flows {
    kafka: Arc<Kafka>,
    once: Flow,
    at_least_once: Flow,
}

impl Flows {
    async fn start(options: Options) -> Self {
        let kafka = Arc::new(blocking(move || Kafka::start(&options)).await.unwrap());
        let (servers, direct) = (kafka.bootstrap(), kafka.direct());
        let worker = worker("outage", &servers).start().await.unwrap();
        let (once, at_least_once) = tokio::join!(
            Flow::start(&worker, &direct, Promise::Once),
            Flow::start(&worker, &direct, Promise::AtLeastOnce),
        );
        Self {
            kafka,
            once,
            at_least_once,
        }
    }

    /// Does something to the cluster while records flow; the first of them have arrived.
    async fn during<T: Send + 'static>(
        &mut self,
        trouble: impl FnOnce(&Kafka) -> T + Send + 'static,
    ) {
        self.once.feed(10);
        self.at_least_once.feed(10);
        tokio::join!(self.once.arrived(), self.at_least_once.arrived());
        let trouble = at(&self.kafka, trouble);
        let both = self.at_least_once.flow_during(trouble);
        within("the end of the trouble", self.once.flow_during(both)).await;
    }

    async fn end(mut self) {
        tokio::join!(self.once.finish(), self.at_least_once.finish());
        self.once.worker.shutdown(Duration::from_secs(60)).await;
        let direct = self.kafka.direct();
        self.once.check(&direct).await;
        self.at_least_once.check(&direct).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_and_doubles_nothing() {
    let mut flows = Flows::start(Options::default()).await;
    for _ in 0..depth(1, 10) {
        flows
            .during(|kafka| {
                kafka.kill(1).unwrap();
                kafka.restart(1).unwrap();
            })
            .await;
    }
    flows.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_stopped_in_order_and_comes_back_loses_and_doubles_nothing() {
    let mut flows = Flows::start(Options::default()).await;
    flows
        .during(|kafka| {
            kafka.stop(1).unwrap();
            kafka.restart(1).unwrap();
        })
        .await;
    flows.end().await;
}

/// Each of them coordinates something: a group, or transactions.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_each_coordinator_in_turn_loses_and_doubles_nothing() {
    let mut flows = Flows::start(Options::default().brokers(3)).await;
    for node in 1..=3 {
        flows
            .during(move |kafka| {
                kafka.kill(node).unwrap();
                kafka.restart(node).unwrap();
            })
            .await;
    }
    flows.end().await;
}

/// Groups are spread over the coordinators: each broker has some of them.
#[tokio::test(flavor = "multi_thread")]
async fn groups_are_known_wherever_their_coordinators_move() {
    let kafka = blocking(|| Kafka::start(&Options::default().brokers(3))).await;
    let kafka = Arc::new(kafka.unwrap());
    let broker = broker(&kafka.bootstrap());
    create(&kafka.bootstrap(), "t", 1).await;
    let partition = TopicPartition::new("t", 0);
    let groups: Vec<_> = (0..10i64)
        .map(|number| (format!("group-{number}"), number))
        .collect();
    for (group, number) in &groups {
        let offsets = [(partition.clone(), Some(*number))].into();
        let set = again(|| broker.alter_group_offsets(group, &offsets));
        within("setting offsets", set).await;
    }
    for node in 1..=3 {
        at(&kafka, move |kafka| {
            kafka.kill(node).unwrap();
            kafka.restart(node).unwrap();
        })
        .await;
        for (group, number) in &groups {
            let asked = again(|| broker.group_offsets(group));
            let offsets = within("reading offsets", asked).await;
            assert_eq!(
                offsets,
                [(partition.clone(), *number)].into(),
                "{group} after {node}"
            );
            let described = within("describing a group", again(|| broker.group(group))).await;
            assert!(
                described.members.is_empty(),
                "{group} after {node}: {described:?}"
            );
        }
    }
}

/// Librdkafka would use a question again that nobody answered in time: the process would end.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_was_asked_for_in_vain_is_known_once_its_coordinator_is_back() {
    let kafka = blocking(|| Kafka::start(&Options::default())).await;
    let kafka = Arc::new(kafka.unwrap());
    let broker = broker(&kafka.bootstrap());
    within("describing a group", again(|| broker.group("g"))).await;
    at(&kafka, |kafka| kafka.kill(1).unwrap()).await;
    let refused = within("a refusal", broker.group("g")).await.unwrap_err();
    assert_eq!(
        refused.kind(),
        ErrorKind::Unavailable,
        "{}",
        refused.report()
    );
    at(&kafka, |kafka| kafka.restart(1).unwrap()).await;
    within("describing a group", again(|| broker.group("g"))).await;
}

/// Asks until there is an answer: for a moment nobody may coordinate.
async fn again<T, F: Future<Output = Result<T>>>(ask: impl Fn() -> F) -> T {
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    loop {
        ticks.tick().await;
        if let Ok(answer) = ask().await {
            return answer;
        }
    }
}
