//! Clients of the shared broker, topics of one's own, and waiting for what has to come.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant, SystemTime},
};

use connect_kafka_lab::Kafka;
use connect_librdkafka::{Admin, Code, Config, Producer, Record, Topic};
use futures::executor::block_on;

/// How long something may take that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Makes a name that no other test uses.
pub(crate) fn unique(label: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("client-{label}-{}-{count}", now.unwrap().as_nanos())
}

/// The number of the shared broker.
pub(crate) const BROKER: i32 = 1;

/// Settings for the shared broker.
pub(crate) fn config(settings: &[(&str, &str)]) -> Config {
    let servers = Kafka::shared();
    let all = [("bootstrap.servers", &*servers)];
    Config::new(all.into_iter().chain(settings.iter().copied())).unwrap()
}

/// Creates a topic of one's own.
pub(crate) fn topic(partitions: usize, settings: &[(&str, &str)]) -> String {
    let name = unique("topic");
    Kafka::create_topic(&Kafka::shared(), &name, partitions, settings).unwrap();
    name
}

pub(crate) fn admin() -> Admin {
    Admin::new(config(&[])).unwrap()
}

/// One that may ask for the offsets of groups, once the broker coordinates that one.
///
/// The first client of all groups has the broker make the topic that it keeps them in.
pub(crate) fn admin_of(group: &str) -> Admin {
    let admin = Admin::new(config(&[("group.id", group)])).unwrap();
    let started = Instant::now();
    loop {
        match block_on(admin.group_at(BROKER, group, PATIENCE)) {
            Err(error) if error.code() != Code::GROUP_ID_NOT_FOUND => {
                assert!(started.elapsed() < PATIENCE, "{group}: {error}");
            }
            _ => return admin,
        }
    }
}

pub(crate) fn producer(settings: &[(&str, &str)]) -> Producer {
    let idempotent = [("enable.idempotence", "true")];
    let settings: Vec<_> = idempotent
        .into_iter()
        .chain(settings.iter().copied())
        .collect();
    Producer::new(config(&settings), false).unwrap()
}

/// A record that is only a text, for one partition.
pub(crate) fn text(partition: i32, value: &str) -> Record<'_> {
    Record {
        partition: Some(partition),
        value: Some(value.as_bytes()),
        ..Record::default()
    }
}

/// Writes texts as one batch, and waits until all of them are delivered.
pub(crate) fn write(producer: &Producer, topic: &Topic, partition: i32, values: &[&str]) {
    let mut batch = producer.batch();
    for (at, value) in values.iter().enumerate() {
        assert!(producer.push(&mut batch, (at, topic), &mut text(partition, value)));
    }
    assert_eq!(block_on(batch.finish()), Some(Vec::new()));
}
