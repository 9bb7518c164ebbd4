//! `connect topics`: which topics there are, and what they hold.

use std::process::ExitCode;

use connect_api::Str;
use connect_runtime::broker::{
    Broker, CleanupPolicy, Created, Fetched, Isolation, LogReader, NewTopic, ReaderOptions,
    TopicDescription,
};

use super::{
    opened::{Missing, Opened},
    record::{Count, Counts},
    with_broker,
};
use crate::{
    arguments::{TopicCommand, Topics},
    failure::{Failure, Result},
    output,
};

/// Does what the arguments say about topics.
pub(crate) async fn topics(options: &Topics) -> Result<ExitCode> {
    let missing = match &options.command {
        Some(TopicCommand::Create { .. }) => Missing::Created,
        _ => Missing::Refused,
    };
    let text = with_broker(&options.broker, missing, async |opened| {
        let broker = opened.broker();
        let counting = Counting::of(opened, options);
        match &options.command {
            None => list(broker, counting).await,
            Some(TopicCommand::Describe { topic }) => describe(broker, topic, counting).await,
            Some(TopicCommand::Delete { topic }) => delete(broker, topic).await,
            Some(TopicCommand::Create {
                topic,
                partitions,
                configs,
            }) => {
                let mut new = NewTopic::new(topic.as_str());
                new.partitions = *partitions;
                new.configs = configs.iter().cloned().collect();
                create(broker, &new).await
            }
        }
    });
    output::print(&text.await?)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether records are read to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counting {
    Done,
    LeftOut,
}

impl Counting {
    fn of(opened: &Opened, options: &Topics) -> Self {
        match options.no_count || opened.is_large() {
            true => Self::LeftOut,
            false => Self::Done,
        }
    }
}

async fn list(broker: &dyn Broker, counting: Counting) -> Result<String> {
    let head = [
        "TOPIC",
        "PARTITIONS",
        "RECORDS",
        "BYTES",
        "OFFSETS",
        "CLEANUP",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for name in broker.topics().await? {
        let description = existing(broker, &name).await?;
        let marks = broker.watermarks(&name, Isolation::ReadUncommitted).await?;
        let offsets: i64 = marks.values().map(|marks| marks.end - marks.start).sum();
        let counts = count(broker, &name, counting).await?;
        let sum = |of: fn(&Count) -> u64| match &counts {
            Some(counts) => counts.values().map(of).sum::<u64>().to_string(),
            None => UNKNOWN.to_owned(),
        };
        rows.push(vec![
            name.to_string(),
            description.partitions.to_string(),
            sum(|count| count.records),
            sum(|count| count.bytes),
            offsets.to_string(),
            cleanup(description.cleanup).to_owned(),
        ]);
    }
    Ok(output::table(&rows))
}

async fn describe(broker: &dyn Broker, topic: &str, counting: Counting) -> Result<String> {
    let description = existing(broker, topic).await?;
    let marks = broker.watermarks(topic, Isolation::ReadUncommitted).await?;
    let counts = count(broker, topic, counting).await?;
    let mut text = format!("{topic}: cleanup.policy={}\n", cleanup(description.cleanup));
    for (key, value) in &description.configs {
        text.push_str(&format!("  {key}={value}\n"));
    }
    let head = ["PARTITION", "START", "END", "RECORDS", "BYTES"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (partition, marks) in marks {
        let count = |counts: &Counts| counts.get(&partition).copied().unwrap_or_default();
        let count = counts.as_ref().map(count);
        let cells = [marks.start.to_string(), marks.end.to_string()];
        let counted = match count {
            Some(count) => [count.records.to_string(), count.bytes.to_string()],
            None => [UNKNOWN, UNKNOWN].map(str::to_owned),
        };
        let row = [partition.to_string()].into_iter().chain(cells);
        rows.push(row.chain(counted).collect());
    }
    text.push_str(&output::table(&rows));
    Ok(text)
}

async fn create(broker: &dyn Broker, topic: &NewTopic) -> Result<String> {
    let name = &topic.name;
    match broker.create_topic(topic).await? {
        Created::New => Ok(format!("created topic `{name}`\n")),
        Created::Existed => Err(Failure::while_running(format!(
            "expected no topic `{name}` yet, found one, which is unchanged"
        ))),
    }
}

async fn delete(broker: &dyn Broker, topic: &str) -> Result<String> {
    existing(broker, topic).await?;
    broker.delete_topic(topic).await?;
    Ok(format!("deleted topic `{topic}`\n"))
}

/// Describes a topic that is there.
pub(super) async fn existing(broker: &dyn Broker, topic: &str) -> Result<TopicDescription> {
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

/// What stands in the place of a number that is not known.
const UNKNOWN: &str = "-";

/// Counts the committed records of a topic.
async fn count(broker: &dyn Broker, topic: &str, counting: Counting) -> Result<Option<Counts>> {
    if counting == Counting::LeftOut {
        return Ok(None);
    }
    let mut reader: Box<dyn LogReader> = broker.reader(&ReaderOptions::new(topic)).await?;
    let mut counts = Counts::new();
    let mut each = |fetched: Fetched| {
        let count: &mut Count = counts.entry(fetched.partition.partition).or_default();
        fetched.records.iter().for_each(|record| count.add(record));
    };
    reader.to_end(&mut each).await?;
    Ok(Some(counts))
}

fn cleanup(policy: CleanupPolicy) -> &'static str {
    match policy {
        CleanupPolicy::Delete => "delete",
        CleanupPolicy::Compact => "compact",
        CleanupPolicy::CompactAndDelete => "compact,delete",
    }
}
