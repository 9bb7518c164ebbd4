//! `connect topics`: which topics there are, and what they hold.

use std::process::ExitCode;

use connect_api::Str;
use connect_runtime::broker::{
    Broker, CleanupPolicy, Created, Fetched, Isolation, LogReader, NewTopic, ReaderOptions,
    TopicDescription, embedded::EmbeddedBroker,
};

use super::{
    Missing, open,
    record::{Count, Counts},
};
use crate::{
    arguments::{BrokerOptions, TopicCommand, Topics},
    failure::{Failure, Result},
    output,
};

/// Does what the arguments say about topics.
pub(crate) async fn topics(options: &Topics) -> Result<ExitCode> {
    let broker = &options.broker;
    match &options.command {
        None => list(options).await?,
        Some(TopicCommand::Describe { topic }) => describe(broker, topic).await?,
        Some(TopicCommand::Delete { topic }) => delete(broker, topic).await?,
        Some(TopicCommand::Create {
            topic,
            partitions,
            configs,
        }) => {
            let mut new = NewTopic::new(topic.as_str());
            new.partitions = *partitions;
            new.configs = configs.iter().cloned().collect();
            create(broker, &new).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(options: &Topics) -> Result<()> {
    let broker = open(&options.broker, Missing::Refused).await?;
    let mut rows = vec![
        [
            "TOPIC",
            "PARTITIONS",
            "RECORDS",
            "BYTES",
            "OFFSETS",
            "CLEANUP",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for name in broker.topics().await? {
        let description = existing(&broker, &name).await?;
        let ends = broker.watermarks(&name, Isolation::ReadUncommitted).await?;
        let offsets: i64 = ends.values().map(|marks| marks.end - marks.start).sum();
        let (records, bytes) = match options.no_count {
            true => ("-".to_owned(), "-".to_owned()),
            false => {
                let counts = count(&broker, &name).await?;
                let sum = |of: fn(&Count) -> u64| counts.values().map(of).sum::<u64>().to_string();
                (sum(|count| count.records), sum(|count| count.bytes))
            }
        };
        rows.push(vec![
            name.to_string(),
            description.partitions.to_string(),
            records,
            bytes,
            offsets.to_string(),
            cleanup(description.cleanup).to_owned(),
        ]);
    }
    broker.close().await?;
    output::print(&output::table(&rows))
}

async fn describe(options: &BrokerOptions, topic: &str) -> Result<()> {
    let broker = open(options, Missing::Refused).await?;
    let description = existing(&broker, topic).await?;
    let marks = broker.watermarks(topic, Isolation::ReadUncommitted).await?;
    let counts = count(&broker, topic).await?;
    broker.close().await?;
    let mut text = format!("{topic}: cleanup.policy={}\n", cleanup(description.cleanup));
    for (key, value) in &description.configs {
        text.push_str(&format!("  {key}={value}\n"));
    }
    let head = ["PARTITION", "START", "END", "RECORDS", "BYTES"].map(str::to_owned);
    let rows = marks.iter().map(|(partition, marks)| {
        let count = counts.get(partition).copied().unwrap_or_default();
        vec![
            partition.to_string(),
            marks.start.to_string(),
            marks.end.to_string(),
            count.records.to_string(),
            count.bytes.to_string(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head.to_vec()).chain(rows).collect();
    text.push_str(&output::table(&rows));
    output::print(&text)
}

async fn create(options: &BrokerOptions, topic: &NewTopic) -> Result<()> {
    let broker = open(options, Missing::Created).await?;
    let created = broker.create_topic(topic).await;
    broker.close().await?;
    let name = &topic.name;
    match created? {
        Created::New => output::print(&format!("created topic `{name}`\n")),
        Created::Existed => Err(Failure::while_running(format!(
            "expected no topic `{name}` yet, found one, which is unchanged"
        ))),
    }
}

async fn delete(options: &BrokerOptions, topic: &str) -> Result<()> {
    let broker = open(options, Missing::Refused).await?;
    existing(&broker, topic).await?;
    broker.delete_topic(topic).await?;
    broker.close().await?;
    output::print(&format!("deleted topic `{topic}`\n"))
}

/// Describes a topic that is there.
pub(super) async fn existing(broker: &EmbeddedBroker, topic: &str) -> Result<TopicDescription> {
    if let Some(description) = broker.topic(topic).await? {
        return Ok(description);
    }
    let known: Vec<Str> = broker.topics().await?;
    let known = match known.is_empty() {
        true => "none".to_owned(),
        false => known.join(", "),
    };
    Err(Failure::of_configuration(format!(
        "expected a topic, found none called `{topic}` (topics: {known})"
    )))
}

/// Counts the committed records of a topic.
async fn count(broker: &EmbeddedBroker, topic: &str) -> Result<Counts> {
    let mut reader: Box<dyn LogReader> = broker.reader(&ReaderOptions::new(topic)).await?;
    let mut counts = Counts::new();
    let mut each = |fetched: Fetched| {
        let count: &mut Count = counts.entry(fetched.partition.partition).or_default();
        fetched.records.iter().for_each(|record| count.add(record));
    };
    reader.to_end(&mut each).await?;
    Ok(counts)
}

fn cleanup(policy: CleanupPolicy) -> &'static str {
    match policy {
        CleanupPolicy::Delete => "delete",
        CleanupPolicy::Compact => "compact",
        CleanupPolicy::CompactAndDelete => "compact,delete",
    }
}
