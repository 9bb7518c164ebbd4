//! `connect write`: appends the lines of the standard input to a topic.

use std::{
    io::{self, BufRead},
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use connect_api::{Bytes, Str};
use connect_runtime::broker::{Broker, NewTopic, Producer, ProducerOptions, ProducerRecord};
use tokio::sync::mpsc;

use super::{
    opened::{Missing, Opened},
    record::JsonRecord,
    with_broker,
};
use crate::{
    arguments::Write,
    failure::{Failure, Result},
    output,
};

/// How many lines wait between the reader and the broker, and how many go into one batch at most.
const LINES: usize = 10_000;

/// Appends all lines; answers once every record is durable.
pub(crate) async fn write(options: &Write) -> Result<ExitCode> {
    let appended = AtomicU64::new(0);
    let append = async |broker: &Opened| {
        let mut appending = Appending::begin(broker.broker(), options, &appended).await?;
        appending.all().await.map_err(Failure::while_running)
    };
    let done = with_broker(&options.broker, Missing::Created, append).await;
    let records = appended.into_inner();
    done.map_err(|failure| failure.and(&format!("; at least {records} records are durable")))?;
    output::print(&format!("{records} records are durable\n"))?;
    Ok(ExitCode::SUCCESS)
}

struct Appending<'a> {
    broker: &'a dyn Broker,
    options: &'a Write,
    topic: Str,
    producer: Box<dyn Producer>,
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    /// How many records are durable, which is the number of lines too; a signal may end this at any moment.
    appended: &'a AtomicU64,
}

impl<'a> Appending<'a> {
    async fn begin(
        broker: &'a dyn Broker,
        options: &'a Write,
        appended: &'a AtomicU64,
    ) -> Result<Self> {
        let producer = broker
            .producer(&ProducerOptions::new("connect-write"))
            .await?;
        let (say, lines) = mpsc::channel(LINES);
        let thread = thread::Builder::new().name("stdin".to_owned());
        let spawned = thread.spawn(move || hand_over(&say));
        spawned.map_err(|error| Failure::while_running(format!("starting a thread: {error}")))?;
        Ok(Self {
            broker,
            options,
            topic: options.topic.as_str().into(),
            producer,
            lines,
            appended,
        })
    }

    async fn all(&mut self) -> Result<(), String> {
        let mut lines = Vec::new();
        let mut is_known = false;
        while self.lines.recv_many(&mut lines, LINES).await > 0 {
            let mut batch = Vec::with_capacity(lines.len());
            let mut wrong = None;
            for line in lines.drain(..) {
                let number = self.appended.load(Ordering::Relaxed) + batch.len() as u64 + 1;
                let record = line.map_err(|error| format!("reading the standard input: {error}"));
                match record.and_then(|line| self.record(line)) {
                    Ok(record) => batch.push(record),
                    Err(error) => {
                        wrong = Some(format!("line {number}: {error}"));
                        break;
                    }
                }
            }
            if !is_known && !batch.is_empty() {
                let made = make(self.broker, &self.topic).await;
                made.map_err(|error| error.report().to_string())?;
                is_known = true;
            }
            self.append(batch).await?;
            if let Some(wrong) = wrong {
                return Err(wrong);
            }
        }
        Ok(())
    }

    /// Waits until the batch is durable.
    async fn append(&mut self, batch: Vec<ProducerRecord>) -> Result<(), String> {
        let count = batch.len() as u64;
        let first = self.appended.load(Ordering::Relaxed) + 1;
        let sent = self.producer.send(batch).await;
        let delivery = sent.map_err(|error| error.report().to_string())?;
        let refused = delivery.await.map_err(|error| error.report().to_string())?;
        let durable = count - refused.len() as u64;
        self.appended.fetch_add(durable, Ordering::Relaxed);
        match refused.first() {
            None => Ok(()),
            Some(refused) => {
                let number = first + refused.index as u64;
                Err(format!("line {number}: {}", refused.error.report()))
            }
        }
    }

    fn record(&self, line: Vec<u8>) -> Result<ProducerRecord, String> {
        if self.options.json {
            return JsonRecord::parse(&line)?.into_record(&self.topic);
        }
        let line = Bytes::from(line);
        let Some(separator) = &self.options.key_separator else {
            return Ok(ProducerRecord::new(self.topic.clone(), line));
        };
        let place = find(&line, separator.as_bytes());
        let place = place.ok_or_else(|| {
            format!("expected a key, `{separator}` and a value, found no `{separator}`")
        })?;
        let value = line.slice(place + separator.len()..);
        Ok(ProducerRecord::new(self.topic.clone(), value).with_key(line.slice(..place)))
    }
}

/// Makes a topic that is missing: not every cluster does by itself.
async fn make(broker: &dyn Broker, topic: &Str) -> connect_api::Result<()> {
    if broker.topic(topic).await?.is_none() {
        broker.create_topic(&NewTopic::new(topic.clone())).await?;
    }
    Ok(())
}

fn find(line: &[u8], separator: &[u8]) -> Option<usize> {
    (0..=line.len()).find(|at| line[*at..].starts_with(separator))
}

/// Reads lines until the end of the input, or until nobody takes them any more.
fn hand_over(say: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut input = io::stdin().lock();
    loop {
        let mut line = Vec::new();
        let read = input.read_until(b'\n', &mut line);
        if matches!(read, Ok(0)) {
            return;
        }
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        let failed = read.is_err();
        if say.blocking_send(read.map(|_| line)).is_err() || failed {
            return;
        }
    }
}
