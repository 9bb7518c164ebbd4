//! `connect read`: prints the records of a topic.

use std::{collections::BTreeMap, process::ExitCode};

use connect_api::{Offsets, TopicPartition};
use connect_runtime::broker::{
    Broker, ConsumedRecord, Consumer, ConsumerEvent, ConsumerOptions, Fetched, Isolation,
    Subscription, Want, Watermarks,
};
use uuid::Uuid;

use super::{
    opened::{Missing, Opened},
    record::{JsonRecord, readable},
    topics::existing,
    with_broker,
};
use crate::{
    arguments::{Read, RecordFormat},
    failure::{Failure, Result},
    output::Output,
};

/// Prints the records up to the end that the topic has now.
pub(crate) async fn read(options: &Read) -> Result<ExitCode> {
    let print = async |broker: &Opened| print(broker.broker(), options).await;
    with_broker(&options.broker, Missing::Refused, print).await?;
    Ok(ExitCode::SUCCESS)
}

async fn print(broker: &dyn Broker, options: &Read) -> Result<()> {
    existing(broker, &options.topic).await?;
    let isolation = match options.uncommitted {
        true => Isolation::ReadUncommitted,
        false => Isolation::ReadCommitted,
    };
    let mut marks = broker.watermarks(&options.topic, isolation).await?;
    if let Some(wanted) = options.partition {
        if !marks.contains_key(&wanted) {
            let (topic, count) = (&options.topic, marks.len());
            return Err(Failure::of_configuration(format!(
                "expected a partition of topic `{topic}`, which has {count}, found {wanted}"
            )));
        }
        marks.retain(|partition, _| *partition == wanted);
    }
    let mut reading = Reading::begin(broker, options, isolation, &marks).await?;
    let mut printer = Printer {
        out: Output::new(),
        format: options.format,
        left: options.count.map_or(u64::MAX, u64::from),
    };
    while let Some(fetched) = reading.next().await? {
        if printer.print(&fetched)? == Left::Nothing {
            break;
        }
    }
    // A cluster would wait for the member until its session ends.
    reading.consumer.close().await?;
    printer.out.flush()
}

/// A consumer that reads up to ends that were known at the beginning, and commits nothing.
struct Reading {
    consumer: Box<dyn Consumer>,
    begins: Offsets,
    ends: BTreeMap<TopicPartition, i64>,
}

impl Reading {
    async fn begin(
        broker: &dyn Broker,
        options: &Read,
        isolation: Isolation,
        marks: &BTreeMap<i32, Watermarks>,
    ) -> Result<Self> {
        let group = format!("connect-read-{}", Uuid::new_v4());
        let topics = Subscription::Topics(vec![options.topic.as_str().into()]);
        let mut consumer = ConsumerOptions::new(group, topics);
        consumer.isolation = isolation;
        let (mut begins, mut ends) = (Offsets::new(), BTreeMap::new());
        for (partition, marks) in marks {
            let of = TopicPartition::new(options.topic.as_str(), *partition);
            let begin = options.from.offset(*marks);
            if begin < marks.end {
                begins.insert(of.clone(), begin);
                ends.insert(of, marks.end);
            }
        }
        Ok(Self {
            consumer: broker.consumer(&consumer).await?,
            begins,
            ends,
        })
    }

    /// Returns what comes next, without what lies behind the end; `None` at the end of all partitions.
    async fn next(&mut self) -> Result<Option<Fetched>> {
        while !self.ends.is_empty() {
            match self.consumer.next(Want::Records).await? {
                ConsumerEvent::Assigned(_) => {
                    let wanted: Vec<_> = self.begins.keys().cloned().collect();
                    self.consumer.start(&wanted, &self.begins).await?;
                }
                ConsumerEvent::Records(mut fetched) => {
                    let Some(end) = self.ends.get(&fetched.partition).copied() else {
                        continue;
                    };
                    if fetched.next >= end {
                        self.ends.remove(&fetched.partition);
                    }
                    fetched.records.retain(|record| record.offset < end);
                    return Ok(Some(fetched));
                }
                // Nobody else is there to take partitions away.
                _ => {}
            }
        }
        Ok(None)
    }
}

struct Printer {
    out: Output,
    format: RecordFormat,
    left: u64,
}

/// Whether more is to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Something,
    Nothing,
}

impl Printer {
    fn print(&mut self, fetched: &Fetched) -> Result<Left> {
        for record in &fetched.records {
            if self.left == 0 {
                return Ok(Left::Nothing);
            }
            self.left -= 1;
            let line = self.line(fetched.partition.partition, record);
            self.out.line(&line)?;
        }
        Ok(match self.left {
            0 => Left::Nothing,
            _ => Left::Something,
        })
    }

    fn line(&self, partition: i32, record: &ConsumedRecord) -> String {
        match self.format {
            RecordFormat::Json => JsonRecord::of(partition, record).line(),
            RecordFormat::Text => match &record.value {
                Some(value) => readable(value),
                None => "null".to_owned(),
            },
        }
    }
}
